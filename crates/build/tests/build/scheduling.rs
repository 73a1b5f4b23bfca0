//! Who is built when, what a failure takes along, and that nothing goes on when nobody waits.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use landfall_build::{Event, Look, State, Why, look};
use landfall_engine::{Builder, Engine, Observe};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use super::fake::{Fake, Shared};
use super::project::{Project, name};

const ON_BASE: &str = "ARG BASE\nFROM ${BASE}\n";

/// `os`, `app` on it, `tool` on `app`, and `other` by itself.
fn layers() -> Project {
    let image = |from: Value, build: &str| {
        let mut image = json!({ "build": build });
        if !from.is_null() {
            image["from"] = from;
        }
        image
    };
    let images = json!({
        "os": image(Value::Null, "os"),
        "app": image(json!("os"), "app"),
        "tool": image(json!("app"), "tool"),
        "other": image(Value::Null, "other"),
    });
    Project::new(
        "lidar",
        images,
        &[
            ("os/Dockerfile", "FROM debian\n"),
            ("app/Dockerfile", ON_BASE),
            ("tool/Dockerfile", ON_BASE),
            ("other/Dockerfile", "FROM scratch\n"),
        ],
    )
}

fn fake(fake: Fake) -> (Arc<Fake>, Arc<dyn Engine>) {
    let fake = Arc::new(fake);
    fake.add("debian", "sha256:debian");
    (Arc::clone(&fake), Arc::new(Shared(fake)))
}

fn observer(fake: &Arc<Fake>) -> Arc<dyn Observe> {
    Arc::new(Shared(Arc::clone(fake)))
}

#[tokio::test]
async fn parents_are_built_first_and_nothing_twice() {
    let project = layers();
    let (fake, engine) = fake(Fake::default());
    let first = project.build(Arc::clone(&engine)).await;
    assert!(first.states().values().all(|state| *state == State::Built));
    let log = fake.log();
    let at = |what: &str| log.iter().position(|line| line == what).unwrap();
    assert!(at("os ends") < at("app begins") && at("app ends") < at("tool begins"), "{log:?}");

    let second = project.build(Arc::clone(&engine)).await;
    assert!(second.states().values().all(|state| *state == State::Unchanged));
    assert_eq!(fake.log(), log);
    assert!(second.progress.iter().any(|progress| matches!(progress.event, Event::Unchanged { .. })));

    project.write("app/new", "x");
    let third = project.build(engine).await;
    let states: Vec<_> = third.states().into_iter().collect();
    assert_eq!(
        states,
        [
            ("app", State::Built),
            ("os", State::Unchanged),
            ("other", State::Unchanged),
            ("tool", State::Built)
        ]
    );
}

#[tokio::test]
async fn as_many_at_once_as_allowed() {
    let images =
        json!({ "a": { "build": "." }, "b": { "build": "." }, "c": { "build": "." }, "d": { "build": "." } });
    let project = Project::new("lidar", images, &[("Dockerfile", "FROM scratch\n")]);
    // Each build ends only together with another one: this hangs if there are not two at once.
    let barrier = Some(Arc::new(Barrier::new(2)));
    let (fake, engine) = fake(Fake { barrier, ..Fake::default() });
    let outcome = tokio::time::timeout(Duration::from_secs(60), project.build(engine)).await.unwrap();
    assert_eq!(outcome.states().len(), 4);
    let mut running = 0_i32;
    for line in fake.log() {
        running += if line.ends_with("begins") { 1 } else { -1 };
        assert!(running <= 2, "{:?}", fake.log());
    }
}

#[tokio::test]
async fn a_failure_takes_along_only_what_is_built_on_it() {
    let project = layers();
    let (fake, engine) = fake(Fake { failing: BTreeSet::from(["app"]), ..Fake::default() });
    let outcome = project.build(engine).await;
    let error = outcome.result.unwrap_err();
    let expected = format!(
        "the image app can't be built: RUN app\n    no luck\nexit code 1\nlook at {}",
        project.path().join("app/Dockerfile").display()
    );
    assert_eq!(error.to_string(), expected);
    assert!(fake.log().contains(&"other ends".to_owned()));
    assert!(!fake.log().contains(&"tool begins".to_owned()));
    let of = |image: &str| {
        let event = outcome.progress.iter().rfind(|progress| progress.image.as_str() == image);
        event.map(|progress| progress.event.clone())
    };
    assert_eq!(of("app"), Some(Event::Failed));
    assert_eq!(of("tool"), Some(Event::Skipped { failed: name("app") }));
}

