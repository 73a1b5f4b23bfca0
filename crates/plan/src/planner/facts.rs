//! What was observed, by group: how many instances there are, how many of them run, what jobs came to.

use std::collections::{BTreeMap, BTreeSet};

use landfall_model::landscape::Restart;
use landfall_model::name::Name;
use landfall_model::observed::{Instance, InstanceState, Observed};
use landfall_model::spec::{Generation, GroupId, Role};

use crate::blueprint::Member;

/// An observation, indexed.
pub(super) struct Facts<'a> {
    groups: BTreeMap<&'a GroupId, Vec<&'a Instance>>,
    components: BTreeMap<&'a Name, BTreeSet<&'a GroupId>>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(observed: &'a Observed) -> Self {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut components: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for instance in &observed.instances {
            groups.entry(&instance.group).or_default().push(instance);
            components.entry(&instance.group.component).or_default().insert(&instance.group);
        }
        Self { groups, components }
    }

    /// Every group that there is anything of.
    pub(super) fn groups(&self) -> impl Iterator<Item = &'a GroupId> {
        self.groups.keys().copied()
    }

    /// The groups of a component other than the given one.
    pub(super) fn others(&self, group: &GroupId) -> Vec<&'a GroupId> {
        let groups = self.components.get(&group.component).into_iter().flatten().copied();
        groups.filter(|other| **other != *group && other.role == group.role).collect()
    }

    /// Whether a service's group has exactly the instances that it should have, each of them up or ended for good.
    pub(super) fn is_complete(&self, member: &Member) -> bool {
        let instances = self.instances(&member.group.id);
        let restart = member.group.shape.restart;
        let settled = |instance: &&Instance| match instance.state {
            InstanceState::Running { .. } | InstanceState::Paused | InstanceState::Restarting => true,
            InstanceState::Exited { code } => {
                restart == Restart::No || (restart == Restart::OnFailure && code == 0)
            }
            InstanceState::Created | InstanceState::Dead => false,
        };
        instances.len() == member.instances as usize && instances.iter().all(settled)
    }

    /// How many instances of a group are up.
    pub(super) fn up(&self, group: &GroupId) -> usize {
        self.instances(group).iter().filter(|instance| instance.state.is_up()).count()
    }

    /// The instances of a group.
    pub(super) fn instances(&self, group: &GroupId) -> &[&'a Instance] {
        self.groups.get(group).map_or(&[], Vec::as_slice)
    }

    /// Whether a job has been run to a good end for a generation.
    pub(super) fn is_done(&self, job: &GroupId, generation: Generation) -> bool {
        let done = |instance: &&Instance| {
            instance.stamp.generation == generation && instance.state == InstanceState::Exited { code: 0 }
        };
        self.instances(job).iter().any(done)
    }

    /// Whether a group's instance was left by an earlier generation: a job's that would be taken for this one's.
    pub(super) fn is_stale(&self, job: &GroupId, generation: Generation) -> bool {
        debug_assert!(job.role == Role::Job, "services are shared between generations");
        self.instances(job).iter().any(|instance| instance.stamp.generation != generation)
    }
}
