//! `landfall events`: what happened to environments.

use std::path::PathBuf;

use clap::Args;
use futures_util::StreamExt;
use jiff::tz::TimeZone;
use landfall_api::EventView;

use crate::client::Follow;
use crate::error::{Error, Exit};
use crate::screen::Form;
use crate::session::Session;
use crate::views::event::render_event;

/// `landfall events`.
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// Waits for more
    #[arg(short = 'f', long)]
    follow: bool,
    /// Only events after the one of this number (`id` in the JSON output)
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: i64,
    /// The bill of materials, or its directory
    #[arg(long, value_name = "PATH", id = "file", hide = true)]
    _file: Option<PathBuf>,
}

impl Events {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let only = match &session.globals.env {
            Some(_) => Some(session.environment()?),
            None => None,
        };
        let follow = if self.follow { Follow::Yes } else { Follow::No };
        let mut events = session.reader().await?.events(self.after, follow).await?;
        let zone = TimeZone::system();
        while let Some(event) = events.next().await {
            let event = event?;
            if only.as_ref().is_none_or(|only| event.environment == *only) {
                show(session, &event, &zone)?;
            }
        }
        Ok(Exit::DONE)
    }
}

fn show(session: &Session, event: &EventView, zone: &TimeZone) -> Result<(), Error> {
    match session.screen.form() {
        Form::Json => session.screen.json_line(event)?,
        Form::Text => session.screen.data(&render_event(event, zone, session.screen.paint()))?,
    }
    Ok(())
}
