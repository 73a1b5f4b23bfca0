//! Keeping it so: one loop for each environment, woken by requests, by the engine's events and by a timer.
//!
//! A tick takes no argument: it reads our records and the engine afresh, plans, has the plan verified and does it.
//! Two ticks are one. A crash at any instruction is answered by the next tick.

mod tick;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use landfall_model::name::EnvironmentId;
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, describe};
use crate::world::World;

use tick::Tick;
pub(crate) use tick::checked;

/// How often an environment is looked at although nothing seems to have happened.
const LOOK_AGAIN: Duration = Duration::from_secs(20);
/// How long a tick that failed is waited for to be tried again, at first and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(20));
/// How long after an event a second look is taken: an engine tells that a container died a moment before it lists it
/// as dead.
const SECOND_LOOK: Duration = Duration::from_millis(400);
/// Events come in crowds: how long the rest of one is waited for.
const CROWD: Duration = Duration::from_millis(30);

/// The loops of all environments.
pub(crate) struct Reconcile {
    world: Arc<World>,
    loops: Mutex<BTreeMap<EnvironmentId, Arc<Handle>>>,
    shutdown: CancellationToken,
}

/// What reaches an environment's loop from outside.
#[derive(Default)]
struct Handle {
    wake: Notify,
    cancelled: Mutex<CancellationToken>,
}

impl Handle {
    fn cancellation(&self) -> CancellationToken {
        self.cancelled.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn renew(&self) {
        *self.cancelled.lock().unwrap_or_else(PoisonError::into_inner) = CancellationToken::new();
    }
}

impl Reconcile {
    /// Loops that work in a world until shut down.
    pub(crate) fn new(world: Arc<World>, shutdown: CancellationToken) -> Arc<Self> {
        Arc::new(Self { world, loops: Mutex::default(), shutdown })
    }

    /// Has an environment looked at now.
    pub(crate) fn wake(self: &Arc<Self>, id: &EnvironmentId) {
        self.handle(id).wake.notify_one();
    }

    /// Has every environment that we have a record of looked at now.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn wake_all(self: &Arc<Self>) -> Result<(), Error> {
        for record in self.world.store.environments().await? {
            self.wake(&record.id);
        }
        Ok(())
    }

    /// Gives up the deployment that is under way in an environment.
    pub(crate) fn cancel(self: &Arc<Self>, id: &EnvironmentId) {
        self.handle(id).cancellation().cancel();
        self.wake(id);
    }

    fn handle(self: &Arc<Self>, id: &EnvironmentId) -> Arc<Handle> {
        let mut loops = self.loops.lock().unwrap_or_else(PoisonError::into_inner);
        let start = || {
            let handle = Arc::<Handle>::default();
            tokio::spawn(Arc::clone(self).keep(id.clone(), Arc::clone(&handle)));
            handle
        };
        Arc::clone(loops.entry(id.clone()).or_insert_with(start))
    }

    /// An environment's loop.
    async fn keep(self: Arc<Self>, id: EnvironmentId, handle: Arc<Handle>) {
        let mut retry = RETRY.0;
        let mut rest = SECOND_LOOK;
        loop {
            let cancelled = handle.cancellation();
            let ticked = tokio::select! {
                ticked = tick::tick(&self.world, &id, &cancelled) => ticked,
                () = self.shutdown.cancelled() => return,
            };
            if cancelled.is_cancelled() {
                handle.renew();
            }
            let pause = match ticked {
                Ok(Tick::Changed) => Duration::ZERO,
                Ok(Tick::Settled) => {
                    retry = RETRY.0;
                    std::mem::replace(&mut rest, LOOK_AGAIN)
                }
                Err(error) => {
                    tracing::warn!(environment = %id, "{}", describe(&error));
                    retry = (retry * 2).min(RETRY.1);
                    retry
                }
            };
            tokio::select! {
                () = handle.wake.notified() => {
                    rest = SECOND_LOOK;
                    sleep(CROWD.min(pause)).await;
                }
                () = sleep(pause) => {}
                () = self.shutdown.cancelled() => return,
            }
        }
    }
}
