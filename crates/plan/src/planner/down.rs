//! Taking an environment down: what depends on others goes first.

use std::collections::BTreeMap;

use landfall_model::name::Name;
use landfall_model::quantity::Period;
use landfall_model::spec::GroupId;

use super::facts::Facts;
use super::steps::Steps;
use super::{Input, changes, volumes_to_remove};
use crate::blueprint::Blueprint;
use crate::plan::{Action, Plan, StepId};

/// How long instances have to end whose generation isn't known any more: Docker's ten seconds.
pub(super) const UNKNOWN_GRACE: Period = Period::from_secs(10);

/// Plans an environment's end.
pub(super) fn plan_down(input: &Input) -> Plan {
    let facts = Facts::new(input.observed);
    let mut steps = Steps::default();
    remove_groups(input, &facts, &mut steps);
    let gone: Vec<StepId> = (0..steps.len()).collect();
    // Without a network nobody asks for names.
    let named = !input.observed.networks.is_empty();
    let before_rest: Vec<_> = if named { vec![steps.push(Action::Withdraw, gone)] } else { gone };
    for volume in volumes_to_remove(input) {
        steps.push(Action::RemoveVolume { volume }, before_rest.clone());
    }
    if !input.observed.networks.is_empty() {
        steps.push(Action::RemoveNetwork, before_rest);
    }
    Plan {
        environment: input.environment.clone(),
        from: input.active.map(Blueprint::generation),
        to: None,
        changes: changes::down_changes(input, &facts),
        steps: steps.finish(),
    }
}

fn remove_groups(input: &Input, facts: &Facts, steps: &mut Steps) {
    let mut groups: BTreeMap<&Name, Vec<&GroupId>> = BTreeMap::new();
    for group in facts.groups() {
        groups.entry(&group.component).or_default().push(group);
    }
    let mut removed: BTreeMap<&Name, Vec<StepId>> = BTreeMap::new();
    let order = input.active.map(dependents_first).unwrap_or_default();
    let known = order.iter().filter_map(|(name, dependents)| {
        groups.remove_entry(name).map(|(name, groups)| (name, groups, dependents.as_slice()))
    });
    let known: Vec<_> = known.collect();
    let unknown = groups.into_iter().map(|(name, groups)| (name, groups, &[][..]));
    for (name, groups, dependents) in known.into_iter().chain(unknown) {
        let after: Vec<StepId> =
            dependents.iter().filter_map(|name| removed.get(*name)).flatten().copied().collect();
        let mut remove = |group: &GroupId| {
            let action = Action::RemoveGroup { group: group.clone(), grace: grace(input, group) };
            steps.push(action, after.iter().copied())
        };
        let ids = groups.into_iter().map(&mut remove).collect();
        removed.insert(name, ids);
    }
}

/// How long a group's instances have to end by themselves.
pub(super) fn grace(input: &Input, group: &GroupId) -> Period {
    let blueprints = [input.active, input.target].into_iter().flatten();
    let member = blueprints.filter_map(|blueprint| blueprint.members.get(&group.component)).next();
    member.map_or(UNKNOWN_GRACE, |member| member.group.shape.stop_grace_period)
}

/// A blueprint's members, each behind all that depend on it, with those.
fn dependents_first(blueprint: &Blueprint) -> Vec<(&Name, Vec<&Name>)> {
    let mut dependents: BTreeMap<&Name, Vec<&Name>> = BTreeMap::new();
    for (name, member) in &blueprint.members {
        member.depends_on.iter().for_each(|dependency| dependents.entry(dependency).or_default().push(name));
    }
    let order = super::up::dependencies_first(blueprint);
    order.into_iter().rev().map(|name| (name, dependents.remove(name).unwrap_or_default())).collect()
}
