//! No image is built on itself.

use landfall_model::Landscape;

use super::{Rule, cycle};
use crate::findings::{Finding, Findings};

pub(super) const RULE: Rule = Rule { name: "no image is built on itself", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    let graph = landscape.images.iter().map(|(name, image)| (name, image.from.iter().collect())).collect();
    for around in cycle::cycles(&graph) {
        let message = format!("images are built on each other in a circle: {}", cycle::describe(&around));
        let finding = Finding::at("cycle", format!("images.{}.from", around[0]), message);
        let finding = around.iter().skip(1).fold(finding, |finding, name| {
            let path = format!("images.{name}.from");
            finding.about(path.clone()).related(path, "and here")
        });
        findings.add(finding.help("remove one of these `from`"));
    }
}
