//! The planner: blueprints and an observation in, a plan out. One decision at a time, each in a file of its own.

mod changes;
mod down;
mod facts;
mod steps;
mod up;

use landfall_model::name::EnvironmentId;
use landfall_model::observed::Observed;
use landfall_model::spec::VolumeId;

use crate::blueprint::Blueprint;
use crate::plan::Plan;

/// Everything that a plan depends on. Equal inputs give equal plans.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The environment.
    pub environment: &'a EnvironmentId,
    /// The generation that is active.
    pub active: Option<&'a Blueprint>,
    /// The generation that should be; none when the environment is to be taken down.
    pub target: Option<&'a Blueprint>,
    /// What there is on the engine, in this environment.
    pub observed: &'a Observed,
    /// Whether a deployment to the target is under way: then jobs are run, and a generation may change.
    pub deployment: Deployment,
    /// What happens to data when the environment is taken down.
    pub data: DataPolicy,
}

/// Whether a deployment is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// It is: jobs that have not been run for the target are run.
    Open,
    /// It isn't: what should run is kept running, and no job is run.
    Closed,
}

/// What happens to data when an environment is taken down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataPolicy {
    /// Volumes that the bill of materials keeps stay, and so do volumes that it no longer names.
    #[default]
    AsDeclared,
    /// Every volume stays.
    KeepAll,
    /// Every volume goes.
    RemoveAll,
}

/// Plans the way from what is to what should be.
pub fn plan(input: &Input) -> Plan {
    match input.target {
        Some(target) => up::plan_up(input, target),
        None => down::plan_down(input),
    }
}

/// The volumes that go when the environment is taken down with the input's policy.
pub fn volumes_to_remove(input: &Input) -> Vec<VolumeId> {
    let declared =
        |volume: &VolumeId| input.active.and_then(|active| active.volumes.get(&volume.volume)).copied();
    let goes = |volume: &&VolumeId| match input.data {
        DataPolicy::AsDeclared => declared(volume) == Some(false),
        DataPolicy::KeepAll => false,
        DataPolicy::RemoveAll => true,
    };
    input.observed.volumes.iter().filter(goes).cloned().collect()
}
