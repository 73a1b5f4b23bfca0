//! What the probes found out, as one table that the catalog is planned from.

use std::collections::BTreeMap;

use landfall_model::check::{Health, Probe};
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::observed::{EngineHealth, Instance, InstanceState};
use landfall_model::spec::Role;

/// What is probed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// An instance, by the engine's id.
    Instance(String),
    /// An environment's external.
    External(EnvironmentId, Name),
}

/// What the probes say. What is not in it has not been probed.
pub type HealthTable = BTreeMap<Target, Health>;

/// An instance's health: what the engine says of its state, and else what the probes say.
pub fn plan_health(instance: &Instance, table: &HealthTable) -> Health {
    let engine = match instance.state {
        InstanceState::Running { health } => health,
        InstanceState::Created => return Health::Starting { last: None },
        InstanceState::Paused => return failing("it is paused"),
        InstanceState::Restarting => return failing("it ended and is being started again"),
        InstanceState::Exited { code } => return failing(&format!("it ended with exit code {code}")),
        InstanceState::Dead => return failing("the engine is removing it"),
    };
    let probe = instance.discovery.check.as_ref().map(|check| &check.probe);
    match probe {
        _ if instance.group.role == Role::Job => Health::Passing,
        None | Some(Probe::Running) => Health::Passing,
        Some(Probe::Engine) => match engine {
            None | Some(EngineHealth::Healthy) => Health::Passing,
            Some(EngineHealth::Starting) => Health::Starting { last: None },
            Some(EngineHealth::Unhealthy) => failing("the image's HEALTHCHECK fails"),
        },
        Some(Probe::Http { .. } | Probe::Tcp { .. } | Probe::Command { .. }) => {
            probed(&Target::Instance(instance.id.clone()), table)
        }
    }
}

/// What the probes say of a target that is probed.
pub fn probed(target: &Target, table: &HealthTable) -> Health {
    table.get(target).cloned().unwrap_or(Health::Starting { last: None })
}

fn failing(reason: &str) -> Health {
    Health::Failing { reason: reason.to_owned() }
}
