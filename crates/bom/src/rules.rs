//! The rules: what no schema can say about a landscape, each in a file of its own.

mod container_paths;
mod cycle;
mod dependencies;
mod dependency_cycles;
mod externals;
mod healthchecks;
mod hosts;
mod image_cycles;
mod images;
mod jobs;
mod mounts;
mod names;
mod owners;
mod ports;
mod project_paths;
mod published_ports;
mod purposes;
mod references;
mod routes;
mod unused;

use landfall_model::landscape::{Container, Port, Service, ServiceOverride};
use landfall_model::{Landscape, Name};

use crate::findings::Findings;

/// Something that holds of every landscape.
#[derive(Debug)]
pub struct Rule {
    /// What holds, in a sentence without its end.
    pub name: &'static str,
    /// Finds where it doesn't.
    pub check: fn(&Landscape, &mut Findings),
}

/// Every rule.
pub const RULES: &[Rule] = &[
    names::RULE,
    images::RULE,
    image_cycles::RULE,
    dependencies::RULE,
    dependency_cycles::RULE,
    hosts::RULE,
    references::RULE,
    mounts::RULE,
    container_paths::RULE,
    project_paths::RULE,
    owners::RULE,
    ports::RULE,
    published_ports::RULE,
    routes::RULE,
    healthchecks::RULE,
    externals::RULE,
    jobs::RULE,
    purposes::RULE,
    unused::RULE,
];

/// A service or job, and its path.
struct Component<'a> {
    path: String,
    name: &'a Name,
    container: &'a Container,
}

/// Services, then jobs.
fn components(landscape: &Landscape) -> impl Iterator<Item = Component<'_>> {
    let services = landscape.services.iter().map(|(name, service)| ("services", name, &service.container));
    let jobs = landscape.jobs.iter().map(|(name, job)| ("jobs", name, &job.container));
    services.chain(jobs).map(|(section, name, container)| Component {
        path: format!("{section}.{name}"),
        name,
        container,
    })
}

/// What differs in services, with the path of each: only for services that there are.
fn overrides(landscape: &Landscape) -> impl Iterator<Item = (String, &Name, &Service, &ServiceOverride)> {
    landscape.purposes.iter().flat_map(move |(purpose, about)| {
        about.services.iter().filter_map(move |(name, differs)| {
            let service = landscape.services.get(name)?;
            Some((format!("purposes.{purpose}.services.{name}"), name, service, differs))
        })
    })
}

/// What can be depended on, by the section that it is declared in.
fn section_of(landscape: &Landscape, name: &Name) -> Option<&'static str> {
    if landscape.services.contains_key(name) {
        Some("services")
    } else if landscape.jobs.contains_key(name) {
        Some("jobs")
    } else if landscape.externals.contains_key(name) {
        Some("externals")
    } else {
        None
    }
}

/// The names of a section, for suggestions.
fn names<T>(section: &std::collections::BTreeMap<Name, T>) -> impl Iterator<Item = &str> {
    section.keys().map(Name::as_str)
}

/// The names of ports, for suggestions.
fn port_names(ports: &[Port]) -> impl Iterator<Item = &str> {
    ports.iter().filter_map(|port| port.name.as_ref()).map(Name::as_str)
}
