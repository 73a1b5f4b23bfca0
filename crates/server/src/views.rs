//! What clients are shown of environments, made from records, observations and health.

use landfall_api::{EnvironmentState, EnvironmentView, InstanceView, VolumeView};
use landfall_model::check::{Health, Probe};
use landfall_model::landscape::{Port, Protocol};
use landfall_model::observed::{Instance, Observed};
use landfall_model::spec::Role;

use crate::data_plane::HealthReport;
use crate::store::EnvironmentRecord;

/// An environment with all its instances and volumes.
pub(crate) fn environment_view(
    record: &EnvironmentRecord,
    observed: &Observed,
    health: &HealthReport,
) -> EnvironmentView {
    let instances: Vec<_> = observed.instances.iter().map(|it| instance_view(record, it, health)).collect();
    let services = instances.iter().filter(|it| it.active && it.role == Role::Service);
    let healthy = services.filter(|it| it.health.as_ref().is_some_and(Health::is_passing)).count();
    let healthy = u32::try_from(healthy).unwrap_or(u32::MAX);
    let wanted =
        record.active.iter().flat_map(|active| active.services()).map(|(_, member)| member.instances).sum();
    let state = match record {
        EnvironmentRecord { down: Some(_), .. } => EnvironmentState::Ending,
        EnvironmentRecord { deployment: Some(_), .. } => EnvironmentState::Deploying,
        EnvironmentRecord { active: None, .. } => EnvironmentState::Down,
        _ if healthy >= wanted => EnvironmentState::Healthy,
        _ => EnvironmentState::Degraded,
    };
    let keep = |volume: &landfall_model::name::Name| record.active.as_ref()?.volumes.get(volume).copied();
    let volumes = observed.volumes.iter();
    EnvironmentView {
        id: record.id.clone(),
        purpose: record.purpose.clone(),
        protected: record.active.as_ref().is_some_and(|active| active.protected),
        state,
        release: record.active.as_ref().map(|active| active.stamp.release),
        generation: record.active.as_ref().map(|active| active.stamp.generation),
        deployment: record.deployment,
        wanted,
        healthy,
        instances,
        volumes: volumes.map(|it| VolumeView { volume: it.volume.clone(), keep: keep(&it.volume) }).collect(),
    }
}

fn instance_view(record: &EnvironmentRecord, instance: &Instance, health: &HealthReport) -> InstanceView {
    let service = instance.group.role == Role::Service && instance.state.is_up();
    InstanceView {
        id: instance.id.clone(),
        name: instance.name.clone(),
        component: instance.group.component.clone(),
        role: instance.group.role,
        number: instance.number,
        release: instance.stamp.release,
        generation: instance.stamp.generation,
        active: record.active.as_ref().is_some_and(|active| active.has(&instance.group)),
        state: instance.state,
        health: service.then(|| health.get(&instance.id).cloned().unwrap_or(Health::Starting { last: None })),
        address: instance.address,
        published: instance.published.clone(),
        urls: urls(instance),
        created: instance.created,
    }
}

fn urls(instance: &Instance) -> Vec<String> {
    let published = instance.published.iter().filter(|published| published.protocol == Protocol::Tcp);
    let url = |published: &landfall_model::observed::PublishedPort| {
        let port = instance.discovery.ports.iter().find(|port| port.port == published.port)?;
        Some(format!("{}://localhost:{}", scheme(instance, port)?, published.host))
    };
    published.filter_map(url).collect()
}

/// What a browser would say to reach a port, if it is one for browsers.
fn scheme(instance: &Instance, port: &Port) -> Option<&'static str> {
    let probe = instance.discovery.check.as_ref().map(|check| &check.probe);
    let asked = matches!(probe, Some(Probe::Http { port: asked, .. }) if *asked == port.port);
    match port.name.as_ref().map(|name| name.as_str()) {
        Some("https") => Some("https"),
        Some("http") => Some("http"),
        _ => asked.then_some("http"),
    }
}
