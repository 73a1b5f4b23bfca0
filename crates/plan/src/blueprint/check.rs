//! Health checks lowered to probes.

use landfall_model::check::{Check, Probe};
use landfall_model::landscape::{External, Healthcheck, Port, Protocol, Service};
use landfall_model::release::ImageFacts;

/// The check of a service: the bill of materials', else the image's own, else the first TCP port's answering.
pub(super) fn service_check(service: &Service, image: &ImageFacts) -> Result<Check, String> {
    let Some(healthcheck) = &service.healthcheck else {
        return Ok(Check::usual(match first_tcp(&service.ports) {
            _ if image.healthcheck => Probe::Engine,
            Some(port) => Probe::Tcp { port: port.port },
            None => Probe::Running,
        }));
    };
    Ok(timed(healthcheck, probe(healthcheck, &service.ports)?))
}

/// The check of a service that somebody else runs, if it has one.
pub(super) fn external_check(external: &External) -> Option<Check> {
    let healthcheck =
        external.healthcheck.as_ref().filter(|healthcheck| healthcheck.disable != Some(true))?;
    let port = external.port;
    let probe = match &healthcheck.http {
        Some(path) => Probe::Http { port, path: path.clone() },
        None => Probe::Tcp { port },
    };
    Some(timed(healthcheck, probe))
}

fn timed(healthcheck: &Healthcheck, probe: Probe) -> Check {
    Check {
        probe,
        interval: healthcheck.interval.unwrap_or(Check::INTERVAL),
        timeout: healthcheck.timeout.unwrap_or(Check::TIMEOUT),
        retries: healthcheck.retries.unwrap_or(Check::RETRIES),
        start_period: healthcheck.start_period.unwrap_or(Check::START_PERIOD),
    }
}

fn probe(healthcheck: &Healthcheck, ports: &[Port]) -> Result<Probe, String> {
    if healthcheck.disable == Some(true) {
        return Ok(Probe::Running);
    }
    if let Some(command) = &healthcheck.command {
        let words = command.words();
        let literal = |text: &landfall_model::text::Text| {
            text.as_literal()
                .map(str::to_owned)
                .ok_or_else(|| format!("a check's command has no references: {text}"))
        };
        return Ok(Probe::Command { words: words.iter().map(literal).collect::<Result<_, _>>()? });
    }
    let port = match &healthcheck.port {
        Some(name) => ports.iter().find(|port| port.name.as_ref() == Some(name)),
        None => first_tcp(ports),
    };
    let port = port.ok_or("its healthcheck asks a port that it doesn't have")?.port;
    Ok(match &healthcheck.http {
        Some(path) => Probe::Http { port, path: path.clone() },
        None => Probe::Tcp { port },
    })
}

fn first_tcp(ports: &[Port]) -> Option<&Port> {
    ports.iter().find(|port| port.protocol == Protocol::Tcp)
}
