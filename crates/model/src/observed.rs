//! What an engine says there is: read from labels every time, never remembered.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::landscape::Protocol;
use crate::name::EnvironmentId;
use crate::spec::{Discovery, GroupId, Stamp, VolumeId};

/// Everything on an engine that carries our labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Environments' networks.
    pub networks: Vec<Network>,
    /// Environments' volumes.
    pub volumes: Vec<VolumeId>,
    /// Services' and jobs' instances.
    pub instances: Vec<Instance>,
}

impl Observed {
    /// What belongs to one environment.
    pub fn of(&self, environment: &EnvironmentId) -> Self {
        Self {
            networks: self
                .networks
                .iter()
                .filter(|network| network.environment == *environment)
                .cloned()
                .collect(),
            volumes: self
                .volumes
                .iter()
                .filter(|volume| volume.environment == *environment)
                .cloned()
                .collect(),
            instances: self
                .instances
                .iter()
                .filter(|instance| instance.group.environment == *environment)
                .cloned()
                .collect(),
        }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty() && self.volumes.is_empty() && self.instances.is_empty()
    }
}

/// An environment's network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The engine's id.
    pub id: String,
    /// The environment.
    pub environment: EnvironmentId,
    /// The host's address in the network, at which the data plane answers DNS.
    pub gateway: Option<IpAddr>,
}

/// A running or ended container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The engine's id.
    pub id: String,
    /// The engine's name for it.
    pub name: String,
    /// The group.
    pub group: GroupId,
    /// Its number within the group, from 1.
    pub number: u32,
    /// What made it.
    pub stamp: Stamp,
    /// What it is doing.
    pub state: InstanceState,
    /// Its address in the environment's network, while it runs.
    pub address: Option<IpAddr>,
    /// Ports of the host at which it can be reached.
    pub published: Vec<PublishedPort>,
    /// When it was created, in seconds since 1970.
    pub created: i64,
    /// What discovery needs to know.
    pub discovery: Discovery,
}

/// What a container is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum InstanceState {
    /// It was made and has not been started.
    Created,
    /// It runs.
    Running {
        /// What the engine says of the image's own HEALTHCHECK, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        health: Option<EngineHealth>,
    },
    /// It is held.
    Paused,
    /// It ended and the engine starts it again.
    Restarting,
    /// It ended.
    Exited {
        /// Its exit code.
        code: i64,
    },
    /// The engine could not remove it, or is removing it.
    Dead,
}

/// What the engine says of the image's own HEALTHCHECK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineHealth {
    /// Not yet known.
    Starting,
    /// Well.
    Healthy,
    /// Unwell.
    Unhealthy,
}

/// A port of the host that leads to one of the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PublishedPort {
    /// The container's port.
    pub port: u16,
    /// The host's port.
    pub host: u16,
    /// What is spoken over it.
    pub protocol: Protocol,
}

impl InstanceState {
    /// Whether the container's process is there (running, or held).
    pub fn is_up(&self) -> bool {
        matches!(self, Self::Running { .. } | Self::Paused)
    }
}
