//! The fake's own: faults, processes that end, what is waited for.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use futures_util::{FutureExt, StreamExt, TryStreamExt};
use landfall_engine::fake::{Behaviour, Call, Fake, Launch, Serving};
use landfall_engine::{Engine, Ensure, Error, LogOptions, LogSource, Observe, Scope};
use landfall_model::landscape::{Limits, Restart};
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::observed::{Instance, InstanceState};
use landfall_model::quantity::Period;
use landfall_model::release::{ImageFacts, ReleaseNumber};
use landfall_model::sealed::Secrets;
use landfall_model::spec::{Group, Role, Shape, Stamp};

const STAMP: Stamp = Stamp { release: ReleaseNumber(1), generation: 1 };

fn facts(id: &str) -> ImageFacts {
    ImageFacts { id: id.to_owned(), ..ImageFacts::default() }
}

fn group(role: Role, image: &str) -> Group {
    let environment = EnvironmentId::new(Name::new("shop").unwrap(), Name::new("test").unwrap());
    let shape = Shape {
        image: image.to_owned(),
        command: None,
        entrypoint: None,
        environment: Default::default(),
        files: Default::default(),
        mounts: Default::default(),
        tmpfs: Vec::new(),
        user: None,
        working_dir: None,
        init: true,
        read_only: false,
        cap_add: Vec::new(),
        cap_drop: Vec::new(),
        limits: Limits::default(),
        shm_size: None,
        restart: Restart::Always,
        stop_signal: None,
        stop_grace_period: Period::from_secs(1),
        labels: Default::default(),
        discovery: Default::default(),
    };
    Group::new(environment, role, Name::new("web").unwrap(), shape)
}

async fn up(fake: &Fake, group: &Group, instances: u32) -> Result<Ensure, Error> {
    fake.ensure_network(&group.id.environment).await?;
    fake.ensure_group(group, instances, STAMP, &Secrets::default()).await
}

async fn instances(fake: &Fake) -> Vec<Instance> {
    fake.observe(&Scope::All).await.unwrap().instances
}

fn full() -> Error {
    Error::DiskFull { message: "no space left on device".to_owned() }
}

#[tokio::test]
async fn the_nth_call_fails_and_the_next_succeeds() {
    let fake = Fake::new();
    fake.add_image("web", facts("sha256:1"), Serving);
    let group = group(Role::Service, "sha256:1");
    fake.fail(Call::Start, 2, full);
    assert!(matches!(up(&fake, &group, 3).await, Err(Error::DiskFull { .. })));
    let states: Vec<_> = instances(&fake).await.iter().map(|instance| instance.state).collect();
    let running = InstanceState::Running { health: None };
    assert_eq!(states, [running, InstanceState::Created, running], "what a real engine leaves");
    assert_eq!(up(&fake, &group, 3).await.unwrap(), Ensure::Updated);
    assert_eq!(up(&fake, &group, 3).await.unwrap(), Ensure::NotNeeded);
    assert_eq!((fake.calls(Call::Create), fake.calls(Call::Start), fake.calls(Call::Remove)), (4, 4, 1));
    fake.fail(Call::Observe, 1, full);
    assert!(fake.observe(&Scope::All).await.is_err());
    assert!(fake.observe(&Scope::All).await.is_ok());
}

#[tokio::test]
async fn what_crashes_is_restarted_and_what_is_killed_is_not() {
    let fake = Fake::new();
    // Runs the first time, and ends at once ever after.
    let once = |launch: &Launch| Behaviour { exit: (launch.starts > 1).then_some(3), ..Behaviour::default() };
    fake.add_image("once", facts("sha256:1"), once);
    fake.add_image("web", facts("sha256:2"), Serving);
    up(&fake, &group(Role::Service, "sha256:1"), 1).await.unwrap();
    let id = instances(&fake).await[0].id.clone();
    fake.crash(&id, 1);
    assert_eq!(instances(&fake).await[0].state, InstanceState::Restarting);
    assert_eq!(fake.launch(&id).unwrap().starts, 2);

    let group = group(Role::Service, "sha256:2");
    up(&fake, &group, 1).await.unwrap();
    let id = instances(&fake).await.into_iter().find(|instance| instance.group == group.id).unwrap().id;
    let state = async |fake: &Fake| {
        instances(fake)
            .await
            .into_iter()
            .find(|instance| instance.group == group.id)
            .map(|instance| instance.state)
    };
    fake.crash(&id, 1);
    assert_eq!(state(&fake).await, Some(InstanceState::Running { health: None }));
    fake.kill(&id);
    assert_eq!(state(&fake).await, Some(InstanceState::Exited { code: 137 }));
    up(&fake, &group, 1).await.unwrap();
    fake.vanish(&id);
    assert_eq!(state(&fake).await, None);
    assert_eq!(up(&fake, &group, 1).await.unwrap(), Ensure::Added);
}

#[tokio::test]
async fn ends_and_lines_are_waited_for() {
    let fake = Fake::new();
    fake.add_image("web", facts("sha256:1"), Serving);
    let mut events = fake.events();
    up(&fake, &group(Role::Job, "sha256:1"), 1).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap().action, "start");
    let id = instances(&fake).await[0].id.clone();
    let mut ended = std::pin::pin!(fake.wait(&id));
    assert!(ended.as_mut().now_or_never().is_none(), "it runs");
    let mut lines = fake.logs(&id, LogOptions { follow: true, ..LogOptions::default() });
    assert!(lines.next().now_or_never().is_none(), "it has said nothing");
    fake.say(&id, LogSource::Stdout, "hello");
    assert_eq!(lines.next().await.unwrap().unwrap().line, "hello");
    fake.crash(&id, 4);
    assert_eq!(ended.await.unwrap(), 4);
    assert!(lines.next().await.is_none());
    assert_eq!(events.next().await.unwrap().unwrap().action, "die");
}

#[tokio::test]
async fn images_are_built_and_pulled() {
    let fake = Fake::new();
    fake.add_to_registry("db:1", facts("sha256:5"), Serving);
    assert_eq!(fake.image("db:1").await.unwrap(), None);
    fake.pull("db:1").try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(fake.image("db:1").await.unwrap(), Some(facts("sha256:5")));
    let request = landfall_engine::BuildRequest {
        image: "app".to_owned(),
        tag: "shop/app".to_owned(),
        context: "context".into(),
        dockerfile: "Dockerfile".to_owned(),
        args: Default::default(),
        target: None,
        labels: Default::default(),
        secrets: Default::default(),
        builder: landfall_engine::Builder::BuildKit,
    };
    let first = fake.build(request.clone()).try_collect::<Vec<_>>().await.unwrap();
    let again = fake.build(request.clone()).try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(first.last(), again.last(), "the same content is the same image");
    let other = landfall_engine::BuildRequest { context: "other".into(), ..request };
    assert_ne!(fake.build(other).try_collect::<Vec<_>>().await.unwrap().last(), first.last());
}
