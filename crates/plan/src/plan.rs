//! Plans: the steps from what is to what should be. A plan is immutable and leaves nothing to choose.

use std::fmt;

use landfall_model::name::{EnvironmentId, Name};
use landfall_model::quantity::Period;
use landfall_model::spec::{Generation, Group, GroupId, Stamp, VolumeId};
use serde::{Deserialize, Serialize};

/// A step's place in its plan, from 0.
pub type StepId = usize;

/// The steps from what is to what should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The environment.
    pub environment: EnvironmentId,
    /// The generation that is active, if one is.
    pub from: Option<Generation>,
    /// What the environment is brought to; nothing if it is taken down.
    pub to: Option<Stamp>,
    /// What changes for each component, for people.
    pub changes: Vec<Change>,
    /// The steps. Each comes after all that it waits for.
    pub steps: Vec<Step>,
}

/// One thing that is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// The steps that must have been done before.
    pub after: Vec<StepId>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum Action {
    /// The environment's network is made.
    EnsureNetwork,
    /// A volume is made.
    EnsureVolume {
        /// The volume.
        volume: VolumeId,
    },
    /// The data plane learns what the prepared generation consists of.
    Announce {
        /// The generation.
        generation: Generation,
        /// Its groups.
        groups: Vec<GroupId>,
        /// Those of them that take the place of an active group before the flip, so that the active generation sees
        /// them too.
        shared: Vec<GroupId>,
    },
    /// A group is made complete: the missing instances created, the stopped started, the surplus removed.
    EnsureGroup {
        /// The group.
        group: Box<Group>,
        /// How many instances.
        instances: u32,
    },
    /// Instances are waited for until they are well.
    AwaitHealthy {
        /// Their group.
        group: GroupId,
        /// How many instances.
        instances: u32,
        /// How long at most.
        patience: Period,
    },
    /// A job is run to its end.
    RunJob {
        /// The job's group.
        group: Box<Group>,
        /// How long it may take.
        timeout: Period,
    },
    /// Names and routes change from the active generation to the prepared one, in one swap.
    Flip {
        /// What becomes active.
        stamp: Stamp,
    },
    /// A group's instances are stopped and removed.
    RemoveGroup {
        /// The group.
        group: GroupId,
        /// How long they have to end by themselves.
        grace: Period,
    },
    /// The environment's names are no longer answered.
    Withdraw,
    /// A volume is removed, with the data in it.
    RemoveVolume {
        /// The volume.
        volume: VolumeId,
    },
    /// The environment's network is removed.
    RemoveNetwork,
}

/// What changes for a component, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The component, or the volume.
    pub component: Name,
    /// What it is: `service`, `job` or `volume`.
    pub what: String,
    /// What happens to it.
    pub kind: ChangeKind,
    /// Why, each reason a phrase.
    pub reasons: Vec<String>,
    /// Why there is a time in which it can't be reached, if there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outage: Option<String>,
}

/// What happens to a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It is made.
    Create,
    /// Another takes its place.
    Replace,
    /// It gets more or fewer instances.
    Scale,
    /// It is brought back to what it should be.
    Repair,
    /// It is run.
    Run,
    /// It goes.
    Remove,
    /// It stays as it is.
    Keep,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether the plan removes data.
    pub fn removes_data(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.action, Action::RemoveVolume { .. }))
    }
}

impl ChangeKind {
    /// The mark that stands before a change in lists.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Create => "+",
            Self::Replace => "±",
            Self::Scale => "#",
            Self::Repair => "!",
            Self::Run => ">",
            Self::Remove => "-",
            Self::Keep => "=",
        }
    }

    /// The kind as a verb, as in "api: replace".
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Scale => "scale",
            Self::Repair => "repair",
            Self::Run => "run",
            Self::Remove => "remove",
            Self::Keep => "keep",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EnsureNetwork => f.write_str("make the network"),
            Self::EnsureVolume { volume } => write!(f, "make the volume {}", volume.volume),
            Self::Announce { generation, .. } => write!(f, "announce generation {generation}"),
            Self::EnsureGroup { group, instances: 1 } => write!(f, "start {}", group.id.component),
            Self::EnsureGroup { group, instances } => write!(f, "start {} ×{instances}", group.id.component),
            Self::AwaitHealthy { group, .. } => write!(f, "wait until {} is well", group.component),
            Self::RunJob { group, .. } => write!(f, "run {}", group.id.component),
            Self::Flip { stamp } => write!(f, "flip to generation {}", stamp.generation),
            Self::RemoveGroup { group, .. } => write!(f, "remove {} {}", group.component, group.hash.short()),
            Self::Withdraw => f.write_str("withdraw the environment's names"),
            Self::RemoveVolume { volume } => write!(f, "remove the volume {}", volume.volume),
            Self::RemoveNetwork => f.write_str("remove the network"),
        }
    }
}
