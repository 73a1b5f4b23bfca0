//! The words between client and server: JSON over HTTP on a unix socket.
//!
//! The wire contract stands here alone, because it changes under other rules than the code on either side: a field
//! may be added, and none may be taken away or get another meaning while `/v1` is served.

pub mod deployment;
pub mod environment;
pub mod error;
pub mod event;
pub mod release;

pub use deployment::{
    DeployRequest, Deployment, DeploymentEvent, DeploymentId, DeploymentStatus, DeploymentView, DownRequest,
    JobEvent,
};
pub use environment::{EnvironmentState, EnvironmentView, InstanceView, VolumeView};
pub use error::{ErrorBody, ErrorKind};
pub use event::EventView;
pub use release::{Candidate, NewRelease, PlanRequest, PlanView, ReleaseRecord, ReleaseView, SecretValue};

use serde::{Deserialize, Serialize};

/// What a server says of itself: `GET /v1/info`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// Its version.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// The engine that it drives: `docker 20.10.24`.
    pub engine: String,
    /// The data plane's process, if one answers.
    pub agent: Option<u32>,
}
