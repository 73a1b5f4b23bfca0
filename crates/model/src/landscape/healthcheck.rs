//! Health checks as the bill of materials has them; `check` has what they are lowered to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::container::Command;
use crate::name::Name;
use crate::quantity::Period;

/// How it is told whether an instance is well: one of `http`, `tcp` and `command`, or `disable: true`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Healthcheck {
    /// The path to ask for; a status from 200 to 399 is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// Whether a connection that opens is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp: Option<bool>,
    /// What is run inside the container; exit code 0 is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Command>,
    /// Whether nothing is checked, not even by the image's own check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable: Option<bool>,
    /// The port that `http` and `tcp` ask, by name; the first if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<Name>,
    /// Time from one check to the next; 5s if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Period>,
    /// Time for one check to answer; 3s if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Period>,
    /// Failures in a row that make an instance unwell; 3 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub retries: Option<u32>,
    /// Time after the start in which failures don't count; 60s if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_period: Option<Period>,
}
