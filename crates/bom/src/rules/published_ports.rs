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

impl View<'_> {
    /// Whether the purpose changes what is looked at here.
    fn differs(&self) -> bool {
        [&self.ports.0, &self.scale.0].iter().any(|path| path.starts_with("purposes."))
    }
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
    let mut taken = BTreeMap::new();
    for view in views {
        for (index, port) in view.ports.1.iter().enumerate() {
            let Some(Published::Fixed(number)) = port.published else { continue };
            let path = format!("{}.{index}.published", view.ports.0);
            let is_new = purpose.is_none() || view.differs();
            if view.scale.1.max > 1 && is_new {
                let message = format!("{} instances of `{}` can't all have port {number} of the host", view.scale.1.max, view.name);
                let finding = Finding::at("host-port", path.clone(), message).related(view.scale.0.clone(), "as many instances");
                findings.add(finding.about(view.scale.0.clone()).help("write `published: auto` for a free port each, or `scale: 1`"));
            }
            if let Some((first, other)) = taken.insert((number, port.protocol), (path.clone(), view))
                && (is_new || other.differs())
                && other.name != view.name
            {
                let message = format!("`{}` and `{}` both claim port {number} of the host", other.name, view.name);
                let finding = Finding::at("host-port", path, message).about(first.clone()).related(first, "claimed here");
                findings.add(finding.help("choose another port for one of them, or `published: auto`"));
            }
        }
    }
}
