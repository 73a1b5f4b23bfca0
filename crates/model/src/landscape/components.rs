//! The lines of a bill of materials: images, services, jobs, externals, secrets, configs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::container::{Container, Restart};
use super::healthcheck::Healthcheck;
use super::port::Port;
use super::scale::Scale;
use crate::name::Name;
use crate::quantity::Period;
use crate::text::Text;

/// An image that is built here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// The build context: a directory beside the bill of materials.
    pub build: String,
    /// The image in `images` that this one is built on. The Dockerfile takes it by `ARG BASE` and `FROM ${BASE}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Name>,
    /// The Dockerfile within the context; `Dockerfile` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dockerfile: Option<String>,
    /// Build arguments.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, Text>,
    /// The stage of the Dockerfile that is built; the last one if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Secrets that the build may read (`RUN --mount=type=secret,id=NAME`) and that no layer keeps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Name>,
}

/// What runs until told otherwise, in one or more instances.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Service {
    /// The container.
    #[serde(flatten)]
    pub container: Container,
    /// Ports that the service listens on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<Port>,
    /// How requests from outside reach the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// How it is told whether an instance is well. Left out: the image's own check, else the first port's answering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// How many instances run; one if left out.
    #[serde(default)]
    pub scale: Scale,
    /// What happens when the process ends.
    #[serde(default)]
    pub restart: Restart,
    /// The signal that asks the process to end; `SIGTERM` if neither this nor the image says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_signal: Option<String>,
    /// How long the process has to end before it is killed; 10s if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_grace_period: Option<Period>,
}

/// How requests from outside reach a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The host name that requests name.
    pub host: Text,
    /// The beginning of the path that requests name; `/` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The port that answers, by name; the first if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<Name>,
}

/// What runs to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Job {
    /// The container.
    #[serde(flatten)]
    pub container: Container,
    /// When it runs within a deployment; by hand (`landfall run`) if neither this nor `schedule` is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<JobTrigger>,
    /// When it runs by the clock: a cron line of five fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// How long it may take; 10m if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Period>,
}

/// When a job runs within a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum JobTrigger {
    /// Once what it depends on is healthy, before the services that are not among those start.
    Before,
    /// Once every service is healthy.
    After,
}

/// A service that somebody else runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct External {
    /// Its host name or address.
    pub host: String,
    /// Its port.
    #[schemars(range(min = 1))]
    pub port: u16,
    /// How it is told whether it is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
}

/// Where a value comes from that must not be read: exactly one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Secret {
    /// Made by Landfall for each environment: so many random letters and digits.
    Generate(#[schemars(range(min = 8, max = 512))] u16),
    /// A file beside the bill of materials, which should not be in version control.
    File(String),
    /// A variable of the environment that `landfall` is called in.
    Environment(String),
}

/// A file that is the same for every instance: exactly one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Config {
    /// A file beside the bill of materials.
    File(String),
    /// The content itself.
    Content(String),
}
