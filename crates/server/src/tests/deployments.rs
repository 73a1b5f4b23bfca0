//! Deployments as a client follows them.

use landfall_api::{DeploymentEvent, DeploymentStatus};
use landfall_plan::DataPolicy;
use serde_json::{Value, json};

use super::rig::*;

pub(super) fn shop() -> Value {
    json!({
        "landscape": "shop",
        "services": {
            "db": { "image": "db:1", "volumes": [{ "volume": "data", "at": "/data" }] },
            "api": { "image": "api:1", "depends_on": ["db"] },
            "web": { "image": "web:1", "depends_on": ["api"], "scale": 2 },
        },
        "jobs": { "migrate": { "image": "ok:1", "when": "before", "depends_on": ["db"] } },
        "volumes": { "data": {} },
        "secrets": { "password": { "generate": 12 } },
    })
}

pub(super) fn with(mut landscape: Value, path: &str, value: Value) -> Value {
    *landscape.pointer_mut(path).unwrap() = value;
    landscape
}

fn finished(events: &[DeploymentEvent]) -> (DeploymentStatus, String) {
    match events.last() {
        Some(DeploymentEvent::Finished { status, message }) => (*status, message.clone().unwrap_or_default()),
        other => panic!("ended with {other:?}"),
    }
}

#[tokio::test]
async fn up_twice_is_up_once_and_down_leaves_nothing() {
    let rig = Rig::new().await;
    let first = rig.deploy(shop()).await.unwrap();
    assert_eq!(finished(&rig.follow(first).await).0, DeploymentStatus::Done);
    assert_eq!(rig.running().await, ["api-1 g1", "db-1 g1", "web-1 g1", "web-2 g1"]);
    let touched = rig.engine.journal().len();
    assert_eq!(rig.deploy(shop()).await, None);
    assert_eq!(rig.engine.journal().len(), touched);
    let told = rig.nurse.told.lock().unwrap().clone();
    assert_eq!(told.environments[0].active.as_ref().unwrap().generation, 1);
    let down = rig.down(DataPolicy::AsDeclared).await.unwrap();
    assert_eq!(finished(&rig.follow(down).await).0, DeploymentStatus::Done);
    assert!(rig.observed().await.is_empty());
    assert_eq!(rig.world().store.environments().await.unwrap(), []);
}

#[tokio::test]
async fn a_service_that_never_becomes_well_leaves_the_rest_as_it_was() {
    let rig = Rig::new().await;
    let first = rig.deploy(shop()).await.unwrap();
    assert_eq!(rig.ended(first).await, DeploymentStatus::Done);
    let before = rig.observed().await;
    let web = json!({ "image": "bad:1", "restart": "no" });
    let second = rig.deploy(with(shop(), "/services/web", web)).await.unwrap();
    let events = rig.follow(second).await;
    let (status, message) = finished(&events);
    assert_eq!(
        (status, message.as_str()),
        (DeploymentStatus::Failed, "web: its process ended with exit code 3")
    );
    let logs = events.iter().find_map(|event| match event {
        DeploymentEvent::StepFailed { logs, .. } => Some(logs.clone()),
        _ => None,
    });
    assert_eq!(logs.unwrap(), ["no such luck"]);
    let after = rig.observed().await;
    let ids = |observed: &landfall_model::observed::Observed| {
        let services = observed.instances.iter().filter(|it| it.state.is_up());
        services.map(|it| it.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&after), ids(&before));
    assert_eq!(after.volumes, before.volumes);
}

#[tokio::test]
async fn a_first_deployment_that_fails_leaves_only_data() {
    let rig = Rig::new().await;
    let first = rig.deploy(with(shop(), "/jobs/migrate/image", json!("bad:1"))).await.unwrap();
    let (status, message) = finished(&rig.follow(first).await);
    assert_eq!(status, DeploymentStatus::Failed);
    assert_eq!(message, "the job migrate ended with exit code 3");
    let left = rig.observed().await;
    assert_eq!((left.instances.len(), left.networks.len(), left.volumes.len()), (0, 0, 1));
}

#[tokio::test]
async fn a_cancelled_deployment_is_undone() {
    let rig = Rig::new().await;
    rig.nurse.sick.lock().unwrap().insert(name("api"));
    let first = rig.deploy(shop()).await.unwrap();
    rig.until(|observed| observed.instances.iter().any(|it| it.group.component == name("api"))).await;
    rig.cancel();
    assert_eq!(finished(&rig.follow(first).await).0, DeploymentStatus::Cancelled);
    assert!(rig.observed().await.instances.is_empty());
    rig.nurse.sick.lock().unwrap().clear();
    let second = rig.deploy(shop()).await.unwrap();
    assert_eq!(rig.ended(second).await, DeploymentStatus::Done);
}

#[tokio::test]
async fn what_is_killed_comes_back() {
    let rig = Rig::new().await;
    let first = rig.deploy(shop()).await.unwrap();
    assert_eq!(rig.ended(first).await, DeploymentStatus::Done);
    let observed = rig.observed().await;
    observed.instances.iter().for_each(|it| rig.engine.kill(&it.id));
    let up = |observed: &landfall_model::observed::Observed| {
        observed.instances.iter().filter(|it| it.state.is_up()).count() == 4
    };
    rig.until(up).await;
    rig.observed().await.instances.iter().for_each(|it| rig.engine.vanish(&it.id));
    rig.until(up).await;
}

#[tokio::test]
async fn a_job_after_the_flip_that_fails_is_said_and_changes_nothing() {
    let rig = Rig::new().await;
    let jobs = json!({ "report": { "image": "bad:1", "when": "after" } });
    let first = rig.deploy(with(shop(), "/jobs", jobs)).await.unwrap();
    assert_eq!(finished(&rig.follow(first).await).0, DeploymentStatus::Incomplete);
    assert_eq!(rig.running().await.len(), 4);
}

#[tokio::test]
async fn an_engine_that_stops_answering_is_waited_for() {
    let rig = Rig::new().await;
    let gone = || landfall_engine::Error::Unreachable { address: "here".into(), source: "gone".into() };
    rig.engine.fail(landfall_engine::fake::Call::Start, 2, gone);
    let first = rig.deploy(shop()).await.unwrap();
    let events = rig.follow(first).await;
    assert!(events.iter().any(|event| matches!(event, DeploymentEvent::Waiting { .. })));
    assert_eq!(finished(&events).0, DeploymentStatus::Done);
}
