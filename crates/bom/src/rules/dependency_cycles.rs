//! Nothing waits for itself.

use landfall_model::landscape::Container;
use landfall_model::{Landscape, Name};

use super::{Rule, components, cycle};
use crate::findings::{Finding, Findings};

pub(super) const RULE: Rule = Rule { name: "nothing waits for itself", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    let graph = components(landscape)
        .map(|component| {
            (component.name, component.container.depends_on.iter().map(|edge| &edge.service).collect())
        })
        .collect();
    for around in cycle::cycles(&graph) {
        let place = |at: usize| edge_path(landscape, around[at], around[(at + 1) % around.len()]);
        let message = format!("these wait for each other in a circle: {}", cycle::describe(&around));
        let finding = Finding::at("cycle", place(0), message);
        let finding = (1..around.len())
            .fold(finding, |finding, at| finding.about(place(at)).related(place(at), "and here"));
        findings.add(finding.help("remove one of these dependencies: nothing can start while all wait"));
    }
}

/// The path of the dependency of one component on another.
fn edge_path(landscape: &Landscape, from: &Name, to: &Name) -> String {
    let index = |container: &Container| container.depends_on.iter().position(|edge| edge.service == *to);
    let service = landscape.services.get(from).and_then(|service| index(&service.container));
    let job = || landscape.jobs.get(from).and_then(|job| index(&job.container));
    match service {
        Some(index) => format!("services.{from}.depends_on.{index}"),
        None => format!("jobs.{from}.depends_on.{}", job().unwrap_or(0)),
    }
}
