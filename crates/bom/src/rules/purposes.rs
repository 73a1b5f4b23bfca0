//! A purpose changes services that are there.

use landfall_model::Landscape;

use super::{Rule, names};
use crate::findings::{Finding, Findings};
use crate::nearest::did_you_mean;

pub(super) const RULE: Rule = Rule { name: "a purpose changes services that are there", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    for (purpose, about) in &landscape.purposes {
        for name in about.services.keys().filter(|name| !landscape.services.contains_key(*name)) {
            let path = format!("purposes.{purpose}.services.{name}");
            let help = did_you_mean(name.as_str(), names(&landscape.services));
            let finding = Finding::at_key("unknown-component", path, format!("there is no service `{name}`"));
            findings
                .add(finding.help("a purpose can change services only, not jobs or externals").help_if(help));
        }
    }
}
