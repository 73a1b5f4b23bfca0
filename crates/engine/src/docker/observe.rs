//! What there is, from one list of containers, one of networks and one of volumes.

use std::collections::HashMap;
use std::net::IpAddr;

use bollard::models::{
    ContainerSummary, ContainerSummaryStateEnum, EndpointSettings, PortSummary, PortSummaryTypeEnum,
};
use bollard::query_parameters::{ListContainersOptions, ListNetworksOptions, ListVolumesOptions};
use landfall_model::label;
use landfall_model::landscape::Protocol;
use landfall_model::observed::{EngineHealth, Instance, InstanceState, Network, Observed, PublishedPort};

use super::{Docker, named, network};
use crate::{Result, Scope};

impl Docker {
    pub(super) async fn observe_scope(&self, scope: &Scope) -> Result<Observed> {
        let filters = Some(match scope {
            Scope::All => [("label".to_owned(), vec![label::LANDSCAPE.to_owned()])].into_iter().collect(),
            Scope::Environment(environment) => named::filter(&named::environment_labels(environment)),
        });
        let containers =
            ListContainersOptions { all: true, filters: filters.clone(), ..ListContainersOptions::default() };
        let (networks, volumes, containers) = futures_util::join!(
            self.client.list_networks(Some(ListNetworksOptions { filters: filters.clone() })),
            self.client.list_volumes(Some(ListVolumesOptions { filters })),
            self.client.list_containers(Some(containers)),
        );
        let networks: Vec<Network> =
            networks.map_err(self.failed("list networks"))?.into_iter().filter_map(parse_network).collect();
        networks.iter().for_each(|network| self.remember(network));
        let volumes = volumes.map_err(self.failed("list volumes"))?.volumes.unwrap_or_default();
        let volumes = volumes.into_iter().filter_map(|volume| {
            named::parse_volume(&volume.labels).inspect_err(|reason| skip(&volume.name, reason)).ok()
        });
        let containers = containers.map_err(self.failed("list containers"))?;
        let instances = containers.into_iter().filter_map(|summary| parse_instance(summary, &networks));
        Ok(Observed { volumes: volumes.collect(), instances: instances.collect(), networks })
    }
}

/// What is ours but for a label that somebody changed is left alone.
fn skip(name: &str, reason: &str) {
    tracing::warn!(name, reason, "skipped: its labels are not ours");
}

fn parse_network(network: bollard::models::Network) -> Option<Network> {
    let name = network.name.unwrap_or_default();
    let labels = network.labels.unwrap_or_default();
    let environment = named::parse_environment(&labels).inspect_err(|reason| skip(&name, reason)).ok()?;
    Some(Network { id: network.id?, environment, gateway: network::parse_gateway(network.ipam) })
}

/// An instance from the engine's list, unless its labels are broken.
pub(super) fn parse_instance(summary: ContainerSummary, networks: &[Network]) -> Option<Instance> {
    let name = summary.names.iter().flatten().next().map(|name| name.trim_start_matches('/').to_owned());
    let name = name.unwrap_or_default();
    let labels = summary.labels.unwrap_or_default();
    let identity = named::parse_instance(&labels).inspect_err(|reason| skip(&name, reason)).ok()?;
    let network = networks.iter().find(|network| network.environment == identity.group.environment);
    let endpoints = summary.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
    let state = parse_state(summary.state, &summary.status.unwrap_or_default());
    Some(Instance {
        id: summary.id?,
        name,
        group: identity.group,
        number: identity.number,
        stamp: identity.stamp,
        state,
        address: network.filter(|_| state.is_up()).and_then(|network| parse_address(&endpoints, &network.id)),
        published: parse_published(&summary.ports.unwrap_or_default()),
        created: summary.created.unwrap_or_default(),
        discovery: identity.discovery,
    })
}

