//! What changes for each component, said for people. The steps don't depend on it.

use landfall_model::name::Name;

use super::facts::Facts;
use super::{Deployment, Input, volumes_to_remove};
use crate::blueprint::{Alone, Blueprint, Member, Trigger};
use crate::difference::shape_differences;
use crate::plan::{Change, ChangeKind};

/// What changes on the way to a blueprint.
pub(super) fn up_changes(input: &Input, target: &Blueprint, facts: &Facts) -> Vec<Change> {
    let members = target.members.iter().filter_map(|(name, member)| match member.trigger {
        None => Some(service_change(input, facts, name, member)),
        Some(trigger) => job_change(input, target, facts, (name, member, trigger)),
    });
    let gone = input.active.into_iter().flat_map(|active| &active.members);
    let gone = gone.filter(|(name, member)| !target.members.contains_key(*name) && member.trigger.is_none());
    let gone = gone.map(|(name, _)| {
        change(name, "service", ChangeKind::Remove, vec![reason("the release doesn't have it")])
    });
    let volumes = target.volumes.keys().map(|name| {
        let there = input.observed.volumes.iter().any(|volume| volume.volume == *name);
        change(name, "volume", if there { ChangeKind::Keep } else { ChangeKind::Create }, Vec::new())
    });
    let left = input.observed.volumes.iter().filter(|volume| !target.volumes.contains_key(&volume.volume));
    let left = left.map(|volume| {
        let why = reason("the release doesn't have it, but it holds data");
        change(&volume.volume, "volume", ChangeKind::Keep, vec![why])
    });
    volumes.chain(left).chain(members).chain(gone).collect()
}

/// What changes when an environment is taken down.
pub(super) fn down_changes(input: &Input, facts: &Facts) -> Vec<Change> {
    let mut components: Vec<_> = facts.groups().map(|group| (&group.component, group.role)).collect();
    components.dedup();
    let what = |role| if role == landfall_model::spec::Role::Job { "job" } else { "service" };
    let groups =
        components.into_iter().map(|(name, role)| change(name, what(role), ChangeKind::Remove, Vec::new()));
    let lost = volumes_to_remove(input);
    let volumes = input.observed.volumes.iter().map(|volume| {
        let kind = if lost.contains(volume) { ChangeKind::Remove } else { ChangeKind::Keep };
        change(&volume.volume, "volume", kind, Vec::new())
    });
    groups.chain(volumes).collect()
}

fn service_change(input: &Input, facts: &Facts, name: &Name, member: &Member) -> Change {
    let before = input.active.and_then(|active| active.members.get(name));
    let Some(before) = before else { return change(name, "service", ChangeKind::Create, Vec::new()) };
    if before.group.id != member.group.id {
        let reasons = shape_differences(&before.group.shape, &member.group.shape);
        let outage = member.alone.as_ref().map(outage);
        return Change { outage, ..change(name, "service", ChangeKind::Replace, reasons) };
    }
    if before.instances != member.instances {
        let why = format!("{} instances instead of {}", member.instances, before.instances);
        return change(name, "service", ChangeKind::Scale, vec![why]);
    }
    if facts.is_complete(member) {
        return change(name, "service", ChangeKind::Keep, Vec::new());
    }
    let why = format!("{} of {} instances run", facts.up(&member.group.id), member.instances);
    change(name, "service", ChangeKind::Repair, vec![why])
}

fn job_change(
    input: &Input,
    target: &Blueprint,
    facts: &Facts,
    (name, member, trigger): (&Name, &Member, Trigger),
) -> Option<Change> {
    let why = match trigger {
        Trigger::Before(_) => "before the flip",
        Trigger::After(_) => "after the flip",
        Trigger::Manual(_) => return None,
    };
    let done = facts.is_done(&member.group.id, target.generation());
    let runs = input.deployment == Deployment::Open && !done;
    runs.then(|| change(name, "job", ChangeKind::Run, vec![reason(why)]))
}

fn outage(alone: &Alone) -> String {
    match alone {
        Alone::Writes(volume) => format!("stopped before its successor starts, since both write {volume}"),
        Alone::HoldsPort(port) => format!("stopped before its successor starts, since both hold port {port}"),
    }
}

fn change(component: &Name, what: &str, kind: ChangeKind, reasons: Vec<String>) -> Change {
    Change { component: component.clone(), what: what.to_owned(), kind, reasons, outage: None }
}

fn reason(text: &str) -> String {
    text.to_owned()
}
