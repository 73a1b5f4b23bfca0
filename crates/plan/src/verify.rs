//! A second pair of eyes: whether a plan is safe to execute, judged without the planner's code.

use std::collections::{BTreeMap, BTreeSet};

use landfall_model::name::Name;
use landfall_model::spec::{GroupId, Role};

use crate::blueprint::Blueprint;
use crate::plan::{Action, Plan, StepId};
use crate::planner::{DataPolicy, Deployment, Input};

/// Something that a plan must never do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("step {step}: {message}")]
pub struct Violation {
    /// The step.
    pub step: StepId,
    /// What is wrong with it.
    pub message: String,
}

/// Checks a plan against what it was made from.
///
/// # Errors
/// Everything that is wrong with it.
pub fn verify(input: &Input, plan: &Plan) -> Result<(), Vec<Violation>> {
    let mut eyes = Eyes {
        input,
        plan,
        before: ancestors(plan),
        active: groups(input.active),
        target: groups(input.target),
        observed: input.observed.instances.iter().map(|instance| &instance.group).collect(),
        found: Vec::new(),
    };
    if eyes.order_is_sound() {
        eyes.check_flip();
        eyes.check_removals();
        eyes.check_starts();
        eyes.check_jobs();
        eyes.check_data();
        eyes.check_result();
    }
    if eyes.found.is_empty() { Ok(()) } else { Err(eyes.found) }
}

/// For each step, all the steps that are done before it starts, as bits.
fn ancestors(plan: &Plan) -> Vec<Vec<u64>> {
    let words = plan.steps.len().div_ceil(64);
    let mut all: Vec<Vec<u64>> = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        let mut own = vec![0_u64; words];
        for &earlier in &step.after {
            if let Some(theirs) = all.get(earlier) {
                own.iter_mut().zip(theirs).for_each(|(own, theirs)| *own |= theirs);
                own[earlier / 64] |= 1 << (earlier % 64);
            }
        }
        all.push(own);
    }
    all
}

struct Eyes<'a> {
    input: &'a Input<'a>,
    plan: &'a Plan,
    before: Vec<Vec<u64>>,
    active: BTreeSet<&'a GroupId>,
    target: BTreeSet<&'a GroupId>,
    observed: BTreeSet<&'a GroupId>,
    found: Vec<Violation>,
}

impl<'a> Eyes<'a> {
    fn wrong(&mut self, step: StepId, message: impl Into<String>) {
        self.found.push(Violation { step, message: message.into() });
    }

    fn is_before(&self, earlier: StepId, later: StepId) -> bool {
        self.before[later][earlier / 64] & (1 << (earlier % 64)) != 0
    }

    fn steps<T>(&self, pick: impl Fn(&'a Action) -> Option<T>) -> Vec<(StepId, T)> {
        let steps = self.plan.steps.iter().enumerate();
        steps.filter_map(|(id, step)| pick(&step.action).map(|picked| (id, picked))).collect()
    }

    fn order_is_sound(&mut self) -> bool {
        let wrong = |(id, step): &(usize, &crate::plan::Step)| step.after.iter().any(|after| after >= id);
        let unsound: Vec<_> = self.plan.steps.iter().enumerate().filter(wrong).map(|(id, _)| id).collect();
        unsound.iter().for_each(|id| self.wrong(*id, "it waits for itself or for a later step"));
        unsound.is_empty()
    }

    fn flips(&self) -> Vec<StepId> {
        self.steps(|action| matches!(action, Action::Flip { .. }).then_some(()))
            .into_iter()
            .map(|(id, ())| id)
            .collect()
    }

    /// One flip if the generation changes, behind the proof that every new service is well and every job is done.
    fn check_flip(&mut self) {
        let flips = self.flips();
        let generations = (self.input.active.map(|it| it.stamp), self.input.target.map(|it| it.stamp));
        let changes = generations.1.is_some() && generations.0 != generations.1;
        if flips.len() != usize::from(changes) {
            self.wrong(
                flips.last().copied().unwrap_or(0),
                format!("{} flips where {} is right", flips.len(), u8::from(changes)),
            );
            return;
        }
        let (Some(&flip), Some(target)) = (flips.first(), self.input.target) else { return };
        let gates: BTreeMap<_, _> = self
            .steps(|action| match action {
                Action::AwaitHealthy { group, .. } => Some(group),
                _ => None,
            })
            .into_iter()
            .map(|(id, group)| (group, id))
            .collect();
        for (name, member) in &target.members {
            let known = self.active.contains(&member.group.id);
            let gated = gates.get(&member.group.id).is_some_and(|gate| self.is_before(*gate, flip));
            if member.trigger.is_none() && !known && !gated {
                self.wrong(flip, format!("nothing has shown that {name} is well"));
            }
        }
    }

    /// What is active and stays in use goes only behind the flip; a service of the target never goes.
    fn check_removals(&mut self) {
        let flip = self.flips().first().copied();
        let removals = self.steps(|action| match action {
            Action::RemoveGroup { group, .. } => Some(group),
            _ => None,
        });
        for (id, group) in removals {
            if !self.observed.contains(group) {
                self.wrong(id, format!("there is no {} {}", group.component, group.hash.short()));
            }
            if group.role == Role::Job {
                continue;
            }
            let Some(target) = self.input.target else { continue };
            if self.target.contains(group) {
                self.wrong(id, format!("{} is in the target", group.component));
            }
            let alone = target.members.get(&group.component).is_some_and(|member| member.alone.is_some());
            let behind = flip.is_some_and(|flip| self.is_before(flip, id));
            if self.active.contains(group) && !behind && !alone {
                self.wrong(id, format!("{} is still in use", group.component));
            }
        }
    }

    /// Nothing starts before what it depends on is well, and what must be alone is.
    fn check_starts(&mut self) {
        let Some(target) = self.input.target else { return };
        let starts = self.steps(|action| match action {
            Action::EnsureGroup { group, .. } => Some(&group.id),
            _ => None,
        });
        let started: BTreeMap<&Name, StepId> =
            starts.iter().map(|(id, group)| (&group.component, *id)).collect();
        let gates: BTreeMap<&Name, StepId> = self
            .steps(|action| match action {
                Action::AwaitHealthy { group, .. } => Some(&group.component),
                Action::RunJob { group, .. } => Some(&group.id.component),
                _ => None,
            })
            .into_iter()
            .map(|(id, name)| (name, id))
            .collect();
        let removals = self.removals();
        let mut rivals: BTreeMap<&Name, Vec<&GroupId>> = BTreeMap::new();
        for group in self.observed.iter().filter(|group| group.role == Role::Service) {
            rivals.entry(&group.component).or_default().push(group);
        }
        for (id, group) in starts {
            let Some(member) =
                target.members.get(&group.component).filter(|member| member.group.id == *group)
            else {
                self.wrong(id, format!("{} is not in the target", group.component));
                continue;
            };
            for dependency in member.depends_on.iter().filter(|name| started.contains_key(name)) {
                if !gates.get(dependency).is_some_and(|gate| self.is_before(*gate, id)) {
                    self.wrong(id, format!("{dependency} may not be well yet"));
                }
            }
            let others = rivals.get(&group.component).into_iter().flatten().filter(|other| **other != group);
            for other in others.filter(|_| member.alone.is_some()) {
                if !removals.get(*other).is_some_and(|removal| self.is_before(*removal, id)) {
                    self.wrong(id, format!("{} may run beside its successor", group.component));
                }
            }
        }
    }

    fn removals(&self) -> BTreeMap<&'a GroupId, StepId> {
        let removals = self.steps(|action| match action {
            Action::RemoveGroup { group, .. } => Some(group),
            _ => None,
        });
        removals.into_iter().map(|(id, group)| (group, id)).collect()
    }