/// A state from the engine's word and its sentence: `Up 3 minutes (healthy)`, `Exited (137) 2 seconds ago`.
fn parse_state(state: Option<ContainerSummaryStateEnum>, status: &str) -> InstanceState {
    use ContainerSummaryStateEnum as Word;
    match state {
        Some(Word::RUNNING | Word::STOPPING) => InstanceState::Running { health: parse_health(status) },
        Some(Word::PAUSED) => InstanceState::Paused,
        Some(Word::RESTARTING) => InstanceState::Restarting,
        Some(Word::EXITED) => InstanceState::Exited { code: parse_code(status).unwrap_or(-1) },
        Some(Word::CREATED) => InstanceState::Created,
        Some(Word::DEAD | Word::REMOVING | Word::EMPTY) | None => InstanceState::Dead,
    }
}

fn parse_health(status: &str) -> Option<EngineHealth> {
    let words = [
        ("(healthy)", EngineHealth::Healthy),
        ("(unhealthy)", EngineHealth::Unhealthy),
        ("(health: starting)", EngineHealth::Starting),
    ];
    words.into_iter().find(|(word, _)| status.contains(word)).map(|(_, health)| health)
}

fn parse_code(status: &str) -> Option<i64> {
    status.split_once('(')?.1.split_once(')')?.0.parse().ok()
}

fn parse_address(endpoints: &HashMap<String, EndpointSettings>, network: &str) -> Option<IpAddr> {
    let endpoint = endpoints.values().find(|endpoint| endpoint.network_id.as_deref() == Some(network))?;
    let address = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
    address(&endpoint.ip_address).or_else(|| address(&endpoint.global_ipv6_address))
}

/// Published ports, each once: an engine lists a port for IPv4 and for IPv6, and 20.10 may give them other numbers.
fn parse_published(ports: &[PortSummary]) -> Vec<PublishedPort> {
    let mut found: Vec<(bool, PublishedPort)> = ports.iter().filter_map(parse_port).collect();
    found.sort_by_key(|(later, port)| (port.port, port.protocol, *later, port.host));
    found.dedup_by_key(|(_, port)| (port.port, port.protocol));
    found.into_iter().map(|(_, port)| port).collect()
}

fn parse_port(port: &PortSummary) -> Option<(bool, PublishedPort)> {
    let protocol = match port.typ {
        Some(PortSummaryTypeEnum::UDP) => Protocol::Udp,
        Some(PortSummaryTypeEnum::SCTP) => return None,
        _ => Protocol::Tcp,
    };
    let six = port.ip.as_deref().is_some_and(|address| address.contains(':'));
    Some((six, PublishedPort { port: port.private_port, host: port.public_port?, protocol }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_read_as_the_engine_writes_them() {
        use ContainerSummaryStateEnum as Word;
        let running = |health| InstanceState::Running { health };
        for (word, status, expected) in [
            (Word::RUNNING, "Up 3 minutes", running(None)),
            (Word::RUNNING, "Up 1 second (health: starting)", running(Some(EngineHealth::Starting))),
            (Word::RUNNING, "Up 2 hours (healthy)", running(Some(EngineHealth::Healthy))),
            (Word::RUNNING, "Up 2 hours (unhealthy)", running(Some(EngineHealth::Unhealthy))),
            (Word::PAUSED, "Up 2 hours (Paused)", InstanceState::Paused),
            (Word::EXITED, "Exited (0) Less than a second ago", InstanceState::Exited { code: 0 }),
            (Word::EXITED, "Exited (137) 4 days ago", InstanceState::Exited { code: 137 }),
            (Word::RESTARTING, "Restarting (1) 5 seconds ago", InstanceState::Restarting),
            (Word::CREATED, "Created", InstanceState::Created),
            (Word::DEAD, "Dead", InstanceState::Dead),
            (Word::REMOVING, "Removal In Progress", InstanceState::Dead),
        ] {
            assert_eq!(parse_state(Some(word), status), expected, "{status}");
        }
    }
}
