//! The landscape: a whole system as its bill of materials describes it, in canonical form.
//!
//! The serde form of [`Landscape`] is the canonical JSON of `landfall.json`, and its JSON Schema is the schema of
//! the bill of materials. Short spellings (`depends_on: [db]`, `scale: 2`) are part of the same types.

pub mod components;
pub mod container;
pub mod healthcheck;
pub mod port;
pub mod purpose;
pub mod scale;
pub mod storage;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use components::{Config, External, Image, Job, JobTrigger, Secret, Service};
pub use container::{Command, Container, Dependency, Environment, Limits, Restart};
pub use healthcheck::Healthcheck;
pub use port::{Port, Protocol, Published};
pub use purpose::{Purpose, ServiceOverride};
pub use scale::Scale;
pub use storage::{FileMount, Mount, TemplateFile, Volume};

use crate::name::Name;
use crate::quantity::Rate;

/// The version of the bill of materials that this Landfall reads.
pub const BOM_VERSION: u32 = 1;

/// A whole system, as its bill of materials describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Landfall bill of materials")]
pub struct Landscape {
    /// The version of this format; 1 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landfall: Option<u32>,
    /// The landscape's name.
    pub landscape: Name,
    /// What the landscape is for, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Images that are built here, in layers (`from`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<Name, Image>,
    /// What runs until told otherwise.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<Name, Service>,
    /// What runs to its end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub jobs: BTreeMap<Name, Job>,
    /// Data that lives apart from images.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub volumes: BTreeMap<Name, Volume>,
    /// Services that somebody else runs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub externals: BTreeMap<Name, External>,
    /// Values that must not be read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<Name, Secret>,
    /// Files that are the same for every instance.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub configs: BTreeMap<Name, Config>,
    /// Kinds of environment: what differs, and for how long it may live.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub purposes: BTreeMap<Name, Purpose>,
    /// What things cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// What things cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// A processor's price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Rate>,
    /// A gigabyte of memory's price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Rate>,
    /// A gigabyte of storage's price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Rate>,
}

impl Landscape {
    /// The services' and jobs' containers, each with its component's name.
    pub fn containers(&self) -> impl Iterator<Item = (&Name, &Container)> {
        let services = self.services.iter().map(|(name, service)| (name, &service.container));
        services.chain(self.jobs.iter().map(|(name, job)| (name, &job.container)))
    }
}
