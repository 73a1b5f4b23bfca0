//! In which order a landscape's components start.

use std::collections::{BTreeMap, BTreeSet};

use landfall_model::Landscape;
use landfall_model::landscape::JobTrigger;
use landfall_model::name::Name;
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use serde::Serialize;

/// A component that a deployment starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Start {
    /// The service or job.
    pub name: Name,
    /// What it waits for: services until they are healthy, jobs until they have ended well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Name>,
}

/// What a deployment starts, in waves: a wave's components wait only for those of earlier waves. Services come
/// behind what they depend on and behind the `before` jobs (those that such a job itself needs come before it), and
/// `after` jobs behind all services. Jobs that run by the clock or by hand are not among them.
pub fn start_order(landscape: &Landscape) -> Vec<Vec<Name>> {
    let names = |wave: Vec<Start>| wave.into_iter().map(|start| start.name).collect();
    waves(landscape).into_iter().map(names).collect()
}

/// [`start_order`] with what each component waits for.
pub(super) fn waves(landscape: &Landscape) -> Vec<Vec<Start>> {
    let waits = waits(landscape);
    let mut graph = DiGraphMap::<&Name, ()>::new();
    for (name, after) in &waits {
        graph.add_node(*name);
        for other in after {
            graph.add_edge(*name, *other, ());
        }
    }
    let mut waves: Vec<Vec<Start>> = Vec::new();
    let mut wave_of: BTreeMap<&Name, usize> = BTreeMap::new();
    // What others wait for comes first; what waits for itself in a circle (which no valid landscape has) together.
    for together in tarjan_scc(&graph) {
        let others = together.iter().flat_map(|name| &waits[name]).filter_map(|other| wave_of.get(other));
        let wave = others.max().map_or(0, |wave| wave + 1);
        waves.resize_with(waves.len().max(wave + 1), Vec::new);
        for name in together {
            wave_of.insert(name, wave);
            let after = waits[name].iter().map(|other| (*other).clone()).collect();
            waves[wave].push(Start { name: name.clone(), after });
        }
    }
    for wave in &mut waves {
        wave.sort_by(|a, b| a.name.cmp(&b.name));
    }
    waves
}

fn waits(landscape: &Landscape) -> BTreeMap<&Name, BTreeSet<&Name>> {
    let jobs_at =
        |when| landscape.jobs.iter().filter(move |(_, job)| job.when == Some(when)).map(|(name, _)| name);
    let before: BTreeSet<&Name> = jobs_at(JobTrigger::Before).collect();
    let after: BTreeSet<&Name> = jobs_at(JobTrigger::After).collect();
    let started =
        |name: &Name| landscape.services.contains_key(name) || before.contains(name) || after.contains(name);
    let mut waits = BTreeMap::new();
    for (name, container) in landscape.containers().filter(|(name, _)| started(name)) {
        let dependencies = container.depends_on.iter().map(|dependency| &dependency.service);
        waits.insert(name, dependencies.filter(|name| started(name)).collect::<BTreeSet<_>>());
    }
    let early = needed_by(&before, &waits);
    for (name, others) in &mut waits {
        if after.contains(name) {
            others.extend(landscape.services.keys());
        } else if !early.contains(name) {
            others.extend(&before);
        }
    }
    waits
}

/// The components and everything that they need, directly or not.
fn needed_by<'a>(
    components: &BTreeSet<&'a Name>,
    waits: &BTreeMap<&'a Name, BTreeSet<&'a Name>>,
) -> BTreeSet<&'a Name> {
    let mut open: Vec<&Name> = components.iter().copied().collect();
    let mut needed = BTreeSet::new();
    while let Some(name) = open.pop() {
        if needed.insert(name) {
            open.extend(waits.get(name).into_iter().flatten().copied());
        }
    }
    needed
}
