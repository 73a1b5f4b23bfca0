//! The gate: instances are waited for until they are well, and given up as soon as it is certain that they won't be.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use landfall_engine::{LogOptions, Scope};
use landfall_model::check::Health;
use landfall_model::observed::{Instance, InstanceState};
use landfall_model::quantity::Period;
use landfall_model::spec::GroupId;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until, timeout};

use super::StepFailure;
use crate::data_plane::HealthReport;
use crate::error::Error;
use crate::world::World;

/// How often a process may end before its instance is given up.
const ENDINGS: u32 = 3;
/// How many of the last lines are shown of what an instance wrote.
const LINES: u32 = 20;
/// How often the engine is asked although nothing seems to have happened.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Waits until `instances` instances of a group are well.
pub(super) async fn await_healthy(
    world: &World,
    group: &GroupId,
    instances: u32,
    patience: Period,
) -> Result<(), StepFailure> {
    let deadline = Instant::now() + patience.duration();
    let mut health = world.data_plane.health();
    let mut events = world.events.subscribe();
    let mut endings: BTreeMap<String, u32> = BTreeMap::new();
    let mut members = observe_members(world, group).await?;
    let mut look = Instant::now() + LOOK_AGAIN;
    loop {
        if well(&members, &health.borrow_and_update()) >= instances as usize {
            return Ok(());
        }
        if members.len() < instances as usize {
            return Err(Error::Disturbed { what: format!("an instance of {}", group.component) }.into());
        }
        if let Some((instance, why)) = lost(&members, &endings) {
            return Err(failure(world, group, Some(instance), &why).await);
        }
        tokio::select! {
            _ = health.changed() => {}
            event = events.recv() => match event {
                Ok(event) if event.action == "die" || event.action == "destroy" => {
                    *endings.entry(event.subject).or_default() += u32::from(event.action == "die");
                    members = observe_members(world, group).await?;
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => tokio::time::sleep(LOOK_AGAIN).await,
            },
            () = sleep_until(look) => {
                members = observe_members(world, group).await?;
                look = Instant::now() + LOOK_AGAIN;
            }
            () = sleep_until(deadline) => {
                let unwell = members.iter().find(|it| !is_well(it, &health.borrow()));
                let why = reason(unwell, &health.borrow(), patience);
                return Err(failure(world, group, unwell, &why).await);
            }
        }
    }
}

async fn observe_members(world: &World, group: &GroupId) -> Result<Vec<Instance>, Error> {
    let observed = world.engine.observe(&Scope::Environment(group.environment.clone())).await?;
    Ok(observed.instances.into_iter().filter(|instance| instance.group == *group).collect())
}

fn is_well(instance: &Instance, health: &HealthReport) -> bool {
    health.get(&instance.id).is_some_and(Health::is_passing)
}

fn well(members: &[Instance], health: &HealthReport) -> usize {
    members.iter().filter(|instance| is_well(instance, health)).count()
}

/// An instance that won't become well, and why.
fn lost<'a>(members: &'a [Instance], endings: &BTreeMap<String, u32>) -> Option<(&'a Instance, String)> {
    members.iter().find_map(|instance| match instance.state {
        InstanceState::Exited { code: 0 } => {
            Some((instance, "its process ended with exit code 0; what is meant to end is a job".to_owned()))
        }
        InstanceState::Exited { code } => {
            Some((instance, format!("its process ended with exit code {code}")))
        }
        _ if endings.get(&instance.name).is_some_and(|times| *times >= ENDINGS) => {
            Some((instance, format!("its process ended {ENDINGS} times")))
        }
        _ => None,
    })
}

fn reason(unwell: Option<&Instance>, health: &HealthReport, patience: Period) -> String {
    let Some(instance) = unwell else { return format!("it was not there within {patience}") };
    let said = match health.get(&instance.id) {
        Some(Health::Starting { last: Some(last) } | Health::Failing { reason: last }) => format!(": {last}"),
        _ => String::new(),
    };
    if !said.is_empty() {
        return format!("it did not become well within {patience}{said}");
    }
    let check =
        instance.discovery.check.as_ref().map(|check| format!(" ({})", check.probe)).unwrap_or_default();
    format!("it did not become well within {patience}{check}")
}

async fn failure(world: &World, group: &GroupId, instance: Option<&Instance>, why: &str) -> StepFailure {
    let logs = match instance {
        Some(instance) => last_lines(world, &instance.id).await,
        None => Vec::new(),
    };
    let error = Error::Invalid { message: format!("{}: {why}", group.component), hint: None };
    StepFailure { error, logs }
}

/// The last lines that an instance wrote, as far as they can be had quickly.
pub(crate) async fn last_lines(world: &World, instance: &str) -> Vec<String> {
    let options = LogOptions { follow: false, since: None, tail: Some(LINES) };
    let lines = world
        .engine
        .logs(instance, options)
        .filter_map(|line| async move { line.ok().map(|line| line.line) });
    timeout(Duration::from_secs(3), lines.collect()).await.unwrap_or_default()
}
