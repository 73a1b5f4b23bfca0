//! What everything in the server works with: the engine, the store, the data plane, the journal.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use landfall_discovery::directive::Directives;
use landfall_engine::{Engine, EngineEvent, Scope};
use landfall_model::name::EnvironmentId;
use landfall_model::observed::Observed;
use tokio::sync::broadcast;

use crate::data_plane::{Announcement, DataPlane, Problems, plan_directives};
use crate::error::Result;
use crate::journal::Journal;
use crate::store::{Store, now_millis};

/// What everything in the server works with.
pub(crate) struct World {
    /// What runs instances.
    pub(crate) engine: Arc<dyn Engine>,
    /// What we must not forget.
    pub(crate) store: Store,
    /// Who answers names and asks for health.
    pub(crate) data_plane: Arc<dyn DataPlane>,
    /// What is told.
    pub(crate) journal: Journal,
    /// What happens on the engine.
    pub(crate) events: broadcast::Sender<EngineEvent>,
    prepared: Mutex<Prepared>,
    published: tokio::sync::Mutex<Directives>,
}

/// What directives are made from beside the records, and can be observed again after a restart.
#[derive(Default)]
struct Prepared {
    announcements: BTreeMap<EnvironmentId, Announcement>,
    gateways: BTreeMap<EnvironmentId, Option<IpAddr>>,
}

impl World {
    /// A world in which nothing has been told yet.
    pub(crate) fn new(engine: Arc<dyn Engine>, store: Store, data_plane: Arc<dyn DataPlane>) -> Self {
        let journal = Journal::new(store.clone());
        let events = broadcast::channel(4_096).0;
        Self {
            engine,
            store,
            data_plane,
            journal,
            events,
            prepared: Mutex::default(),
            published: Default::default(),
        }
    }

    /// What there is of an environment; notes its network's gateway.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) async fn observe(&self, id: &EnvironmentId) -> Result<Observed> {
        let observed = self.engine.observe(&Scope::Environment(id.clone())).await?;
        match observed.networks.first() {
            Some(network) => self.note_gateway(id, network.gateway),
            None => self.forget_gateway(id),
        }
        Ok(observed)
    }

    /// Notes the address at which an environment's instances ask for names.
    pub(crate) fn note_gateway(&self, id: &EnvironmentId, gateway: Option<IpAddr>) {
        self.prepared().gateways.insert(id.clone(), gateway);
    }

    /// Notes that an environment's names are not to be answered any more.
    pub(crate) fn forget_gateway(&self, id: &EnvironmentId) {
        self.prepared().gateways.remove(id);
    }

    /// Notes what the generation that is being prepared consists of, or that none is.
    pub(crate) fn announce(&self, id: &EnvironmentId, announcement: Option<Announcement>) {
        let mut prepared = self.prepared();
        match announcement {
            Some(announcement) => drop(prepared.announcements.insert(id.clone(), announcement)),
            None => drop(prepared.announcements.remove(id)),
        }
    }

    /// Tells the data plane what is active, if it doesn't know yet, and gives why names can't be answered in an
    /// environment, where they can't.
    ///
    /// # Errors
    /// When the database or the data plane fails.
    pub(crate) async fn publish(&self) -> Result<Problems> {
        let mut published = self.published.lock().await;
        let records = self.store.environments().await?;
        let number = now_millis().unsigned_abs().max(published.number);
        let directives = {
            let prepared = self.prepared();
            plan_directives(number + 1, &records, &prepared.announcements, &prepared.gateways)
        };
        if published.number != 0 && directives.environments == published.environments {
            return Ok(Problems::new());
        }
        let problems = self.data_plane.direct(&directives).await?;
        // Where there are problems, the same is told again the next time.
        *published = if problems.is_empty() { directives } else { Directives::default() };
        Ok(problems)
    }

    /// Tells the data plane what is active although it may know: it may be a new one.
    ///
    /// # Errors
    /// When the database or the data plane fails.
    pub(crate) async fn publish_again(&self) -> Result<Problems> {
        *self.published.lock().await = Directives::default();
        self.publish().await
    }

    fn prepared(&self) -> std::sync::MutexGuard<'_, Prepared> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
