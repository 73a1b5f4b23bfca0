//! What is told while things happen: each deployment's events from the first on, and the environments' events.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{self, BoxStream, StreamExt};
use landfall_api::{DeploymentEvent, DeploymentId, EventView};
use landfall_model::name::EnvironmentId;
use tokio::sync::{broadcast, watch};

use crate::store::{Store, StoreError};

/// How many ended deployments' events are kept for those who come late.
const KEPT: usize = 50;

/// Everything that is told.
pub(crate) struct Journal {
    store: Store,
    deployments: Mutex<BTreeMap<DeploymentId, watch::Sender<Arc<Vec<DeploymentEvent>>>>>,
    events: broadcast::Sender<EventView>,
}

impl Journal {
    /// A journal that keeps the environments' events in the store.
    pub(crate) fn new(store: Store) -> Self {
        Self { store, deployments: Mutex::default(), events: broadcast::channel(1_024).0 }
    }

    /// Tells what happened within a deployment.
    pub(crate) fn tell(&self, deployment: DeploymentId, event: DeploymentEvent) {
        self.channel(deployment).send_modify(|events| Arc::make_mut(events).push(event));
    }

    /// What happened within a deployment so far, and what happens until it is over.
    pub(crate) fn follow(&self, deployment: DeploymentId) -> BoxStream<'static, DeploymentEvent> {
        let start = Some((self.channel(deployment).subscribe(), 0));
        stream::unfold(start, |state| async move {
            let (mut receiver, at) = state?;
            loop {
                let event = receiver.borrow_and_update().get(at).cloned();
                if let Some(event) = event {
                    let over = matches!(event, DeploymentEvent::Finished { .. });
                    return Some((event, (!over).then_some((receiver, at + 1))));
                }
                receiver.changed().await.ok()?;
            }
        })
        .boxed()
    }

    /// Whether anything is known of a deployment's course.
    pub(crate) fn knows(&self, deployment: DeploymentId) -> bool {
        self.lock().contains_key(&deployment)
    }

    /// Notes that something happened to an environment, and tells it.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn note(&self, id: &EnvironmentId, kind: &str, message: &str) -> Result<(), StoreError> {
        tracing::info!(environment = %id, kind, "{message}");
        let event = self.store.add_event(id, kind, message).await?;
        // Nobody listening is no error.
        let _ = self.events.send(event);
        Ok(())
    }

    /// What happens to environments from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<EventView> {
        self.events.subscribe()
    }

    fn channel(&self, deployment: DeploymentId) -> watch::Sender<Arc<Vec<DeploymentEvent>>> {
        let mut deployments = self.lock();
        while deployments.len() > KEPT {
            deployments.pop_first();
        }
        deployments.entry(deployment).or_insert_with(|| watch::channel(Arc::default()).0).clone()
    }

    fn lock(
        &self,
    ) -> std::sync::MutexGuard<'_, BTreeMap<DeploymentId, watch::Sender<Arc<Vec<DeploymentEvent>>>>> {
        self.deployments.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
