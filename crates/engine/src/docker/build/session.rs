//! The session by which BuildKit asks for secrets while it builds.
//!
//! BuildKit's protocol: `POST /session` is upgraded to a connection over which *we* serve gRPC and the engine is the
//! client (moby, `api/server/router/session`; buildkit, `session/grpc.go`). The build names the session by its id.
//! Secrets go over it when a step mounts them, and are in no request, layer or history.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{SystemTime, UNIX_EPOCH};

use bollard::health::health_check_response::ServingStatus;
use bollard::health::health_server::{Health, HealthServer};
use bollard::health::{HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse};
use bollard::moby::buildkit::secrets::v1::secrets_server::{Secrets, SecretsServer};
use bollard::moby::buildkit::secrets::v1::{GetSecretRequest, GetSecretResponse};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use hyper::header::{CONNECTION, HOST, UPGRADE};
use hyper::upgrade::Upgraded;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinHandle;
use tonic::transport::Server;
use tonic::transport::server::Connected;
use tonic::{Response, Status};

use super::super::failure::Said;
use crate::{Error, Result};

/// What a session offers, in BuildKit's words.
const METHODS: [&str; 2] = ["/moby.buildkit.secrets.v1.Secrets/GetSecret", "/grpc.health.v1.Health/Check"];

/// An open session; it ends when this is dropped.
pub(super) struct Session {
    /// What the build names it by.
    pub(super) id: String,
    serving: JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Session {
    /// Opens a session with the engine at `address`.
    pub(super) async fn open(address: &str, secrets: BTreeMap<String, String>) -> Result<Self> {
        let unreachable = |source| Error::Unreachable { address: address.to_owned(), source };
        let id = session_id();
        let connected = match address.split_once("://") {
            Some(("unix", path)) => match UnixStream::connect(path).await {
                Ok(stream) => upgrade(stream, &id).await,
                Err(error) => return Err(unreachable(Box::new(error))),
            },
            Some(("tcp" | "http", host)) => match TcpStream::connect(host.trim_end_matches('/')).await {
                Ok(stream) => upgrade(stream, &id).await,
                Err(error) => return Err(unreachable(Box::new(error))),
            },
            _ => return Err(Error::Unsupported { what: format!("be reached at {address} by BuildKit") }),
        };
        let upgraded = connected
            .map_err(|source| Error::Refused { action: "open a build session".to_owned(), source })?;
        let incoming = stream::iter([Ok::<_, std::io::Error>(Connection(TokioIo::new(upgraded)))]);
        let server = Server::builder()
            .add_service(HealthServer::new(Well))
            .add_service(SecretsServer::new(Kept(secrets)));
        let serving = tokio::spawn(async move {
            if let Err(error) = server.serve_with_incoming(incoming).await {
                tracing::debug!(%error, "a build session ended");
            }
        });
        Ok(Self { id, serving })
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn upgrade(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    id: &str,
) -> Result<Upgraded, Failure> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!(%error, "a build session's connection ended");
        }
    });
    let request = Request::post("/session")
        .header(HOST, "docker")
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "h2c")
        .header("X-Docker-Expose-Session-Uuid", id)
        .header("X-Docker-Expose-Session-Name", "landfall");
    let request = METHODS
        .iter()
        .fold(request, |request, method| request.header("X-Docker-Expose-Session-Grpc-Method", *method));
    let response = sender.send_request(request.body(http_body_util::Empty::<Bytes>::new())?).await?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(Box::new(Said(format!("it answered {}", response.status()))));
    }
    Ok(hyper::upgrade::on(response).await?)
}

/// An id that no other session has: the time in nanoseconds, the process, and a count.
fn session_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("landfall{now:x}{:x}{:x}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The secrets that a build may have.
struct Kept(BTreeMap<String, String>);

#[tonic::async_trait]
impl Secrets for Kept {
    async fn get_secret(
        &self,
        request: tonic::Request<GetSecretRequest>,
    ) -> Result<Response<GetSecretResponse>, Status> {
        let id = request.into_inner().id;
        let found = self.0.get(&id).ok_or_else(|| Status::not_found(format!("there is no secret {id}")))?;
        Ok(Response::new(GetSecretResponse { data: found.clone().into_bytes() }))
    }
}

/// BuildKit closes a session that doesn't say that it is well.
struct Well;

#[tonic::async_trait]
impl Health for Well {
    type WatchStream = BoxStream<'static, Result<HealthCheckResponse, Status>>;

    async fn check(
        &self,
        _: tonic::Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        Ok(Response::new(HealthCheckResponse { status: ServingStatus::Serving.into() }))
    }

    async fn list(
        &self,
        _: tonic::Request<HealthListRequest>,
    ) -> Result<Response<HealthListResponse>, Status> {
        Err(Status::unimplemented("BuildKit only checks"))
    }

    async fn watch(
        &self,
        _: tonic::Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("BuildKit only checks"))
    }
}

/// The upgraded connection in the form that the gRPC server takes.
struct Connection(TokioIo<Upgraded>);

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) -> Self::ConnectInfo {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
