//! Groups, networks and volumes: each write once, twice, and after what can happen in between.

use std::time::Duration;

use landfall_engine::{Ensure, Error, LogOptions, Scope};
use landfall_model::landscape::port::Auto;
use landfall_model::landscape::{Port, Protocol, Published, Restart};
use landfall_model::observed::{InstanceState, Observed};
use landfall_model::sealed::{Sealed, SealedPart, Secrets};
use landfall_model::spec::{FileContent, Role, Stamp, VolumeId, VolumeMount};

use crate::subject::{GRACE, STAMP, Subject, name};

pub(crate) fn ids(observed: &Observed) -> Vec<&str> {
    let mut instances: Vec<_> = observed.instances.iter().collect();
    instances.sort_by_key(|instance| instance.number);
    instances.into_iter().map(|instance| instance.id.as_str()).collect()
}

fn is_running(observed: &Observed) -> bool {
    observed.instances.iter().all(|instance| matches!(instance.state, InstanceState::Running { .. }))
}

pub(crate) async fn writes_are_idempotent(subject: &Subject) {
    let Subject { engine, environment, .. } = subject;
    let volume = VolumeId { environment: environment.clone(), volume: name("data") };
    let group = subject.service("web", subject.shape(&["serve"]));
    let nothing = Secrets::default();
    for expected in [Ensure::Added, Ensure::NotNeeded, Ensure::NotNeeded] {
        assert_eq!(engine.ensure_network(environment).await.unwrap().1, expected);
        assert_eq!(engine.ensure_volume(&volume).await.unwrap(), expected);
        assert_eq!(engine.ensure_group(&group, 2, STAMP, &nothing).await.unwrap(), expected);
    }
    let observed = subject.observed().await;
    assert_eq!((observed.networks.len(), observed.volumes.len(), observed.instances.len()), (1, 1, 2));
    for (index, expected) in [Ensure::Updated, Ensure::NotNeeded].into_iter().enumerate() {
        assert_eq!(engine.remove_group(&group.id, GRACE).await.unwrap(), expected, "time {index}");
        assert_eq!(engine.remove_volume(&volume).await.unwrap(), expected, "time {index}");
        assert_eq!(engine.remove_network(environment).await.unwrap(), expected, "time {index}");
    }
    assert!(subject.observed().await.is_empty());
}

pub(crate) async fn groups_grow_and_shrink(subject: &Subject) {
    let group = subject.service("web", subject.shape(&["serve"]));
    let one = subject.up(&group, 1).await;
    let three = subject.up(&group, 3).await;
    assert_eq!(ids(&three)[..1], ids(&one)[..], "the first is kept");
    let two = subject.up(&group, 2).await;
    assert_eq!(ids(&two), ids(&three)[..2], "the last goes first");
    assert!(is_running(&two));
    let none = subject.up(&group, 0).await;
    assert!(none.instances.is_empty());
}

pub(crate) async fn what_is_missing_is_made_again(subject: &Subject) {
    let group = subject.service("web", subject.shape(&["serve"]));
    let before = subject.up(&group, 3).await;
    let (kept, lost) = (ids(&before)[0].to_owned(), ids(&before)[1].to_owned());
    assert_eq!(subject.engine.remove_instance(&lost).await.unwrap(), Ensure::Updated);
    assert_eq!(subject.engine.remove_instance(&lost).await.unwrap(), Ensure::NotNeeded);
    let done = subject.engine.ensure_group(&group, 3, STAMP, &Secrets::default()).await.unwrap();
    assert_eq!(done, Ensure::Updated);
    let after = subject.observed().await;
    assert_eq!(ids(&after).len(), 3);
    assert_eq!(ids(&after)[0], kept);
    assert!(!ids(&after).contains(&lost.as_str()));
}

