//! The project: a bill of materials, where it is, and the directory that its paths start from.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use landfall_bom::{Bom, Colour, FORMATS, Problems, Source, check_supported, parse};
use landfall_model::Landscape;

/// A bill of materials that was read and understood.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// The directory that its paths start from.
    pub(crate) directory: PathBuf,
    /// What it says.
    pub(crate) landscape: Arc<Landscape>,
}

/// A bill of materials as a file.
#[derive(Clone, Debug)]
pub(crate) struct BomFile {
    /// Its path.
    pub(crate) path: PathBuf,
    /// Its path as it is shown.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

/// Why there is no bill of materials to work with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProjectError {
    /// There is none here.
    #[error("there is no {} in {} or a directory above it", names(), directory.display())]
    NotFound {
        /// Where it was looked for.
        directory: PathBuf,
    },
    /// It can't be read.
    #[error("{} can't be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// It is wrong.
    #[error("{rendered}{name} has {}", count(*problems))]
    Invalid {
        /// The file.
        name: String,
        /// How many problems it has.
        problems: usize,
        /// The problems, as they are shown.
        rendered: String,
    },
}

impl BomFile {
    /// Reads the named file, or else the one that is found in this directory or the nearest above it.
    ///
    /// # Errors
    /// When there is none, or it can't be read.
    pub(crate) fn observe(named: Option<&Path>) -> Result<Self, ProjectError> {
        let directory = std::env::current_dir()
            .map_err(|source| ProjectError::Read { path: PathBuf::from("."), source })?;
        let path = match named {
            Some(path) if path.is_dir() => {
                within(path).ok_or_else(|| ProjectError::NotFound { directory: path.to_owned() })?
            }
            Some(path) => path.to_owned(),
            None => directory
                .ancestors()
                .find_map(within)
                .ok_or_else(|| ProjectError::NotFound { directory: directory.clone() })?,
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ProjectError::Read { path: path.clone(), source })?;
        let name = path.strip_prefix(&directory).unwrap_or(&path).display().to_string();
        Ok(Self { path, name, text })
    }

    /// The file as the reader wants it.
    pub(crate) fn source(&self) -> Source<'_> {
        Source { name: &self.name, text: &self.text }
    }

    /// What the file says, and everything that is wrong with it or not supported yet.
    ///
    /// # Errors
    /// With every problem, when one of them is an error.
    pub(crate) fn examine(&self) -> Result<Bom, Problems> {
        let bom = parse(&self.source())?;
        let unsupported = check_supported(&bom);
        if unsupported.is_empty() { Ok(bom) } else { Err(unsupported) }
    }

    /// The project of this file; what is not wrong but hardly meant goes to `warn`.
    ///
    /// # Errors
    /// When the file is wrong.
    pub(crate) fn open(&self, colour: Colour, warn: impl FnOnce(&str)) -> Result<Project, ProjectError> {
        let bom = self.examine().map_err(|problems| ProjectError::Invalid {
            name: self.name.clone(),
            problems: problems.len(),
            rendered: problems.render(&self.source(), colour),
        })?;
        if !bom.warnings.is_empty() {
            warn(&bom.warnings.render(&self.source(), colour));
        }
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = parent.unwrap_or(Path::new(".")).to_owned();
        Ok(Project { directory, landscape: Arc::new(bom.landscape) })
    }
}

/// `1 problem`, `2 problems`.
pub(crate) fn count(problems: usize) -> String {
    format!("{problems} problem{}", if problems == 1 { "" } else { "s" })
}

fn within(directory: &Path) -> Option<PathBuf> {
    let files = FORMATS.iter().flat_map(|format| format.files);
    files.map(|file| directory.join(file)).find(|path| path.is_file())
}

fn names() -> String {
    let files: Vec<&str> = FORMATS.iter().flat_map(|format| format.files).copied().collect();
    files.join(", ")
}
