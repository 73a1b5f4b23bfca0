//! Asks one probe: an HTTP request, a connection, or a command.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use http_body_util::Empty;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{CONNECTION, HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use landfall_model::check::Probe;
use tokio::net::TcpStream;

use super::Subject;
use super::schedule::Outcome;
use crate::dns::upstream::Upstream;
use crate::health::Target;
use crate::source::{Source, chain};

/// Asks a subject once; never longer than its check's timeout.
pub async fn run_probe(subject: &Subject, source: &dyn Source, upstream: &Upstream) -> Outcome {
    let timeout = subject.check.timeout.duration().max(Duration::from_millis(1));
    let asked = ask(subject, source, upstream);
    let outcome = tokio::time::timeout(timeout, asked).await;
    outcome.unwrap_or_else(|_| {
        Err(format!("{}: no answer within {}", subject.check.probe, subject.check.timeout))
    })
}

async fn ask(subject: &Subject, source: &dyn Source, upstream: &Upstream) -> Outcome {
    let named = |reason: String| format!("{}: {reason}", subject.check.probe);
    match (&subject.check.probe, &subject.target) {
        (Probe::Http { port, path }, _) => {
            let at = SocketAddr::new(place(&subject.host, upstream).await.map_err(named)?, *port);
            http(at, &subject.host, path).await.map_err(named)
        }
        (Probe::Tcp { port }, _) => {
            let at = SocketAddr::new(place(&subject.host, upstream).await.map_err(named)?, *port);
            connect(at).await.map(drop).map_err(named)
        }
        (Probe::Command { words }, Target::Instance(id)) => match source.exec(id, words).await {
            Ok(0) => Ok(()),
            Ok(code) => Err(named(format!("exit code {code}"))),
            Err(error) => Err(named(chain(&error))),
        },
        (Probe::Command { .. } | Probe::Engine | Probe::Running, _) => Ok(()),
    }
}

async fn place(host: &str, upstream: &Upstream) -> Result<IpAddr, String> {
    if let Ok(address) = host.parse() {
        return Ok(address);
    }
    let found = upstream.addresses(host).await;
    found.first().copied().ok_or_else(|| format!("the name {host} has no address"))
}

async fn connect(at: SocketAddr) -> Result<TcpStream, String> {
    TcpStream::connect(at).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "nothing listens there yet".to_owned(),
        _ => error.to_string(),
    })
}

async fn http(at: SocketAddr, host: &str, path: &str) -> Outcome {
    let stream = connect(at).await?;
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(64 * 1024)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let host =
        if host.contains(':') { format!("[{host}]:{}", at.port()) } else { format!("{host}:{}", at.port()) };
    let request = Request::get(path)
        .header(HOST, host)
        .header(USER_AGENT, "landfall-probe")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let answer = sender.send_request(request);
    tokio::pin!(answer, connection);
    let answer = tokio::select! {
        biased;
        answer = &mut answer => answer,
        _ = &mut connection => answer.await,
    };
    let status = answer.map_err(|error| chain(&error))?.status();
    if (200..400).contains(&status.as_u16()) { Ok(()) } else { Err(format!("it answered {status}")) }
}
