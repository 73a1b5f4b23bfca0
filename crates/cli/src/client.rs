//! Asks the server over its unix socket.

use std::io;
use std::path::{Path, PathBuf};

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use landfall_api::{
    DeployRequest, Deployment, DeploymentEvent, DeploymentId, DownRequest, EnvironmentView, ErrorBody,
    ErrorKind, EventView, Info, JobEvent, NewRelease, PlanRequest, PlanView, ReleaseRecord, ReleaseView,
};
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::release::ReleaseNumber;
use reqwest::{Method, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::codec::{FramedRead, LinesCodec};
use tokio_util::io::StreamReader;

/// The longest line of a stream, in bytes.
const MAX_LINE: usize = 64 << 20;

/// A stream of what the server says, each an item.
pub(crate) type Items<T> = BoxStream<'static, Result<T, ClientError>>;

/// The half of the server that changes no environment.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    http: reqwest::Client,
    socket: PathBuf,
}

/// The server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    reader: Reader,
}

/// Why the server's answer could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nobody listens.
    #[error("no Landfall server answers at {}", socket.display())]
    Absent {
        /// The socket.
        socket: PathBuf,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection broke.
    #[error("the connection to the Landfall server broke")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A stream ended before it said how it ends.
    #[error("the Landfall server ended in the midst of {0}")]
    Ended(&'static str),
    /// It refused.
    #[error("{}", .0.message)]
    Refused(ErrorBody),
    /// Its answer is not one that this version knows.
    #[error("the Landfall server's answer can't be read; it may be of another version")]
    Unreadable(#[source] serde_json::Error),
}

impl Reader {
    /// A reader at the given socket; nothing is asked yet.
    pub(crate) fn new(socket: &Path) -> Self {
        let http = reqwest::Client::builder().unix_socket(socket.to_owned()).build();
        Self {
            http: http.expect("a client without TLS needs nothing that could fail"),
            socket: socket.to_owned(),
        }
    }

    /// What the server says of itself.
    pub(crate) async fn info(&self) -> Result<Info, ClientError> {
        self.get("info").await
    }

    /// The environments, without their instances and volumes.
    pub(crate) async fn environments(&self) -> Result<Vec<EnvironmentView>, ClientError> {
        self.get("environments").await
    }

    /// An environment; none if there isn't one of that name.
    pub(crate) async fn environment(
        &self,
        id: &EnvironmentId,
    ) -> Result<Option<EnvironmentView>, ClientError> {
        found(self.get(&environment_path(id, "")).await)
    }

    /// Plans; nothing is changed by it.
    pub(crate) async fn plan(
        &self,
        id: &EnvironmentId,
        request: &PlanRequest,
    ) -> Result<PlanView, ClientError> {
        read(self.ask(Method::POST, &environment_path(id, "/plan"), Some(request)).await?).await
    }

    /// A landscape's releases.
    pub(crate) async fn releases(&self, landscape: &Name) -> Result<Vec<ReleaseRecord>, ClientError> {
        self.get(&format!("landscapes/{landscape}/releases")).await
    }

    /// A release in full.
    pub(crate) async fn release(
        &self,
        landscape: &Name,
        number: ReleaseNumber,
    ) -> Result<ReleaseView, ClientError> {
        self.get(&format!("landscapes/{landscape}/releases/{}", number.0)).await
    }

    /// What happened after the event `after`; and what happens from then on, if it is followed.
    pub(crate) async fn events(&self, after: i64, follow: Follow) -> Result<Items<EventView>, ClientError> {
        let follow = follow == Follow::Yes;
        self.stream(Method::GET, &format!("events?after={after}&follow={follow}")).await
    }

    /// A deployment's events, from its first on.
    pub(crate) async fn deployment_events(
        &self,
        id: DeploymentId,
    ) -> Result<Items<DeploymentEvent>, ClientError> {
        self.stream(Method::GET, &format!("deployments/{id}/events")).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        read(self.ask(Method::GET, path, None::<&()>).await?).await
    }

    async fn stream<T>(&self, method: Method, path: &str) -> Result<Items<T>, ClientError>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let response = self.ask(method, path, None::<&()>).await?;
        let bytes = response.bytes_stream().map_err(io::Error::other);
        let lines = FramedRead::new(StreamReader::new(bytes), LinesCodec::new_with_max_length(MAX_LINE));
        let items = lines.map_err(|error| ClientError::Broken(Box::new(error)));
        let items = items.try_filter(|line| std::future::ready(!line.trim().is_empty()));
        Ok(items
            .and_then(|line| async move { serde_json::from_str(&line).map_err(ClientError::Unreadable) })
            .boxed())
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Response, ClientError> {
        let request = self.http.request(method, format!("http://landfall/v1/{path}"));
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request.send().await.map_err(|error| self.failed(error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let text = response.text().await.map_err(broken)?;
        Err(ClientError::Refused(serde_json::from_str(&text).unwrap_or_else(|_| ErrorBody {
            kind: if status == 404 { ErrorKind::NotFound } else { ErrorKind::Internal },
            message: format!("the Landfall server answered {status} {}", text.trim()).trim().to_owned(),
            hint: None,
        })))
    }

    fn failed(&self, error: reqwest::Error) -> ClientError {
        if error.is_connect() {
            ClientError::Absent { socket: self.socket.clone(), source: Box::new(error) }
        } else {
            broken(error)
        }
    }
}

/// Whether events are awaited once the present ones have been given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follow {
    /// They are.
    Yes,
    /// They are not.
    No,
}

impl Client {
    /// A client at the given socket; nothing is asked yet.
    pub(crate) fn new(socket: &Path) -> Self {
        Self { reader: Reader::new(socket) }
    }

    /// The half that changes no environment.
    pub(crate) const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The same, for good.
    pub(crate) fn into_reader(self) -> Reader {
        self.reader
    }

    /// Makes a release, unless there is one of equal content.
    pub(crate) async fn make_release(
        &self,
        id: &EnvironmentId,
        release: &NewRelease,
    ) -> Result<ReleaseRecord, ClientError> {
        self.post(&environment_path(id, "/releases"), release).await
    }

    /// Begins to bring an environment to a release.
    pub(crate) async fn deploy(
        &self,
        id: &EnvironmentId,
        request: &DeployRequest,
    ) -> Result<Deployment, ClientError> {
        self.post(&environment_path(id, "/deployments"), request).await
    }

    /// Begins to take an environment down.
    pub(crate) async fn down(
        &self,
        id: &EnvironmentId,
        request: &DownRequest,
    ) -> Result<Deployment, ClientError> {
        self.post(&environment_path(id, "/down"), request).await
    }

    /// Gives a deployment up.
    pub(crate) async fn cancel(&self, id: DeploymentId) -> Result<(), ClientError> {
        self.reader.ask(Method::POST, &format!("deployments/{id}/cancel"), None::<&()>).await.map(drop)
    }

    /// Runs a job.
    pub(crate) async fn run_job(
        &self,
        id: &EnvironmentId,
        job: &Name,
    ) -> Result<Items<JobEvent>, ClientError> {
        self.reader.stream(Method::POST, &environment_path(id, &format!("/jobs/{job}"))).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        read(self.reader.ask(Method::POST, path, Some(body)).await?).await
    }
}

fn environment_path(id: &EnvironmentId, rest: &str) -> String {
    format!("environments/{}/{}{rest}", id.landscape, id.environment)
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ClientError> {
    let bytes = response.bytes().await.map_err(broken)?;
    serde_json::from_slice(&bytes).map_err(ClientError::Unreadable)
}

fn broken(error: reqwest::Error) -> ClientError {
    ClientError::Broken(Box::new(error))
}

/// That something isn't there is an answer too.
fn found<T>(answer: Result<T, ClientError>) -> Result<Option<T>, ClientError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(ClientError::Refused(ErrorBody { kind: ErrorKind::NotFound, .. })) => Ok(None),
        Err(error) => Err(error),
    }
}
