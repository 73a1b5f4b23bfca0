//! Environments as they are: `GET /v1/environments` and `GET /v1/environments/L/E`.

use std::net::IpAddr;

use landfall_model::check::Health;
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::observed::{InstanceState, PublishedPort};
use landfall_model::release::ReleaseNumber;
use landfall_model::spec::{Generation, Role};
use serde::{Deserialize, Serialize};

use crate::deployment::DeploymentId;

/// An environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentView {
    /// Which.
    pub id: EnvironmentId,
    /// Its purpose.
    pub purpose: Option<Name>,
    /// Whether taking it down needs its name typed.
    pub protected: bool,
    /// What it is doing.
    pub state: EnvironmentState,
    /// The release that is active.
    pub release: Option<ReleaseNumber>,
    /// The generation that is active.
    pub generation: Option<Generation>,
    /// The deployment that is under way.
    pub deployment: Option<DeploymentId>,
    /// How many instances of services should run.
    pub wanted: u32,
    /// How many instances of services are well.
    pub healthy: u32,
    /// Its instances. Empty in lists.
    #[serde(default)]
    pub instances: Vec<InstanceView>,
    /// Its volumes. Empty in lists.
    #[serde(default)]
    pub volumes: Vec<VolumeView>,
}

/// What an environment is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnvironmentState {
    /// A deployment is under way.
    Deploying,
    /// It is being taken down.
    Ending,
    /// Every instance that should run is well.
    Healthy,
    /// Some instances are not well, or not there.
    Degraded,
    /// Nothing runs; its volumes are kept.
    Down,
}

/// An instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceView {
    /// The engine's id.
    pub id: String,
    /// The engine's name for it.
    pub name: String,
    /// The service or job.
    pub component: Name,
    /// Which of the two.
    pub role: Role,
    /// Its number within its group.
    pub number: u32,
    /// The release that made it.
    pub release: ReleaseNumber,
    /// The generation that made it.
    pub generation: Generation,
    /// Whether it belongs to the active generation.
    pub active: bool,
    /// What it is doing.
    pub state: InstanceState,
    /// Whether it is well. None for jobs and for what doesn't run.
    pub health: Option<Health>,
    /// Its address in the environment's network.
    pub address: Option<IpAddr>,
    /// The host's ports at which it can be reached.
    pub published: Vec<PublishedPort>,
    /// The addresses of those, where the port speaks HTTP: `http://localhost:32768`.
    pub urls: Vec<String>,
    /// When it was made, in seconds since 1970.
    pub created: i64,
}

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeView {
    /// Its name in the landscape.
    pub volume: Name,
    /// Whether it is kept when the environment is taken down. None if the release doesn't name it.
    pub keep: Option<bool>,
}
