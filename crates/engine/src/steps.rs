//! What has to be done to a group: a decision that engines share whose groups are sets of containers.

use std::collections::BTreeSet;

use landfall_model::landscape::Restart;
use landfall_model::observed::{Instance, InstanceState};
use landfall_model::spec::{Group, Role};

use crate::Ensure;

/// What has to be done to a group.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Steps {
    /// Containers that are removed, those first that have the highest numbers.
    pub(crate) remove: Vec<Removal>,
    /// Containers that are started, with their numbers.
    pub(crate) start: Vec<(u32, String)>,
    /// Numbers of instances that are created.
    pub(crate) create: Vec<u32>,
    /// How many are left as they are.
    pub(crate) kept: usize,
}

/// How a container is removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// It never ran to any purpose.
    AtOnce(String),
    /// It is asked to end first.
    Gently(String),
}

impl Steps {
    /// The same, but what would be started is made anew.
    pub(crate) fn anew(mut self) -> Self {
        for (number, id) in self.start.drain(..) {
            self.remove.push(Removal::AtOnce(id));
            self.create.push(number);
        }
        self
    }

    /// What doing them comes to.
    pub(crate) fn outcome(&self) -> Ensure {
        let new = self.kept + self.start.len() + self.remove.len() == 0;
        match (new, self.create.len() + self.start.len() + self.remove.len()) {
            (_, 0) => Ensure::NotNeeded,
            (true, _) => Ensure::Added,
            (false, _) => Ensure::Updated,
        }
    }
}

/// Compares what there should be with what there is.
pub(crate) fn plan_steps(group: &Group, instances: u32, members: &[Instance]) -> Steps {
    let mut steps = Steps::default();
    let mut sorted: Vec<&Instance> = members.iter().collect();
    sorted.sort_by_key(|member| (std::cmp::Reverse(member.number), !member.state.is_up(), member.id.clone()));
    let mut numbers: BTreeSet<u32> = BTreeSet::new();
    for member in sorted {
        let wanted = (1..=instances).contains(&member.number) && !numbers.contains(&member.number);
        match member.state {
            // Created and never started: its files may be missing. Dead: the engine failed to remove it.
            InstanceState::Created | InstanceState::Dead => {
                steps.remove.push(Removal::AtOnce(member.id.clone()));
                continue;
            }
            _ if !wanted => {
                steps.remove.push(Removal::Gently(member.id.clone()));
                continue;
            }
            InstanceState::Exited { code } if comes_back(group, code) => {
                steps.start.push((member.number, member.id.clone()));
            }
            _ => steps.kept += 1,
        }
        numbers.insert(member.number);
    }
    steps.create = (1..=instances).filter(|number| !numbers.contains(number)).collect();
    steps
}

/// Whether an instance that has ended is to be started again.
fn comes_back(group: &Group, code: i64) -> bool {
    match (group.id.role, group.shape.restart) {
        (Role::Job, _) | (_, Restart::No) => false,
        (Role::Service, Restart::OnFailure) => code != 0,
        (Role::Service, Restart::Always) => true,
    }
}

#[cfg(test)]
mod tests {
    use landfall_model::hash::ContentHash;

    use super::*;

    fn group(role: &str, restart: &str) -> Group {
        let shape = serde_json::json!({
            "image": "sha256:1", "environment": {}, "files": {}, "mounts": {}, "tmpfs": [], "init": true,
            "read_only": false, "cap_add": [], "cap_drop": [], "limits": {}, "restart": restart,
            "stop_grace_period": "10s", "labels": {}, "discovery": {},
        });
        let environment = serde_json::json!({ "landscape": "l", "environment": "e" });
        let id = serde_json::json!({
            "environment": environment, "role": role, "component": "web", "hash": ContentHash::of_bytes(b""),
        });
        serde_json::from_value(serde_json::json!({ "id": id, "shape": shape })).unwrap()
    }

    fn member(group: &Group, number: u32, state: InstanceState) -> Instance {
        Instance {
            id: format!("{number}{state:?}"),
            name: String::new(),
            group: group.id.clone(),
            number,
            stamp: landfall_model::spec::Stamp {
                release: landfall_model::release::ReleaseNumber(1),
                generation: 1,
            },
            state,
            address: None,
            published: Vec::new(),
            created: 0,
            discovery: group.shape.discovery.clone(),
        }
    }

    /// What is made of members in the given states, numbered from 1, where three instances are wanted.
    fn check(group: &Group, states: &[InstanceState], expected: &str) {
        let members: Vec<Instance> =
            (1..).zip(states).map(|(number, state)| member(group, number, *state)).collect();
        let Steps { remove, start, create, kept } = plan_steps(group, 3, &members);
        let start: Vec<u32> = start.into_iter().map(|(number, _)| number).collect();
        assert_eq!(
            format!("remove {} start {start:?} create {create:?} keep {kept}", remove.len()),
            expected
        );
    }

    #[test]
    fn steps_lead_to_the_wish() {
        use InstanceState::{Created, Dead, Exited, Paused, Restarting, Running};
        let up = Running { health: None };
        let [always, on_failure, no, job] =
            [("service", "always"), ("service", "on-failure"), ("service", "no"), ("job", "always")]
                .map(|(role, restart)| group(role, restart));
        check(&always, &[], "remove 0 start [] create [1, 2, 3] keep 0");
        check(&always, &[up, up, up], "remove 0 start [] create [] keep 3");
        check(&always, &[up, up, up, up, Exited { code: 0 }], "remove 2 start [] create [] keep 3");
        check(&always, &[Created, Dead, up], "remove 2 start [] create [1, 2] keep 1");
        check(&always, &[Paused, Restarting, Exited { code: 0 }], "remove 0 start [3] create [] keep 2");
        check(
            &on_failure,
            &[up, Exited { code: 0 }, Exited { code: 1 }],
            "remove 0 start [3] create [] keep 2",
        );
        check(&no, &[up, Exited { code: 0 }, Exited { code: 1 }], "remove 0 start [] create [] keep 3");
        check(&job, &[Exited { code: 1 }, Created], "remove 1 start [] create [2, 3] keep 1");
    }

    #[test]
    fn a_carrier_beside_its_instance_is_removed() {
        let group = group("service", "always");
        let up = InstanceState::Running { health: None };
        let members = [member(&group, 1, InstanceState::Created), member(&group, 1, up)];
        let steps = plan_steps(&group, 1, &members);
        assert_eq!((steps.remove.len(), steps.create.len(), steps.kept), (1, 0, 1));
    }
}
