//! Asks the agent over its unix socket.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;

use crate::directive::Directives;
use crate::wire::{Accepted, CatalogView, Info, Looked, Refusal};

/// The longest answer that is read.
const LARGEST_ANSWER: usize = 256 * 1024 * 1024;
/// How long the agent has to answer what it does not wait for itself.
const PATIENCE: Duration = Duration::from_secs(40);

/// A client of the agent; each call is a connection of its own.
#[derive(Clone, Debug)]
pub struct AgentClient {
    socket: PathBuf,
}

/// Why the agent's answer could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens at the socket.
    #[error("no agent answers at {}", socket.display())]
    Absent {
        /// The socket.
        socket: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The connection broke.
    #[error("the connection to the agent broke")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It did not answer in time.
    #[error("the agent did not answer within {}s", .0.as_secs())]
    Silent(Duration),
    /// The directives are older than those that it holds, or others with the same number.
    #[error("the agent holds other directives: {0}")]
    Conflict(String),
    /// It refused.
    #[error("the agent refused ({status}): {reason}")]
    Refused {
        /// The status.
        status: u16,
        /// Its reason.
        reason: String,
    },
    /// Its answer is not one that this version knows.
    #[error("the agent's answer can't be read; it may be of another version")]
    Unreadable(#[source] serde_json::Error),
}

impl AgentClient {
    /// A client of the agent whose socket this is; nothing is asked yet.
    pub fn new(socket: impl Into<PathBuf>) -> Self {
        Self { socket: socket.into() }
    }

    /// A client of the agent in a directory.
    pub fn of_directory(directory: &Path) -> Self {
        Self::new(directory.join("agent.sock"))
    }

    /// Gives the agent new directives. They are followed when this returns; where names can't be answered,
    /// [`Accepted::listening`] says why.
    ///
    /// # Errors
    /// [`ClientError::Conflict`] when the agent holds newer ones; else when it can't be asked.
    pub async fn put_directives(&self, directives: &Directives) -> Result<Accepted, ClientError> {
        self.ask(Method::PUT, "/v1/directives", Some(directives)).await
    }

    /// The current catalog.
    ///
    /// # Errors
    /// When the agent can't be asked.
    pub async fn catalog(&self) -> Result<CatalogView, ClientError> {
        self.ask(Method::GET, "/v1/catalog", None::<&()>).await
    }

    /// The first catalog whose index is above `index`, or the current one after `wait` (five minutes at most).
    ///
    /// # Errors
    /// When the agent can't be asked, or ends meanwhile.
    pub async fn watch(&self, index: u64, wait: Duration) -> Result<CatalogView, ClientError> {
        let path = format!("/v1/watch?index={index}&wait={}", wait.as_millis());
        self.ask_within(wait + PATIENCE, Method::GET, &path, None::<&()>).await
    }

    /// What the agent says of itself.
    ///
    /// # Errors
    /// When the agent can't be asked.
    pub async fn info(&self) -> Result<Info, ClientError> {
        self.ask(Method::GET, "/v1/info", None::<&()>).await
    }

    /// Has the engine observed now; the catalog knows what there is when this returns.
    ///
    /// # Errors
    /// When the engine can't be observed, or the agent can't be asked.
    pub async fn observe(&self) -> Result<Looked, ClientError> {
        self.ask(Method::POST, "/v1/observe", None::<&()>).await
    }

    /// Asks the agent to leave. It answers every query that it has received and then ends.
    ///
    /// # Errors
    /// When the agent can't be asked.
    pub async fn retire(&self) -> Result<(), ClientError> {
        tokio::time::timeout(PATIENCE, self.send(Method::POST, "/v1/retire", Bytes::new()))
            .await
            .map_err(|_| ClientError::Silent(PATIENCE))?
            .map(drop)
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, ClientError> {
        self.ask_within(PATIENCE, method, path, body).await
    }

    async fn ask_within<T: DeserializeOwned>(
        &self,
        patience: Duration,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, ClientError> {
        let body = body.map(serde_json::to_vec).transpose().map_err(ClientError::Unreadable)?;
        let sent = self.send(method, path, body.unwrap_or_default().into());
        let answer =
            tokio::time::timeout(patience, sent).await.map_err(|_| ClientError::Silent(patience))??;
        serde_json::from_slice(&answer).map_err(ClientError::Unreadable)
    }

    async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<Bytes, ClientError> {
        let stream = UnixStream::connect(&self.socket)
            .await
            .map_err(|source| ClientError::Absent { socket: self.socket.clone(), source })?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, "landfall-agent")
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(broken)?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let exchange = async {
            let answer = sender.send_request(request).await.map_err(broken)?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), LARGEST_ANSWER).collect().await;
            Ok((status, body.map_err(ClientError::Broken)?.to_bytes()))
        };
        tokio::pin!(exchange, connection);
        let (status, body) = tokio::select! {
            biased;
            answer = &mut exchange => answer?,
            _ = &mut connection => exchange.await?,
        };
        if status.is_success() { Ok(body) } else { Err(refused(status, &body)) }
    }
}

fn broken(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ClientError {
    ClientError::Broken(error.into())
}

fn refused(status: StatusCode, body: &[u8]) -> ClientError {
    let reason = serde_json::from_slice::<Refusal>(body)
        .map_or_else(|_| String::from_utf8_lossy(body).into_owned(), |refusal| refusal.error);
    match status {
        StatusCode::CONFLICT => ClientError::Conflict(reason),
        _ => ClientError::Refused { status: status.as_u16(), reason },
    }
}
