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
pub struct Journal {
    store: Store,
    deployments: Mutex<BTreeMap<DeploymentId, watch::Sender<Arc<Vec<DeploymentEvent>>>>>,
    events: broadcast::Sender<EventView>,
}

impl Journal {
    /// A journal that keeps the environments' events in the store.
    pub fn new(store: Store) -> Self {
        Self { store, deployments: Mutex::default(), events: broadcast::channel(1_024).0 }
    }

    /// Tells what happened within a deployment.
    pub fn tell(&self, deployment: DeploymentId, event: DeploymentEvent) {
        self.channel(deployment).send_modify(|events| Arc::make_mut(events).push(event));
    }

    /// What happened within a deployment so far, and what happens until it is over.
    pub fn follow(&self, deployment: DeploymentId) -> BoxStream<'static, DeploymentEvent> {
        let receiver = self.channel(deployment).subscribe();
        let next = |(mut receiver, at): (watch::Receiver<Arc<Vec<DeploymentEvent>>>, usize)| async move {
            loop {
                let event = receiver.borrow_and_update().get(at).cloned();
                if let Some(event) = event {
                    return Some((event, (receiver, at + 1)));
                }
                receiver.changed().await.ok()?;
            }
        };
        let mut over = false;
        stream::unfold((receiver, 0), next)
            .take_while(move |event| {
                let go_on = !over;
                over = matches!(event, DeploymentEvent::Finished { .. });
                std::future::ready(go_on)
            })
            .boxed()
    }

    /// Whether anything is known of a deployment's course.
    pub fn knows(&self, deployment: DeploymentId) -> bool {
        self.lock().contains_key(&deployment)
    }

    /// Notes that something happened to an environment, and tells it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note(&self, id: &EnvironmentId, kind: &str, message: &str) -> Result<(), StoreError> {
        tracing::info!(environment = %id, kind, "{message}");
        let event = self.store.add_event(id, kind, message).await?;
        // Nobody listening is no error.
        let _ = self.events.send(event);
        Ok(())
    }

    /// What happens to environments from now on.
    pub fn listen(&self) -> broadcast::Receiver<EventView> {
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
