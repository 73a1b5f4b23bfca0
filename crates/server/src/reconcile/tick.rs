//! One look at an environment, and what follows from it.

use landfall_api::{DeploymentEvent, DeploymentId, DeploymentStatus};
use landfall_model::name::EnvironmentId;
use landfall_model::observed::Observed;
use landfall_plan::planner::Deployment;
use landfall_plan::{ChangeKind, DataPolicy, Input, Plan, plan, verify};
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result, describe};
use crate::execute::{Execution, FailedStep, Flipped, Stopped};
use crate::store::{Aftermath, EnvironmentRecord, Verdict, now};
use crate::world::World;

/// What a tick came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tick {
    /// Something was changed: there may be more to do.
    Changed,
    /// There was nothing to do.
    Settled,
}

const CANCELLED: Verdict = Verdict { status: DeploymentStatus::Cancelled, message: None };

/// How many seconds whoever follows a deployment is kept waiting for a step that fails again and again.
const STUCK: i64 = 60;

/// Looks at an environment and does what is to be done.
pub(super) async fn tick(world: &World, id: &EnvironmentId, cancelled: &CancellationToken) -> Result<Tick> {
    let Some(record) = world.store.environment(id).await? else { return Ok(Tick::Settled) };
    if let (Some(deployment), Some(_), true) = (record.deployment, &record.target, cancelled.is_cancelled()) {
        return give_up(world, &record, deployment, &CANCELLED).await;
    }
    let observed = match world.observe(id).await {
        Ok(observed) => observed,
        Err(error) => return Err(wait(world, &record, error)),
    };
    if let Err(error) = world.publish().await {
        return Err(wait(world, &record, error));
    }
    let plan = planned(&record, &observed)?;
    if plan.is_empty() {
        return conclude(world, &record, &observed).await;
    }
    announce_plan(world, &record, &plan).await?;
    let secrets = world.store.secrets(id).await?;
    let deployment = record.deployment;
    let execution = Execution { world, plan: &plan, secrets: &secrets, deployment, cancelled };
    match execution.run().await {
        Ok(()) => Ok(Tick::Changed),
        Err(stopped) => stop(world, &record, stopped).await,
    }
}

/// The plan for what the record says should be. A record with a target is being deployed; one without anything
/// active, whose deployment was given up, goes back to nothing, with its data kept.
pub(crate) fn planned(record: &EnvironmentRecord, observed: &Observed) -> Result<Plan> {
    let target = if record.down.is_some() { None } else { record.target.as_ref().or(record.active.as_ref()) };
    let open = record.deployment.is_some() && !record.given_up;
    checked(&Input {
        environment: &record.id,
        active: record.active.as_ref(),
        target,
        observed,
        deployment: if open { Deployment::Open } else { Deployment::Closed },
        data: record.down.unwrap_or(DataPolicy::KeepAll),
    })
}

/// A plan that has been verified.
pub(crate) fn checked(input: &Input) -> Result<Plan> {
    let planned = plan(input);
    verify(input, &planned).map_err(|violations| Error::Plan {
        violations: violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    })?;
    Ok(planned)
}

fn wait(world: &World, record: &EnvironmentRecord, error: Error) -> Error {
    if let Some(deployment) = record.deployment {
        world.journal.tell(deployment, DeploymentEvent::Waiting { message: describe(&error) });
    }
    error
}

async fn announce_plan(world: &World, record: &EnvironmentRecord, plan: &Plan) -> Result<()> {
    if let Some(deployment) = record.deployment {
        let steps = plan.steps.iter().map(|step| step.action.to_string()).collect();
        world.journal.tell(deployment, DeploymentEvent::Planned { changes: plan.changes.clone(), steps });
        return Ok(());
    }
    let repaired = plan.changes.iter().filter(|change| change.kind != ChangeKind::Keep);
    let repaired: Vec<_> =
        repaired.map(|change| format!("{}: {}", change.component, change.reasons.join(", "))).collect();
    if repaired.is_empty() {
        Ok(())
    } else {
        Ok(world.journal.note(&record.id, "repair", &repaired.join("; ")).await?)
    }
}

/// Nothing is left to do: whatever was under way is over.
async fn conclude(world: &World, record: &EnvironmentRecord, observed: &Observed) -> Result<Tick> {
    let aftermath = aftermath(record, observed);
    let Some(deployment) = record.deployment else {
        world.store.settle(&record.id, aftermath).await?;
        world.publish().await?;
        return Ok(Tick::Settled);
    };
    let verdict = world.store.verdict(deployment).await?;
    let ended = verdict.unwrap_or(Verdict { status: DeploymentStatus::Done, message: None });
    world.announce(&record.id, None);
    world.store.end(&record.id, deployment, &ended, aftermath).await?;
    world.publish().await?;
    tell_end(world, record, deployment, &ended).await?;
    Ok(Tick::Settled)
}

