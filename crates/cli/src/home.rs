//! The state directory: where the server keeps its records and its socket.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Where the state is if root calls and nothing else is said.
const SYSTEM: &str = "/var/lib/landfall";

/// The state directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Home(PathBuf);

/// Why there is no state directory.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HomeError {
    /// Nothing says where it is.
    #[error("there is no place for Landfall's state: neither XDG_STATE_HOME nor HOME is set")]
    Nowhere,
    /// It can't be made.
    #[error("the state directory {} can't be made", path.display())]
    Make {
        /// The directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

/// What says where the state directory is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Where {
    /// What `--home` or `LANDFALL_HOME` says.
    pub(crate) named: Option<PathBuf>,
    /// The user's own directories, unless that is root.
    pub(crate) user: Option<User>,
}

/// The directories of a user who is not root.
#[derive(Clone, Debug, Default)]
pub(crate) struct User {
    /// What `XDG_STATE_HOME` says.
    pub(crate) state: Option<PathBuf>,
    /// What `HOME` says.
    pub(crate) home: Option<PathBuf>,
}

impl Where {
    /// As this process's user and environment say.
    pub(crate) fn of_process(named: Option<PathBuf>) -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let user = User { state: variable("XDG_STATE_HOME"), home: variable("HOME") };
        Self { named, user: (!rustix::process::geteuid().is_root()).then_some(user) }
    }
}

impl Home {
    /// Tells where the state directory is; it need not be there.
    ///
    /// # Errors
    /// When nothing says where.
    pub(crate) fn find(from: Where) -> Result<Self, HomeError> {
        if let Some(path) = from.named {
            // The server that is started in the background has the same working directory, but a unit has not.
            return Ok(Self(std::path::absolute(&path).unwrap_or(path)));
        }
        let Some(user) = from.user else { return Ok(Self(PathBuf::from(SYSTEM))) };
        let state = user.state.filter(|path| path.is_absolute());
        let state = state.or_else(|| user.home.map(|home| home.join(".local/state")));
        state.map(|state| Self(state.join("landfall"))).ok_or(HomeError::Nowhere)
    }

    /// Makes the directory, for its owner alone, unless it is there.
    ///
    /// # Errors
    /// When it can't be made.
    pub(crate) fn ensure(&self) -> Result<(), HomeError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.0);
        made.map_err(|source| HomeError::Make { path: self.0.clone(), source })
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The server's socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join("landfall.sock")
    }

    /// What a server in the background writes.
    pub(crate) fn server_log(&self) -> PathBuf {
        self.0.join("serve.log")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(named: Option<&str>, user: Option<(Option<&str>, Option<&str>)>) -> Option<String> {
        let user =
            user.map(|(state, home)| User { state: state.map(Into::into), home: home.map(Into::into) });
        let home = Home::find(Where { named: named.map(Into::into), user }).ok()?;
        Some(home.path().display().to_string())
    }

    #[test]
    fn the_state_directory_is_found() {
        let system = Some("/var/lib/landfall".to_owned());
        assert_eq!(find(None, None), system);
        assert_eq!(find(Some("/x"), None).as_deref(), Some("/x"));
        assert_eq!(find(None, Some((Some("/s"), Some("/h")))).as_deref(), Some("/s/landfall"));
        assert_eq!(find(None, Some((Some("s"), Some("/h")))).as_deref(), Some("/h/.local/state/landfall"));
        assert_eq!(find(None, Some((None, None))), None);
    }

    #[test]
    fn only_the_owner_may_enter() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let home = Home(directory.path().join("a/b"));
        home.ensure().unwrap();
        home.ensure().unwrap();
        assert_eq!(home.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }
}
