//! What differs between two releases, setting by setting.

use std::collections::BTreeMap;

use landfall_model::Release;
use landfall_model::release::ReleaseNumber;
use serde::Serialize;
use serde_json::Value;

use crate::screen::paint::Paint;

/// What differs between two releases.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Difference {
    /// The one.
    pub(crate) from: ReleaseNumber,
    /// The other.
    pub(crate) to: ReleaseNumber,
    /// The settings that differ, in the order of their paths.
    pub(crate) settings: Vec<Setting>,
}

/// A setting that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Setting {
    /// Its path: `landscape.services.api.environment.LOG`.
    pub(crate) path: String,
    /// Its value in the one; none if it isn't there.
    pub(crate) from: Option<Value>,
    /// Its value in the other; none if it isn't there.
    pub(crate) to: Option<Value>,
}

impl Difference {
    /// Compares two releases.
    pub(crate) fn of(from: (ReleaseNumber, &Release), to: (ReleaseNumber, &Release)) -> Self {
        let (old, new) = (leaves(from.1), leaves(to.1));
        let mut paths: Vec<&String> = old.keys().chain(new.keys()).collect();
        paths.sort();
        paths.dedup();
        let differing = paths.into_iter().filter(|path| old.get(*path) != new.get(*path));
        let setting = |path: &String| Setting {
            path: path.clone(),
            from: old.get(path).cloned(),
            to: new.get(path).cloned(),
        };
        Self { from: from.0, to: to.0, settings: differing.map(setting).collect() }
    }
}

/// A difference as people read it.
pub(crate) fn render_difference(difference: &Difference, paint: Paint) -> String {
    if difference.settings.is_empty() {
        return format!("{} and {} are equal.\n", difference.from, difference.to);
    }
    let mut text = String::new();
    for setting in &difference.settings {
        text += &match (&setting.from, &setting.to) {
            (None, Some(new)) => format!("{} {}   {}\n", paint.good("+"), setting.path, shown(new)),
            (Some(old), None) => format!("{} {}   {}\n", paint.bad("-"), setting.path, shown(old)),
            (Some(old), Some(new)) => {
                format!("{} {}   {} -> {}\n", paint.unsure("±"), setting.path, shown(old), shown(new))
            }
            (None, None) => String::new(),
        };
    }
    text
}

/// Every value of a release that has no parts, by its path.
fn leaves(release: &Release) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let value = serde_json::to_value(release).expect("a release has string keys and no failing serializers");
    collect(String::new(), value, &mut all);
    all
}

fn collect(path: String, value: Value, all: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                // What a path leads to is plain without quotes, unless the key has a dot itself.
                let key = if key.contains('.') { format!("[{key}]") } else { key };
                let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                collect(path, value, all);
            }
        }
        leaf => drop(all.insert(path, leaf)),
    }
}

/// A value in one line.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains('\n') => format!("({} lines)", text.lines().count()),
        Value::String(text) if text.starts_with("sha256:") => text.chars().take(19).collect(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn release(value: &str, image: &str, version: u32) -> Release {
        let mut landscape = json!({
            "landscape": "x",
            "services": { "api": { "image": "app", "environment": { "LOG": value }, "ports": [80] } },
        });
        if value == "debug" {
            landscape["services"]["new"] = json!({ "image": "app" });
        }
        serde_json::from_value(json!({
            "landscape": landscape, "images": { "app": { "id": image } },
            "files": { "web.conf": format!("listen\n{version}\n") }, "secrets": { "token": version },
        }))
        .unwrap()
    }

    #[test]
    fn settings_that_differ_are_shown() {
        let (old, new) =
            (release("info", "sha256:0123456789abcdef", 1), release("debug", "sha256:fedcba9876543210", 2));
        let difference = Difference::of((ReleaseNumber(3), &old), (ReleaseNumber(4), &new));
        insta::assert_snapshot!(render_difference(&difference, Paint::Plain));
        let same = Difference::of((ReleaseNumber(3), &old), (ReleaseNumber(3), &old));
        assert_eq!(render_difference(&same, Paint::Plain), "r3 and r3 are equal.\n");
    }
}
