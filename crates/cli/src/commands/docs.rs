//! `landfall docs`: the reference of the commands, as it stands in `docs/reference/commands.md`.

use clap::Args;

use crate::error::{Error, Exit};
use crate::reference::render_reference;
use crate::session::Session;

/// `landfall docs`.
#[derive(Debug, Args)]
pub(crate) struct Docs {}

impl Docs {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        session.screen.data(&render_reference())?;
        Ok(Exit::DONE)
    }
}
