//! Instances for tests, in few words.

use std::collections::BTreeMap;
use std::net::IpAddr;

use landfall_model::check::{Check, Probe};
use landfall_model::hash::ContentHash;
use landfall_model::landscape::{Port, Protocol};
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::observed::{Instance, InstanceState};
use landfall_model::release::ReleaseNumber;
use landfall_model::spec::{Discovery, GroupId, Role, Stamp};

/// A name.
pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// The environment of `environment/landscape`.
pub(crate) fn environment(text: &str) -> EnvironmentId {
    let (landscape, environment) = text.split_once('/').unwrap();
    EnvironmentId::new(name(landscape), name(environment))
}

/// A service's group; `form` stands for its shape.
pub(crate) fn group(environment_text: &str, component: &str, form: &str) -> GroupId {
    let hash = ContentHash::of_bytes(form.as_bytes());
    GroupId {
        environment: environment(environment_text),
        role: Role::Service,
        component: name(component),
        hash,
    }
}

/// A running instance of a group.
pub(crate) fn instance(group: &GroupId, number: u32, address: &str) -> Instance {
    let id = format!(
        "{}-{}-{}-{number}",
        group.environment.environment,
        group.component,
        &group.hash.as_str()[..4]
    );
    Instance {
        name: format!("name-of-{id}"),
        id,
        group: group.clone(),
        number,
        stamp: Stamp { release: ReleaseNumber(1), generation: 11 },
        state: InstanceState::Running { health: None },
        address: Some(address.parse::<IpAddr>().unwrap()),
        published: Vec::new(),
        created: 0,
        discovery: Discovery { ports: vec![port("http", 8080)], check: None, aliases: BTreeMap::new() },
    }
}

/// A named TCP port.
pub(crate) fn port(called: &str, number: u16) -> Port {
    Port { name: Some(name(called)), port: number, protocol: Protocol::Tcp, published: None }
}

/// The usual check with a probe.
pub(crate) fn check(probe: Probe) -> Option<Check> {
    Some(Check::usual(probe))
}
