//! Within a service, ports and their names differ.

use std::collections::BTreeMap;

use landfall_model::Landscape;
use landfall_model::landscape::Port;

use super::{Rule, overrides};
use crate::findings::{Finding, Findings};

pub(super) const RULE: Rule = Rule { name: "within a service, ports and their names differ", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    for (name, service) in &landscape.services {
        check_ports(&format!("services.{name}.ports"), &service.ports, findings);
    }
    for (path, _, _, differs) in overrides(landscape) {
        check_ports(&format!("{path}.ports"), differs.ports.as_deref().unwrap_or_default(), findings);
    }
}

fn check_ports(path: &str, ports: &[Port], findings: &mut Findings) {
    let (mut numbers, mut names) = (BTreeMap::new(), BTreeMap::new());
    for (index, port) in ports.iter().enumerate() {
        let here = format!("{path}.{index}");
        if let Some(first) = numbers.insert((port.port, port.protocol), format!("{here}.port")) {
            let message = format!("port {}/{} is here twice", port.port, port.protocol.name());
            let finding =
                Finding::at("same-port", format!("{here}.port"), message).related(first, "the first one");
            findings.add(finding.help("remove one of the two"));
        }
        let Some(name) = &port.name else { continue };
        if let Some(first) = names.insert(name, format!("{here}.name")) {
            let message = format!("two ports are named `{name}`");
            let finding =
                Finding::at("same-port", format!("{here}.name"), message).related(first, "the first one");
            findings.add(finding.help("rename one of the two"));
        }
    }
}
