//! Build contexts: which files of a directory go to the builder, and a hash of what is in them.

mod archive;
mod dockerignore;
mod pattern;

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use landfall_model::ContentHash;

use archive::{Entry, Hashing, Kind};
pub use dockerignore::{Dockerignore, PatternError, parse_dockerignore};

/// The largest context that is sent, in bytes: it is held in memory while it is.
pub const MAX_CONTEXT: u64 = 1 << 30;

/// What goes to the builder for one image.
#[derive(Clone, Debug)]
pub struct Context {
    root: PathBuf,
    entries: Vec<Entry>,
    dockerfile: String,
    dockerfile_text: String,
    hash: ContentHash,
    size: u64,
}

/// Why a context can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The directory is not there.
    #[error("there is no directory {}: `build` names the directory that the image is built from", path.display())]
    NoDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// The Dockerfile is not there.
    #[error("there is no {}: write it, or say with `dockerfile` how it is called within {}", path.display(), root.display())]
    NoDockerfile {
        /// The Dockerfile.
        path: PathBuf,
        /// The context.
        root: PathBuf,
    },
    /// The Dockerfile's path leads out of the context.
    #[error("the Dockerfile `{dockerfile}` is not within {}", root.display())]
    Outside {
        /// The path.
        dockerfile: String,
        /// The context.
        root: PathBuf,
    },
    /// A line of the `.dockerignore` is wrong.
    #[error("{} can't be understood", path.display())]
    Ignore {
        /// The `.dockerignore`.
        path: PathBuf,
        /// The line.
        #[source]
        source: PatternError,
    },
    /// Something can't be read.
    #[error("{} can't be read; make it readable, or leave it out with a line in .dockerignore", path.display())]
    Unreadable {
        /// What can't be read.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The Dockerfile is not text.
    #[error("{} is not UTF-8 text", path.display())]
    NotText {
        /// The Dockerfile.
        path: PathBuf,
    },
    /// The context is larger than [`MAX_CONTEXT`].
    #[error(
        "{} has {} to send, and {} is the most; largest: {}; leave out with a line in .dockerignore what the build doesn't need",
        root.display(), bytes(*size), bytes(MAX_CONTEXT), largest.join(", ")
    )]
    TooLarge {
        /// The context.
        root: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// What is largest in it, each with its size.
        largest: Vec<String>,
    },
    /// The files are no longer what they were when the build was decided.
    #[error("files in {} changed while they were being read; try again", root.display())]
    Changed {
        /// The context.
        root: PathBuf,
    },
}

/// Reads a context: the directory's content without what `.dockerignore` leaves out. The Dockerfile and the
/// `.dockerignore` always belong to it. A `.dockerignore` beside the Dockerfile that bears its name
/// (`app.Dockerfile.dockerignore`) takes the place of the one at the top. The bill of materials is left out. Sockets, pipes and devices are skipped.
///
/// # Errors
/// When the directory or the Dockerfile is missing, something can't be read, or there is too much of it.
pub fn observe_context(root: &Path, dockerfile: &str) -> Result<Context, Error> {
    if !root.is_dir() {
        return Err(Error::NoDirectory { path: root.to_owned() });
    }
    let cleaned = dockerignore::clean(dockerfile);
    if dockerfile.starts_with('/') || cleaned == "." || cleaned == ".." || cleaned.starts_with("../") {
        return Err(Error::Outside { dockerfile: dockerfile.to_owned(), root: root.to_owned() });
    }
    let dockerfile_text = read_dockerfile(root, &cleaned)?;
    let (ignore_path, ignore) = read_dockerignore(root, &cleaned)?;
    let mut walk = Walk { root, ignore, always: [cleaned.clone(), ignore_path], entries: Vec::new() };
    walk.directory(Path::new(""))?;
    let entries = walk.entries;
    let size = entries.iter().map(|entry| entry.size).sum();
    if size > MAX_CONTEXT {
        return Err(Error::TooLarge { root: root.to_owned(), size, largest: largest(&entries) });
    }
    let mut hashing = Hashing::new(io::sink());
    archive::write(root, &entries, &mut hashing).map_err(unreadable)?;
    let hash = hashing.finish().0.parse().expect("a SHA-256 in hexadecimal");
    Ok(Context { root: root.to_owned(), entries, dockerfile: cleaned, dockerfile_text, hash, size })
}

impl Context {
    /// The hash of everything in it: names, contents, execute bits, symbolic links' targets. Times and owners don't
    /// count.
    pub fn hash(&self) -> &ContentHash {
        &self.hash
    }

    /// How many bytes are in its files.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The Dockerfile's path within the context.
    pub fn dockerfile(&self) -> &str {
        &self.dockerfile
    }

    /// The Dockerfile's text.
    pub fn dockerfile_text(&self) -> &str {
        &self.dockerfile_text
    }

    /// Where the Dockerfile is on the disk.
    pub fn dockerfile_path(&self) -> PathBuf {
        self.root.join(&self.dockerfile)
    }

