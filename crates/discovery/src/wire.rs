//! The words between the agent and its clients: JSON over HTTP on the agent's unix socket.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use landfall_model::check::Health;
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::spec::Generation;
use serde::{Deserialize, Serialize};

use crate::catalog::published::Snapshot;
use crate::catalog::{Environment, ExternalMember, Member};

/// The catalog, as clients get it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CatalogView {
    /// Counts up with every change; to be given to the next `watch`.
    pub index: u64,
    /// The number of the directives that it was planned from.
    pub directives: u64,
    /// The environments.
    pub environments: Vec<EnvironmentView>,
    /// Every instance, ordered by group and number.
    pub instances: Vec<Member>,
}

/// An environment, as clients get it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnvironmentView {
    /// The environment.
    pub environment: EnvironmentId,
    /// The address at which its instances ask for names.
    pub gateway: Option<IpAddr>,
    /// The active generation.
    pub active: Option<Generation>,
    /// The generation that is being prepared.
    pub pending: Option<Generation>,
    /// Services that somebody else runs.
    pub externals: BTreeMap<Name, ExternalMember>,
}

/// What became of directives that the agent took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The directives' number.
    pub number: u64,
    /// The index of the catalog that was planned from them.
    pub index: u64,
    /// Where names are answered, and where they can't be.
    pub listening: Vec<Listening>,
}

/// An address at which names are to be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    /// The environment whose gateway it is; none for the one of the host's own.
    pub environment: Option<EnvironmentId>,
    /// The address; none if the environment's gateway is not known yet.
    pub at: Option<SocketAddr>,
    /// Why names are not answered there. It is tried again every second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What the agent says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// Its version.
    pub version: String,
    /// Its process's number.
    pub pid: u32,
    /// The number of the directives that it holds.
    pub directives: u64,
    /// The catalog's index.
    pub index: u64,
    /// Where names are answered, and where they can't be.
    pub listening: Vec<Listening>,
    /// Why the engine can't be observed, if it can't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
}

/// That the engine was observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// The index of the catalog that was planned from it.
    pub index: u64,
}

/// Why the agent did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The reason, in words.
    pub error: String,
}

impl From<&Snapshot> for CatalogView {
    fn from(snapshot: &Snapshot) -> Self {
        let view = |(id, environment): (&EnvironmentId, &Environment)| EnvironmentView {
            environment: id.clone(),
            gateway: environment.gateway,
            active: environment.active,
            pending: environment.pending,
            externals: environment.externals.clone(),
        };
        Self {
            index: snapshot.index,
            directives: snapshot.catalog.directives(),
            environments: snapshot.catalog.environments().iter().map(view).collect(),
            instances: snapshot.catalog.members().to_vec(),
        }
    }
}

impl CatalogView {
    /// The health of an instance, by the engine's id.
    pub fn health(&self, instance: &str) -> Option<&Health> {
        self.instances.iter().find(|member| member.id == instance).map(|member| &member.health)
    }
}