fn aftermath(record: &EnvironmentRecord, observed: &Observed) -> Aftermath {
    let gone = record.down.is_some() || (record.active.is_none() && record.target.is_none());
    match (gone, observed.volumes.is_empty()) {
        (true, true) => Aftermath::Forget,
        (true, false) if record.down.is_some() => Aftermath::Rest,
        _ => Aftermath::Keep,
    }
}

async fn end(
    world: &World,
    record: &EnvironmentRecord,
    deployment: DeploymentId,
    ended: &Verdict,
) -> Result<()> {
    world.store.end(&record.id, deployment, ended, Aftermath::Keep).await?;
    tell_end(world, record, deployment, ended).await
}

async fn tell_end(
    world: &World,
    record: &EnvironmentRecord,
    deployment: DeploymentId,
    ended: &Verdict,
) -> Result<()> {
    let what = if record.down.is_some() { "taking down" } else { "deployment" };
    let how = match ended.status {
        DeploymentStatus::Running => "goes on",
        DeploymentStatus::Done => "is done",
        DeploymentStatus::Incomplete => "is done, but a job failed",
        DeploymentStatus::Failed => "failed",
        DeploymentStatus::Cancelled => "was cancelled",
    };
    world.journal.note(&record.id, "deployment", &format!("{what} {deployment} {how}")).await?;
    let (status, message) = (ended.status, ended.message.clone());
    world.journal.tell(deployment, DeploymentEvent::Finished { status, message });
    Ok(())
}

/// An execution ended early: before the flip what was done is undone, after it the rest is tried again.
async fn stop(world: &World, record: &EnvironmentRecord, stopped: Stopped) -> Result<Tick> {
    let Some(deployment) = record.deployment else { return Err(without_deployment(stopped)) };
    let (verdict, flipped) = match stopped {
        Stopped::Interrupted(error) => return Err(wait(world, record, error)),
        Stopped::Failed { flipped: Flipped::Yes, step: FailedStep::Job, message } => {
            let ended = Verdict { status: DeploymentStatus::Incomplete, message: Some(message) };
            // The generation is active all the same.
            end(world, record, deployment, &ended).await?;
            return Ok(Tick::Changed);
        }
        Stopped::Failed { flipped, message, .. } => {
            (Verdict { status: DeploymentStatus::Failed, message: Some(message) }, flipped)
        }
        Stopped::Cancelled => (CANCELLED, Flipped::No),
    };
    if record.given_up {
        return end_broken(world, record, deployment, verdict).await;
    }
    if flipped == Flipped::No && record.target.is_some() {
        return give_up(world, record, deployment, &verdict).await;
    }
    let message = verdict.message.unwrap_or_else(|| "it was too late to give it up".to_owned());
    let begun = world.store.deployment(deployment).await?.map_or(0, |view| view.started);
    if now() - begun > STUCK {
        // Whoever waits is told; the loop goes on trying all the same.
        let message = Some(format!("{message}\nit is tried again every few seconds"));
        end(world, record, deployment, &Verdict { status: DeploymentStatus::Failed, message }).await?;
        return Ok(Tick::Changed);
    }
    Err(wait(world, record, Error::Invalid { message, hint: None }))
}

async fn give_up(
    world: &World,
    record: &EnvironmentRecord,
    deployment: DeploymentId,
    verdict: &Verdict,
) -> Result<Tick> {
    world.store.give_up(&record.id, deployment, verdict).await?;
    world.announce(&record.id, None);
    world.journal.tell(deployment, DeploymentEvent::Undoing);
    Ok(Tick::Changed)
}

/// Even the way back failed: the deployment is over, and the loop goes on mending.
async fn end_broken(
    world: &World,
    record: &EnvironmentRecord,
    deployment: DeploymentId,
    verdict: Verdict,
) -> Result<Tick> {
    let earlier = world.store.verdict(deployment).await?.unwrap_or(CANCELLED);
    let first = earlier.message.map(|message| message + "\n").unwrap_or_default();
    let second = verdict.message.unwrap_or_default();
    let message = Some(format!("{first}what was before isn't whole again yet: {second}"));
    end(world, record, deployment, &Verdict { status: earlier.status, message }).await?;
    Ok(Tick::Changed)
}

fn without_deployment(stopped: Stopped) -> Error {
    match stopped {
        Stopped::Interrupted(error) => error,
        Stopped::Failed { message, .. } => Error::Invalid { message, hint: None },
        Stopped::Cancelled => Error::Conflict { message: "cancelled".to_owned(), hint: None },
    }
}
