//! Jobs run by hand.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use landfall_plan::blueprint::Trigger;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{Desk, environment_id, lines, no_environment, parse_name};
use crate::error::{Error, Result};
use crate::execute::run_by_hand;

pub(super) async fn run(
    State(desk): State<Desk>,
    Path((landscape, environment, job)): Path<(String, String, String)>,
) -> Result<Response> {
    let id = environment_id(&landscape, &environment)?;
    let job = parse_name(&job)?;
    let record = desk.world.store.environment(&id).await?.ok_or_else(|| no_environment(&id))?;
    let hint = Some("`landfall up` brings it up".to_owned());
    let down = || Error::Conflict { message: format!("{id} is not up"), hint };
    let active = record.active.ok_or_else(down)?;
    let member = active.members.get(&job).and_then(|member| Some((member.group.clone(), member.trigger?)));
    let Some((group, Trigger::Before(limit) | Trigger::After(limit) | Trigger::Manual(limit))) = member
    else {
        let jobs = active.members.iter().filter(|(_, member)| member.trigger.is_some());
        let jobs: Vec<_> = jobs.map(|(name, _)| name.to_string()).collect();
        let hint = Some(format!("the jobs are: {}", jobs.join(", ")));
        return Err(Error::NotFound { what: format!("job {job} in release {}", active.release()), hint });
    };
    let secrets = desk.world.store.secrets(&id).await?;
    let (sender, receiver) = mpsc::channel(256);
    let world = Arc::clone(&desk.world);
    tokio::spawn(async move { run_by_hand(&world, &group, (active.stamp, &secrets), limit, sender).await });
    Ok(lines(ReceiverStream::new(receiver)))
}
