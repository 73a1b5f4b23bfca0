//! What is looked up by name has a name of its own.

use landfall_model::Landscape;

use super::Rule;
use crate::findings::{Finding, Findings};

pub(super) const RULE: Rule = Rule { name: "services, jobs and externals have different names", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    let jobs = landscape.jobs.keys().map(|name| ("jobs", "a job", name));
    let externals = landscape.externals.keys().map(|name| ("externals", "an external", name));
    for (section, noun, name) in jobs.chain(externals) {
        let earlier = match (landscape.services.contains_key(name), landscape.jobs.contains_key(name)) {
            (true, _) => "services",
            (_, true) if section == "externals" => "jobs",
            _ => continue,
        };
        let message = format!("`{name}` is {noun}'s name and already stands under `{earlier}`");
        let finding = Finding::at_key("same-name", format!("{section}.{name}"), message);
        findings.add(
            finding
                .related_key(format!("{earlier}.{name}"), "the other one")
                .help("rename one of the two: both would be looked up by this name"),
        );
    }
}
