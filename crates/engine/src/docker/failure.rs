//! What the engine's errors mean, told from their status and wording.

use std::io;

use bollard::errors::Error as Source;

use crate::Error;

/// What was being done when an error came.
pub(super) struct Context {
    address: String,
    action: String,
    instance: Option<String>,
    image: Option<String>,
}

/// What an engine said, without the client's words around it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Said(pub(super) String);

impl Context {
    /// While `action` was asked of the engine at `address`.
    pub(super) fn new(address: &str, action: impl Into<String>) -> Self {
        Self { address: address.to_owned(), action: action.into(), instance: None, image: None }
    }

    /// For the named instance, of an image.
    pub(super) fn of(mut self, instance: &str, image: &str) -> Self {
        self.instance = Some(instance.to_owned());
        self.image = Some(image.to_owned());
        self
    }
}

/// Tells an error's kind.
pub(super) fn classify(error: Source, context: &Context) -> Error {
    match error {
        Source::DockerResponseServerError { status_code, message } => answered(status_code, message, context),
        Source::DockerStreamError { error } => answered(500, error, context),
        error if is_connection(&error) => unreachable(error, &context.address),
        error => Error::Refused { action: context.action.clone(), source: Box::new(error) },
    }
}

/// Whether the engine answered with this status.
pub(super) fn has_status(error: &Source, status: u16) -> bool {
    matches!(error, Source::DockerResponseServerError { status_code, .. } if *status_code == status)
}

fn is_connection(error: &Source) -> bool {
    matches!(
        error,
        Source::HyperLegacyError { .. }
            | Source::HyperResponseError { .. }
            | Source::IOError { .. }
            | Source::RequestTimeoutError
            | Source::SocketNotFoundError(_)
            | Source::UnsupportedURISchemeError { .. }
    )
}

fn unreachable(error: Source, address: &str) -> Error {
    // The client's own word for it hides the system's error from its chain.
    let mut cause: Option<&(dyn std::error::Error + 'static)> = match &error {
        Source::IOError { err } => Some(err),
        error => Some(error),
    };
    while let Some(inner) = cause {
        let io = inner.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.kind() == io::ErrorKind::PermissionDenied) {
            return Error::Forbidden { address: address.to_owned() };
        }
        cause = inner.source();
    }
    Error::Unreachable { address: address.to_owned(), source: Box::new(error) }
}

fn answered(status: u16, message: String, context: &Context) -> Error {
    let instance = || context.instance.clone().unwrap_or_default();
    if message.contains("port is already allocated") || message.contains("address already in use") {
        return Error::PortInUse { port: parse_port(&message).unwrap_or_default(), instance: instance() };
    }
    if message.contains("no space left on device") {
        return Error::DiskFull { message };
    }
    if status == 404 && message.to_ascii_lowercase().contains("no such image") {
        let reference = context.image.clone().unwrap_or_else(|| last_word(&message));
        return Error::NoImage { reference, source: None };
    }
    if status == 404 {
        return Error::Missing { what: missing(&message) };
    }
    if context.instance.is_some() && is_runtime(&message) {
        return Error::CannotStart { instance: instance(), message: plain(&message) };
    }
    Error::Refused { action: context.action.clone(), source: Box::new(Said(message)) }
}

/// The first number behind a colon: `Bind for 0.0.0.0:8080 failed: port is already allocated`.
fn parse_port(message: &str) -> Option<u16> {
    message.split(':').skip(1).find_map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.get(..end)?.parse().ok()
    })
}

fn is_runtime(message: &str) -> bool {
    [
        "OCI runtime",
        "runc create failed",
        "failed to create shim",
        "failed to create task",
        "executable file not found",
    ]
    .iter()
    .any(|sign| message.contains(sign))
}

/// What a runtime's message comes down to: `exec: "nope": executable file not found in $PATH`.
fn plain(message: &str) -> String {
    let from = message.rfind("exec: ").or_else(|| message.rfind("caused: ").map(|at| at + "caused: ".len()));
    let rest = from.and_then(|at| message.get(at..)).unwrap_or(message);
    rest.trim().trim_end_matches(": unknown").to_owned()
}

/// `No such container: x` as `container x`.
fn missing(message: &str) -> String {
    let lower = message.to_ascii_lowercase();
    match lower.find("no such ").and_then(|at| message.get(at + "no such ".len()..)) {
        Some(rest) => rest.replace(": ", " "),
        None => message.trim_end_matches(" not found").to_owned(),
    }
}

fn last_word(message: &str) -> String {
    message.rsplit(' ').next().unwrap_or(message).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, message: &str) -> Error {
        let context = Context::new("unix:///x", "start web").of("web", "sha256:1");
        classify(
            Source::DockerResponseServerError { status_code: status, message: message.to_owned() },
            &context,
        )
    }

    #[test]
    fn errors_are_told_apart() {
        for (status, message, expected) in [
            (
                500,
                "driver failed programming external connectivity on endpoint web (8e8c): Bind for 0.0.0.0:8080 failed: port is already allocated",
                "port 8080 of this machine is in use",
            ),
            (
                500,
                "driver failed programming external connectivity on endpoint web (8e8c): Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use",
                "port 80 of this machine is in use",
            ),
            (
                500,
                "failed to set up container networking: driver failed programming external connectivity on endpoint web (00ff): failed to bind host port for 0.0.0.0:8080:172.18.0.2:80/tcp: address already in use",
                "port 8080 of this machine is in use",
            ),
            (
                500,
                "write /var/lib/docker/tmp/x: no space left on device",
                "the disk of the Docker Engine is full",
            ),
            (404, "No such image: sha256:1", "there is no image sha256:1 on this machine"),
            (404, "No such container: web", "the engine has no container web"),
            (404, "network landfall-a-b not found", "the engine has no network landfall-a-b"),
            (
                400,
                "OCI runtime create failed: container_linux.go:380: starting container process caused: exec: \"nope\": executable file not found in $PATH: unknown",
                "web can't be started: exec: \"nope\": executable file not found in $PATH",
            ),
            (
                400,
                "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/etc/hosts\": permission denied: unknown",
                "web can't be started: exec: \"/etc/hosts\": permission denied",
            ),
            (500, "something else", "the engine refused to start web"),
        ] {
            assert_eq!(answer(status, message).to_string(), expected, "{message}");
        }
    }

    #[test]
    fn a_closed_door_is_not_an_empty_house() {
        let context = Context::new("unix:///x", "answer");
        for (kind, expected) in [
            (io::ErrorKind::PermissionDenied, "you may not use the Docker Engine at unix:///x"),
            (io::ErrorKind::NotFound, "no Docker Engine answers at unix:///x"),
            (io::ErrorKind::ConnectionRefused, "no Docker Engine answers at unix:///x"),
        ] {
            assert_eq!(classify(Source::IOError { err: kind.into() }, &context).to_string(), expected);
        }
    }
}
