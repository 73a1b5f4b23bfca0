//! The data plane as the control plane sees it: it is told what is active, and tells who is well.

mod agent;
mod directives;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use landfall_discovery::directive::Directives;
use landfall_model::check::Health;
use landfall_model::name::EnvironmentId;
use tokio::sync::watch;

pub use agent::{AgentLaunch, LocalAgent};
pub use directives::{Announcement, plan_directives};

/// What is known of instances' health, by the engine's id of each.
pub type HealthReport = BTreeMap<String, Health>;

/// Why names can't be answered in an environment, where they can't.
pub type Problems = BTreeMap<EnvironmentId, String>;

/// The data plane does not answer, or refused.
#[derive(Debug, thiserror::Error)]
#[error("the data plane (landfall agent) {action}")]
pub struct DataPlaneError {
    /// What it failed at.
    pub action: String,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// The data plane.
#[async_trait]
pub trait DataPlane: Send + Sync {
    /// Tells what is active, numbered so that what is told later wins. Returns when names are answered by it.
    async fn direct(&self, directives: &Directives) -> Result<Problems, DataPlaneError>;
    /// What is known of instances' health, always the latest.
    fn health(&self) -> watch::Receiver<Arc<HealthReport>>;
    /// The data plane's process, if one answers.
    fn process(&self) -> Option<u32>;
}
