//! Turns errors into their kind, exit code and hints.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use landfall_api::ErrorKind;
use landfall_engine::Error as EngineError;
use landfall_model::name::{EnvironmentId, Name};

use crate::background::BackgroundError;
use crate::client::ClientError;
use crate::deployment::Outcome;
use crate::home::HomeError;
use crate::materials::MaterialError;
use crate::project::ProjectError;
use crate::screen::paint::Paint;
use crate::unit::UnitError;

/// How a command ended, for whoever called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit(pub(crate) u8);

impl Exit {
    /// It did what it was asked to, and `plan` found nothing to do.
    pub(crate) const DONE: Self = Self(0);
    /// It failed.
    pub(crate) const FAILED: Self = Self(1);
    /// `plan` found something to do.
    pub(crate) const CHANGES: Self = Self(2);
    /// It was called in a way that makes no sense.
    pub(crate) const USAGE: Self = Self(64);
    /// `exec` or `run` could not run the command at all.
    pub(crate) const NOT_RUN: Self = Self(125);
    /// It was given up with Ctrl-C.
    pub(crate) const INTERRUPTED: Self = Self(130);

    /// The exit codes with their meaning, for the reference.
    pub(crate) const ALL: &'static [(Self, &'static str)] = &[
        (Self::DONE, "Done. For `plan`: there is nothing to do. For `check`: the file is right."),
        (Self::FAILED, "Failed; the standard error says why and what to do."),
        (Self::CHANGES, "`plan` only: there is something to do."),
        (Self::USAGE, "Called in a way that makes no sense: an unknown flag, a missing argument."),
        (
            Self::NOT_RUN,
            "`exec` and `run` only: the command could not be run. Else they end as the command did.",
        ),
        (
            Self::INTERRUPTED,
            "Given up with Ctrl-C; the standard error says in which state the environment is.",
        ),
    ];

    /// The exit code of a command in a container.
    pub(crate) fn of_command(code: i64) -> Self {
        Self(u8::try_from(code).unwrap_or(u8::MAX))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}

