//! Reads a landscape's components and what they have to do with each other.

use std::collections::{BTreeMap, BTreeSet};

use landfall_model::Landscape;
use landfall_model::landscape::{Container, Job, JobTrigger, Service, Volume};
use landfall_model::name::Name;
use landfall_model::text::{Reference, Text};

use super::{Edge, Kind, Node, Relation};

/// Nodes and edges, both in order.
pub(super) fn relations(landscape: &Landscape) -> (Vec<Node>, Vec<Edge>) {
    let nodes = nodes(landscape);
    let index =
        nodes.iter().enumerate().map(|(index, node)| ((node.kind, node.name.as_str()), index)).collect();
    let mut edges = Edges { index, edges: BTreeSet::new() };
    for (name, service) in &landscape.services {
        edges.container((Kind::Service, name), &service.container);
    }
    for (name, job) in &landscape.jobs {
        edges.container((Kind::Job, name), &job.container);
    }
    for (name, image) in &landscape.images {
        let from = (Kind::Image, name.as_str());
        if let Some(parent) = &image.from {
            edges.add(from, (&[Kind::Image], parent.as_str()), (Relation::Built, None));
        }
        for secret in &image.secrets {
            edges.add(from, (&[Kind::Secret], secret.as_str()), (Relation::Reads, None));
        }
    }
    let edges = edges.edges.into_iter().collect();
    (nodes, edges)
}

fn nodes(landscape: &Landscape) -> Vec<Node> {
    let node = |kind: Kind, name: &str, detail: String| Node { kind, name: name.to_owned(), detail };
    let foreign: BTreeSet<&str> = landscape
        .containers()
        .map(|(_, container)| container.image.as_str())
        .filter(|image| !landscape.images.contains_key(*image))
        .collect();
    let services =
        landscape.services.iter().map(|(name, it)| node(Kind::Service, name.as_str(), service(it)));
    let jobs = landscape.jobs.iter().map(|(name, it)| node(Kind::Job, name.as_str(), job(it)));
    let images = landscape.images.iter().map(|(name, it)| node(Kind::Image, name.as_str(), it.build.clone()));
    let foreign = foreign.into_iter().map(|image| node(Kind::Reference, image, String::new()));
    let volumes = landscape.volumes.iter().map(|(name, it)| node(Kind::Volume, name.as_str(), volume(it)));
    let externals = landscape
        .externals
        .iter()
        .map(|(name, it)| node(Kind::External, name.as_str(), format!("{}:{}", it.host, it.port)));
    let secrets = landscape.secrets.keys().map(|name| node(Kind::Secret, name.as_str(), String::new()));
    let configs = landscape.configs.keys().map(|name| node(Kind::Config, name.as_str(), String::new()));
    let started = services.chain(jobs).chain(images).chain(foreign);
    started.chain(volumes).chain(externals).chain(secrets).chain(configs).collect()
}

fn service(service: &Service) -> String {
    match (service.scale.min, service.scale.max) {
        (1, 1) => String::new(),
        (min, max) if min == max => format!("{min} instances"),
        (min, max) => format!("{min} to {max} instances"),
    }
}

fn job(job: &Job) -> String {
    match (job.when, &job.schedule) {
        (Some(JobTrigger::Before), _) => "before".to_owned(),
        (Some(JobTrigger::After), _) => "after".to_owned(),
        (None, Some(schedule)) => schedule.clone(),
        (None, None) => "by hand".to_owned(),
    }
}

fn volume(volume: &Volume) -> String {
    let size = volume.size.map(|size| size.to_string());
    let kept = volume.keep.then(|| "kept".to_owned());
    size.into_iter().chain(kept).collect::<Vec<_>>().join(", ")
}

struct Edges<'a> {
    index: BTreeMap<(Kind, &'a str), usize>,
    edges: BTreeSet<Edge>,
}

impl Edges<'_> {
    fn container(&mut self, (kind, name): (Kind, &Name), container: &Container) {
        let from = (kind, name.as_str());
        self.add(from, (&[Kind::Image, Kind::Reference], &container.image), (Relation::Runs, None));
        for dependency in &container.depends_on {
            let alias = dependency.alias.as_ref().map(Name::to_string);
            let to = (&[Kind::Service, Kind::Job, Kind::External][..], dependency.service.as_str());
            self.add(from, to, (Relation::Depends, alias));
        }
        for mount in &container.volumes {
            let to = (&[Kind::Volume][..], mount.volume.as_str());
            let read_only = mount.read_only.then(|| "read only".to_owned());
            self.add(from, to, (Relation::Mounts, read_only));
        }
        for config in &container.configs {
            self.add(from, (&[Kind::Config], config.source.as_str()), (Relation::Reads, None));
        }
        let mounted = container.secrets.iter().map(|secret| &secret.source);
        let referred = texts(container).flat_map(|text| secrets(&text));
        for secret in mounted.cloned().chain(referred) {
            self.add(from, (&[Kind::Secret], secret.as_str()), (Relation::Reads, None));
        }
    }

    fn add(
        &mut self,
        from: (Kind, &str),
        to: (&[Kind], &str),
        (relation, alias): (Relation, Option<String>),
    ) {
        let find = |kind, name| self.index.get(&(kind, name)).copied();
        let to = to.0.iter().find_map(|kind| find(*kind, to.1));
        if let (Some(from), Some(to)) = (find(from.0, from.1), to) {
            self.edges.insert(Edge { from, to, relation, alias });
        }
    }
}

fn texts(container: &Container) -> impl Iterator<Item = Text> {
    let words = container.command.iter().chain(&container.entrypoint).flat_map(|command| command.words());
    container.environment.values().cloned().chain(words)
}

fn secrets(text: &Text) -> Vec<Name> {
    let secret = |reference: &Reference| match reference {
        Reference::Secret(name) => Some(name.clone()),
        _ => None,
    };
    text.references().filter_map(secret).collect()
}
