//! What goes wrong on an engine, told apart as far as a user would do something different about it.

use landfall_model::sealed::MissingSecret;

/// The result of asking an engine.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong on an engine.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing answers where the engine should be.
    #[error("no Docker Engine answers at {address}")]
    Unreachable {
        /// Where it was looked for.
        address: String,
        /// What the system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The engine is there but we may not talk to it.
    #[error("you may not use the Docker Engine at {address}")]
    Forbidden {
        /// Where it is.
        address: String,
    },
    /// The engine speaks only versions of its API that we don't.
    #[error("the Docker Engine speaks its API from {oldest} to {newest}; Landfall needs 1.41 or newer")]
    Version {
        /// The oldest version that it speaks.
        oldest: String,
        /// The newest.
        newest: String,
    },
    /// The engine has no such image.
    #[error("there is no image {reference} on this machine")]
    NoImage {
        /// The image.
        reference: String,
        /// What the registry said, where it was asked.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A port of the host is in use.
    #[error("port {port} of this machine is in use")]
    PortInUse {
        /// The port.
        port: u16,
        /// Which instance wanted it.
        instance: String,
    },
    /// The disk is full.
    #[error("the disk of the Docker Engine is full")]
    DiskFull {
        /// What the engine said.
        message: String,
    },
    /// A container could not be started: its command is missing or not executable, say.
    #[error("{instance} can't be started: {message}")]
    CannotStart {
        /// The instance.
        instance: String,
        /// What the engine said.
        message: String,
    },
    /// A build failed.
    #[error("the image {image} can't be built")]
    Build {
        /// The image.
        image: String,
        /// The step that failed, as the Dockerfile has it.
        step: Option<String>,
        /// What the builder said.
        message: String,
        /// The last lines that the step wrote.
        output: Vec<String>,
    },
    /// The engine can't do what is asked, in this version or configuration.
    #[error("this engine can't {what}")]
    Unsupported {
        /// What it can't do.
        what: String,
    },
    /// Something that was named is not there (any more).
    #[error("the engine has no {what}")]
    Missing {
        /// What is not there.
        what: String,
    },
    /// A secret's value was not given.
    #[error(transparent)]
    Secret(#[from] MissingSecret),
    /// Anything else.
    #[error("the engine refused to {action}")]
    Refused {
        /// What was asked of it.
        action: String,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// What to do about it, as far as that is the same whoever asked.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::DiskFull { .. } => {
                vec!["docker system df, and `docker image prune` or `docker builder prune`".to_owned()]
            }
            Self::PortInUse { port, .. } => vec![
                format!("see who has it: `ss -ltnp 'sport = :{port}'`"),
                "or let Landfall choose: `published: auto`".to_owned(),
            ],
            Self::NoImage { reference, .. } => {
                vec![format!("docker pull {reference}; or build it in `images`")]
            }
            _ => Vec::new(),
        }
    }
}
