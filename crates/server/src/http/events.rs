//! What happens to environments, told as it happens.

use axum::extract::{Query, State};
use axum::response::Response;
use futures_util::stream;
use landfall_api::EventView;
use serde::Deserialize;
use tokio::sync::broadcast;

use super::{Desk, lines};
use crate::error::Result;

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// Only events behind this one.
    #[serde(default)]
    after: i64,
    /// Whether later events are awaited.
    #[serde(default)]
    follow: bool,
}

pub(super) async fn follow(State(desk): State<Desk>, Query(wanted): Query<Wanted>) -> Result<Response> {
    let receiver = desk.world.journal.listen();
    let past = desk.world.store.events(wanted.after).await?;
    if !wanted.follow {
        return Ok(lines(stream::iter(past)));
    }
    let last = past.last().map_or(wanted.after, |event| event.id);
    let past = stream::iter(past);
    Ok(lines(futures_util::StreamExt::chain(past, stream::unfold((receiver, last), next))))
}

type Listening = (broadcast::Receiver<EventView>, i64);

async fn next((mut receiver, last): Listening) -> Option<(EventView, Listening)> {
    loop {
        match receiver.recv().await {
            // What was told between listening and reading the past is in both.
            Ok(event) if event.id > last => return Some((event, (receiver, last))),
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return None,
        }
    }
}
