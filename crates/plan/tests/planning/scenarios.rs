//! Scenarios: what is there, what should be, and the steps between, as a person would expect them.

use insta::assert_snapshot;
use landfall_model::observed::{InstanceState, Observed};
use landfall_plan::planner::Deployment;
use landfall_plan::{ChangeKind, Plan};
use serde_json::{Value, json};

use super::world::*;

fn shop() -> Value {
    json!({
        "landscape": "shop",
        "services": {
            "db": { "image": "db:1", "ports": [5432], "volumes": [{ "volume": "data", "at": "/data" }] },
            "api": { "image": "api:1", "ports": [8080], "depends_on": ["db"] },
            "web": { "image": "web:1", "depends_on": ["api"], "scale": 2 },
            "clock": { "image": "clock:1" },
        },
        "jobs": {
            "migrate": { "image": "api:1", "when": "before", "depends_on": ["db"] },
            "report": { "image": "api:1", "when": "after", "depends_on": ["api"] },
            "once": { "image": "api:1" },
        },
        "volumes": { "data": { "keep": true }, "cache": {} },
    })
}

fn with(mut landscape: Value, path: &str, value: Value) -> Value {
    *landscape.pointer_mut(path).unwrap() = value;
    landscape
}

fn kinds(plan: &Plan) -> String {
    let line = |change: &landfall_plan::Change| {
        let reasons = change.reasons.join(", ");
        let outage = change.outage.as_ref().map(|outage| format!(" [{outage}]")).unwrap_or_default();
        format!("{} {} {reasons}{outage}", change.kind.mark(), change.component).trim_end().to_owned() + "\n"
    };
    plan.changes.iter().map(line).collect()
}

#[test]
fn from_nothing_in_dependency_order() {
    let plan = planned(None, Some(&generation(shop(), 1)), &Observed::default());
    assert_snapshot!(listed(&plan));
    assert_snapshot!(kinds(&plan));
}

#[test]
fn twice_is_once() {
    let blueprint = generation(shop(), 1);
    let plan = planned(Some(&blueprint), Some(&blueprint), &running(&blueprint));
    assert!(plan.is_empty(), "{}", listed(&plan));
    assert!(plan.changes.iter().all(|change| change.kind == ChangeKind::Keep), "{}", kinds(&plan));
}

#[test]
fn only_what_changed_is_replaced_and_only_after_the_flip() {
    let (one, two) =
        (generation(shop(), 1), generation(with(shop(), "/services/web/image", json!("web:2")), 2));
    let plan = planned(Some(&one), Some(&two), &running(&one));
    assert_snapshot!(listed(&plan));
    assert_snapshot!(kinds(&plan));
}

#[test]
fn what_writes_a_volume_is_stopped_first() {
    let (one, two) =
        (generation(shop(), 1), generation(with(shop(), "/services/db/image", json!("db:2")), 2));
    let plan = planned(Some(&one), Some(&two), &running(&one));
    assert_snapshot!(listed(&plan));
    assert_snapshot!(kinds(&plan));
}

#[test]
fn a_failed_deployment_is_undone() {
    let (one, two) =
        (generation(shop(), 1), generation(with(shop(), "/services/db/image", json!("db:2")), 2));
    let mut observed = running(&one);
    let there = planned(Some(&one), Some(&two), &observed);
    // The deployment ended when the new database had been started.
    let started = there.steps.iter().position(|step| step.action.to_string() == "start db").unwrap();
    there.steps[..=started].iter().for_each(|step| apply(&mut observed, &step.action, two.stamp));
    let back = planned_in(Deployment::Closed, Some(&one), Some(&one), &observed);
    assert_snapshot!(listed(&back));
    execute(&back, &mut observed, one.stamp);
    assert_eq!(services(&observed), services(&running(&one)));
}

#[test]
fn what_died_is_started_again_behind_what_it_needs() {
    let blueprint = generation(shop(), 1);
    let mut observed = running(&blueprint);
    observed.instances.iter_mut().filter(|it| it.state == RUNNING).for_each(|it| {
        it.state = InstanceState::Exited { code: 137 };
    });
    let plan = planned(Some(&blueprint), Some(&blueprint), &observed);
    assert_snapshot!(listed(&plan));
    assert_snapshot!(kinds(&plan));
}

#[test]
fn after_jobs_are_resumed_and_nothing_is_run_outside_a_deployment() {
    let blueprint = generation(shop(), 1);
    let mut observed = running(&blueprint);
    observed.instances.retain(|it| it.group.component.as_str() != "report");
    let closed = planned_in(Deployment::Closed, Some(&blueprint), Some(&blueprint), &observed);
    assert!(closed.is_empty(), "{}", listed(&closed));
    let open = planned_in(Deployment::Open, Some(&blueprint), Some(&blueprint), &observed);
    assert_eq!(listed(&open), "0 run report after []\n");
}

#[test]
fn down_goes_backwards_and_keeps_what_is_to_be_kept() {
    let blueprint = generation(shop(), 1);
    let plan = planned(Some(&blueprint), None, &running(&blueprint));
    assert_snapshot!(listed(&plan));
    assert_snapshot!(kinds(&plan));
    assert!(plan.removes_data());
    assert!(planned(None, None, &Observed::default()).is_empty());
}
