//! The input formats: each is a file of its own that reads text into a tree, and one line in [`FORMATS`].

use crate::node::Tree;
use crate::problem::Problem;
use crate::{json, yaml};

/// A notation in which a bill of materials can be written.
#[derive(Debug)]
pub struct Format {
    /// The format's name.
    pub name: &'static str,
    /// The names under which a file is looked for, in this order.
    pub files: &'static [&'static str],
    /// The endings of file names, without the dot.
    pub extensions: &'static [&'static str],
    /// Reads a text into a tree.
    pub(crate) read: fn(&str) -> Result<Tree, Box<Problem>>,
}

/// Every format, the usual one first.
pub const FORMATS: &[Format] = &[
    Format {
        name: "YAML",
        files: &["landfall.yaml", "landfall.yml"],
        extensions: &["yaml", "yml"],
        read: yaml::read,
    },
    Format { name: "JSON", files: &["landfall.json"], extensions: &["json"], read: json::read },
];

impl Format {
    /// The format of a file with this name: by its ending, and YAML if that says nothing.
    pub fn of(name: &str) -> &'static Self {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        FORMATS.iter().find(|format| format.extensions.contains(&ending)).unwrap_or(&FORMATS[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_finds_its_own_files() {
        for format in FORMATS {
            for file in format.files {
                assert_eq!(Format::of(file).name, format.name);
            }
        }
        assert_eq!(Format::of("-").name, "YAML");
    }
}
