//! Services, instances and their health as one immutable snapshot, with the indexes that name answers need.

mod plan;
pub mod published;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use landfall_model::check::Health;
use landfall_model::landscape::Port;
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::observed::PublishedPort;
use landfall_model::spec::{Generation, GroupId, Stamp};
use serde::{Deserialize, Serialize};

pub use plan::plan_catalog;

/// One immutable snapshot of who is there and well.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    directives: u64,
    members: Vec<Member>,
    environments: BTreeMap<EnvironmentId, Environment>,
    by_address: BTreeMap<IpAddr, usize>,
}

/// An instance as the catalog has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
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
    /// Its address in the environment's network, while it is up.
    pub address: Option<IpAddr>,
    /// Ports that it listens on.
    pub ports: Vec<Port>,
    /// Ports of the host that lead to it.
    pub published: Vec<PublishedPort>,
    /// Names that it looks up and that are not their component's own.
    pub aliases: BTreeMap<Name, Name>,
    /// Which generations it belongs to.
    pub membership: Membership,
    /// Whether it is well.
    pub health: Health,
}

/// Which of an environment's generations an instance belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Membership {
    /// The active one.
    Active,
    /// The one that is being prepared.
    Pending,
    /// Both: the release did not change it.
    Both,
    /// Neither: its generation is warm or retired, or nobody has said.
    Neither,
}

/// Which generation's services names resolve to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The active generation's.
    Active,
    /// The one's that is being prepared.
    Pending,
}

/// A service that somebody else runs, as the catalog has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExternalMember {
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it is well.
    pub health: Health,
}

/// An environment as the catalog has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {
    /// The address at which its instances ask for names.
    pub gateway: Option<IpAddr>,
    /// The active generation.
    pub active: Option<Generation>,
    /// The generation that is being prepared.
    pub pending: Option<Generation>,
    /// Services that somebody else runs.
    pub externals: BTreeMap<Name, ExternalMember>,
    known: BTreeSet<Name>,
    active_services: BTreeMap<Name, Vec<usize>>,
    pending_services: BTreeMap<Name, Vec<usize>>,
}

impl Catalog {
    /// The number of the directives that the catalog was planned from.
    pub fn directives(&self) -> u64 {
        self.directives
    }

    /// Every instance, ordered by group and number.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Every environment.
    pub fn environments(&self) -> &BTreeMap<EnvironmentId, Environment> {
        &self.environments
    }

    /// The instance that has an address.
    pub fn member_at(&self, address: IpAddr) -> Option<&Member> {
        self.by_address.get(&address).and_then(|at| self.members.get(*at))
    }

    /// The healthy instances of a service that can be reached, in the given scope.
    pub fn passing(&self, environment: &EnvironmentId, scope: Scope, service: &str) -> Vec<&Member> {
        let Some(environment) = self.environments.get(environment) else { return Vec::new() };
        let services = match scope {
            Scope::Active => &environment.active_services,
            Scope::Pending => &environment.pending_services,
        };
        let members = services.get(service).into_iter().flatten();
        members.filter_map(|at| self.members.get(*at)).collect()
    }

    /// The scope that an instance's names resolve in.
    pub fn scope_of(&self, member: &Member) -> Scope {
        match member.membership {
            Membership::Active | Membership::Both => Scope::Active,
            Membership::Pending => Scope::Pending,
            Membership::Neither => {
                self.scope_of_generation(&member.group.environment, member.stamp.generation)
            }
        }
    }

    /// The scope that a generation's number stands for: the pending one's for its own number, else the active one's.
    pub fn scope_of_generation(&self, environment: &EnvironmentId, generation: Generation) -> Scope {
        let pending = self.environments.get(environment).and_then(|environment| environment.pending);
        if pending == Some(generation) { Scope::Pending } else { Scope::Active }
    }
}

impl Environment {
    /// Whether a service or external has this name, in whatever generation and however unwell.
    pub fn knows(&self, name: &str) -> bool {
        self.known.contains(name) || self.externals.contains_key(name)
    }
}

impl Member {
    /// The instance's own DNS label, unique within its environment and component: `1-3fa9c2d1`.
    pub fn label(&self) -> String {
        let hash = self.group.hash.short();
        format!("{}-{}", self.number, hash.get(..8).unwrap_or(hash))
    }
}

#[cfg(test)]
mod tests;
