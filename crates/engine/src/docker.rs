//! The Docker Engine: instances are containers, and its labels are the only memory.
//!
//! Nothing here is remembered that could be read: a crash at any instruction leaves containers, networks and volumes
//! whose labels say what they are, and the next `ensure_` call goes on from there.

mod build;
mod container;
mod events;
mod exec;
mod failure;
mod files;
mod group;
mod image;
mod instance;
mod logs;
mod named;
mod network;
mod observe;
mod stats;
mod volume;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bollard::models::{SystemInfo, SystemVersion};
use futures_util::FutureExt;
use futures_util::stream::BoxStream;
use landfall_model::name::EnvironmentId;
use landfall_model::observed::{Network, Observed};
use landfall_model::quantity::Period;
use landfall_model::release::ImageFacts;
use landfall_model::sealed::Secrets;
use landfall_model::spec::{Group, GroupId, Stamp, VolumeId};
use tokio::sync::Semaphore;

use crate::{
    BuildEvent, BuildRequest, Connecting, Engine, EngineEvent, EngineInfo, Ensure, Error, ExecEvent,
    ExecRequest, Kind, LogLine, LogOptions, Observe, Result, Scope, Stats,
};

/// Docker among the engines.
pub const KIND: Kind = Kind { name: "docker", connect };

/// Where the engine is if nothing else is said.
pub const DEFAULT_ADDRESS: &str = "unix:///var/run/docker.sock";

/// The oldest version of the API that has all we need.
const OLDEST_API: (u32, u32) = (1, 41);

/// Containers that are created or started at the same time: more only makes the engine slower.
const CONCURRENCY: usize = 4;

/// How long the engine may take to begin its answer.
const TIMEOUT: Duration = Duration::from_secs(600);

/// A Docker Engine. Clones share the connection.
#[derive(Clone)]
pub struct Docker {
    client: bollard::Docker,
    /// Turns at creating, starting and removing.
    work: Arc<Semaphore>,
    inner: Arc<Inner>,
}

/// What clones share.
struct Inner {
    address: String,
    info: EngineInfo,
    /// The logging driver that containers get if they name none.
    log_driver: Option<String>,
    /// Networks as they were last seen, so that creating an instance needs no further call.
    networks: Mutex<HashMap<EnvironmentId, Network>>,
    /// Held while a network is made: engines before 1.44 make two of one name.
    making: tokio::sync::Mutex<()>,
}

fn connect(address: Option<String>) -> Connecting {
    async move { Ok(Arc::new(Docker::connect(address.as_deref()).await?) as Arc<dyn Engine>) }.boxed()
}

