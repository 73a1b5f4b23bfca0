//! The agent: observes, probes, answers names, and takes directives, until it is told to end.

mod core;
mod http;
mod listeners;
pub mod state;
mod takeover;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::core::{Core, Input, Parts};
use crate::catalog::published::Published;
use crate::client::ClientError;
use crate::dns::upstream::{Upstream, UpstreamConfig};
use crate::source::{Source, chain};
use listeners::Listeners;
use state::{State, StateError};

/// How long a subscription to the engine's events may take to begin.
const SUBSCRIPTION: Duration = Duration::from_millis(300);

/// How an agent runs.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// The directory of its socket (`agent.sock`), lock and saved directives; made if it isn't there.
    pub directory: PathBuf,
    /// The version that it says it is.
    pub version: String,
    /// The port at which it answers names at the environments' gateways: 53.
    pub dns_port: u16,
    /// An address of the host's own at which it answers names, too: `127.0.0.1:8600`.
    pub local: Option<SocketAddr>,
    /// Who is asked for names that are not ours.
    pub upstream: UpstreamConfig,
    /// What happens if another agent runs in the directory.
    pub takeover: Takeover,
    /// Ends the agent when cancelled.
    pub shutdown: CancellationToken,
}

/// What happens if another agent runs in the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takeover {
    /// The new one refuses to run.
    Refuse,
    /// The new one answers beside the other, asks it to leave, and takes its place.
    Replace,
}

/// Why an agent can't run.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Its directory can't be used.
    #[error("the agent can't keep what it must not forget")]
    State(#[source] StateError),
    /// Another agent runs in the directory.
    #[error("an agent runs already{}; `landfall agent --replace` takes its place", process(*pid))]
    Running {
        /// Its process, where it is known.
        pid: Option<u32>,
    },
    /// Another agent runs in the directory, was asked to leave, and did not.
    #[error("the agent that runs{} did not leave within {}s; end that process, and start this one again", process(*pid), waited.as_secs())]
    Stays {
        /// Its process, where it is known.
        pid: Option<u32>,
        /// How long it was waited for.
        waited: Duration,
        /// What it answered, where it could not be asked.
        #[source]
        source: Option<ClientError>,
    },
    /// Its unix socket can't be made.
    #[error("can't listen at {}", path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}

fn process(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

/// Runs an agent until it is shut down or another takes its place. Every query received is answered before it returns.
///
/// # Errors
/// When another agent runs in the directory (see [`Takeover`]), or the directory can't be used.
pub async fn serve(config: AgentConfig, source: Arc<dyn Source>) -> Result<(), AgentError> {
    let state = State::open(&config.directory).map_err(AgentError::State)?;
    let lock = state.try_lock().map_err(AgentError::State)?;
    if lock.is_none() && config.takeover == Takeover::Refuse {
        return Err(AgentError::Running { pid: state.holder() });
    }
    let published = Arc::new(Published::new(first_index()));
    let upstream = Arc::new(Upstream::new(config.upstream.clone()));
    let (inputs, inbox) = mpsc::channel(64);
    let listeners = Listeners::new(&config, published.clone(), upstream.clone());
    let parts =
        Parts { state: state.clone(), source: source.clone(), published: published.clone(), upstream };
    let mut core = Core::new(parts, listeners, (inputs.clone(), inbox));
    core.begin().await;
    let lock = match lock {
        Some(lock) => lock,
        None => {
            core.settle().await;
            core.listen();
            let lock = takeover::replace(&state).await?;
            core.reload();
            lock
        }
    };
    core.listen();
    let retired = config.shutdown.child_token();
    let desk = http::Desk {
        inputs: inputs.clone(),
        published,
        listening: core.listening(),
        engine: core.engine(),
        retired: retired.clone(),
        version: config.version.clone(),
    };
    let api = http::serve(&state.socket(), desk)
        .map_err(|source| AgentError::Socket { path: state.socket(), source })?;
    let events = tokio::spawn(forward_events(source, inputs));
    tracing::info!(version = config.version, directory = %config.directory.display(), "the agent runs");
    core.run(&retired).await;
    events.abort();
    leave(core, api).await;
    drop(lock);
    Ok(())
}

/// Receives nothing more, ends the API, and answers what was received.
async fn leave(mut core: Core, api: JoinHandle<()>) {
    core.leave().await;
    if let Err(error) = api.await {
        tracing::warn!(%error, "the API ended badly");
    }
    core.finish().await;
    tracing::info!("the agent has left");
}

/// Indexes go on from where an earlier agent's ended: no agent publishes more than a thousand catalogs a second.
fn first_index() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or_default()
}

/// Passes the engine's events on, and subscribes again whenever they end.
async fn forward_events(source: Arc<dyn Source>, inputs: mpsc::Sender<Input>) {
    let mut pause = Duration::from_millis(100);
    loop {
        // A subscription may take a moment to begin: what happens meanwhile is looked for after it.
        let begun = futures_util::stream::once(async {
            tokio::time::sleep(SUBSCRIPTION).await;
            Ok(())
        });
        let mut events = futures_util::stream::select(source.events(), begun.boxed());
        while let Some(event) = events.next().await {
            if let Err(error) = event {
                tracing::warn!(error = chain(&error), "the engine's events ended");
                break;
            }
            pause = Duration::from_millis(100);
            // A full inbox holds a wake-up already.
            if let Err(mpsc::error::TrySendError::Closed(_)) = inputs.try_send(Input::Changed) {
                return;
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
        if inputs.send(Input::Changed).await.is_err() {
            return;
        }
    }
}
