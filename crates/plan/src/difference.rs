//! What differs between two forms of a component, or two releases, said in phrases.

use std::collections::BTreeMap;
use std::fmt::Debug;

use landfall_model::release::Release;
use landfall_model::spec::Shape;
use serde_json::Value;

/// Why instances of `old` can't serve as instances of `new`: a phrase for each part that differs.
pub fn shape_differences(old: &Shape, new: &Shape) -> Vec<String> {
    let mut reasons = Vec::new();
    let mut differs = |changed: bool, reason: &str| {
        if changed {
            reasons.push(reason.to_owned());
        }
    };
    differs(old.image != new.image, "the image changed");
    differs(old.command != new.command || old.entrypoint != new.entrypoint, "the command changed");
    differs(old.discovery.check != new.discovery.check, "the health check changed");
    differs(old.discovery.ports != new.discovery.ports, "the ports changed");
    differs(old.discovery.aliases != new.discovery.aliases, "the aliases changed");
    differs(old.mounts != new.mounts || old.tmpfs != new.tmpfs, "the volumes changed");
    differs(old.limits != new.limits, "the limits changed");
    differs(old.user != new.user, "the user changed");
    reasons.extend(map_differences("the variable", &old.environment, &new.environment));
    reasons.extend(map_differences("the file", &old.files, &new.files));
    reasons.extend(map_differences("the label", &old.labels, &new.labels));
    if reasons.is_empty() && old != new {
        reasons.push("how the container is made changed".to_owned());
    }
    reasons
}

fn map_differences<T: PartialEq + Debug>(
    what: &str,
    old: &BTreeMap<String, T>,
    new: &BTreeMap<String, T>,
) -> Vec<String> {
    let gone = old.keys().filter(|key| !new.contains_key(*key)).map(|key| format!("{what} {key} went"));
    let other = new.iter().filter_map(|(key, value)| match old.get(key) {
        None => Some(format!("{what} {key} came")),
        Some(before) if before != value => Some(format!("{what} {key} changed")),
        Some(_) => None,
    });
    gone.chain(other).collect()
}

/// A line of the difference between two releases: a path, and the value there before and after.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Difference {
    /// The path of keys, with a `.` between each.
    pub path: String,
    /// The value in the first release, if it has one there.
    pub before: Option<Value>,
    /// The value in the second release, if it has one there.
    pub after: Option<Value>,
}

/// What differs between two releases, in the order of the paths.
pub fn release_differences(before: &Release, after: &Release) -> Vec<Difference> {
    let value = |release: &Release| serde_json::to_value(release).expect("a release is plain data");
    let mut differences = Vec::new();
    collect("", Some(&value(before)), Some(&value(after)), &mut differences);
    differences
}

fn collect(path: &str, before: Option<&Value>, after: Option<&Value>, into: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    if let (Some(Value::Object(old)), Some(Value::Object(new))) = (before, after) {
        let keys: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            collect(&path, old.get(key), new.get(key), into);
        }
        return;
    }
    into.push(Difference { path: path.to_owned(), before: before.cloned(), after: after.cloned() });
}
