//! Bringing an environment to a blueprint: gate all, then flip once.

use std::collections::{BTreeMap, BTreeSet};

use landfall_model::check::Check;
use landfall_model::name::Name;
use landfall_model::spec::{GroupId, Role, VolumeId};

use super::facts::Facts;
use super::steps::Steps;
use super::{Deployment, Input, changes, down};
use crate::blueprint::{Blueprint, Member, Trigger};
use crate::plan::{Action, Plan, StepId};

/// Plans the way to a blueprint.
pub(super) fn plan_up(input: &Input, target: &Blueprint) -> Plan {
    let facts = Facts::new(input.observed);
    let mut way = Way::new(input, target, &facts);
    way.ground();
    way.members();
    way.flip();
    way.afterwards();
    Plan {
        environment: input.environment.clone(),
        from: input.active.map(Blueprint::generation),
        to: Some(target.stamp),
        changes: changes::up_changes(input, target, &facts),
        steps: way.steps.finish(),
    }
}

/// The way to a blueprint, as far as it has been planned.
struct Way<'a> {
    input: &'a Input<'a>,
    target: &'a Blueprint,
    facts: &'a Facts<'a>,
    steps: Steps,
    /// What everything stands on: the network, the announcement, the volumes.
    ground: Vec<StepId>,
    /// The step after which a member can be relied on.
    ready: BTreeMap<&'a Name, StepId>,
    /// The groups whose removal is planned.
    removed: BTreeMap<&'a GroupId, StepId>,
}

impl<'a> Way<'a> {
    fn new(input: &'a Input<'a>, target: &'a Blueprint, facts: &'a Facts<'a>) -> Self {
        let (ready, removed) = (BTreeMap::new(), BTreeMap::new());
        Self { input, target, facts, steps: Steps::default(), ground: Vec::new(), ready, removed }
    }

    fn is_flipping(&self) -> bool {
        self.input.active.map(Blueprint::generation) != Some(self.target.generation())
    }

    fn ground(&mut self) {
        let network =
            self.input.observed.networks.is_empty().then(|| self.steps.push(Action::EnsureNetwork, []));
        if network.is_some() || self.is_flipping() {
            let announce = announce(self.input, self.target);
            self.ground.push(self.steps.push(announce, network));
        }
        for volume in self.target.volumes.keys() {
            let volume = VolumeId { environment: self.input.environment.clone(), volume: volume.clone() };
            if !self.input.observed.volumes.contains(&volume) {
                self.ground.push(self.steps.push(Action::EnsureVolume { volume }, []));
            }
        }
    }

    /// Services and `before` jobs, each behind what it depends on.
    fn members(&mut self) {
        let early = needed_by_before_jobs(self.target);
        let order = dependencies_first(self.target);
        let (first, second): (Vec<_>, Vec<_>) = order.into_iter().partition(|name| early.contains(name));
        for name in first {
            self.member(name, &[]);
        }
        let jobs: Vec<StepId> = self.jobs(|trigger| matches!(trigger, Trigger::Before(_)));
        for name in second {
            self.member(name, &jobs);
        }
    }

    fn jobs(&self, wanted: impl Fn(Trigger) -> bool) -> Vec<StepId> {
        let members = self.target.members.iter();
        let jobs = members.filter(|(_, member)| member.trigger.is_some_and(&wanted));
        jobs.filter_map(|(name, _)| self.ready.get(name).copied()).collect()
    }

    fn member(&mut self, name: &'a Name, jobs: &[StepId]) {
        let Some(member) = self.target.members.get(name) else { return };
        let dependencies = member.depends_on.iter().filter_map(|name| self.ready.get(name));
        let after: Vec<StepId> = dependencies.chain(jobs).chain(&self.ground).copied().collect();
        match member.trigger {
            None => self.service(name, member, after),
            Some(Trigger::Before(_)) => self.job(name, member, after),
            Some(Trigger::After(_) | Trigger::Manual(_)) => {}
        }
    }

    fn service(&mut self, name: &'a Name, member: &'a Member, mut after: Vec<StepId>) {
        let start = !self.facts.is_complete(member);
        let proven = self.input.active.is_some_and(|active| active.has(&member.group.id));
        if !start && proven {
            return;
        }
        if start {
            if member.alone.is_some() {
                let others = self.facts.others(&member.group.id);
                after.extend(
                    others.into_iter().map(|other| self.remove(other, after.clone())).collect::<Vec<_>>(),
                );
            }
            let group = Box::new(member.group.clone());
            after = vec![self.steps.push(Action::EnsureGroup { group, instances: member.instances }, after)];
        }
        let check = member.group.shape.discovery.check.as_ref();
        let patience = check.map_or(Check::START_PERIOD, Check::patience);
        let group = member.group.id.clone();
        let wait = Action::AwaitHealthy { group, instances: member.instances, patience };
        self.ready.insert(name, self.steps.push(wait, after));
    }

