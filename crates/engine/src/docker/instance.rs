//! One container: created, started, stopped, removed, each so that a crash or a race leaves nothing wrong.

use std::time::Duration;

use bollard::models::{ContainerCreateBody, ContainerInspectResponse};
use bollard::query_parameters::{
    CreateContainerOptions, InspectContainerOptions, RemoveContainerOptions, StartContainerOptions,
    StopContainerOptions, WaitContainerOptions,
};
use futures_util::TryStreamExt;

use super::container::{self, Machine, Order};
use super::{Docker, TIMEOUT, failure, files, named};
use crate::{Ensure, Error, Result};

/// How often a name that is taken by a request still on its way is asked for again.
const TRIES: u32 = 100;

/// Time between two such tries.
const PAUSE: Duration = Duration::from_millis(100);

/// What came of creating a container.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Created {
    /// It is new.
    New,
    /// An equal one is already up.
    Running,
}

impl Docker {
    /// Creates and starts an instance: one call each, and one for files where there are any.
    pub(super) async fn launch(&self, order: &Order<'_>) -> Result<()> {
        let name = named::container_name(&order.group.id, order.number);
        let image = &order.group.shape.image;
        let machine = Machine { cpus: self.inner.info.cpus, log_driver: self.inner.log_driver.as_deref() };
        let mut body = container::render(order, &machine)?;
        let mut files = files::render(&order.group.shape, order.secrets)?;
        let _turn = self.work.acquire().await.expect("nothing closes it");
        let carrier = self.carry(&name, &mut body, &mut files).await?;
        let options =
            CreateContainerOptions { name: Some(name.clone()), ..CreateContainerOptions::default() };
        let created = self.create_anew(&options, &body).await;
        if let Some(carrier) = carrier {
            self.discard(&carrier, Volumes::Keep).await?;
        }
        if created? == Created::Running {
            return Ok(());
        }
        if let Some(archive) = files.unpacked {
            self.unpack(&name, "/", archive).await?;
        }
        self.start(&name, image).await
    }

    /// Starts what was created or has ended.
    pub(super) async fn start(&self, name: &str, image: &str) -> Result<()> {
        let context = failure::Context::new(&self.inner.address, format!("start {name}")).of(name, image);
        let started = self.client.start_container(name, None::<StartContainerOptions>).await;
        started.map_err(|error| failure::classify(error, &context))
    }

    /// Creates a container in place of one that a crash left under its name.
    pub(super) async fn create_anew(
        &self,
        options: &CreateContainerOptions,
        body: &ContainerCreateBody,
    ) -> Result<Created> {
        let name = options.name.clone().unwrap_or_default();
        let image = body.image.clone().unwrap_or_default();
        let context =
            || failure::Context::new(&self.inner.address, format!("create {name}")).of(&name, &image);
        for _ in 0..TRIES {
            match self.client.create_container(Some(options.clone()), body.clone()).await {
                Ok(_) => return Ok(Created::New),
                Err(error) if failure::has_status(&error, 409) => {}
                Err(error) => return Err(failure::classify(error, &context())),
            }
            match self.client.inspect_container(&name, None::<InspectContainerOptions>).await {
                Ok(found) if !is_ours(&found, body) => return Err(taken(&name)),
                Ok(found) if is_running(&found) => return Ok(Created::Running),
                Ok(_) => _ = self.discard(&name, Volumes::Remove).await?,
                // The name is reserved by a request that the engine is still busy with.
                Err(error) if failure::has_status(&error, 404) => tokio::time::sleep(PAUSE).await,
                Err(error) => return Err(failure::classify(error, &context())),
            }
        }
        Err(taken(&name))
    }

    /// Stops a container, by its own stop signal and time unless `grace` is given. Missing or stopped is fine.
    pub(super) async fn stop(&self, name: &str, grace: Option<i64>) -> Result<()> {
        let grace = grace.map(|seconds| i32::try_from(seconds).unwrap_or(i32::MAX));
        let patient =
            Duration::from_secs(grace.and_then(|grace| u64::try_from(grace).ok()).unwrap_or_default());
        let client = self.client.clone().with_timeout(TIMEOUT.saturating_add(patient));
        let options = StopContainerOptions { signal: None, t: grace };
        match client.stop_container(name, Some(options)).await {
            Err(error) if !failure::has_status(&error, 404) => {
                Err(self.failed(format!("stop {name}"))(error))
            }
            _ => Ok(()),
        }
    }

    /// Removes a container at once, with its anonymous volumes.
    pub(super) async fn drop_container(&self, name: &str) -> Result<Ensure> {
        self.discard(name, Volumes::Remove).await
    }

    /// Removes a container at once; one that is being removed already is waited for.
    pub(super) async fn discard(&self, name: &str, volumes: Volumes) -> Result<Ensure> {
        let options = RemoveContainerOptions { v: volumes == Volumes::Remove, force: true, link: false };
        match self.client.remove_container(name, Some(options)).await {
            Ok(()) => Ok(Ensure::Updated),
            Err(error) if failure::has_status(&error, 404) => Ok(Ensure::NotNeeded),
            Err(error) if failure::has_status(&error, 409) => {
                let options = WaitContainerOptions { condition: "removed".to_owned() };
                // Whatever the answer, the container is gone or the next observation shows it.
                let _ended: Result<Vec<_>, _> =
                    self.client.wait_container(name, Some(options)).try_collect().await;
                Ok(Ensure::Updated)
            }
            Err(error) => Err(self.failed(format!("remove {name}"))(error)),
        }
    }

    pub(super) async fn wait_for_end(&self, instance: &str) -> Result<i64> {
        let mut ended = std::pin::pin!(self.client.wait_container(instance, None::<WaitContainerOptions>));
        let missing = || Error::Missing { what: format!("container {instance}") };
        match ended.try_next().await {
            Ok(Some(answer)) => Ok(answer.status_code),
            Ok(None) => Err(missing()),
            Err(bollard::errors::Error::DockerContainerWaitError { code, .. }) => Ok(code),
            Err(error) => Err(self.failed(format!("wait for {instance}"))(error)),
        }
    }
}

/// What becomes of a container's anonymous volumes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Volumes {
    /// They stay, for another container has them.
    Keep,
    /// They go with it.
    Remove,
}

/// Whether the container is the one that the request would make: its labels are the same but for what made it.
fn is_ours(found: &ContainerInspectResponse, body: &ContainerCreateBody) -> bool {
    let labels = found.config.as_ref().and_then(|config| config.labels.as_ref());
    let identity = |labels: Option<&_>| labels.and_then(|labels| named::parse_instance(labels).ok());
    match (identity(labels), identity(body.labels.as_ref())) {
        (Some(found), Some(wanted)) => found.group == wanted.group && found.number == wanted.number,
        _ => false,
    }
}

fn is_running(found: &ContainerInspectResponse) -> bool {
    found.state.as_ref().is_some_and(|state| state.running == Some(true))
}

fn taken(name: &str) -> Error {
    let said = failure::Said("something else has that name".to_owned());
    Error::Refused { action: format!("create {name}"), source: Box::new(said) }
}
