//! `landfall ps`: an environment's instances.

use clap::Args;

use crate::error::{Error, Exit};
use crate::screen::Form;
use crate::session::Session;
use crate::views::environment::render_instances;
use crate::views::words::now;

/// `landfall ps`.
#[derive(Debug, Args)]
pub(crate) struct Ps {}

impl Ps {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let id = session.environment()?;
        let view = session.reader().await?.environment(&id).await?;
        let view = view.ok_or(Error::NoEnvironment(id))?;
        match session.screen.form() {
            Form::Json => session.screen.json(&view)?,
            Form::Text => session.screen.data(&render_instances(&view, now(), session.screen.paint()))?,
        }
        Ok(Exit::DONE)
    }
}
