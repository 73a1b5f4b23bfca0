//! The engine's API, as much of it as set-up needs: HTTP/1.0 over a socket, so that an answer ends where the connection does.

use std::env;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::failure::Failure;

/// Where the engine listens when nothing else is said.
const DEFAULT: &str = "/var/run/docker.sock";

/// Where an engine listens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A socket in the file system.
    Unix(String),
    /// HOST:PORT, without TLS.
    Tcp(String),
}

/// An answer's status and what follows its head.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Box<dyn BufRead>,
}

/// What is sent along with a question.
struct Body {
    form: &'static str,
    length: u64,
    bytes: Box<dyn Read>,
}

impl Address {
    /// What `DOCKER_HOST` says, else the default socket.
    pub(crate) fn from_environment() -> Result<Self, Failure> {
        parse_address(&env::var("DOCKER_HOST").unwrap_or_default())
    }

    /// Whether it is the one at which an engine of the distribution listens.
    pub(crate) fn is_default(&self) -> bool {
        matches!(self, Self::Unix(path) if path == DEFAULT || path == "/run/docker.sock")
    }

    /// Asks without a body. `patience` is the longest silence that is waited for.
    pub(crate) fn ask(&self, method: &str, path: &str, patience: Duration) -> io::Result<Answer> {
        self.send(method, path, patience, None)
    }

    /// Posts a file.
    pub(crate) fn post(&self, path: &str, file: File, patience: Duration) -> io::Result<Answer> {
        let length = file.metadata()?.len();
        let body = Body { form: "application/x-tar", length, bytes: Box::new(file) };
        self.send("POST", path, patience, Some(body))
    }

    /// Posts a text in JSON.
    pub(crate) fn post_json(&self, path: &str, text: String, patience: Duration) -> io::Result<Answer> {
        let length = text.len() as u64;
        let body = Body { form: "application/json", length, bytes: Box::new(io::Cursor::new(text)) };
        self.send("POST", path, patience, Some(body))
    }

    fn send(&self, method: &str, path: &str, patience: Duration, body: Option<Body>) -> io::Result<Answer> {
        match self {
            Self::Unix(socket) => {
                let stream = UnixStream::connect(socket)?;
                stream.set_read_timeout(Some(patience))?;
                exchange(stream, method, path, body)
            }
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address)?;
                stream.set_read_timeout(Some(patience))?;
                exchange(stream, method, path, body)
            }
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(formatter, "unix://{path}"),
            Self::Tcp(address) => write!(formatter, "tcp://{address}"),
        }
    }
}

fn parse_address(text: &str) -> Result<Address, Failure> {
    match text.split_once("://") {
        _ if text.is_empty() => Ok(Address::Unix(DEFAULT.to_owned())),
        Some(("unix", path)) => Ok(Address::Unix(path.to_owned())),
        Some(("tcp" | "http", address)) => Ok(Address::Tcp(address.trim_end_matches('/').to_owned())),
        _ => Err(Failure::new(format!(
            "DOCKER_HOST is `{text}`, and only unix:// and tcp:// are understood here: unset it to use the local engine"
        ))),
    }
}

fn exchange<S: Read + Write + 'static>(
    mut stream: S,
    method: &str,
    path: &str,
    body: Option<Body>,
) -> io::Result<Answer> {
    let length = body.as_ref().map_or(0, |body| body.length);
    let form = body.as_ref().map(|body| format!("Content-Type: {}\r\n", body.form)).unwrap_or_default();
    let head = format!("{method} {path} HTTP/1.0\r\nHost: engine\r\n{form}Content-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    if let Some(mut body) = body {
        io::copy(&mut body.bytes, &mut stream)?;
    }
    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    answer.read_line(&mut line)?;
    let status =
        parse_status(&line).ok_or_else(|| io::Error::other(format!("not an HTTP answer: {line:?}")))?;
    while answer.read_line(&mut line)? > 2 {}
    Ok(Answer { status, body: Box::new(answer) })
}

fn parse_status(line: &str) -> Option<u16> {
    line.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_socket_or_a_host_with_a_port() {
        assert_eq!(parse_address("").unwrap(), Address::Unix(DEFAULT.to_owned()));
        assert_eq!(parse_address("unix:///run/x.sock").unwrap(), Address::Unix("/run/x.sock".to_owned()));
        assert_eq!(
            parse_address("tcp://127.0.0.1:2375/").unwrap(),
            Address::Tcp("127.0.0.1:2375".to_owned())
        );
        assert!(parse_address("ssh://host").unwrap_err().to_string().contains("ssh://host"));
    }

    #[test]
    fn a_status_is_read_from_the_first_line_only_if_it_is_http() {
        assert_eq!(parse_status("HTTP/1.0 404 Not Found\r\n"), Some(404));
        assert_eq!(parse_status("SSH-2.0-OpenSSH_9.2\r\n"), None);
    }

    #[test]
    fn an_answer_is_its_status_and_what_follows_the_head() {
        let (client, mut server) = UnixStream::pair().unwrap();
        server.write_all(b"HTTP/1.0 200 OK\r\nApi-Version: 1.41\r\n\r\n{\"a\":1}\n").unwrap();
        server.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = exchange(client, "GET", "/_ping", None).unwrap();
        let mut body = String::new();
        answer.body.read_to_string(&mut body).unwrap();
        assert_eq!((answer.status, body.as_str()), (200, "{\"a\":1}\n"));
        drop(answer);
        let mut asked = String::new();
        server.read_to_string(&mut asked).unwrap();
        assert!(asked.starts_with("GET /_ping HTTP/1.0\r\n"), "{asked}");
    }
}