pub(crate) async fn what_was_stopped_is_started(subject: &Subject) {
    let group = subject.service("web", subject.shape(&["serve"]));
    let before = subject.up(&group, 1).await;
    subject.hands.kill(&before.instances[0].id).await;
    let ended = subject.until("ended", |observed| !observed.instances[0].state.is_up()).await;
    assert_eq!(ended.instances[0].state, InstanceState::Exited { code: 137 });
    let after = subject.up(&group, 1).await;
    assert_eq!(ids(&after), ids(&before), "the same is started again");
    assert!(is_running(&after));

    let mut shape = subject.shape(&["exit", "0"]);
    shape.restart = Restart::No;
    let group = subject.service("once", shape);
    subject.up(&group, 1).await;
    let ended = |observed: &Observed| {
        observed.instances.iter().any(|instance| instance.state == InstanceState::Exited { code: 0 })
    };
    subject.until("ended", ended).await;
    let again = subject.engine.ensure_group(&group, 1, STAMP, &Secrets::default()).await.unwrap();
    assert_eq!(again, Ensure::NotNeeded, "restart: no stays ended");
}

pub(crate) async fn what_was_never_started_is_made_anew(subject: &Subject) {
    let group = subject.service("web", subject.shape(&["serve"]));
    let before = subject.up(&group, 2).await;
    subject.hands.unstart(ids(&before)[1]).await;
    let cut = subject.observed().await;
    assert!(cut.instances.iter().any(|instance| instance.state == InstanceState::Created));
    let after = subject.up(&group, 2).await;
    assert!(is_running(&after));
    assert_eq!(ids(&after).len(), 2);
    assert_eq!(ids(&after)[0], ids(&before)[0]);
    assert!(!ids(&cut).contains(&ids(&after)[1]), "its files might be missing");
}

pub(crate) async fn an_interrupted_group_is_finished(subject: &Subject) {
    let mut shape = subject.shape(&["serve"]);
    shape.read_only = true;
    let content = FileContent { content: Sealed::plain("here"), mode: 0o444, owner: (0, 0) };
    shape.files.insert("/file".to_owned(), content);
    let group = subject.service("web", shape);
    subject.engine.ensure_network(&subject.environment).await.unwrap();
    // Whenever it is cut off, with requests on their way or not, the next call goes on from what there is.
    for millis in [0, 10, 30, 60, 120, 250, 500] {
        let (engine, nothing) = (&subject.engine, Secrets::default());
        let making = engine.ensure_group(&group, 2, STAMP, &nothing);
        let _cut = tokio::time::timeout(Duration::from_millis(millis), making).await;
    }
    let observed = subject.up(&group, 2).await;
    assert!(is_running(&observed) && observed.instances.len() == 2, "{observed:?}");
    subject.engine.remove_group(&group.id, GRACE).await.unwrap();
    assert!(subject.observed().await.instances.is_empty());
    assert!(subject.observed().await.volumes.is_empty());
}

pub(crate) async fn a_network_made_anew_is_used(subject: &Subject) {
    let group = subject.service("web", subject.shape(&["serve"]));
    let before = subject.up(&group, 1).await;
    subject.hands.kill(&before.instances[0].id).await;
    subject.until("ended", |observed| !observed.instances[0].state.is_up()).await;
    subject.hands.renew_network(&before.networks[0]).await;
    let after = subject.up(&group, 2).await;
    assert!(is_running(&after) && after.instances.len() == 2, "{after:?}");
    assert!(after.instances.iter().all(|instance| instance.address.is_some()));
}

pub(crate) async fn ended_jobs_stay_ended(subject: &Subject) {
    let group = subject.job("migrate", subject.shape(&["exit", "3"]));
    let before = subject.up(&group, 1).await;
    assert_eq!(subject.engine.wait(&before.instances[0].id).await.unwrap(), 3);
    let again = subject.engine.ensure_group(&group, 1, STAMP, &Secrets::default()).await.unwrap();
    assert_eq!(again, Ensure::NotNeeded);
    let after = subject.observed().await;
    assert_eq!(ids(&after), ids(&before));
    assert_eq!(after.instances[0].state, InstanceState::Exited { code: 3 });
    assert_eq!(after.instances[0].group.role, Role::Job);
}

