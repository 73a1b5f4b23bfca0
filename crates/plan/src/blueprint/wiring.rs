//! Typed wiring: references resolved against the landscape, with secrets left sealed.

use landfall_model::landscape::{Container, Landscape, Port, Service};
use landfall_model::name::Name;
use landfall_model::sealed::{Sealed, SealedPart};
use landfall_model::text::{Endpoint, EnvironmentField, Part, Reference, Text};

use super::BlueprintInput;

/// What references are resolved against: the input, and its landscape with the purpose's overrides applied.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) input: BlueprintInput<'a>,
    pub(super) landscape: &'a Landscape,
}

impl Context<'_> {
    /// A text as the given container sees it.
    pub(super) fn seal(&self, text: &Text, container: &Container) -> Result<Sealed, String> {
        let parts = text.parts().iter().map(|part| match part {
            Part::Literal(text) => Ok(SealedPart::Plain(text.clone())),
            Part::Reference(reference) => self.resolve(reference, container),
        });
        parts.collect::<Result<_, _>>().map(Sealed::new)
    }

    /// The version of a secret that the release uses.
    pub(super) fn secret(&self, secret: &Name) -> Result<SealedPart, String> {
        let version = self.input.release.secrets.get(secret).copied();
        let version = version.ok_or_else(|| format!("the secret {secret} is not declared"))?;
        Ok(SealedPart::Secret { secret: secret.clone(), version })
    }

    /// What `{{ environment.FIELD }}` stands for.
    pub(super) fn environment(&self, field: EnvironmentField) -> String {
        match field {
            EnvironmentField::Name => self.input.environment.environment.to_string(),
            EnvironmentField::Domain => self.input.domain.to_owned(),
            EnvironmentField::Purpose => self.input.purpose.map(ToString::to_string).unwrap_or_default(),
        }
    }

    fn resolve(&self, reference: &Reference, container: &Container) -> Result<SealedPart, String> {
        let plain = match reference {
            Reference::Secret(secret) => return self.secret(secret),
            Reference::Landscape => self.landscape.landscape.to_string(),
            Reference::Environment(field) => self.environment(*field),
            Reference::Service(name, endpoint) => self.service_endpoint(name, endpoint, container)?,
            Reference::External(name, endpoint) => self.external_endpoint(name, endpoint)?,
        };
        Ok(SealedPart::Plain(plain))
    }

    /// Where a service is, as the given container sees it.
    pub(super) fn service_endpoint(
        &self,
        name: &Name,
        endpoint: &Endpoint,
        container: &Container,
    ) -> Result<String, String> {
        let service =
            self.landscape.services.get(name).ok_or_else(|| format!("there is no service {name}"))?;
        let dependency = container.depends_on.iter().find(|dependency| dependency.service == *name);
        let host = dependency.ok_or_else(|| format!("it refers to {name} but doesn't depend on it"))?.host();
        let port = |wanted: &Option<Name>| {
            find_port(service, wanted.as_ref()).ok_or_else(|| format!("{name} has no such port"))
        };
        Ok(match endpoint {
            Endpoint::Host => host.to_string(),
            Endpoint::Port(wanted) => port(wanted)?.port.to_string(),
            Endpoint::Url(wanted) => {
                let port = port(wanted)?;
                format!("{}://{host}:{}", scheme(service, port), port.port)
            }
        })
    }

    /// Where an external is.
    pub(super) fn external_endpoint(&self, name: &Name, endpoint: &Endpoint) -> Result<String, String> {
        let external =
            self.landscape.externals.get(name).ok_or_else(|| format!("there is no external {name}"))?;
        Ok(match endpoint {
            Endpoint::Host => external.host.clone(),
            Endpoint::Port(_) => external.port.to_string(),
            Endpoint::Url(_) => match external.port {
                443 => format!("https://{}", external.host),
                80 => format!("http://{}", external.host),
                port => format!("tcp://{}:{port}", external.host),
            },
        })
    }
}

fn find_port<'a>(service: &'a Service, wanted: Option<&Name>) -> Option<&'a Port> {
    match wanted {
        Some(name) => service.ports.iter().find(|port| port.name.as_ref() == Some(name)),
        None => service.ports.first(),
    }
}

/// A URL's scheme for a port: its name where that is one, `http` where it is checked by http, else its protocol.
fn scheme<'a>(service: &Service, port: &'a Port) -> &'a str {
    const SCHEMES: [&str; 10] =
        ["http", "https", "ws", "wss", "grpc", "postgres", "mysql", "redis", "amqp", "mqtt"];
    let named = port.name.as_ref().map(Name::as_str).filter(|name| SCHEMES.contains(name));
    let checked = service.healthcheck.as_ref().is_some_and(|check| {
        check.http.is_some() && find_port(service, check.port.as_ref()).is_some_and(|checked| checked == port)
    });
    named.unwrap_or(if checked { "http" } else { port.protocol.name() })
}
