//! Releases, and plans towards them.

use std::collections::BTreeMap;

use landfall_model::hash::ContentHash;
use landfall_model::landscape::Landscape;
use landfall_model::name::Name;
use landfall_model::release::{ImageFacts, Origin, Release, ReleaseNumber};
use landfall_plan::planner::DataPolicy;
use landfall_plan::{BlueprintError, Plan};
use serde::{Deserialize, Serialize};

/// Everything that a release is made from: `POST /v1/environments/L/E/releases`. The environment is named because
/// each keeps its own values of secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewRelease {
    /// The landscape.
    pub landscape: Landscape,
    /// The images that its containers name, by that name.
    pub images: BTreeMap<String, ImageFacts>,
    /// The contents of the files that it names, by path.
    pub files: BTreeMap<String, String>,
    /// The values of its secrets.
    pub secrets: BTreeMap<Name, SecretValue>,
    /// Where it comes from.
    pub origin: Origin,
}

/// A secret's value, or how to come by one.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretValue {
    /// So many random letters and digits, unless there is a value already.
    Generate(u16),
    /// This.
    Given(String),
}

impl std::fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Generate(length) => write!(f, "Generate({length})"),
            Self::Given(_) => f.write_str("Given(..)"),
        }
    }
}

/// A release as it is listed: `GET /v1/landscapes/L/releases`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseRecord {
    /// Its number.
    pub number: ReleaseNumber,
    /// Its content's hash.
    pub hash: ContentHash,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// Where it comes from.
    pub origin: Origin,
}

/// A release in full: `GET /v1/landscapes/L/releases/N`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseView {
    /// As it is listed.
    pub record: ReleaseRecord,
    /// Its content.
    pub release: Release,
}

/// What is asked to be planned: `POST /v1/environments/L/E/plan`. Nothing is changed by it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlanRequest {
    /// What the environment would be brought to.
    pub candidate: Candidate,
    /// The environment's purpose; its present one if none.
    pub purpose: Option<Name>,
}

/// What an environment would be brought to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Candidate {
    /// A release that hasn't been made yet.
    New(Box<NewRelease>),
    /// A release that there is.
    Release(ReleaseNumber),
    /// Nothing: it would be taken down.
    Down(DataPolicy),
}

/// A plan, or why there can't be one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanView {
    /// The plan.
    pub plan: Plan,
    /// The release that it leads to, where that exists already.
    pub release: Option<ReleaseNumber>,
}

/// Why a release can't be brought up, a line for each component.
pub fn describe(errors: &[BlueprintError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