impl Docker {
    /// Connects to the engine at `address`, in the form that `DOCKER_HOST` has (`unix:///...`, `tcp://host:port`).
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Forbidden`] or [`Error::Version`] when it can't be used.
    pub async fn connect(address: Option<&str>) -> Result<Self> {
        let address = address.unwrap_or(DEFAULT_ADDRESS).to_owned();
        let failed = |error| failure::classify(error, &failure::Context::new(&address, "answer"));
        let client = bollard::Docker::connect_with_host(&address).map_err(failed)?.with_timeout(TIMEOUT);
        // The version is not sent today (bollard 736), but will be; an engine refuses one that is too new.
        let client = client.negotiate_version().await.map_err(failed)?;
        let version = client.version().await.map_err(failed)?;
        check_version(&version)?;
        let info = client.info().await.map_err(failed)?;
        let inner = Inner {
            address,
            info: engine_info(&version, &info),
            log_driver: info.logging_driver,
            networks: Mutex::default(),
            making: tokio::sync::Mutex::default(),
        };
        Ok(Self { client, work: Arc::new(Semaphore::new(CONCURRENCY)), inner: Arc::new(inner) })
    }

    /// The same engine, which is given at most so many containers at a time to create, start or remove.
    #[must_use]
    pub fn with_concurrency(mut self, containers: std::num::NonZeroUsize) -> Self {
        self.work = Arc::new(Semaphore::new(containers.get()));
        self
    }

    /// Tells what went wrong while `action` was asked for.
    fn failed(&self, action: impl Into<String>) -> impl FnOnce(bollard::errors::Error) -> Error {
        let context = failure::Context::new(&self.inner.address, action);
        move |error| failure::classify(error, &context)
    }
}

/// Refuses engines whose API is older than ours needs.
fn check_version(version: &SystemVersion) -> Result<()> {
    let newest = version.api_version.clone().unwrap_or_default();
    let number =
        newest.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    if number.is_some_and(|number: (u32, u32)| number >= OLDEST_API) {
        return Ok(());
    }
    Err(Error::Version { oldest: version.min_api_version.clone().unwrap_or_default(), newest })
}

fn engine_info(version: &SystemVersion, info: &SystemInfo) -> EngineInfo {
    let podman = version.components.iter().flatten().any(|component| component.name.starts_with("Podman"));
    EngineInfo {
        kind: KIND.name,
        version: version.version.clone().unwrap_or_default(),
        api_version: version.api_version.clone().unwrap_or_default(),
        cpus: info.ncpu.and_then(|count| u64::try_from(count).ok()).unwrap_or(1),
        memory: info.mem_total.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default(),
        // Every Docker Engine for Linux since 18.09 has it; Podman, which speaks the same API, does not.
        buildkit: info.os_type.as_deref() == Some("linux") && !podman,
    }
}

#[async_trait]
impl Observe for Docker {
    async fn info(&self) -> Result<EngineInfo> {
        self.client.ping().await.map_err(self.failed("answer"))?;
        Ok(self.inner.info.clone())
    }

    async fn observe(&self, scope: &Scope) -> Result<Observed> {
        self.observe_scope(scope).await
    }

    async fn image(&self, reference: &str) -> Result<Option<ImageFacts>> {
        self.observe_image(reference).await
    }

    fn events(&self) -> BoxStream<'static, Result<EngineEvent>> {
        self.subscribe()
    }

    fn logs(&self, instance: &str, options: LogOptions) -> BoxStream<'static, Result<LogLine>> {
        self.read_logs(instance, &options)
    }

    async fn stats(&self, instance: &str) -> Result<Stats> {
        self.measure(instance).await
    }
}

#[async_trait]
impl Engine for Docker {
    async fn ensure_network(&self, environment: &EnvironmentId) -> Result<(Network, Ensure)> {
        self.make_network(environment).await
    }

    async fn ensure_volume(&self, volume: &VolumeId) -> Result<Ensure> {
        self.make_volume(volume).await
    }

    async fn ensure_group(
        &self,
        group: &Group,
        instances: u32,
        stamp: Stamp,
        secrets: &Secrets,
    ) -> Result<Ensure> {
        self.make_group(&group::Wish { group, instances, stamp, secrets }).await
    }

    async fn remove_group(&self, group: &GroupId, grace: Period) -> Result<Ensure> {
        self.drop_group(group, grace).await
    }

    async fn remove_instance(&self, instance: &str) -> Result<Ensure> {
        self.drop_container(instance).await
    }

    async fn remove_network(&self, environment: &EnvironmentId) -> Result<Ensure> {
        self.drop_network(environment).await
    }

    async fn remove_volume(&self, volume: &VolumeId) -> Result<Ensure> {
        self.drop_volume(volume).await
    }

    async fn wait(&self, instance: &str) -> Result<i64> {
        self.wait_for_end(instance).await
    }

    async fn exec(
        &self,
        instance: &str,
        request: ExecRequest,
    ) -> Result<BoxStream<'static, Result<ExecEvent>>> {
        self.run_inside(instance, request).await
    }

    fn build(&self, request: BuildRequest) -> BoxStream<'static, Result<BuildEvent>> {
        self.build_image(request)
    }

    fn pull(&self, reference: &str) -> BoxStream<'static, Result<BuildEvent>> {
        self.pull_image(reference)
    }
}