    /// The paths in it, in the archive's order.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.entries.iter().map(|entry| entry.path.as_path())
    }

    /// The context as an uncompressed tar archive.
    ///
    /// # Errors
    /// When a file can't be read, or is not what it was when the context was observed.
    pub fn pack(&self) -> Result<Bytes, Error> {
        let mut hashing = Hashing::new(Vec::new());
        archive::write(&self.root, &self.entries, &mut hashing).map_err(unreadable)?;
        let (hash, bytes) = hashing.finish();
        if hash == self.hash.as_str() {
            Ok(bytes.into())
        } else {
            Err(Error::Changed { root: self.root.clone() })
        }
    }
}

fn unreadable(cause: archive::Unreadable) -> Error {
    Error::Unreadable { path: cause.path, source: cause.source }
}

fn read_dockerfile(root: &Path, dockerfile: &str) -> Result<String, Error> {
    let path = root.join(dockerfile);
    match fs::read(&path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| Error::NotText { path }),
        Err(source) if source.kind() == io::ErrorKind::NotFound => {
            Err(Error::NoDockerfile { path, root: root.to_owned() })
        }
        Err(source) => Err(Error::Unreadable { path, source }),
    }
}

/// The bill of materials says what is built and what runs, not what is in an image: a change of it alone rebuilds
/// nothing. A project whose image needs it says `!landfall.yaml` in its `.dockerignore`.
const LEFT_OUT: &str = "landfall.yaml\nlandfall.yml\nlandfall.json\n";

fn read_dockerignore(root: &Path, dockerfile: &str) -> Result<(String, Dockerignore), Error> {
    let parse = |path: PathBuf, text: &str| {
        // Alone first, so that an error names the line that its author sees.
        let checked = parse_dockerignore(text).and_then(|_| parse_dockerignore(&format!("{LEFT_OUT}{text}")));
        checked.map_err(|source| Error::Ignore { path, source })
    };
    for name in [format!("{dockerfile}.dockerignore"), ".dockerignore".to_owned()] {
        let path = root.join(&name);
        match fs::read(&path) {
            Ok(bytes) => return Ok((name, parse(path, &String::from_utf8_lossy(&bytes))?)),
            Err(source) if source.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(Error::Unreadable { path, source }),
        }
    }
    Ok((".dockerignore".to_owned(), parse(root.to_owned(), "")?))
}

struct Walk<'a> {
    root: &'a Path,
    ignore: Dockerignore,
    always: [String; 2],
    entries: Vec<Entry>,
}

impl Walk<'_> {
    fn directory(&mut self, inside: &Path) -> Result<(), Error> {
        let path = self.root.join(inside);
        let unreadable = |source| Error::Unreadable { path: path.clone(), source };
        let mut names = Vec::new();
        for child in fs::read_dir(&path).map_err(unreadable)? {
            names.push(child.map_err(unreadable)?.file_name());
        }
        names.sort();
        names.into_iter().try_for_each(|name| self.child(inside.join(name)))
    }

    fn child(&mut self, path: PathBuf) -> Result<(), Error> {
        let on_disk = self.root.join(&path);
        let unreadable = |source| Error::Unreadable { path: on_disk.clone(), source };
        let text = path.to_string_lossy();
        let needed = self.always.iter().any(|always| *always == text);
        let out = !needed && self.ignore.leaves_out(&text);
        let metadata = fs::symlink_metadata(&on_disk).map_err(unreadable)?;
        let (kind, size) = if metadata.is_dir() {
            return self.nested(path);
        } else if out {
            return Ok(());
        } else if metadata.is_symlink() {
            (Kind::Symlink(fs::read_link(&on_disk).map_err(unreadable)?), 0)
        } else if metadata.is_file() {
            (Kind::File { executable: metadata.permissions().mode() & 0o111 != 0 }, metadata.len())
        } else {
            return Ok(());
        };
        self.entries.push(Entry { path, kind, size });
        Ok(())
    }

    /// A directory that is left out is still entered if something in it may be let in again or is always needed;
    /// it then belongs to the context only as far as that.
    fn nested(&mut self, path: PathBuf) -> Result<(), Error> {
        let out = self.ignore.leaves_out(&path.to_string_lossy());
        let needed = self.always.iter().any(|always| Path::new(always).starts_with(&path));
        if out && !needed && !self.ignore.has_exceptions() {
            return Ok(());
        }
        let before = self.entries.len();
        self.entries.push(Entry { path: path.clone(), kind: Kind::Directory, size: 0 });
        self.directory(&path)?;
        if out && self.entries.len() == before + 1 {
            self.entries.truncate(before);
        }
        Ok(())
    }
}

fn largest(entries: &[Entry]) -> Vec<String> {
    let mut sizes = std::collections::BTreeMap::new();
    for entry in entries {
        let top = entry.path.iter().next().unwrap_or_default().to_string_lossy().into_owned();
        *sizes.entry(top).or_insert(0_u64) += entry.size;
    }
    let mut sizes: Vec<_> = sizes.into_iter().collect();
    sizes.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    sizes.into_iter().take(3).map(|(name, size)| format!("{name} ({})", bytes(size))).collect()
}

fn bytes(size: u64) -> String {
    match size {
        0..10_000 => format!("{size} bytes"),
        10_000..10_000_000 => format!("{} kB", size / 1_000),
        _ => format!("{} MB", size / 1_000_000),
    }
}

#[cfg(test)]
mod tests;
