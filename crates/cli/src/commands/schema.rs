//! `landfall schema`: the JSON Schema of bills of materials.

use clap::Args;

use crate::error::{Error, Exit};
use crate::session::Session;

/// `landfall schema`.
#[derive(Debug, Args)]
pub(crate) struct Schema {}

impl Schema {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        session.screen.json(&landfall_bom::schema())?;
        Ok(Exit::DONE)
    }
}