pub(crate) async fn generations_stand_side_by_side(subject: &Subject) {
    let old = subject.service("web", subject.shape(&["serve"]));
    let mut shape = subject.shape(&["serve"]);
    shape.environment.insert("NEW".to_owned(), Sealed::plain("yes"));
    let new = subject.service("web", shape);
    subject.up(&old, 2).await;
    let next = Stamp { generation: STAMP.generation + 1, ..STAMP };
    subject.engine.ensure_group(&new, 2, next, &Secrets::default()).await.unwrap();
    assert_eq!(subject.observed().await.instances.len(), 4);
    subject.engine.remove_group(&old.id, GRACE).await.unwrap();
    let left = subject.observed().await;
    assert_eq!(left.instances.len(), 2);
    assert!(left.instances.iter().all(|instance| instance.group == new.id && instance.stamp == next));
}

pub(crate) async fn labels_say_everything(subject: &Subject) {
    let mut shape = subject.shape(&["serve"]);
    shape.discovery.ports =
        vec![Port { name: Some(name("http")), port: 8080, protocol: Protocol::Tcp, published: None }];
    shape.labels.insert("team".to_owned(), "maps".to_owned());
    let group = subject.service("web", shape);
    let observed = subject.up(&group, 1).await;
    let instance = &observed.instances[0];
    assert_eq!((&instance.group, instance.number, instance.stamp), (&group.id, 1, STAMP));
    assert_eq!(instance.discovery, group.shape.discovery);
    assert_ne!(instance.name, "web", "the engine's own resolver would answer it");
    assert!(instance.created > 0 && !instance.id.is_empty());
    let all = subject.engine.observe(&Scope::All).await.unwrap();
    assert_eq!(all.of(&subject.environment), observed, "an environment is a part of all");
}

pub(crate) async fn what_is_not_ours_is_left_alone(subject: &Subject) {
    let group = subject.service("web", subject.shape(&["serve"]));
    let before = subject.up(&group, 1).await;
    let stranger = subject.hands.stranger(&before.instances[0]).await;
    assert_eq!(ids(&subject.observed().await), ids(&before), "broken labels are skipped");
    subject.up(&group, 2).await;
    subject.engine.remove_group(&group.id, GRACE).await.unwrap();
    assert!(subject.hands.exists(&stranger).await);
    assert!(subject.observed().await.instances.is_empty());
}

pub(crate) async fn volumes_outlive_groups(subject: &Subject) {
    let volume = VolumeId { environment: subject.environment.clone(), volume: name("data") };
    subject.engine.ensure_volume(&volume).await.unwrap();
    let mount = VolumeMount { volume: name("data"), read_only: false };
    let mut shape = subject.shape(&["write", "/data/note", "kept"]);
    shape.mounts.insert("/data".to_owned(), mount.clone());
    assert_eq!(subject.run(shape).await.0, 0);
    let mut shape = subject.shape(&["stat", "/data/note"]);
    shape.mounts.insert("/data".to_owned(), VolumeMount { read_only: true, ..mount });
    let (code, lines) = subject.run(shape.clone()).await;
    assert_eq!((code, lines), (0, vec!["/data/note 644 0:0 kept".to_owned()]));
    shape.command = crate::subject::sealed(&["write", "/data/note", "lost"]);
    assert_eq!(subject.run(shape).await.0, 1, "it is mounted to be read only");
    assert_eq!(subject.observed().await.volumes, std::slice::from_ref(&volume));
    assert_eq!(subject.engine.remove_volume(&volume).await.unwrap(), Ensure::Updated);
    assert!(subject.observed().await.volumes.is_empty());
}

fn port(port: u16, published: Option<Published>) -> Port {
    Port { name: None, port, protocol: Protocol::Tcp, published }
}

pub(crate) async fn ports_are_published(subject: &Subject) {
    let mut shape = subject.shape(&["serve"]);
    shape.discovery.ports = vec![port(80, Some(Published::Auto(Auto::Auto))), port(81, None)];
    let observed = subject.up(&subject.service("web", shape), 2).await;
    let published: Vec<_> = observed.instances.iter().flat_map(|instance| &instance.published).collect();
    assert_eq!(published.len(), 2, "one for each instance, and none where none is asked for: {published:?}");
    assert!(published.iter().all(|published| published.port == 80 && published.host > 0));
    assert_ne!(published[0].host, published[1].host);
}

