//! A reference refers to something that is there, and that the component depends on.

pub(super) mod texts;

use landfall_model::landscape::Dependency;
use landfall_model::text::{Endpoint, Reference};
use landfall_model::{Landscape, Name};

use super::{Rule, mounts, names, port_names, section_of};
use crate::findings::{Finding, Findings};
use crate::nearest::did_you_mean;
use texts::{Place, Written};

pub(super) const RULE: Rule =
    Rule { name: "a reference refers to something that is there, and that the component depends on", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    for written in texts::of(landscape) {
        for reference in written.text.references() {
            if let Some(finding) = judge(landscape, &written, reference) {
                findings.add(finding);
            }
        }
    }
}

fn judge(landscape: &Landscape, written: &Written<'_>, reference: &Reference) -> Option<Finding> {
    let find = |code, message: String| Finding::at_reference(code, written.path.clone(), reference, message);
    match (reference, &written.place) {
        (Reference::Landscape, _) => None,
        (Reference::Secret(_), Place::Image) => {
            let help = "name it under the image's `secrets`; the build reads it by RUN --mount=type=secret";
            Some(
                find("secret-in-image", "a build argument stays readable in the image".to_owned()).help(help),
            )
        }
        (_, Place::Image) => {
            let message =
                format!("an image is the same in every environment, so it can't have {{{{ {reference} }}}}");
            Some(find("reference", message).help("put it into the `environment` of the service or job"))
        }
        (Reference::Environment(_), _) => None,
        (Reference::Secret(_), Place::Route) => {
            Some(find("reference", "a route is public, so it can't have a secret".to_owned()))
        }
        (Reference::Secret(name), _) => mounts::undeclared_secret(landscape, written.path.clone(), name)
            .map(|found| found.within(reference)),
        (Reference::Service(name, endpoint), _) => {
            judge_service(landscape, written, (reference, name, endpoint))
        }
        (Reference::External(name, endpoint), _) => {
            judge_external(landscape, written, (reference, name, endpoint))
        }
    }
}

fn judge_service(
    landscape: &Landscape,
    written: &Written<'_>,
    (reference, name, endpoint): (&Reference, &Name, &Endpoint),
) -> Option<Finding> {
    let find = |code, message: String| Finding::at_reference(code, written.path.clone(), reference, message);
    let Some(service) = landscape.services.get(name) else {
        let finding = find("unknown-component", format!("there is no service `{name}`"));
        return Some(match section_of(landscape, name) {
            Some("externals") => {
                finding.help(format!("`{name}` is an external: {{{{ externals.{name}.{endpoint} }}}}"))
            }
            Some(_) => finding.help(format!("`{name}` is a job, and nothing listens there")),
            None => finding.help_if(did_you_mean(name.as_str(), names(&landscape.services))),
        });
    };
    if let Some(finding) = independent(written, reference, name) {
        return Some(finding);
    }
    let about = format!("services.{name}");
    match endpoint {
        Endpoint::Host => None,
        Endpoint::Port(None) | Endpoint::Url(None) if service.ports.is_empty() => {
            let finding = find("no-port", format!("the service `{name}` has no port"));
            let finding = finding.related_key(about.clone(), "this service").about(about);
            Some(finding.help(format!("add a port to `{name}`: `ports: [8080]`")))
        }
        Endpoint::Port(Some(port)) | Endpoint::Url(Some(port))
            if !port_names(&service.ports).any(|known| known == port.as_str()) =>
        {
            let finding = find("unknown-port", format!("the service `{name}` has no port named `{port}`"));
            let help = did_you_mean(port.as_str(), port_names(&service.ports));
            let finding = finding.related_key(about.clone(), "this service").about(about);
            Some(
                finding
                    .help(format!("name a port of `{name}`: `ports: [{{ name: {port}, port: 8080 }}]`"))
                    .help_if(help),
            )
        }
        Endpoint::Port(_) | Endpoint::Url(_) => None,
    }
}

fn judge_external(
    landscape: &Landscape,
    written: &Written<'_>,
    (reference, name, endpoint): (&Reference, &Name, &Endpoint),
) -> Option<Finding> {
    let find = |code, message: String| Finding::at_reference(code, written.path.clone(), reference, message);
    if !landscape.externals.contains_key(name) {
        let finding = find("unknown-component", format!("there is no external `{name}`"));
        return Some(match section_of(landscape, name) {
            Some("services") => {
                finding.help(format!("`{name}` is a service: {{{{ services.{name}.{endpoint} }}}}"))
            }
            _ => finding.help_if(did_you_mean(name.as_str(), names(&landscape.externals))),
        });
    }
    if let Endpoint::Port(Some(_)) | Endpoint::Url(Some(_)) = endpoint {
        let message = format!("the external `{name}` has one port, without a name");
        return Some(
            find("unknown-port", message).help(format!("{{{{ externals.{name}.port }}}} is its port")),
        );
    }
    independent(written, reference, name)
}

/// An error if a container refers to something that it doesn't depend on. Itself it knows.
fn independent(written: &Written<'_>, reference: &Reference, name: &Name) -> Option<Finding> {
    let Place::Container { owner, owner_path, depends_on } = &written.place else { return None };
    if *owner == name || depends_on.iter().any(|dependency| dependency.service == *name) {
        return None;
    }
    let message = format!("`{owner}` refers to `{name}` but doesn't depend on it");
    let list: Vec<_> = depends_on.iter().map(shown).chain([name.to_string()]).collect();
    let help = format!("write `depends_on: [{}]` into `{owner_path}`", list.join(", "));
    Some(
        Finding::at_reference("no-dependency", written.path.clone(), reference, message)
            .about(owner_path.clone())
            .help(help),
    )
}

fn shown(dependency: &Dependency) -> String {
    match &dependency.alias {
        None => dependency.service.to_string(),
        Some(alias) => format!("{{ service: {}, alias: {alias} }}", dependency.service),
    }
}
