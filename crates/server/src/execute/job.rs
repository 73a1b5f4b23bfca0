//! Jobs: run to their end, within a deployment or by hand.

use futures_util::StreamExt;
use landfall_api::JobEvent;
use landfall_engine::{LogOptions, LogSource, Scope};
use landfall_model::observed::Instance;
use landfall_model::quantity::Period;
use landfall_model::sealed::Secrets;
use landfall_model::spec::{Group, Stamp};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::StepFailure;
use super::gate::last_lines;
use crate::error::{Error, Result, describe};
use crate::world::World;

/// Runs a job within a deployment. If it was begun before, its end is waited for.
pub(super) async fn run(
    world: &World,
    group: &Group,
    (stamp, secrets): (Stamp, &Secrets),
    limit: Period,
) -> Result<(), StepFailure> {
    world.engine.ensure_group(group, 1, stamp, secrets).await?;
    let instance = observe_instance(world, group).await?;
    let job = &group.id.component;
    let message = match timeout(limit.duration(), world.engine.wait(&instance.id)).await {
        Ok(code) => match code? {
            0 => return Ok(()),
            code => format!("the job {job} ended with exit code {code}"),
        },
        Err(_) => format!("the job {job} took longer than {limit}"),
    };
    let logs = last_lines(world, &instance.id).await;
    Err(StepFailure { error: Error::Invalid { message, hint: None }, logs })
}

async fn observe_instance(world: &World, group: &Group) -> Result<Instance> {
    let observed = world.engine.observe(&Scope::Environment(group.id.environment.clone())).await?;
    let instance = observed.instances.into_iter().find(|instance| instance.group == group.id);
    let what = format!("instance of the job {}", group.id.component);
    instance.ok_or(Error::NotFound { what, hint: Some("somebody removed it while it ran".to_owned()) })
}

/// Runs a job by hand and tells what it says; it is removed once it has ended, or nobody listens any more.
pub(crate) async fn run_by_hand(
    world: &World,
    group: &Group,
    (stamp, secrets): (Stamp, &Secrets),
    limit: Period,
    events: mpsc::Sender<JobEvent>,
) {
    let told = timeout(limit.duration(), tell(world, group, (stamp, secrets), &events));
    let last = tokio::select! {
        told = told => match told {
            Ok(Ok(code)) => JobEvent::Exited { code },
            Ok(Err(error)) => JobEvent::Failed { message: describe(&error) },
            Err(_) => JobEvent::Failed { message: format!("it took longer than {limit}") },
        },
        () = events.closed() => JobEvent::Failed { message: "nobody listened any more".to_owned() },
    };
    if let Err(error) = world.engine.remove_group(&group.id, group.shape.stop_grace_period).await {
        tracing::warn!(job = %group.id.component, "can't remove the job's instance: {}", describe(&error));
    }
    // Whoever listened may be gone by now.
    let _ = events.send(last).await;
}

async fn tell(
    world: &World,
    group: &Group,
    (stamp, secrets): (Stamp, &Secrets),
    events: &mpsc::Sender<JobEvent>,
) -> Result<i64> {
    world.engine.remove_group(&group.id, group.shape.stop_grace_period).await?;
    world.engine.ensure_group(group, 1, stamp, secrets).await?;
    let instance = observe_instance(world, group).await?;
    let options = LogOptions { follow: true, ..LogOptions::default() };
    let mut lines = world.engine.logs(&instance.id, options);
    while let Some(line) = lines.next().await {
        let line = line?;
        let event = JobEvent::Line { stderr: line.source == LogSource::Stderr, line: line.line };
        if events.send(event).await.is_err() {
            break;
        }
    }
    Ok(world.engine.wait(&instance.id).await?)
}
