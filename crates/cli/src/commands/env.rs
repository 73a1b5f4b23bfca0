//! `landfall env`: lists and shows environments.

use clap::{Args, Subcommand};

use crate::error::{Error, Exit};
use crate::screen::Form;
use crate::session::Session;
use crate::views::environment::{render_environment, render_environments};
use crate::views::words::now;

/// `landfall env`.
#[derive(Debug, Args)]
pub(crate) struct Env {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Lists the environments of every landscape
    List,
    /// Shows the environment: its instances and its volumes
    Show,
}

impl Env {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let screen = &session.screen;
        match self.what {
            What::List => {
                let views = session.reader().await?.environments().await?;
                match screen.form() {
                    Form::Json => screen.json(&views)?,
                    Form::Text if views.is_empty() => screen.talk("there are no environments yet"),
                    Form::Text => screen.data(&render_environments(&views, screen.paint()))?,
                }
            }
            What::Show => {
                let id = session.environment()?;
                let view = session.reader().await?.environment(&id).await?;
                let view = view.ok_or(Error::NoEnvironment(id))?;
                match screen.form() {
                    Form::Json => screen.json(&view)?,
                    Form::Text => screen.data(&render_environment(&view, now(), screen.paint()))?,
                }
            }
        }
        Ok(Exit::DONE)
    }
}
