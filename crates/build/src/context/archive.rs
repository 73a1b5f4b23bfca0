//! A context as a tar archive in which nothing but names, contents and execute bits decides.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// One thing in a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its path, relative to the context.
    pub(super) path: PathBuf,
    /// What it is.
    pub(super) kind: Kind,
    /// How many bytes are in it.
    pub(super) size: u64,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Directory,
    File { executable: bool },
    Symlink(PathBuf),
}

/// What could not be read.
pub(super) struct Unreadable {
    pub(super) path: PathBuf,
    pub(super) source: io::Error,
}

/// Writes the entries, in their order, as a tar archive: owner 0, time 0, mode 755 or 644.
pub(super) fn write(root: &Path, entries: &[Entry], sink: impl Write) -> Result<(), Unreadable> {
    let mut archive = tar::Builder::new(sink);
    for entry in entries {
        append(&mut archive, root, entry)
            .map_err(|source| Unreadable { path: root.join(&entry.path), source })?;
    }
    archive.finish().map_err(|source| Unreadable { path: root.to_owned(), source })
}

fn append(archive: &mut tar::Builder<impl Write>, root: &Path, entry: &Entry) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(0);
    match &entry.kind {
        Kind::Directory => {
            header.set_entry_type(tar::EntryType::Directory);
            header.set_mode(0o755);
            archive.append_data(&mut header, entry.path.join(""), io::empty())
        }
        Kind::Symlink(target) => {
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_mode(0o777);
            archive.append_link(&mut header, &entry.path, target)
        }
        Kind::File { executable } => {
            let content = fs::read(root.join(&entry.path))?;
            header.set_entry_type(tar::EntryType::Regular);
            header.set_mode(if *executable { 0o755 } else { 0o644 });
            header.set_size(content.len() as u64);
            archive.append_data(&mut header, &entry.path, content.as_slice())
        }
    }
}

/// Hashes what is written to it and passes it on.
pub(super) struct Hashing<W> {
    digest: Sha256,
    sink: W,
}

impl<W: Write> Hashing<W> {
    pub(super) fn new(sink: W) -> Self {
        Self { digest: Sha256::new(), sink }
    }

    /// The hash in lower-case hexadecimal, and the sink.
    pub(super) fn finish(self) -> (String, W) {
        (self.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect(), self.sink)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.sink.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
