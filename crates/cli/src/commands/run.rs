//! `landfall run`: runs a job by hand.

use clap::Args;
use futures_util::StreamExt;
use landfall_api::JobEvent;
use landfall_model::name::Name;

use crate::client::ClientError;
use crate::error::{Error, Exit};
use crate::screen::Form;
use crate::session::Session;

/// `landfall run`.
#[derive(Debug, Args)]
#[command(after_help = "Ends with the job's exit code, and with 125 if the job could not be run.")]
pub(crate) struct Run {
    /// The job
    #[arg(value_name = "JOB")]
    job: Name,
}

impl Run {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let environment = session.environment()?;
        let client = session.server().await?;
        let mut events = client.run_job(&environment, &self.job).await?;
        while let Some(event) = events.next().await {
            let event = event?;
            if session.screen.form() == Form::Json {
                session.screen.json_line(&event)?;
            }
            match event {
                JobEvent::Exited { code } => return Ok(Exit::of_command(code)),
                JobEvent::Failed { message } => return Err(Error::Job { job: self.job, message }),
                JobEvent::Line { .. } if session.screen.form() == Form::Json => {}
                JobEvent::Line { stderr: false, line } => session.screen.data(&(line + "\n"))?,
                JobEvent::Line { stderr: true, line } => session.screen.shout(&line),
            }
        }
        Err(ClientError::Ended("a job").into())
    }
}
