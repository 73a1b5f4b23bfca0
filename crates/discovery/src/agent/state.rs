//! What the agent keeps on disk: its lock, the directives, and what it last knew.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use landfall_model::observed::Observed;
use rustix::fs::{FlockOperation, flock};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::directive::Directives;

/// The agent's directory.
#[derive(Clone, Debug)]
pub struct State {
    directory: PathBuf,
}

/// What the agent last knew, so that a new one can answer before it has looked for itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// What the engine said.
    pub observed: Observed,
    /// The engine's ids of the instances that were well.
    pub passing: BTreeSet<String>,
}

/// Why the agent's directory can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file or directory can't be read or written.
    #[error("can't use {}", path.display())]
    Unusable {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file is not what the agent wrote.
    #[error("{} is damaged; remove it, and the next `landfall up` writes it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
}

/// The right to be the one agent of a directory; given back when dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl State {
    /// Opens the directory, and makes it if it isn't there. Nobody else may read it.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn open(directory: &Path) -> Result<Self, StateError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.map_err(|source| unusable(directory, source))?;
        Ok(Self { directory: directory.to_owned() })
    }

    /// The unix socket at which the agent is asked.
    pub fn socket(&self) -> PathBuf {
        self.directory.join("agent.sock")
    }

    /// Takes the lock if nobody has it.
    ///
    /// # Errors
    /// When the lock's file can't be opened or written.
    pub fn try_lock(&self) -> Result<Option<Lock>, StateError> {
        let path = self.directory.join("agent.lock");
        let opened =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(&path);
        let mut file = opened.map_err(|source| unusable(&path, source))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(unusable(&path, error.into())),
        }
        let written =
            file.set_len(0).and_then(|()| file.write_all(std::process::id().to_string().as_bytes()));
        written.map_err(|source| unusable(&path, source))?;
        Ok(Some(Lock { _file: file }))
    }

    /// The process that has the lock, by what it wrote there.
    pub fn holder(&self) -> Option<u32> {
        std::fs::read_to_string(self.directory.join("agent.lock")).ok()?.trim().parse().ok()
    }

    /// The directives that were last saved; those that say nothing if none were.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn load_directives(&self) -> Result<Directives, StateError> {
        Ok(load(&self.directory.join("directives.json"))?.unwrap_or_default())
    }

    /// Saves the directives; when it returns they outlive a loss of power.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn save_directives(&self, directives: &Directives) -> Result<(), StateError> {
        save(&self.directory.join("directives.json"), directives, Durability::Disk)
    }

    /// What the last agent knew. A file that can't be read is as good as none: it is only a beginning.
    pub fn load_known(&self) -> Known {
        let loaded = load(&self.directory.join("known.json"));
        let loaded =
            loaded.inspect_err(|error| tracing::warn!(error = crate::source::chain(error), "not used"));
        loaded.ok().flatten().unwrap_or_default()
    }

    /// Saves what is known; a later agent finds this or the last one, whole.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn save_known(&self, known: &Known) -> Result<(), StateError> {
        save(&self.directory.join("known.json"), known, Durability::Process)
    }
}

/// What a file that was saved outlives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Durability {
    Process,
    Disk,
}

fn unusable(path: &Path, source: io::Error) -> StateError {
    StateError::Unusable { path: path.to_owned(), source }
}

fn load<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StateError> {
    let mut bytes = Vec::new();
    match File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(unusable(path, source)),
    }
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|source| StateError::Damaged { path: path.to_owned(), source })
}

fn save(path: &Path, value: &impl Serialize, durability: Durability) -> Result<(), StateError> {
    let temporary = path.with_extension(format!("{}.new", std::process::id()));
    let write = || -> io::Result<()> {
        let bytes = serde_json::to_vec(value).map_err(io::Error::other)?;
        let options = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).to_owned();
        let mut file = options.open(&temporary)?;
        file.write_all(&bytes)?;
        if durability == Durability::Disk {
            file.sync_all()?;
        }
        std::fs::rename(&temporary, path)?;
        match path.parent() {
            Some(directory) if durability == Durability::Disk => File::open(directory)?.sync_all(),
            _ => Ok(()),
        }
    };
    write().map_err(|source| {
        // What is left of a failed write is in nobody's way, but it may hold the space that was missing.
        let _ = std::fs::remove_file(&temporary);
        unusable(path, source)
    })
}
