//! Why the server can't do what it is asked, or can't serve at all.

use landfall_engine as engine;

use crate::data_plane::DataPlaneError;
use crate::store::StoreError;

/// Why the server can't do something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// Our records failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The data plane failed.
    #[error(transparent)]
    DataPlane(#[from] DataPlaneError),
    /// What was asked makes no sense.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// What was named isn't there.
    #[error("there is no {what}")]
    NotFound {
        /// What was named.
        what: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// It can't be done now.
    #[error("{message}")]
    Conflict {
        /// What stands against it.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// Somebody else changed what we were working on: a new plan goes on from there.
    #[error("{what} went while it was waited for")]
    Disturbed {
        /// What was changed.
        what: String,
    },
    /// A plan was made that must not be executed: a fault of ours.
    #[error(
        "a plan was refused by its own check: {violations}. This is a fault in Landfall; nothing was changed"
    )]
    Plan {
        /// What is wrong with it.
        violations: String,
    },
    /// Another server uses the same home.
    #[error("another `landfall serve` uses {home}")]
    AlreadyServing {
        /// The home.
        home: String,
    },
    /// A file or socket of ours can't be used.
    #[error("can't {action}")]
    System {
        /// What was tried.
        action: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// The result of what the server does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// What to do about it.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Engine(error) => error.hints(),
            Self::Invalid { hint, .. } | Self::NotFound { hint, .. } | Self::Conflict { hint, .. } => {
                hint.iter().cloned().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether trying again later may well succeed, with nothing else changed: something doesn't answer.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::DataPlane(_) | Self::Disturbed { .. } | Self::Engine(engine::Error::Unreachable { .. })
        )
    }
}

/// An error with its causes, in one line.
pub(crate) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}
