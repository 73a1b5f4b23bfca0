//! Keeps names answered at every environment's gateway: binds what is missing, leaves what is no longer asked for.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use landfall_model::name::EnvironmentId;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use super::AgentConfig;
use crate::catalog::Catalog;
use crate::catalog::published::Published;
use crate::dns::listener::Listener;
use crate::dns::responder::{Place, Responder};
use crate::dns::upstream::Upstream;
use crate::source::chain;
use crate::wire::Listening;

/// The agent's listeners.
pub(super) struct Listeners {
    port: u16,
    local: Option<SocketAddr>,
    responder: Arc<Responder>,
    look: Arc<Notify>,
    open: BTreeMap<SocketAddr, Listener>,
    leaving: TaskTracker,
    listening: Arc<Mutex<Vec<Listening>>>,
}

/// One address that is to be listened at.
type Wanted = (Option<EnvironmentId>, Option<SocketAddr>);

impl Listeners {
    pub(super) fn new(config: &AgentConfig, published: Arc<Published>, upstream: Arc<Upstream>) -> Self {
        let look = Arc::new(Notify::new());
        Self {
            port: config.dns_port,
            local: config.local,
            responder: Arc::new(Responder::new(published, upstream, look.clone())),
            look,
            open: BTreeMap::new(),
            leaving: TaskTracker::new(),
            listening: Arc::default(),
        }
    }

    /// Waits until an asker was not in the catalog.
    pub(super) fn look(&self) -> Arc<Notify> {
        self.look.clone()
    }

    /// Where names are answered, and where they can't be: always the current list.
    pub(super) fn listening(&self) -> Arc<Mutex<Vec<Listening>>> {
        self.listening.clone()
    }

    /// Makes the listeners those that the catalog's environments ask for.
    pub(super) fn apply(&mut self, catalog: &Catalog, directed: &[EnvironmentId]) {
        let wanted = self.wanted(catalog, directed);
        let keep: BTreeMap<SocketAddr, &Option<EnvironmentId>> =
            wanted.iter().filter_map(|(id, at)| Some(((*at)?, id))).collect();
        let gone = self
            .open
            .extract_if(.., |at, open| keep.get(at).is_none_or(|id| **id != open.place().environment));
        for (_, listener) in gone.collect::<Vec<_>>() {
            self.leaving.spawn(async move {
                listener.leave().await;
                listener.finish().await;
            });
        }
        let report = wanted.into_iter().map(|wanted| self.ensure(wanted)).collect();
        *self.listening.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = report;
    }

    /// Whether there is an address at which names can't be answered yet.
    pub(super) fn is_incomplete(&self) -> bool {
        let listening = self.listening.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        listening.iter().any(|one| one.error.is_some())
    }

    /// Receives no more queries; those received are still answered.
    pub(super) async fn leave(&self) {
        futures_util::future::join_all(self.open.values().map(Listener::leave)).await;
    }

    /// Waits for the answers to what was received.
    pub(super) async fn finish(&self) {
        futures_util::future::join_all(self.open.values().map(Listener::finish)).await;
        self.leaving.close();
        self.leaving.wait().await;
    }

    fn wanted(&self, catalog: &Catalog, directed: &[EnvironmentId]) -> Vec<Wanted> {
        let gateways = directed.iter().map(|id| {
            let gateway = catalog.environments().get(id).and_then(|environment| environment.gateway);
            (Some(id.clone()), gateway.map(|at| SocketAddr::new(at, self.port)))
        });
        gateways.chain(self.local.map(|at| (None, Some(at)))).collect()
    }

    fn ensure(&mut self, (environment, at): Wanted) -> Listening {
        let Some(at) = at else {
            let error = Some("the gateway of the environment's network is not known yet".to_owned());
            return Listening { environment, at: None, error };
        };
        if let Some(open) = self.open.get(&at) {
            let other = open.place().environment != environment;
            let error = other.then(|| format!("{at} is another environment's gateway"));
            return Listening { environment, at: Some(open.at()), error };
        }
        let place = Place { environment: environment.clone(), at: at.ip() };
        match Listener::bind(place, at.port(), self.responder.clone()) {
            Ok(listener) => {
                let bound = listener.at();
                self.open.insert(at, listener);
                Listening { environment, at: Some(bound), error: None }
            }
            Err(error) => {
                tracing::debug!(error = chain(&error), "will be tried again");
                Listening { environment, at: Some(at), error: Some(chain(&error)) }
            }
        }
    }
}
