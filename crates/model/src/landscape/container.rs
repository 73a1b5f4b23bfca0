//! What services and jobs share: the container they run in.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::storage::{FileMount, Mount, TemplateFile};
use crate::name::Name;
use crate::quantity::{Cpus, Size};
use crate::text::Text;

/// How a service's or job's container is made. The words are Compose's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Container {
    /// The name of an image in `images`, or a reference to one that is built elsewhere (`postgres:17`).
    pub image: String,
    /// What is run, in place of the image's own command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Command>,
    /// What is run, in place of the image's own entry point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entrypoint: Option<Command>,
    /// Environment variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: Environment,
    /// What this looks up and can't do without: order, impact and wiring.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<Dependency>,
    /// What the container may use at most.
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// Volumes that are mounted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<Mount>,
    /// Files rendered from templates when an instance is launched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<TemplateFile>,
    /// Configs that are put into the container, by default as `/NAME`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub configs: Vec<FileMount>,
    /// Secrets that are put into the container, by default as `/run/secrets/NAME`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<FileMount>,
    /// User, and group behind a colon, that the container's process runs as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Directory in which the container's process starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<String>,
    /// Whether a small init runs as process 1 and reaps zombies; yes unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<bool>,
    /// Whether the container's own file system can't be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    /// Linux capabilities to add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cap_add: Vec<String>,
    /// Linux capabilities to drop; `ALL` for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cap_drop: Vec<String>,
    /// Paths at which an empty file system in memory is mounted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tmpfs: Vec<String>,
    /// Size of `/dev/shm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shm_size: Option<Size>,
    /// The container's own labels, beside ours.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// Environment variables by name.
pub type Environment = BTreeMap<String, Text>;

/// A command: a list of words, or one text that a shell (`/bin/sh -c`) takes apart, as in a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Command {
    /// The words, run as they are.
    Words(Vec<Text>),
    /// A line for the shell.
    Shell(Text),
}

impl Command {
    /// The words that are run.
    pub fn words(&self) -> Vec<Text> {
        match self {
            Self::Words(words) => words.clone(),
            Self::Shell(line) => vec![Text::literal("/bin/sh"), Text::literal("-c"), line.clone()],
        }
    }
}

/// An edge of the graph: what a component looks up, and under which name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "DependencyForm", into = "DependencyForm")]
#[schemars(with = "DependencyForm")]
pub struct Dependency {
    /// The service, job or external that is depended on.
    pub service: Name,
    /// The name under which it is looked up here, where that isn't its own.
    pub alias: Option<Name>,
}

/// How a dependency is written: its name, or its name with an alias.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum DependencyForm {
    Short(Name),
    Long(DependencyLong),
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DependencyLong {
    /// The service, job or external that is depended on.
    service: Name,
    /// The name under which it is looked up here, where that isn't its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alias: Option<Name>,
}

impl From<DependencyForm> for Dependency {
    fn from(form: DependencyForm) -> Self {
        match form {
            DependencyForm::Short(service) => Self { service, alias: None },
            DependencyForm::Long(DependencyLong { service, alias }) => Self { service, alias },
        }
    }
}

impl From<Dependency> for DependencyForm {
    fn from(dependency: Dependency) -> Self {
        match dependency.alias {
            None => Self::Short(dependency.service),
            alias => Self::Long(DependencyLong { service: dependency.service, alias }),
        }
    }
}

impl Dependency {
    /// The name under which the dependency is looked up.
    pub fn host(&self) -> &Name {
        self.alias.as_ref().unwrap_or(&self.service)
    }
}

/// What a container may use at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Processors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpus: Option<Cpus>,
    /// Memory; what asks for more is killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Size>,
    /// Processes and threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pids: Option<u32>,
}

impl Limits {
    /// Whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What happens when a service's process ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Restart {
    /// It is started again whatever its exit code was.
    #[default]
    #[serde(rename = "always")]
    Always,
    /// It is started again if its exit code was not 0.
    #[serde(rename = "on-failure")]
    OnFailure,
    /// It stays ended.
    #[serde(rename = "no")]
    No,
}
