//! `landfall completion`: a script by which a shell completes commands and flags.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::arguments::Arguments;
use crate::error::{Error, Exit};
use crate::session::Session;

/// `landfall completion`.
#[derive(Debug, Args)]
#[command(after_help = "For example: landfall completion bash > /etc/bash_completion.d/landfall")]
pub(crate) struct Completion {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

impl Completion {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let mut script = Vec::new();
        generate(self.shell, &mut Arguments::command(), "landfall", &mut script);
        session.screen.bytes(&script)?;
        Ok(Exit::DONE)
    }
}
