//! The workspace as the rules see it: its crates, what they depend on, and its files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::failure::{Failure, While};
use crate::process::{cargo, output, root};

/// The workspace, read once.
#[derive(Default)]
pub(crate) struct Workspace {
    /// The crates, in the order of their names.
    pub(crate) crates: Vec<Crate>,
    /// Rust files by path from the root, with `/`.
    pub(crate) sources: BTreeMap<String, String>,
    /// What else the rules read, by path from the root; a file that isn't there is absent.
    pub(crate) documents: BTreeMap<String, String>,
}

/// A crate of the workspace.
pub(crate) struct Crate {
    /// The name of its package.
    pub(crate) name: String,
    /// Its directory's path from the root.
    pub(crate) directory: String,
    /// The packages that it depends on, for whatever purpose.
    pub(crate) uses: Vec<String>,
}

impl Crate {
    /// The name of its directory, by which we speak of it.
    pub(crate) fn short(&self) -> &str {
        self.directory.rsplit('/').next().unwrap_or(&self.directory)
    }
}

impl Workspace {
    /// Reads the workspace that this program was built in.
    pub(crate) fn observe() -> Result<Self, Failure> {
        let metadata = output(&mut cargo(&["metadata", "--format-version", "1", "--no-deps", "--offline"]))?;
        let crates = parse_crates(&metadata)?;
        let mut workspace = Self { crates, ..Self::default() };
        for directory in ["crates", "xtask", "examples"] {
            workspace.observe_sources(&root().join(directory))?;
        }
        let fixed = ["ARCHITECTURE.md", "LICENSE", "clippy.toml"].map(str::to_owned);
        let each = workspace
            .crates
            .iter()
            .flat_map(|ours| ["Cargo.toml", "clippy.toml"].map(|file| format!("{}/{file}", ours.directory)));
        for path in fixed.into_iter().chain(each).collect::<Vec<_>>() {
            if let Ok(text) = fs::read_to_string(root().join(&path)) {
                workspace.documents.insert(path, text);
            }
        }
        Ok(workspace)
    }

    fn observe_sources(&mut self, directory: &Path) -> Result<(), Failure> {
        let Ok(entries) = fs::read_dir(directory) else { return Ok(()) };
        for entry in entries {
            let path = entry.while_trying(&format!("list {}", directory.display()))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                self.observe_sources(&path)?;
            } else if path.is_file() && name.ends_with(".rs") {
                let text = fs::read_to_string(&path).while_trying(&format!("read {}", path.display()))?;
                self.sources.insert(from_root(&path), text);
            }
        }
        Ok(())
    }

    /// A document's text; nothing if it isn't there.
    pub(crate) fn document(&self, path: &str) -> &str {
        self.documents.get(path).map_or("", String::as_str)
    }
}

fn from_root(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn parse_crates(metadata: &str) -> Result<Vec<Crate>, Failure> {
    let metadata: Value = serde_json::from_str(metadata).while_trying("understand `cargo metadata`")?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut crates: Vec<Crate> = packages.iter().map(parse_crate).collect();
    crates.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(crates)
}

fn parse_crate(package: &Value) -> Crate {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let manifest = text(&package["manifest_path"]);
    let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    Crate {
        name: text(&package["name"]),
        directory: Path::new(&manifest).parent().map(from_root).unwrap_or_default(),
        uses: dependencies.iter().map(|dependency| text(&dependency["name"])).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_seen() {
        let workspace = Workspace::observe().unwrap();
        let xtask = workspace.crates.iter().find(|ours| ours.name == "xtask").unwrap();
        assert_eq!((xtask.directory.as_str(), xtask.short()), ("xtask", "xtask"));
        assert!(xtask.uses.contains(&"serde_json".to_owned()));
        assert!(workspace.sources.contains_key("xtask/src/tidy/workspace.rs"));
        assert!(workspace.document("clippy.toml").contains("too-many-lines-threshold"));
    }
}
