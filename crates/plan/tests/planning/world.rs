//! A world without an engine: landscapes from JSON, and an execution of plans on an observation.

use std::collections::BTreeMap;
use std::str::FromStr;

use landfall_model::landscape::Landscape;
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::observed::{Instance, InstanceState, Network, Observed};
use landfall_model::release::{ImageFacts, Release, ReleaseNumber};
use landfall_model::spec::{Group, GroupId, Role, Stamp};
use landfall_plan::planner::Deployment;
use landfall_plan::{
    Action, Blueprint, BlueprintInput, DataPolicy, Input, Plan, Step, blueprint, plan, verify,
};
use serde_json::Value;

pub(crate) fn name(text: &str) -> Name {
    Name::from_str(text).unwrap()
}

pub(crate) fn environment() -> EnvironmentId {
    EnvironmentId::new(name("shop"), name("test"))
}

pub(crate) fn release(landscape: Value) -> Release {
    let landscape: Landscape = serde_json::from_value(landscape).unwrap();
    let facts = |image: &str| ImageFacts { id: format!("sha256:{image}"), ..ImageFacts::default() };
    let images =
        landscape.containers().map(|(_, container)| (container.image.clone(), facts(&container.image)));
    let images = images.collect();
    let secrets = landscape.secrets.keys().map(|secret| (secret.clone(), 1)).collect();
    Release { landscape, images, files: BTreeMap::new(), secrets }
}

pub(crate) fn generation(landscape: Value, number: u64) -> Blueprint {
    lower(&release(landscape), number).unwrap()
}

pub(crate) fn lower(release: &Release, number: u64) -> Result<Blueprint, Vec<landfall_plan::BlueprintError>> {
    let stamp = Stamp { release: ReleaseNumber(number), generation: number };
    blueprint(BlueprintInput {
        release,
        stamp,
        environment: &environment(),
        purpose: None,
        domain: "test.localhost",
    })
}

/// Plans and has the plan verified.
pub(crate) fn planned(active: Option<&Blueprint>, target: Option<&Blueprint>, observed: &Observed) -> Plan {
    let open = active.map(Blueprint::generation) != target.map(Blueprint::generation);
    planned_in(if open { Deployment::Open } else { Deployment::Closed }, active, target, observed)
}

pub(crate) fn planned_in(
    deployment: Deployment,
    active: Option<&Blueprint>,
    target: Option<&Blueprint>,
    observed: &Observed,
) -> Plan {
    let environment = environment();
    let input = Input {
        environment: &environment,
        active,
        target,
        observed,
        deployment,
        data: DataPolicy::AsDeclared,
    };
    let planned = plan(&input);
    assert_eq!(verify(&input, &planned), Ok(()), "{}", listed(&planned));
    assert_eq!(plan(&input), planned, "equal inputs give equal plans");
    planned
}

/// The steps as text, each with the steps that it waits for.
pub(crate) fn listed(plan: &Plan) -> String {
    let line = |(id, step): (usize, &Step)| {
        let action = match &step.action {
            Action::RemoveGroup { group, .. } => format!("remove {}", group.component),
            action => action.to_string(),
        };
        format!("{id} {action} after {:?}\n", step.after)
    };
    plan.steps.iter().enumerate().map(line).collect()
}

pub(crate) fn instance(group: &Group, number: u32, stamp: Stamp, state: InstanceState) -> Instance {
    Instance {
        id: format!("{}-{number}-{}", group.id.component, group.id.hash.short()),
        name: String::new(),
        group: group.id.clone(),
        number,
        stamp,
        state,
        address: None,
        published: Vec::new(),
        created: 0,
        discovery: group.shape.discovery.clone(),
    }
}

pub(crate) const RUNNING: InstanceState = InstanceState::Running { health: None };

/// Does a step as an engine would.
pub(crate) fn apply(observed: &mut Observed, action: &Action, stamp: Stamp) {
    match action {
        Action::EnsureNetwork => {
            observed.networks.push(Network { id: "net".into(), environment: environment(), gateway: None });
        }
        Action::RemoveNetwork => observed.networks.clear(),
        Action::EnsureVolume { volume } => observed.volumes.push(volume.clone()),
        Action::RemoveVolume { volume } => observed.volumes.retain(|other| other != volume),
        Action::EnsureGroup { group, instances } => ensure(observed, group, *instances, stamp),
        Action::RunJob { group, .. } => {
            observed.instances.retain(|it| it.group != group.id);
            observed.instances.push(instance(group, 1, stamp, InstanceState::Exited { code: 0 }));
        }
        Action::RemoveGroup { group, .. } => observed.instances.retain(|it| it.group != *group),
        Action::Announce { .. } | Action::AwaitHealthy { .. } | Action::Flip { .. } | Action::Withdraw => {}
    }
}

fn ensure(observed: &mut Observed, group: &Group, instances: u32, stamp: Stamp) {
    observed.instances.retain(|it| it.group != group.id || it.number <= instances);
    for number in 1..=instances {
        match observed.instances.iter_mut().find(|it| it.group == group.id && it.number == number) {
            Some(there) => there.state = RUNNING,
            None => observed.instances.push(instance(group, number, stamp, RUNNING)),
        }
    }
}

/// Does all the steps of a plan.
pub(crate) fn execute(plan: &Plan, observed: &mut Observed, stamp: Stamp) {
    plan.steps.iter().for_each(|step| apply(observed, &step.action, stamp));
}

/// What there is once a blueprint has been brought up from nothing.
pub(crate) fn running(blueprint: &Blueprint) -> Observed {
    let mut observed = Observed::default();
    execute(&planned(None, Some(blueprint), &observed), &mut observed, blueprint.stamp);
    observed
}

pub(crate) fn services(observed: &Observed) -> Vec<&GroupId> {
    let services = observed.instances.iter().filter(|it| it.group.role == Role::Service);
    let mut groups: Vec<_> = services.map(|it| &it.group).collect();
    groups.sort();
    groups
}
