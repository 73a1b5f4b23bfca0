//! What an engine is asked for: complete, and never changed afterwards.
//!
//! A [`Group`] says everything about equal instances, so its hash says whether two are the same. What may differ
//! between instances of one group (which release and generation made them) is in [`Stamp`] and not hashed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::hash::ContentHash;
use crate::landscape::{Limits, Port, Restart};
use crate::name::{EnvironmentId, Name};
use crate::quantity::{Period, Size};
use crate::release::ReleaseNumber;
use crate::sealed::Sealed;

/// A generation's number within its environment, from 1.
pub type Generation = u64;

/// What kind of component a group's instances are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// They run until told otherwise.
    Service,
    /// They run to their end.
    Job,
}

/// Which group: an environment's component in one of its forms.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupId {
    /// The environment.
    pub environment: EnvironmentId,
    /// Whether the component is a service or a job.
    pub role: Role,
    /// The component.
    pub component: Name,
    /// The hash of the group's [`Shape`].
    pub hash: ContentHash,
}

/// Equal, immutable instances of one component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Which group.
    pub id: GroupId,
    /// What its instances are.
    pub shape: Shape,
}

impl Group {
    /// The group of a component with the given shape.
    pub fn new(environment: EnvironmentId, role: Role, component: Name, shape: Shape) -> Self {
        let hash = ContentHash::of(&(&environment, role, &component, &shape));
        Self { id: GroupId { environment, role, component, hash }, shape }
    }
}

/// Everything that an instance is: two instances are equal when their shapes are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// The image, by its content's digest.
    pub image: String,
    /// What is run in place of the image's command.
    pub command: Option<Vec<Sealed>>,
    /// What is run in place of the image's entry point.
    pub entrypoint: Option<Vec<Sealed>>,
    /// Environment variables.
    pub environment: BTreeMap<String, Sealed>,
    /// Files that are there before the process starts, by path.
    pub files: BTreeMap<String, FileContent>,
    /// Volumes that are mounted, by path.
    pub mounts: BTreeMap<String, VolumeMount>,
    /// Paths at which an empty file system in memory is mounted.
    pub tmpfs: Vec<String>,
    /// User, and group behind a colon.
    pub user: Option<String>,
    /// The directory in which the process starts.
    pub working_dir: Option<String>,
    /// Whether a small init runs as process 1.
    pub init: bool,
    /// Whether the container's own file system can't be written.
    pub read_only: bool,
    /// Capabilities added.
    pub cap_add: Vec<String>,
    /// Capabilities dropped.
    pub cap_drop: Vec<String>,
    /// What it may use at most.
    pub limits: Limits,
    /// Size of `/dev/shm`.
    pub shm_size: Option<Size>,
    /// What happens when the process ends.
    pub restart: Restart,
    /// The signal that asks the process to end.
    pub stop_signal: Option<String>,
    /// How long the process has to end before it is killed.
    pub stop_grace_period: Period,
    /// The component's own labels.
    pub labels: BTreeMap<String, String>,
    /// What discovery needs to know.
    pub discovery: Discovery,
}

/// What the data plane needs to know of an instance; kept on it as a label, so that it can be read from the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// Ports that the instance listens on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<Port>,
    /// How it is told whether it is well. None for jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// Names that it looks up and that are not their component's own: alias to component.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<Name, Name>,
}

/// A file that is put into a container before its process starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileContent {
    /// What is in it.
    pub content: Sealed,
    /// Permissions.
    pub mode: u32,
    /// Owner's and group's number.
    pub owner: (u32, u32),
}

/// A volume that is mounted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeMount {
    /// The volume's name in the landscape.
    pub volume: Name,
    /// Whether it can only be read.
    pub read_only: bool,
}

/// What made an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The release.
    pub release: ReleaseNumber,
    /// The generation.
    pub generation: Generation,
}

/// A volume of an environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VolumeId {
    /// The environment.
    pub environment: EnvironmentId,
    /// The volume's name in the landscape.
    pub volume: Name,
}
