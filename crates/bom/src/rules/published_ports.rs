//! A port of the host is claimed once.

use std::collections::BTreeMap;

use landfall_model::landscape::{Port, Published, Scale};
use landfall_model::{Landscape, Name};

use super::Rule;
use crate::findings::{Finding, Findings};

pub(super) const RULE: Rule = Rule { name: "a port of the host is claimed once", check };

/// A service as one purpose has it.
struct View<'a> {
    name: &'a Name,
    ports: (String, &'a [Port]),
    scale: (String, &'a Scale),
}

fn check(landscape: &Landscape, findings: &mut Findings) {
    for purpose in std::iter::once(None).chain(landscape.purposes.keys().map(Some)) {
        check_view(&views(landscape, purpose), purpose, findings);
    }
}

/// The services as a purpose has them.
fn views<'a>(landscape: &'a Landscape, purpose: Option<&'a Name>) -> Vec<View<'a>> {
    let overrides = purpose.and_then(|purpose| landscape.purposes.get(purpose));
    let view = |(name, service): (&'a Name, &'a landfall_model::landscape::Service)| {
        let differs = overrides.and_then(|overrides| overrides.services.get(name));
        let own = format!("services.{name}");
        let other = || format!("purposes.{}.services.{name}", purpose.map_or("", Name::as_str));
        View {
            name,
            ports: match differs.and_then(|differs| differs.ports.as_deref()) {
                Some(ports) => (format!("{}.ports", other()), ports),
                None => (format!("{own}.ports"), &service.ports),
            },
            scale: match differs.and_then(|differs| differs.scale.as_ref()) {
                Some(scale) => (format!("{}.scale", other()), scale),
                None => (format!("{own}.scale"), &service.scale),
            },
        }
    };
    landscape.services.iter().map(view).collect()
}

/// Looks at one view; what doesn't differ by the purpose has been said of the landscape itself.
fn check_view(views: &[View<'_>], purpose: Option<&Name>, findings: &mut Findings) {
    let is_new = |path: &str| purpose.is_none() || path.starts_with("purposes.");
    let within = purpose.map_or(String::new(), |purpose| format!(" in `{purpose}`"));
    let mut taken = BTreeMap::new();
    for view in views {
        for (index, port) in view.ports.1.iter().enumerate() {
            let Some(Published::Fixed(number)) = port.published else { continue };
            let path = format!("{}.{index}.published", view.ports.0);
            let many = view.scale.1.max;
            if many > 1 && (is_new(&path) || is_new(&view.scale.0)) {
                let message = format!(
                    "{many} instances of `{}` can't all have port {number} of the host{within}",
                    view.name
                );
                let finding = Finding::at("host-port", path.clone(), message).about(view.scale.0.clone());
                let help = "write `published: auto` for a free port each, or `scale: 1`";
                findings.add(finding.related(view.scale.0.clone(), "as many instances").help(help));
            }
            let Some((first, other)) = taken.insert((number, port.protocol), (path.clone(), view.name))
            else {
                continue;
            };
            if other != view.name && (is_new(&path) || is_new(&first)) {
                let message =
                    format!("`{other}` and `{}` both claim port {number} of the host{within}", view.name);
                let finding = Finding::at("host-port", path, message)
                    .about(first.clone())
                    .related(first, "claimed here");
                findings.add(finding.help("choose another port for one of them, or `published: auto`"));
            }
        }
    }
}