/// What keeps a command from doing what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The state directory.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The bill of materials.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A file or secret that it names.
    #[error(transparent)]
    Material(#[from] MaterialError),
    /// The images.
    #[error(transparent)]
    Build(#[from] landfall_build::Error),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The server's answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The server in the background.
    #[error(transparent)]
    Background(#[from] BackgroundError),
    /// The server in this process.
    #[error(transparent)]
    Server(#[from] landfall_server::Error),
    /// The agent in this process.
    #[error(transparent)]
    Agent(#[from] landfall_discovery::AgentError),
    /// The service units.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// No landscape is named, and there is no bill of materials to take it from.
    #[error("which landscape is meant?")]
    NoLandscape(#[source] Box<Self>),
    /// Another landscape is named than that of the bill of materials.
    #[error("the bill of materials describes {landscape}, not {named}")]
    OtherLandscape {
        /// The landscape that is named.
        named: Name,
        /// That of the bill of materials.
        landscape: Name,
    },
    /// The landscape has no such purpose.
    #[error("{landscape} has no purpose {purpose}; it has {}", list(known))]
    NoPurpose {
        /// The landscape.
        landscape: Name,
        /// The purpose.
        purpose: Name,
        /// Those that it has.
        known: Vec<Name>,
    },
    /// There is no such environment.
    #[error("there is no environment {0}")]
    NoEnvironment(EnvironmentId),
    /// The environment has no such component, or no running instance of it.
    #[error("{environment} has no {what}; it has {}", list(known))]
    NoInstance {
        /// The environment.
        environment: EnvironmentId,
        /// What was asked for.
        what: String,
        /// What it has.
        known: Vec<Name>,
    },
    /// An image isn't there, and was not to be built.
    #[error("the image {image} is not there, and `--no-build` forbids to make it")]
    NotBuilt {
        /// The image.
        image: String,
    },
    /// Something would be lost, and nobody could be asked.
    #[error("{0}")]
    Unconfirmed(String),
    /// What was typed is not what was asked for.
    #[error("nothing was done: that is not the name of the environment")]
    WrongName,
    /// Somebody was asked and said no.
    #[error("nothing was done")]
    Declined,
    /// A deployment did not end well.
    #[error("{0}")]
    Deployment(Box<Outcome>),
    /// A job could not be run.
    #[error("{job} could not be run: {message}")]
    Job {
        /// The job.
        job: Name,
        /// Why.
        message: String,
    },
    /// A command in a container ended in an unknown way.
    #[error("the command ended without an exit code")]
    NoExitCode,
    /// Given up with Ctrl-C.
    #[error("{0}")]
    Interrupted(String),
    /// Something on this machine is not as it must be.
    #[error("{0} can't be used as this machine is")]
    NotReady(&'static str),
    /// The bill of materials is wrong, and everything about it has been said.
    #[error("{name} has {problems}")]
    Wrong {
        /// The file.
        name: String,
        /// How many problems.
        problems: String,
    },
    /// An output can't be written, or an input read.
    #[error("the terminal or file that this command writes to or reads from failed")]
    Output(#[from] io::Error),
}

/// Names in a row, for messages.
fn list(names: &[Name]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

impl Error {
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Interrupted(_) => Exit::INTERRUPTED,
            Self::NoPurpose { .. } | Self::NoLandscape(_) | Self::OtherLandscape { .. } => Exit::USAGE,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::DONE,
            _ => Exit::FAILED,
        }
    }

    /// Whether there is nobody left who would read about it.
    fn is_silent(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The error as people read it: what, why, and what to type next. Nothing if nobody is left to read it.
    pub(crate) fn render(&self, paint: Paint) -> String {
        if self.is_silent() {
            return String::new();
        }
        // What somebody at the keyboard decided is no error.
        let mut text = match self {
            Self::Interrupted(_) | Self::Declined => self.to_string(),
            _ => format!("{} {self}", paint.bad("error:")),
        };
        let mut said = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let message = error.to_string();
            if !said.contains(&message) {
                // Writing into a String can't fail.
                let _ = write!(text, "\n  {} {}", paint.dim("because:"), message.replace('\n', "\n    "));
                said = message;
            }
            cause = error.source();
        }
        for hint in self.hints() {
            let _ = write!(text, "\n  {} {hint}", paint.good("try:"));
        }
        text
    }

    /// What to do about it.
    fn hints(&self) -> Vec<String> {
        match self {
            Self::Project(error) => project_hints(error),
            Self::NoLandscape(_) => {
                hint("name it: `-e LANDSCAPE/ENVIRONMENT`; `landfall env list` shows what there is")
            }
            Self::Material(MaterialError::NoVariable { variable, .. }) => {
                hint(format!("export {variable}=..."))
            }
            Self::Engine(error) => engine_hints(error),
            Self::Build(error) => build_hints(error),
            Self::Client(ClientError::Refused(body)) => refused_hints(body.kind, body.hint.as_deref()),
            Self::Client(ClientError::Unreadable(_)) => {
                hint("landfall serve --stop, and the same command again")
            }
            Self::Client(ClientError::Broken(_) | ClientError::Ended(_)) => hint(
                "the same command again: it goes on from where it was; the server's words are in serve.log (`landfall doctor` says where)",
            ),
            Self::Background(error) => background_hints(error),
            Self::OtherLandscape { .. } => hint("leave the landscape away, or go to its directory"),
            Self::NoEnvironment(id) => {
                hint(format!("landfall env list; `landfall up -e {}` makes it", id.environment))
            }
            Self::NotBuilt { .. } => hint("the same without `--no-build`"),
            Self::Deployment(outcome) => outcome.hints(),
            Self::NotReady(_) => hint("the commands that stand beside what failed"),
            _ => Vec::new(),
        }
    }
}

fn hint(text: impl Into<String>) -> Vec<String> {
    vec![text.into()]
}

fn project_hints(error: &ProjectError) -> Vec<String> {
    match error {
        ProjectError::NotFound { .. } => hint("go to your project's directory, or name the file: `-f PATH`"),
        ProjectError::Read { .. } | ProjectError::Invalid { .. } => Vec::new(),
    }
}

fn background_hints(error: &BackgroundError) -> Vec<String> {
    match error {
        BackgroundError::Home(HomeError::Make { .. } | HomeError::Nowhere) => {
            hint("name a directory that you may write: `--home DIRECTORY`")
        }
        BackgroundError::Ended { .. } | BackgroundError::Silent { .. } => {
            vec!["landfall doctor".to_owned(), "landfall serve, to see what it says".to_owned()]
        }
        BackgroundError::Stays { pid, .. } => hint(format!("kill -9 {pid}: nothing is lost by it")),
        BackgroundError::Client(ClientError::Refused(body)) => refused_hints(body.kind, body.hint.as_deref()),
        BackgroundError::Client(_) => hint("landfall doctor"),
        BackgroundError::Start(_) => Vec::new(),
    }
}

fn refused_hints(kind: ErrorKind, said: Option<&str>) -> Vec<String> {
    match (said, kind) {
        (Some(said), _) => hint(said),
        (None, ErrorKind::Engine) => hint("landfall doctor"),
        (None, _) => Vec::new(),
    }
}

fn build_hints(error: &landfall_build::Error) -> Vec<String> {
    match error {
        landfall_build::Error::Engine { source, .. } => engine_hints(source),
        landfall_build::Error::Step { .. } => hint("`landfall build -v` shows every line of every step"),
        _ => Vec::new(),
    }
}

/// What to do about an error of the engine.
pub(crate) fn engine_hints(error: &EngineError) -> Vec<String> {
    match error {
        EngineError::Unreachable { .. } => vec![
            "start it: `systemctl start docker`, or `dockerd &` where there is no service manager".to_owned(),
            "install it: `apt-get install docker.io`, or see https://docs.docker.com/engine/install/"
                .to_owned(),
            "name it, if it is elsewhere: `--docker ADDRESS` or DOCKER_HOST".to_owned(),
        ],
        EngineError::Forbidden { .. } => vec![
            "join its group, and log in anew: `sudo usermod -aG docker $USER`".to_owned(),
            "or call landfall as root".to_owned(),
        ],
        EngineError::Version { .. } => hint("upgrade the Docker Engine to 20.10 or newer"),
        _ => error.hints(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_why_and_what_to_type() {
        let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused");
        let error = Error::Engine(EngineError::Unreachable {
            address: "unix:///x".into(),
            source: Box::new(refused),
        });
        insta::assert_snapshot!(error.render(Paint::Plain));
        assert_eq!(error.exit(), Exit::FAILED);
    }

    #[test]
    fn a_reader_who_went_is_no_failure() {
        let error = Error::Output(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((error.exit(), error.render(Paint::Plain).as_str()), (Exit::DONE, ""));
    }

    #[test]
    fn exit_codes_are_told_apart() {
        let mut codes: Vec<u8> = Exit::ALL.iter().map(|(exit, _)| exit.0).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Exit::ALL.len());
        assert_eq!(
            (Exit::of_command(3), Exit::of_command(-1), Exit::of_command(300)),
            (Exit(3), Exit(255), Exit(255))
        );
    }
}
