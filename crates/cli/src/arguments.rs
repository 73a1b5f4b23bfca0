//! What can be typed: the flags that every command has.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{ArgAction, Args, Parser};
use landfall_model::name::{Name, NameError};

use crate::commands::Command;
use crate::screen::{Colours, Form, Talk};

/// The environment that is meant if nothing else is said.
const ENVIRONMENT: &str = "dev";

/// From one bill of materials to whole running systems.
#[derive(Debug, Parser)]
#[command(name = "landfall", version, disable_help_subcommand = true, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true, propagate_version = false)]
pub(crate) struct Arguments {
    /// The flags that every command has.
    #[command(flatten)]
    pub(crate) globals: Globals,
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The flags that every command has.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Flags of every command")]
pub(crate) struct Globals {
    /// The bill of materials, or its directory; else the landfall.yaml, .yml or .json here or in the nearest directory above
    #[arg(short, long, global = true, value_name = "PATH")]
    pub(crate) file: Option<PathBuf>,
    /// The environment: its name, or LANDSCAPE/NAME where there is no bill of materials [default: dev]
    #[arg(short, long, global = true, value_name = "NAME", env = "LANDFALL_ENV", hide_env_values = true)]
    pub(crate) env: Option<EnvironmentChoice>,
    /// Prints results as JSON
    #[arg(long, global = true)]
    json: bool,
    /// Says only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Says every line that builds and steps write
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    verbose: bool,
    /// When colours are used
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub(crate) color: Colours,
    /// The state directory; else /var/lib/landfall for root, and $XDG_STATE_HOME/landfall or ~/.local/state/landfall for others
    #[arg(long, global = true, value_name = "DIRECTORY", env = "LANDFALL_HOME", hide_env_values = true)]
    pub(crate) home: Option<PathBuf>,
    /// The Docker Engine: unix:///PATH or tcp://HOST:PORT [default: unix:///var/run/docker.sock]
    #[arg(long, global = true, value_name = "ADDRESS", env = "DOCKER_HOST", hide_env_values = true)]
    pub(crate) docker: Option<String>,
}

impl Globals {
    /// How much is said.
    pub(crate) const fn talk(&self) -> Talk {
        match (self.quiet, self.verbose) {
            (true, _) => Talk::Little,
            (false, false) => Talk::Usual,
            (false, true) => Talk::Much,
        }
    }

    /// Whether results are for people or for programs.
    pub(crate) const fn form(&self) -> Form {
        if self.json { Form::Json } else { Form::Text }
    }
}

/// Which environment is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnvironmentChoice {
    /// The landscape; that of the bill of materials if none.
    pub(crate) landscape: Option<Name>,
    /// The environment's name.
    pub(crate) environment: Name,
}

impl Default for EnvironmentChoice {
    fn default() -> Self {
        let environment = Name::new(ENVIRONMENT).expect("the usual environment's name is valid");
        Self { landscape: None, environment }
    }
}

impl FromStr for EnvironmentChoice {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.split_once('/') {
            Some((landscape, environment)) => {
                Ok(Self { landscape: Some(landscape.parse()?), environment: environment.parse()? })
            }
            None => Ok(Self { landscape: None, environment: text.parse()? }),
        }
    }
}

impl fmt::Display for EnvironmentChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.landscape {
            Some(landscape) => write!(f, "{landscape}/{}", self.environment),
            None => write!(f, "{}", self.environment),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn flags_of_every_command_stand_anywhere() {
        for words in ["landfall -f x -e a/b up", "landfall up -f x -e a/b", "landfall -f x logs -e a/b -f"] {
            let arguments = Arguments::try_parse_from(words.split(' ')).unwrap();
            assert_eq!(arguments.globals.file, Some("x".into()), "{words}");
            assert_eq!(arguments.globals.env.unwrap().to_string(), "a/b", "{words}");
        }
    }
}
