//! The data plane in a process of its own on this machine: started if it isn't there, and outliving us.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use landfall_discovery::client::{AgentClient, ClientError};
use landfall_discovery::directive::Directives;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{DataPlane, DataPlaneError, HealthReport, Problems};

/// How an agent is started.
#[derive(Clone, Debug)]
pub struct AgentLaunch {
    /// The program: our own binary.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// The agent of this machine.
pub struct LocalAgent {
    client: AgentClient,
    home: PathBuf,
    launch: AgentLaunch,
    health: watch::Sender<Arc<HealthReport>>,
    connected: watch::Sender<Option<u32>>,
}

/// How long a watch of the catalog waits before it asks again.
const WATCH: Duration = Duration::from_secs(60);
/// How long a started agent may take to answer.
const STARTS: u32 = 100;

impl LocalAgent {
    /// The agent that lives in `home`. Nothing is done before [`LocalAgent::supervise`].
    pub fn new(home: PathBuf, launch: AgentLaunch) -> Self {
        let client = AgentClient::of_directory(&home);
        Self {
            client,
            home,
            launch,
            health: watch::channel(Arc::default()).0,
            connected: watch::channel(None).0,
        }
    }

    /// The process of the agent that answers now; changes whenever another does.
    pub fn connected(&self) -> watch::Receiver<Option<u32>> {
        self.connected.subscribe()
    }

    /// Keeps an agent of our version running and its health known, until cancelled. The agent stays.
    pub async fn supervise(&self, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            tokio::select! {
                result = self.follow() => {
                    self.connected.send_replace(None);
                    if let Err(error) = result {
                        tracing::warn!("the agent is lost: {}", crate::error::describe(&error));
                        sleep(Duration::from_millis(100)).await;
                    }
                }
                () = shutdown.cancelled() => {}
            }
        }
    }

    async fn follow(&self) -> Result<(), DataPlaneError> {
        let process = self.ensure_running().await?;
        let mut catalog = self.client.catalog().await.map_err(failed("could not be asked who is well"))?;
        loop {
            let index = catalog.index;
            let report = catalog.instances.into_iter().map(|member| (member.id, member.health)).collect();
            self.health.send_replace(Arc::new(report));
            self.connected.send_if_modified(|known| known.replace(process) != Some(process));
            catalog = self.client.watch(index, WATCH).await.map_err(failed("could not be watched"))?;
        }
    }

    async fn ensure_running(&self) -> Result<u32, DataPlaneError> {
        let version = env!("CARGO_PKG_VERSION");
        match self.client.info().await {
            Ok(info) if info.version == version => return Ok(info.pid),
            Ok(info) => {
                tracing::info!(from = info.version, to = version, "the agent is replaced");
                self.start(&["--replace"])?;
            }
            Err(ClientError::Absent { .. }) => self.start(&[])?,
            Err(error) => return Err(failed("does not answer")(error)),
        }
        for _ in 0..STARTS {
            sleep(Duration::from_millis(20)).await;
            if let Ok(info) = self.client.info().await
                && info.version == version
            {
                return Ok(info.pid);
            }
        }
        let log = self.log();
        let source = format!("it was started and didn't answer; its log is {}", log.display());
        Err(DataPlaneError { action: "does not answer".to_owned(), source: source.into() })
    }

    /// Starts an agent in a session of its own, so that nothing that ends us ends it.
    fn start(&self, more: &[&str]) -> Result<(), DataPlaneError> {
        let mut command = Command::new(&self.launch.program);
        command.args(&self.launch.arguments).args(more).stdin(Stdio::null()).stdout(Stdio::null());
        let log = File::options().create(true).append(true).open(self.log());
        command.stderr(log.map_err(failed("has no log"))?);
        command.process_group(0);
        let mut child = command.spawn().map_err(failed("could not be started"))?;
        tracing::info!(process = child.id(), "the agent was started");
        // Whoever is our child has to be waited for, or stays a zombie once it ends.
        std::thread::spawn(move || child.wait());
        Ok(())
    }

    fn log(&self) -> PathBuf {
        self.home.join("agent.log")
    }
}

#[async_trait]
impl DataPlane for LocalAgent {
    async fn direct(&self, directives: &Directives) -> Result<Problems, DataPlaneError> {
        let mut directives = directives.clone();
        let refused = || failed("did not take what it was told");
        let accepted = match self.client.put_directives(&directives).await {
            // A clock that was set back: what we say now is later all the same, for there is one server only.
            Err(ClientError::Conflict(_)) => {
                directives.number = self.client.info().await.map_err(refused())?.directives + 1;
                self.client.put_directives(&directives).await
            }
            other => other,
        };
        let listening = accepted.map_err(refused())?.listening;
        Ok(listening.into_iter().filter_map(|at| Some((at.environment?, at.error?))).collect())
    }

    fn health(&self) -> watch::Receiver<Arc<HealthReport>> {
        self.health.subscribe()
    }

    fn process(&self) -> Option<u32> {
        *self.connected.borrow()
    }
}

fn failed<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    action: &str,
) -> impl FnOnce(E) -> DataPlaneError {
    let action = action.to_owned();
    move |error| DataPlaneError { action, source: error.into() }
}