#[tokio::test]
async fn dropping_the_future_stops_builds() {
    let project = layers();
    let (fake, engine) = fake(Fake { endless: true, ..Fake::default() });
    let (sender, mut receiver) = tokio::sync::mpsc::channel(8);
    let build = tokio::spawn(landfall_build::build(engine, project.request.clone(), sender));
    let mut steps = 0;
    while steps < 2 {
        let progress = receiver.recv().await.unwrap();
        steps += usize::from(matches!(progress.event, Event::Step { .. }));
    }
    build.abort();
    assert!(build.await.unwrap_err().is_cancelled());
    let dropped = fake.log().iter().filter(|line| line.ends_with("dropped")).count();
    assert_eq!(dropped, 2, "{:?}", fake.log());
}

#[tokio::test]
async fn images_from_elsewhere_are_pulled_once_or_named() {
    let images = json!({ "a": { "build": "a" }, "b": { "build": "b" } });
    let files =
        [("a/Dockerfile", "FROM tools:1\n"), ("b/Dockerfile", "FROM scratch\n\nCOPY --from=tools:1 / /\n")];
    let project = Project::new("lidar", images, &files);
    let (nothing, engine) = fake(Fake::default());
    let error = project.build(engine).await.result.unwrap_err();
    let expected = format!(
        "the image tools:1, which {}:1 names, is neither on this machine nor to be had from its registry; type \
         `docker pull tools:1`, or build it in `images` and say `from`",
        project.path().join("a/Dockerfile").display()
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(nothing.log(), ["pull tools:1"]);

    let (registry, engine) = fake(Fake { registry: BTreeSet::from(["tools:1"]), ..Fake::default() });
    assert_eq!(project.build(engine).await.states().len(), 2);
    assert_eq!(registry.log().iter().filter(|line| line.starts_with("pull")).count(), 1);
}

#[tokio::test]
async fn looking_says_what_a_build_would_do_and_does_nothing() {
    let project = layers();
    let (fake, engine) = fake(Fake::default());
    let looks = look(observer(&fake), &project.request).await.unwrap();
    assert_eq!(looks[&name("os")], Look::Build(Why::New));
    assert_eq!(looks[&name("app")], Look::Build(Why::Parent(name("os"))));
    assert_eq!(fake.log(), Vec::<String>::new());

    let built = project.build(engine).await.result.unwrap();
    project.write("tool/new", "x");
    let looks = look(observer(&fake), &project.request).await.unwrap();
    assert_eq!(looks[&name("tool")], Look::Build(Why::New));
    let Look::Unchanged(app) = &looks[&name("app")] else { panic!("{looks:?}") };
    assert_eq!((&app.tag, &app.facts), (&built[&name("app")].tag, &built[&name("app")].facts));

    fake.images.lock().unwrap().remove("debian");
    let looks = look(observer(&fake), &project.request).await.unwrap();
    assert_eq!(looks[&name("os")], Look::Build(Why::Base("debian".to_owned())));
}

#[tokio::test]
async fn secrets_need_buildkit_and_a_value() {
    let images = json!({ "a": { "build": ".", "secrets": ["token"] } });
    let mut project =
        Project::new("lidar", images, &[("Dockerfile", "FROM scratch\n")]).with(Builder::Classic);
    let (_, engine) = fake(Fake::default());
    let error = project.build(Arc::clone(&engine)).await.result.unwrap_err();
    assert_eq!(error.to_string(), "the build of the image a reads the secret token, which has no value");
    project.request.secrets.insert(name("token"), "hunter2".to_owned());
    let error = project.build(Arc::clone(&engine)).await.result.unwrap_err();
    assert!(error.to_string().contains("only BuildKit keeps them out"), "{error}");
    project.request.builder = None;
    assert_eq!(project.build(engine).await.states().len(), 1);
}
