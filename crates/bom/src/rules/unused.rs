//! What is declared is used.

use std::collections::BTreeSet;

use landfall_model::text::Reference;
use landfall_model::{Landscape, Name};

use super::references::texts;
use super::{Rule, components};
use crate::findings::{Finding, Findings};

pub(super) const RULE: Rule = Rule { name: "what is declared is used", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    let images: BTreeSet<&str> = components(landscape)
        .map(|component| component.container.image.as_str())
        .chain(landscape.images.values().filter_map(|image| image.from.as_ref()).map(Name::as_str))
        .collect();
    let configs: BTreeSet<_> = components(landscape)
        .flat_map(|component| &component.container.configs)
        .map(|file| &file.source)
        .collect();
    let secrets = used_secrets(landscape);
    // A template may use a secret too, and isn't read here.
    let has_templates = components(landscape).any(|component| !component.container.files.is_empty());
    let unused = |section: &str, noun: &str, name: &Name, help: &str| {
        let message = format!("the {noun} `{name}` is used by nothing");
        Finding::at_key("unused", format!("{section}.{name}"), message).warning().help(help.to_owned())
    };
    for name in landscape.images.keys().filter(|name| !images.contains(name.as_str())) {
        findings.add(unused("images", "image", name, "name it in a service or job (`image:`), or remove it"));
    }
    for name in landscape.configs.keys().filter(|name| !configs.contains(name)) {
        findings.add(unused(
            "configs",
            "config",
            name,
            "name it in a service or job (`configs:`), or remove it",
        ));
    }
    for name in landscape.secrets.keys().filter(|name| !has_templates && !secrets.contains(name)) {
        findings.add(unused(
            "secrets",
            "secret",
            name,
            "name it under `secrets:`, or by {{ secrets.NAME }}, or remove it",
        ));
    }
}

/// Secrets that are put into containers, read by builds, or named in texts.
fn used_secrets(landscape: &Landscape) -> BTreeSet<&Name> {
    let mounted =
        components(landscape).flat_map(|component| &component.container.secrets).map(|file| &file.source);
    let built = landscape.images.values().flat_map(|image| &image.secrets);
    let named = texts::of(landscape).into_iter().flat_map(|written| written.text.references()).filter_map(
        |reference| match reference {
            Reference::Secret(name) => Some(name),
            _ => None,
        },
    );
    mounted.chain(built).chain(named).collect()
}
