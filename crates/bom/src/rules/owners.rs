//! Owners of files are numbers that Linux has.

use landfall_model::Landscape;

use super::{Rule, components};
use crate::findings::{Finding, Findings};

pub(super) const RULE: Rule = Rule { name: "owners of files are numbers that Linux has", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    for component in components(landscape) {
        let (path, container) = (&component.path, component.container);
        let files = container.files.iter().enumerate().map(|(at, file)| (format!("files.{at}"), &file.owner));
        let configs =
            container.configs.iter().enumerate().map(|(at, file)| (format!("configs.{at}"), &file.owner));
        let secrets =
            container.secrets.iter().enumerate().map(|(at, file)| (format!("secrets.{at}"), &file.owner));
        for (place, owner) in files.chain(configs).chain(secrets) {
            let Some(owner) = owner else { continue };
            // The last number means "no owner" to Linux.
            if owner.split(':').any(|number| {
                number.parse::<u32>().is_ok_and(|id| id == u32::MAX) || number.parse::<u32>().is_err()
            }) {
                let message = format!("`{owner}` is larger than any user or group");
                findings.add(
                    Finding::at("owner", format!("{path}.{place}.owner"), message)
                        .help("the largest is 4294967294"),
                );
            }
        }
    }
}
