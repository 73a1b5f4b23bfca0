//! A route leads to one service, at a port that it has.

use std::collections::BTreeMap;

use landfall_model::Landscape;

use super::{Rule, port_names};
use crate::findings::{Finding, Findings};
use crate::nearest::did_you_mean;

pub(super) const RULE: Rule = Rule { name: "a route leads to one service, at a port that it has", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    let mut taken = BTreeMap::new();
    for (name, service) in &landscape.services {
        let Some(route) = &service.route else { continue };
        let path = format!("services.{name}.route");
        if let Some(prefix) = route.path.as_ref().filter(|path| !path.starts_with('/')) {
            let message = format!("`{prefix}` should begin with `/`");
            findings.add(
                Finding::at("route", format!("{path}.path"), message).help(format!("write path: /{prefix}")),
            );
        }
        let claim = (route.host.to_string().to_lowercase(), route.path.as_deref().unwrap_or("/"));
        let shown = format!("{}{}", claim.0, claim.1);
        if let Some(first) = taken.insert(claim, name) {
            let message = format!("`{first}` and `{name}` both claim the route {shown}");
            let first = format!("services.{first}.route");
            let finding = Finding::at_key("same-route", path.clone(), message).about(first.clone());
            let help = "give one of them another host, or a path of its own";
            findings.add(finding.related_key(first, "claimed here").help(help));
        }
        match &route.port {
            None if service.ports.is_empty() => {
                let message = format!("`{name}` has a route but no port that could answer");
                findings.add(Finding::at_key("no-port", path, message).help("add a port: `ports: [8080]`"));
            }
            Some(port) if !port_names(&service.ports).any(|known| known == port.as_str()) => {
                let message = format!("`{name}` has no port named `{port}`");
                let help = did_you_mean(port.as_str(), port_names(&service.ports));
                let finding = Finding::at("unknown-port", format!("{path}.port"), message);
                findings.add(
                    finding
                        .help(format!("name a port: `ports: [{{ name: {port}, port: 8080 }}]`"))
                        .help_if(help),
                );
            }
            _ => {}
        }
    }
}