    /// Jobs run only within a deployment, and never behind an instance that another generation left.
    fn check_jobs(&mut self) {
        let jobs = self.steps(|action| match action {
            Action::RunJob { group, .. } => Some(&group.id),
            _ => None,
        });
        let removals = self.removals();
        for (id, job) in jobs {
            if self.input.deployment == Deployment::Closed {
                self.wrong(id, format!("{} runs outside a deployment", job.component));
            }
            let generation = self.input.target.map(|target| target.stamp.generation);
            let mut left = self.input.observed.instances.iter().filter(|instance| instance.group == *job);
            let stale = left.any(|instance| Some(instance.stamp.generation) != generation);
            if stale && !removals.get(job).is_some_and(|removal| self.is_before(*removal, id)) {
                self.wrong(id, format!("{} would be taken for done", job.component));
            }
        }
    }

    /// Data goes only when the environment is taken down, and only what the policy lets go.
    fn check_data(&mut self) {
        let volumes = self.steps(|action| match action {
            Action::RemoveVolume { volume } => Some(volume),
            _ => None,
        });
        for (id, volume) in volumes {
            let kept = self.input.active.and_then(|active| active.volumes.get(&volume.volume)).copied();
            let allowed = match self.input.data {
                DataPolicy::RemoveAll => true,
                DataPolicy::KeepAll => false,
                DataPolicy::AsDeclared => kept == Some(false),
            };
            if self.input.target.is_some() || !allowed {
                self.wrong(id, format!("the data in {} is to be kept", volume.volume));
            }
        }
    }

    /// Once every step is done, exactly the target's services are there.
    fn check_result(&mut self) {
        let mut there: BTreeMap<&GroupId, u32> = BTreeMap::new();
        for instance in self.input.observed.instances.iter().filter(|it| it.group.role == Role::Service) {
            *there.entry(&instance.group).or_default() += 1;
        }
        for step in &self.plan.steps {
            match &step.action {
                Action::EnsureGroup { group, instances } => drop(there.insert(&group.id, *instances)),
                Action::RemoveGroup { group, .. } => drop(there.remove(group)),
                _ => {}
            }
        }
        there.retain(|_, instances| *instances > 0);
        let services = self.input.target.into_iter().flat_map(|target| &target.members);
        let services = services.filter(|(_, member)| member.trigger.is_none() && member.instances > 0);
        let wanted: BTreeMap<_, _> =
            services.map(|(_, member)| (&member.group.id, member.instances)).collect();
        if there != wanted {
            self.wrong(self.plan.steps.len(), "the steps don't end with what should run");
        }
    }
}

fn groups(blueprint: Option<&Blueprint>) -> BTreeSet<&GroupId> {
    blueprint
        .into_iter()
        .flat_map(|blueprint| blueprint.members.values())
        .map(|member| &member.group.id)
        .collect()
}