    fn job(&mut self, name: &'a Name, member: &'a Member, mut after: Vec<StepId>) {
        let (Some(Trigger::Before(timeout) | Trigger::After(timeout)), Deployment::Open) =
            (member.trigger, self.input.deployment)
        else {
            return;
        };
        let id = &member.group.id;
        if self.facts.is_done(id, self.target.generation()) {
            return;
        }
        if self.facts.is_stale(id, self.target.generation()) {
            after = vec![self.remove(id, after)];
        }
        let run = Action::RunJob { group: Box::new(member.group.clone()), timeout };
        self.ready.insert(name, self.steps.push(run, after));
    }

    fn remove(&mut self, group: &'a GroupId, after: impl IntoIterator<Item = StepId>) -> StepId {
        if let Some(step) = self.removed.get(group) {
            return *step;
        }
        let action = Action::RemoveGroup { group: group.clone(), grace: down::grace(self.input, group) };
        let step = self.steps.push(action, after);
        self.removed.insert(group, step);
        step
    }

    fn flip(&mut self) {
        if self.is_flipping() {
            let all: Vec<StepId> = self.ready.values().chain(&self.ground).copied().collect();
            let flip = self.steps.push(Action::Flip { stamp: self.target.stamp }, all);
            self.ground = vec![flip];
        }
    }

    /// What is no longer needed goes, and `after` jobs run.
    fn afterwards(&mut self) {
        let ground = self.ground.clone();
        let active = |group: &GroupId| self.input.active.is_some_and(|active| active.has(group));
        let surplus: Vec<_> = self.facts.groups().filter(|group| !self.target.has(group)).collect();
        for group in surplus {
            // What neither generation has is left from a deployment that failed: nothing waits for it.
            let after = if active(group) || group.role == Role::Job { ground.clone() } else { Vec::new() };
            self.remove(group, after);
        }
        for (name, member) in &self.target.members {
            if matches!(member.trigger, Some(Trigger::After(_))) {
                let dependencies = member.depends_on.iter().filter_map(|name| self.ready.get(name)).copied();
                let after: Vec<StepId> = dependencies.chain(ground.iter().copied()).collect();
                self.job(name, member, after);
            }
        }
    }
}

fn announce(input: &Input, target: &Blueprint) -> Action {
    let replaced =
        |member: &&Member| member.alone.is_some() && !input.active.is_some_and(|it| it.has(&member.group.id));
    Action::Announce {
        generation: target.generation(),
        groups: target.members.values().map(|member| member.group.id.clone()).collect(),
        shared: target.members.values().filter(replaced).map(|member| member.group.id.clone()).collect(),
    }
}

/// The `before` jobs and everything that they need.
fn needed_by_before_jobs(target: &Blueprint) -> BTreeSet<&Name> {
    let before = |member: &Member| matches!(member.trigger, Some(Trigger::Before(_)));
    let jobs = target.members.iter().filter(|(_, member)| before(member));
    let mut pending: Vec<&Name> = jobs.map(|(name, _)| name).collect();
    let mut needed = BTreeSet::new();
    while let Some(name) = pending.pop() {
        if needed.insert(name) {
            pending.extend(target.members.get(name).into_iter().flat_map(|member| &member.depends_on));
        }
    }
    needed
}

/// A blueprint's members, each behind all that it depends on.
pub(super) fn dependencies_first(blueprint: &Blueprint) -> Vec<&Name> {
    let mut waiting: BTreeMap<&Name, usize> = BTreeMap::new();
    let mut dependents: BTreeMap<&Name, Vec<&Name>> = BTreeMap::new();
    for (name, member) in &blueprint.members {
        let known = member.depends_on.iter().filter(|dependency| blueprint.members.contains_key(*dependency));
        let known: Vec<_> = known.collect();
        waiting.insert(name, known.len());
        known.into_iter().for_each(|dependency| dependents.entry(dependency).or_default().push(name));
    }
    let mut order: Vec<&Name> =
        waiting.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    let mut next = 0;
    while let Some(name) = order.get(next).copied() {
        next += 1;
        for dependent in dependents.remove(name).unwrap_or_default() {
            let count = waiting.get_mut(dependent).expect("every member is counted");
            *count -= 1;
            if *count == 0 {
                order.push(dependent);
            }
        }
    }
    order
}

impl Blueprint {
    /// Whether a group is one of its members'.
    pub fn has(&self, group: &GroupId) -> bool {
        self.members.get(&group.component).is_some_and(|member| member.group.id == *group)
    }
}
