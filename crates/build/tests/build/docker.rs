//! Builds by the real builders of the Docker Engine on this machine, from `debian:bookworm-slim`.
//!
//! They fail without one; `LANDFALL_WITHOUT_DOCKER=1` says that this is known.

use std::fs::File;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use landfall_build::{Event, Look, State, look};
use landfall_engine::docker::Docker;
use landfall_engine::{Builder, Engine, Observe};
use landfall_model::label;
use serde_json::json;

use super::project::{Project, name};

const BUILDERS: [Builder; 2] = [Builder::BuildKit, Builder::Classic];

/// Removes the images of its landscape when the test is over.
struct Landscape(String);

impl Landscape {
    fn new(test: &str, builder: Builder) -> Self {
        Self(format!("test-build-{test}-{}-{}", format!("{builder:?}").to_lowercase(), std::process::id()))
    }
}

impl Drop for Landscape {
    fn drop(&mut self) {
        let filter = format!("label={}={}", label::LANDSCAPE, self.0);
        let tags = docker(&["image", "ls", "--filter", &filter, "--format", "{{.Repository}}:{{.Tag}}"]);
        for tag in tags.lines().filter(|tag| !tag.contains("<none>")) {
            docker(&["image", "rm", "--force", tag]);
        }
    }
}

fn docker(words: &[&str]) -> String {
    let output = Command::new("docker").args(words).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The engine; none if it was said that there is none.
async fn engine() -> Option<Docker> {
    if std::env::var("LANDFALL_WITHOUT_DOCKER").is_ok_and(|value| value == "1") {
        return None;
    }
    Some(Docker::connect(None).await.expect("start a Docker Engine, or set LANDFALL_WITHOUT_DOCKER=1"))
}

fn run(tag: &str, script: &str) -> String {
    docker(&["run", "--rm", "--network", "none", tag, "sh", "-c", script])
}

fn layered(landscape: &Landscape, builder: Builder) -> Project {
    let images = json!({
        "os": { "build": "os" },
        "runtime": { "build": "runtime", "from": "os" },
        "app": { "build": "app", "from": "runtime", "args": { "WHO": "for {{ landscape.name }}" } },
    });
    let on_build = "ARG BASE\nFROM ${BASE}\nRUN echo runtime > /runtime\nONBUILD COPY . /src\n\
                    ONBUILD RUN cat /src/name > /built\n";
    let files = [
        ("os/Dockerfile", "FROM debian:bookworm-slim\nRUN echo os > /os\n"),
        ("runtime/Dockerfile", on_build),
        ("app/Dockerfile", "ARG BASE\nFROM ${BASE}\nARG WHO\nRUN echo \"$WHO\" > /who\n"),
        ("app/.dockerignore", "**/*.txt\n!keep.txt\n"),
        ("app/name", "app"),
        ("app/private/notes.txt", "x"),
        ("app/keep.txt", "x"),
    ];
    Project::new(&landscape.0, images, &files).with(builder)
}

#[tokio::test]
async fn layers_of_three_images() {
    for builder in BUILDERS {
        let landscape = Landscape::new("layers", builder);
        let project = layered(&landscape, builder);
        let Some(client) = engine().await else { return };
        let engine: Arc<dyn Engine> = Arc::new(client.clone());
        let outcome = project.build(engine).await;
        assert!(outcome.states().values().all(|state| *state == State::Built));
        let built = outcome.result.unwrap();
        let app = &built[&name("app")];
        let seen = run(&app.tag, "cat /os /runtime /who /built; cd /src; find . -type f | sort");
        let dockerfile_and_co = "./.dockerignore\n./Dockerfile\n./keep.txt\n./name\n";
        assert_eq!(seen, format!("os\nruntime\nfor {}\napp{dockerfile_and_co}", landscape.0), "{builder:?}");
        let labels = docker(&["image", "inspect", "--format", "{{json .Config.Labels}}", &app.tag]);
        let labels: serde_json::Value = serde_json::from_str(&labels).unwrap();
        assert_eq!(labels[label::LANDSCAPE], landscape.0);
        assert_eq!(labels[label::IMAGE], "app");
        assert_eq!(labels[label::INPUTS], app.inputs.as_str());
        let steps = outcome.progress.iter().filter(|progress| matches!(progress.event, Event::Step { .. }));
        assert!(steps.count() >= 5, "{:?}", outcome.progress);
    }
}

#[tokio::test]
async fn content_is_built_again_and_time_is_not() {
    for builder in BUILDERS {
        let landscape = Landscape::new("again", builder);
        let project = layered(&landscape, builder);
        let Some(client) = engine().await else { return };
        let engine: Arc<dyn Engine> = Arc::new(client.clone());
        let first = project.build(Arc::clone(&engine)).await.result.unwrap();

        let file = File::options().write(true).open(project.path().join("app/name")).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let observer: Arc<dyn Observe> = Arc::new(client);
        let looks = look(observer, &project.request).await.unwrap();
        assert!(looks.values().all(|look| matches!(look, Look::Unchanged(_))), "{looks:?}");
        let second = project.build(Arc::clone(&engine)).await;
        assert!(second.states().values().all(|state| *state == State::Unchanged));
        let second = second.result.unwrap();
        assert!(first.iter().all(|(name, built)| built.facts == second[name].facts));

        project.write("app/name", "changed");
        let third = project.build(engine).await;
        let states: Vec<_> = third.states().into_iter().collect();
        assert_eq!(states, [("app", State::Built), ("os", State::Unchanged), ("runtime", State::Unchanged)]);
        assert_eq!(run(&third.result.unwrap()[&name("app")].tag, "cat /built"), "changed");
    }
}

#[tokio::test]
async fn the_target_decides_the_stage() {
    for builder in BUILDERS {
        let Some(engine) = engine().await else { return };
        let landscape = Landscape::new("target", builder);
        let images =
            json!({ "a": { "build": ".", "target": "wanted", "dockerfile": "d/Wanted.dockerfile" } });
        let text = "FROM debian:bookworm-slim AS start\nRUN echo 1 > /stage\nFROM start AS wanted\nRUN echo 2 > /stage\n\
                    FROM localhost:1/missing AS never\n";
        let project = Project::new(&landscape.0, images, &[("d/Wanted.dockerfile", text)]).with(builder);
        let built = project.build(Arc::new(engine)).await;
        assert_eq!(built.states().len(), 1);
        assert_eq!(run(&built.result.unwrap()[&name("a")].tag, "cat /stage"), "2\n", "{builder:?}");
    }
}

#[tokio::test]
async fn a_failing_step_is_named() {
    for builder in BUILDERS {
        let Some(engine) = engine().await else { return };
        let landscape = Landscape::new("failing", builder);
        let text = "FROM debian:bookworm-slim\nRUN true\nRUN echo the reason && \\\n    exit 7\n";
        let images = json!({ "a": { "build": "." } });
        let project = Project::new(&landscape.0, images, &[("Dockerfile", text)]).with(builder);
        let error = project.build(Arc::new(engine)).await.result.unwrap_err().to_string();
        let lines: Vec<&str> = error.lines().collect();
        let look_at = format!("look at {}:3", project.path().join("Dockerfile").display());
        assert!(lines[0].starts_with("the image a can't be built: "), "{error}");
        assert!(lines[0].contains("RUN echo the reason"), "{error}");
        assert_eq!((lines[1], lines[lines.len() - 1]), ("    the reason", look_at.as_str()), "{error}");
        assert!(lines[2].contains('7'), "{error}");
    }
}

#[tokio::test]
async fn a_secret_is_read_and_not_kept() {
    let Some(engine) = engine().await else { return };
    let landscape = Landscape::new("secret", Builder::BuildKit);
    // The process's number keeps the step from being taken from an earlier run's cache.
    let text = format!(
        "FROM debian:bookworm-slim\nRUN --mount=type=secret,id=token : {} && wc -c < /run/secrets/token > /length\n",
        std::process::id()
    );
    let images = json!({ "a": { "build": ".", "secrets": ["token"] } });
    let mut project = Project::new(&landscape.0, images, &[("Dockerfile", &text)]).with(Builder::BuildKit);
    let secret = format!("not-to-be-found-{}", std::process::id());
    project.request.secrets.insert(name("token"), secret.clone());
    let built = project.build(Arc::new(engine)).await;
    assert_eq!(built.states().len(), 1);
    let tag = &built.result.unwrap()[&name("a")].tag;
    assert_eq!(run(tag, "cat /length").trim(), secret.len().to_string());
    assert_eq!(run(tag, "ls /run/secrets | wc -l").trim(), "0");
    let image = Command::new("docker").args(["image", "save", tag]).output().unwrap().stdout;
    assert!(image.len() > 1_000_000);
    assert!(!image.windows(secret.len()).any(|window| window == secret.as_bytes()));
    assert!(!docker(&["image", "history", "--no-trunc", tag]).contains(&secret));
}

#[tokio::test]
async fn an_image_that_is_not_to_be_had_is_named() {
    let Some(engine) = engine().await else { return };
    let landscape = Landscape::new("base", Builder::BuildKit);
    let images = json!({ "a": { "build": "." } });
    let project = Project::new(&landscape.0, images, &[("Dockerfile", "# x\nFROM localhost:1/missing:1\n")]);
    let error = project.build(Arc::new(engine)).await.result.unwrap_err().to_string();
    let place = format!("{}:2", project.path().join("Dockerfile").display());
    assert!(error.starts_with(&format!("the image localhost:1/missing:1, which {place} names")), "{error}");
    assert!(error.contains("docker pull localhost:1/missing:1"), "{error}");
}

/// Whether a process with this argument runs on this machine, in a container or not.
fn is_running(argument: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut commands = processes.flat_map(|process| std::fs::read(process.path().join("cmdline")));
    commands.any(|command| command.split(|byte| *byte == 0).eq([b"sleep", argument.as_bytes(), b""]))
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !is_so() {
        assert!(Instant::now() < deadline, "in two minutes it was not so that {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn dropping_the_future_ends_the_step() {
    for builder in BUILDERS {
        let landscape = Landscape::new("drop", builder);
        let seconds = (1_000_000 + u64::from(std::process::id())).to_string();
        let text = format!("FROM debian:bookworm-slim\nRUN sleep {seconds}\n");
        let images = json!({ "a": { "build": "." } });
        let project = Project::new(&landscape.0, images, &[("Dockerfile", &text)]).with(builder);
        let (sender, _receiver) = tokio::sync::mpsc::channel(1_000);
        let Some(client) = engine().await else { return };
        let engine: Arc<dyn Engine> = Arc::new(client.clone());
        let build = tokio::spawn(landfall_build::build(engine, project.request.clone(), sender));
        until("the step runs", || is_running(&seconds)).await;
        build.abort();
        until("the step has ended", || !is_running(&seconds)).await;
    }
}
