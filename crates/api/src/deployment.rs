//! Deployments: the passage of an environment from one generation to the next, as it is followed.

use landfall_model::name::{EnvironmentId, Name};
use landfall_model::release::ReleaseNumber;
use landfall_model::spec::Generation;
use landfall_plan::Change;
use landfall_plan::planner::DataPolicy;
use serde::{Deserialize, Serialize};

/// A deployment's number, from 1.
pub type DeploymentId = i64;

/// `POST /v1/environments/L/E/deployments`: bring the environment to a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployRequest {
    /// The release.
    pub release: ReleaseNumber,
    /// The environment's purpose; its present one if none.
    pub purpose: Option<Name>,
}

/// `POST /v1/environments/L/E/down`: take the environment down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownRequest {
    /// What happens to data.
    pub data: DataPolicy,
    /// The environment's name again, without which a protected one isn't taken down.
    #[serde(default)]
    pub confirmed: Option<Name>,
}

/// The answer to both: the deployment that has begun, followed by `GET /v1/deployments/ID/events`, a stream of
/// [`DeploymentEvent`]s, one JSON object a line, from the first on. `POST /v1/deployments/ID/cancel` gives it up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// The deployment, if there is anything to do.
    pub id: Option<DeploymentId>,
}

/// Something that happened within a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum DeploymentEvent {
    /// What will be done.
    Planned {
        /// What changes for each component.
        changes: Vec<Change>,
        /// The steps, as text.
        steps: Vec<String>,
    },
    /// A step began.
    StepStarted {
        /// Which step, from 0.
        step: usize,
    },
    /// A step was done.
    StepDone {
        /// Which step, from 0.
        step: usize,
        /// How long it took.
        millis: u64,
    },
    /// A step could not be done.
    StepFailed {
        /// Which step, from 0.
        step: usize,
        /// Why.
        message: String,
        /// The last lines that the component wrote.
        logs: Vec<String>,
        /// What to do about it.
        #[serde(default)]
        hints: Vec<String>,
    },
    /// Nothing goes on for now, and will be tried again: the engine doesn't answer, say.
    Waiting {
        /// What for.
        message: String,
    },
    /// What was done is being undone.
    Undoing,
    /// It is over; nothing comes after this.
    Finished {
        /// How it ended.
        status: DeploymentStatus,
        /// Why it failed, or what else is to be known.
        message: Option<String>,
    },
}

/// Where a deployment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeploymentStatus {
    /// Under way.
    Running,
    /// Ended well.
    Done,
    /// Ended well, but an `after` job failed.
    Incomplete,
    /// Given up because something failed; what was before is again.
    Failed,
    /// Given up because somebody asked; what was before is again.
    Cancelled,
}

/// A deployment as it is listed: `GET /v1/deployments/ID`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentView {
    /// Its number.
    pub id: DeploymentId,
    /// The environment.
    pub environment: EnvironmentId,
    /// The release it leads to; none if the environment is taken down.
    pub release: Option<ReleaseNumber>,
    /// The generation it leads to.
    pub generation: Option<Generation>,
    /// Where it stands.
    pub status: DeploymentStatus,
    /// Why it failed, or what else is to be known.
    pub message: Option<String>,
    /// When it began, in seconds since 1970.
    pub started: i64,
    /// When it ended, in seconds since 1970.
    pub ended: Option<i64>,
}

/// What a job that is run by hand says: `POST /v1/environments/L/E/jobs/J`, a stream, one JSON object a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum JobEvent {
    /// A line of its output.
    Line {
        /// Whether it was written to the standard error.
        stderr: bool,
        /// The line.
        line: String,
    },
    /// It ended; nothing comes after this.
    Exited {
        /// Its exit code.
        code: i64,
    },
    /// It could not be run; nothing comes after this.
    Failed {
        /// Why.
        message: String,
    },
}
