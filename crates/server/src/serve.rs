//! The server's life: one for each home, from its lock to its last answer.

use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use landfall_engine::Engine;
use rustix::fs::{FlockOperation, flock};
use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::data_plane::{AgentLaunch, DataPlane, LocalAgent};
use crate::error::{Error, Result, describe};
use crate::http;
use crate::reconcile::Reconcile;
use crate::store::Store;
use crate::world::World;

/// How a server is run.
pub struct ServerConfig {
    /// The directory of its records and sockets; made if it isn't there.
    pub home: PathBuf,
    /// What runs instances.
    pub engine: Arc<dyn Engine>,
    /// How the data plane is started where it isn't there.
    pub agent: AgentLaunch,
    /// Ends the server when cancelled. What it had begun is gone on with when it is started again.
    pub shutdown: CancellationToken,
}

/// The path of a home's socket.
pub fn socket(home: &Path) -> PathBuf {
    home.join("landfall.sock")
}

/// Serves until shut down.
///
/// # Errors
/// When another server uses the same home, or its records or socket can't be used. An engine that doesn't answer is
/// no error: it is waited for.
pub async fn serve(config: ServerConfig) -> Result<()> {
    let _lock = lock(&config.home)?;
    let store = Store::open(&config.home.join("landfall.db")).await?;
    restrict(&config.home.join("landfall.db"))?;
    let agent = Arc::new(LocalAgent::new(config.home.clone(), config.agent));
    let data_plane: Arc<dyn DataPlane> = Arc::<LocalAgent>::clone(&agent);
    let world = Arc::new(World::new(config.engine, store.clone(), data_plane));
    let reconcile = Reconcile::new(Arc::clone(&world), config.shutdown.clone());
    let listener = listen(&socket(&config.home))?;
    tracing::info!(home = %config.home.display(), "serving");
    let connected = agent.connected();
    tokio::select! {
        () = agent.supervise(&config.shutdown) => {}
        () = greet_agents(&world, &reconcile, connected) => {}
        () = forward_events(&world, &reconcile) => {}
        result = http::serve(listener, (Arc::clone(&world), Arc::clone(&reconcile)), &config.shutdown) => result?,
        () = config.shutdown.cancelled() => {}
    }
    config.shutdown.cancel();
    store.close().await;
    Ok(())
}

/// Every agent that comes is told what is active; then every environment is looked at.
async fn greet_agents(
    world: &World,
    reconcile: &Arc<Reconcile>,
    mut connected: watch::Receiver<Option<u32>>,
) {
    loop {
        let there = connected.borrow_and_update().is_some();
        if there {
            match greet(world, reconcile).await {
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!("the agent could not be told what is active: {}", describe(&error));
                    sleep(Duration::from_millis(500)).await;
                    continue;
                }
            }
        }
        if connected.changed().await.is_err() {
            return;
        }
    }
}

async fn greet(world: &World, reconcile: &Arc<Reconcile>) -> Result<()> {
    match world.engine.observe(&landfall_engine::Scope::All).await {
        Ok(observed) => {
            observed
                .networks
                .iter()
                .for_each(|network| world.note_gateway(&network.environment, network.gateway));
        }
        // The environments' loops wait for the engine; what the agent knows from its own disk stands until then.
        Err(error) => {
            tracing::warn!("{}", describe(&error));
            return reconcile.wake_all().await;
        }
    }
    world.publish_again().await?;
    reconcile.wake_all().await
}

/// What happens on the engine wakes the environments that it happens to.
async fn forward_events(world: &Arc<World>, reconcile: &Arc<Reconcile>) {
    loop {
        let mut events = world.engine.events();
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => {
                    if let Some(environment) = &event.environment {
                        reconcile.wake(environment);
                    }
                    // Nobody waiting for anything is no error.
                    let _ = world.events.send(event);
                }
                Err(error) => {
                    tracing::warn!("the engine's events are lost: {}", describe(&error));
                    break;
                }
            }
        }
        sleep(Duration::from_millis(500)).await;
        if let Err(error) = reconcile.wake_all().await {
            tracing::warn!("{}", describe(&error));
        }
    }
}

fn lock(home: &Path) -> Result<File> {
    let failed = |source| Error::System { action: format!("use {}", home.display()), source };
    std::fs::create_dir_all(home).map_err(failed)?;
    let lock = File::options().create(true).append(true).open(home.join("serve.lock")).map_err(failed)?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(_) => Err(Error::AlreadyServing { home: home.display().to_string() }),
    }
}

fn listen(socket: &Path) -> Result<UnixListener> {
    let failed = |source| Error::System { action: format!("listen at {}", socket.display()), source };
    // The lock is ours, so whoever left the socket is gone.
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let listener = UnixListener::bind(socket).map_err(failed)?;
    restrict(socket)?;
    Ok(listener)
}

/// Lets nobody else read: secrets are kept there, or can be asked for.
fn restrict(path: &Path) -> Result<()> {
    let failed = |source| Error::System { action: format!("restrict {}", path.display()), source };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(failed)
}
