//! What happened to environments: `GET /v1/events?after=N&follow=true`, one JSON object a line.

use landfall_model::name::EnvironmentId;
use serde::{Deserialize, Serialize};

/// Something that happened to an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// Counts up.
    pub id: i64,
    /// When, in milliseconds since 1970.
    pub time: i64,
    /// To which environment.
    pub environment: EnvironmentId,
    /// What: `release`, `deployment`, `flip`, `repair`, `health`, `down`.
    pub kind: String,
    /// What exactly, in a sentence.
    pub message: String,
}
