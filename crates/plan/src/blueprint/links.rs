//! Docker's classic link variables, so that code written for `--link` runs unchanged.
//!
//! Source of the names: Docker's documentation, "Legacy container links", "Environment variables". Where Docker put
//! an address that went stale with the next restart, we put the name, which is always current.

use std::collections::BTreeMap;

use landfall_model::landscape::{Container, Dependency, Port, Protocol};
use landfall_model::name::Name;
use landfall_model::sealed::{Sealed, SealedPart};

use super::wiring::Context;

/// The link variables of everything that a container depends on.
pub(super) fn link_variables(
    context: &Context,
    container: &Container,
) -> Result<BTreeMap<String, Sealed>, String> {
    let mut variables = BTreeMap::new();
    for dependency in &container.depends_on {
        variables.extend(dependency_variables(context, dependency)?);
    }
    Ok(variables)
}

fn dependency_variables(
    context: &Context,
    dependency: &Dependency,
) -> Result<BTreeMap<String, Sealed>, String> {
    let prefix = dependency.host().as_str().to_uppercase().replace('-', "_");
    let name = &dependency.service;
    if let Some(service) = context.landscape.services.get(name) {
        let host = dependency.host().as_str();
        let mut variables = port_variables(&prefix, host, &service.ports);
        variables.insert(format!("{prefix}_NAME"), Sealed::plain(format!("/{host}")));
        variables.extend(environment_variables(context, &prefix, &service.container)?);
        return Ok(variables);
    }
    let Some(external) = context.landscape.externals.get(name) else { return Ok(BTreeMap::new()) };
    let port = Port { name: None, port: external.port, protocol: Protocol::Tcp, published: None };
    Ok(port_variables(&prefix, &external.host, &[port]))
}

fn port_variables(prefix: &str, host: &str, ports: &[Port]) -> BTreeMap<String, Sealed> {
    let mut variables = BTreeMap::new();
    let mut set = |name: String, value: String| drop(variables.insert(name, Sealed::plain(value)));
    let address = |port: &Port| format!("{}://{host}:{}", port.protocol.name(), port.port);
    // Docker takes the lowest port as the first one.
    if let Some(first) = ports.iter().min_by_key(|port| (port.port, port.protocol)) {
        set(format!("{prefix}_PORT"), address(first));
    }
    for port in ports {
        let one = format!("{prefix}_PORT_{}_{}", port.port, port.protocol.name().to_uppercase());
        set(format!("{one}_ADDR"), host.to_owned());
        set(format!("{one}_PORT"), port.port.to_string());
        set(format!("{one}_PROTO"), port.protocol.name().to_owned());
        set(one, address(port));
    }
    variables
}

/// `ALIAS_ENV_NAME` for what the dependency's image and service set; what holds a secret is not passed on.
fn environment_variables(
    context: &Context,
    prefix: &str,
    dependency: &Container,
) -> Result<BTreeMap<String, Sealed>, String> {
    let image = context.input.release.images.get(&dependency.image);
    let own = image.into_iter().flat_map(|facts| &facts.environment);
    // As Docker does: what every image sets says nothing.
    let own = own.filter(|(name, _)| *name != "PATH" && *name != "HOME");
    let mut variables: BTreeMap<_, _> =
        own.map(|(name, value)| (name.clone(), Sealed::plain(value))).collect();
    for (name, text) in &dependency.environment {
        let value = context.seal(text, dependency)?;
        let secret = value.parts().iter().any(|part| matches!(part, SealedPart::Secret { .. }));
        if secret {
            variables.remove(name);
        } else {
            variables.insert(name.clone(), value);
        }
    }
    Ok(variables.into_iter().map(|(name, value)| (format!("{prefix}_ENV_{name}"), value)).collect())
}

/// The names that a container looks up and that are not their component's own.
pub(super) fn aliases(container: &Container) -> BTreeMap<Name, Name> {
    let alias = |dependency: &Dependency| Some((dependency.alias.clone()?, dependency.service.clone()));
    container.depends_on.iter().filter_map(alias).collect()
}
