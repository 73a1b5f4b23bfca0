//! Within a component, a host name means one thing.

use std::collections::BTreeMap;

use landfall_model::Landscape;

use super::{Rule, components, section_of};
use crate::findings::{Finding, Findings};

pub(super) const RULE: Rule = Rule { name: "within a component, a host name means one thing", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    for component in components(landscape) {
        let mut earlier = BTreeMap::new();
        for (index, dependency) in component.container.depends_on.iter().enumerate() {
            let (host, path) = (dependency.host(), format!("{}.depends_on.{index}", component.path));
            if let Some(first) = earlier.insert(host, path.clone()) {
                let message = format!("`{}` looks up `{host}` twice", component.name);
                let finding = Finding::at("same-host", path, message).related(first, "the first one");
                findings.add(finding.help("remove one of the two, or give it another `alias`"));
            } else if dependency.alias.is_some()
                && *host != dependency.service
                && let Some(section) = section_of(landscape, host)
            {
                let message = format!("the alias `{host}` is the name of something else");
                let finding = Finding::at("same-host", format!("{path}.alias"), message);
                let finding = finding.related_key(format!("{section}.{host}"), "this one");
                findings.add(finding.help(format!(
                    "choose an alias that nothing in the landscape is named, or depend on `{host}`"
                )));
            }
        }
    }
}