pub(crate) async fn a_fixed_port_is_had_once(subject: &Subject) {
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let with = |component: &str| {
        let mut shape = subject.shape(&["serve"]);
        shape.discovery.ports = vec![port(80, Some(Published::Fixed(free)))];
        subject.service(component, shape)
    };
    let observed = subject.up(&with("first"), 1).await;
    assert_eq!(observed.instances[0].published[0].host, free);
    let refused = subject.engine.ensure_group(&with("second"), 1, STAMP, &Secrets::default()).await;
    let Err(Error::PortInUse { port, instance }) = refused else { panic!("{refused:?}") };
    assert_eq!(port, free);
    assert!(instance.contains("second"), "{instance}");
    subject.engine.remove_group(&with("first").id, GRACE).await.unwrap();
    let after = subject.up(&with("second"), 1).await;
    assert!(is_running(&after), "what could not be started before can now");
    assert_eq!(after.instances.len(), 1);
}

pub(crate) async fn an_image_may_be_missing(subject: &Subject) {
    let mut shape = subject.shape(&["serve"]);
    shape.image = format!("sha256:{}", "0".repeat(64));
    let group = subject.service("web", shape);
    subject.engine.ensure_network(&subject.environment).await.unwrap();
    let refused = subject.engine.ensure_group(&group, 2, STAMP, &Secrets::default()).await;
    let Err(Error::NoImage { reference, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(reference, group.shape.image);
    assert!(subject.observed().await.instances.is_empty());
}

pub(crate) async fn a_secret_may_be_missing(subject: &Subject) {
    let secret = SealedPart::Secret { secret: name("password"), version: 1 };
    let mut shape = subject.shape(&["show"]);
    shape.environment.insert("PASSWORD".to_owned(), Sealed::new(vec![secret]));
    let group = subject.job("show", shape);
    subject.engine.ensure_network(&subject.environment).await.unwrap();
    let refused = subject.engine.ensure_group(&group, 1, STAMP, &Secrets::default()).await;
    assert!(matches!(refused, Err(Error::Secret(_))), "{refused:?}");
    assert!(subject.observed().await.instances.is_empty());
    let secrets: Secrets = [((name("password"), 1), "hunter2".to_owned())].into_iter().collect();
    subject.engine.ensure_group(&group, 1, STAMP, &secrets).await.unwrap();
    let instance = subject.observed().await.instances[0].id.clone();
    subject.engine.wait(&instance).await.unwrap();
    let logs = futures_util::TryStreamExt::try_collect::<Vec<_>>(
        subject.engine.logs(&instance, LogOptions::default()),
    );
    assert!(logs.await.unwrap().iter().any(|line| line.line == "env PASSWORD=hunter2"));
}

pub(crate) async fn the_engine_says_what_it_is(subject: &Subject) {
    let info = subject.engine.info().await.unwrap();
    assert!(
        !info.kind.is_empty() && !info.version.is_empty() && info.cpus > 0 && info.memory > 0,
        "{info:?}"
    );
}

pub(crate) async fn stopping_is_patient_and_ends(subject: &Subject) {
    let polite = subject.service("polite", subject.shape(&["serve"]));
    let deaf = subject.service("deaf", subject.shape(&["deaf"]));
    subject.up(&polite, 1).await;
    subject.up(&deaf, 1).await;
    let grace = landfall_model::quantity::Period::from_secs(1);
    assert_eq!(subject.engine.remove_group(&polite.id, grace).await.unwrap(), Ensure::Updated);
    assert_eq!(subject.engine.remove_group(&deaf.id, grace).await.unwrap(), Ensure::Updated);
    assert!(subject.observed().await.instances.is_empty());
}

pub(crate) async fn networks_give_addresses(subject: &Subject) {
    let (network, _) = subject.engine.ensure_network(&subject.environment).await.unwrap();
    let observed = subject.up(&subject.service("web", subject.shape(&["serve"])), 2).await;
    assert_eq!(observed.networks, std::slice::from_ref(&network));
    let addresses: Vec<_> = observed.instances.iter().map(|instance| instance.address.unwrap()).collect();
    assert_ne!(addresses[0], addresses[1]);
    assert!(network.gateway.is_some_and(|gateway| !addresses.contains(&gateway)));
}
