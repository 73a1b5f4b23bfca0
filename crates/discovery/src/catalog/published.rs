//! The current catalog: replaced as a whole, read without a lock, and waited for.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::Catalog;

/// A catalog and its index.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Counts up with every change; later agents go on from higher numbers.
    pub index: u64,
    /// The catalog.
    pub catalog: Catalog,
}

/// The current [`Snapshot`].
#[derive(Debug)]
pub struct Published {
    current: ArcSwap<Snapshot>,
    index: watch::Sender<u64>,
}

impl Published {
    /// An empty catalog with the given index.
    pub fn new(index: u64) -> Self {
        let snapshot = Snapshot { index, catalog: Catalog::default() };
        Self { current: ArcSwap::from_pointee(snapshot), index: watch::Sender::new(index) }
    }

    /// The current snapshot.
    pub fn load(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Makes a catalog the current one, with the next index, unless it says the same as the last.
    pub fn publish(&self, catalog: Catalog) -> u64 {
        let last = self.current.load();
        if last.catalog == catalog {
            return last.index;
        }
        let index = last.index + 1;
        self.current.store(Arc::new(Snapshot { index, catalog }));
        self.index.send_replace(index);
        index
    }

    /// Waits until a snapshot is as wanted, no longer than `patience`; the current one, either way.
    pub async fn wait(&self, patience: Duration, wanted: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        let mut changes = self.index.subscribe();
        let reached = async {
            while !wanted(&self.current.load()) {
                if changes.changed().await.is_err() {
                    break;
                }
            }
        };
        // Whether it was reached or not, the caller goes on with what there is.
        let _ = tokio::time::timeout(patience, reached).await;
        self.load()
    }
}
