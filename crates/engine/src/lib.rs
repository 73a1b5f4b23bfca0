//! How it is made to happen: what runs instances, behind two small traits.
//!
//! An engine knows immutable groups of equal instances and nothing of deployments. [`Observe`] is the half that
//! can't change anything: planning holds only that. [`Engine`] adds the idempotent writes. This crate fences the
//! engines' APIs: no other names them.

pub mod docker;
pub mod error;
pub mod fake;
pub mod image;
pub mod stream;

mod steps;

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use landfall_model::name::EnvironmentId;
use landfall_model::observed::{Network, Observed};
use landfall_model::quantity::Period;
use landfall_model::release::ImageFacts;
use landfall_model::sealed::Secrets;
use landfall_model::spec::{Group, GroupId, Stamp, VolumeId};

pub use docker::Docker;
pub use error::{Error, Result};
pub use fake::Fake;
pub use image::{BuildEvent, BuildRequest, Builder};
pub use stream::{ExecEvent, ExecRequest, LogLine, LogOptions, LogSource, Stats};

/// An engine that is being connected to.
pub type Connecting = BoxFuture<'static, Result<Arc<dyn Engine>>>;

/// An engine that Landfall can use.
#[derive(Clone, Copy)]
pub struct Kind {
    /// Its name, as it is written in settings.
    pub name: &'static str,
    /// Connects to it, at the given address or else where it usually is.
    pub connect: fn(Option<String>) -> Connecting,
}

/// The engines, the usual one first.
pub const ALL: &[Kind] = &[docker::KIND];

/// What an engine says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineInfo {
    /// The engine's name: `docker`.
    pub kind: &'static str,
    /// Its version: `20.10.24`.
    pub version: String,
    /// The version of its API that is spoken.
    pub api_version: String,
    /// Processors that it has.
    pub cpus: u64,
    /// Memory that it has, in bytes.
    pub memory: u64,
    /// Whether it has BuildKit.
    pub buildkit: bool,
}

/// Whether an idempotent write had anything to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ensure {
    /// It was not there, and now it is.
    Added,
    /// It was there in part, and now it is complete.
    Updated,
    /// It was there.
    NotNeeded,
}

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything that carries our labels.
    All,
    /// What belongs to one environment.
    Environment(EnvironmentId),
}

/// Something changed on the engine. What, is to be observed: an event only says that it is time to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineEvent {
    /// What happened, in the engine's word: `start`, `die`, `health_status`, ...
    pub action: String,
    /// The container, network or volume that it happened to.
    pub subject: String,
    /// The environment that the subject belongs to, where it is ours.
    pub environment: Option<EnvironmentId>,
}

/// The half of an engine that changes nothing.
#[async_trait]
pub trait Observe: Send + Sync {
    /// What the engine says of itself; fails when it can't be reached.
    async fn info(&self) -> Result<EngineInfo>;
    /// What there is, read afresh.
    async fn observe(&self, scope: &Scope) -> Result<Observed>;
    /// An image's facts by id or reference; none if the engine doesn't have it.
    async fn image(&self, reference: &str) -> Result<Option<ImageFacts>>;
    /// Events from now on. When the stream ends, whatever its last item, the caller observes and subscribes again.
    fn events(&self) -> BoxStream<'static, Result<EngineEvent>>;
    /// An instance's output, by the engine's id or name of it.
    fn logs(&self, instance: &str, options: LogOptions) -> BoxStream<'static, Result<LogLine>>;
    /// What an instance uses now.
    async fn stats(&self, instance: &str) -> Result<Stats>;
}

/// An engine: every write is idempotent, and each says whether it had anything to do.
#[async_trait]
pub trait Engine: Observe {
    /// Makes sure that the environment's network is there.
    async fn ensure_network(&self, environment: &EnvironmentId) -> Result<(Network, Ensure)>;
    /// Makes sure that the volume is there.
    async fn ensure_volume(&self, volume: &VolumeId) -> Result<Ensure>;
    /// Makes sure that exactly `instances` instances of the group are there and up: creates the missing, starts the
    /// stopped, removes the surplus (highest numbers first). What was created and never started is made anew, since its
    /// files may be missing. A job's instance that has ended is not started again, nor is a service's that stays ended
    /// by its `restart`: `no`, or `on-failure` with exit code 0.
    /// The environment's network and the volumes must be there.
    async fn ensure_group(
        &self,
        group: &Group,
        instances: u32,
        stamp: Stamp,
        secrets: &Secrets,
    ) -> Result<Ensure>;
    /// Stops the group's instances (its stop signal, then `grace`, then SIGKILL) and removes them, all at once.
    async fn remove_group(&self, group: &GroupId, grace: Period) -> Result<Ensure>;
    /// Removes one instance at once, with its group's other instances left as they are.
    async fn remove_instance(&self, instance: &str) -> Result<Ensure>;
    /// Removes the environment's network.
    async fn remove_network(&self, environment: &EnvironmentId) -> Result<Ensure>;
    /// Removes a volume and the data in it.
    async fn remove_volume(&self, volume: &VolumeId) -> Result<Ensure>;
    /// Waits for a job's instance to end and gives its exit code.
    async fn wait(&self, instance: &str) -> Result<i64>;
    /// Runs a command in an instance.
    async fn exec(
        &self,
        instance: &str,
        request: ExecRequest,
    ) -> Result<BoxStream<'static, Result<ExecEvent>>>;
    /// Builds an image; the stream ends with [`BuildEvent::Built`] or an error.
    fn build(&self, request: BuildRequest) -> BoxStream<'static, Result<BuildEvent>>;
    /// Gets an image from its registry.
    fn pull(&self, reference: &str) -> BoxStream<'static, Result<BuildEvent>>;
}
