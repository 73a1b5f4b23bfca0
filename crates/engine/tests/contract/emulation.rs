//! The fake under test: the program of the test's image, as far as it can be told without running it.

use std::sync::Arc;

use async_trait::async_trait;
use landfall_engine::LogSource;
use landfall_engine::fake::{Behaviour, Fake, Launch, Outcome, Program};
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::observed::{EngineHealth, Instance, Network};
use landfall_model::release::ImageFacts;

use crate::subject::{Hands, Make, Subject, name};

pub(crate) struct FakeSubject;

struct FakeHands(Fake);

/// `probe.c` in memory.
struct Probe;

#[async_trait]
impl Make for FakeSubject {
    async fn make(landscape: Name) -> Option<Subject> {
        let fake = Fake::new();
        let environment = [("BASE".to_owned(), "yes".to_owned())].into_iter().collect();
        let id = format!("sha256:{}", "1".repeat(64));
        let facts = ImageFacts { id: id.clone(), healthcheck: true, environment };
        fake.add_image("landfall-contract/probe:latest", facts, Probe);
        let environment = EnvironmentId::new(landscape, name("test"));
        Some(Subject {
            engine: Arc::new(fake.clone()),
            hands: Arc::new(FakeHands(fake)),
            environment,
            image: id,
        })
    }
}

#[async_trait]
impl Hands for FakeHands {
    async fn kill(&self, instance: &str) {
        self.0.kill(instance);
    }

    async fn unstart(&self, instance: &str) {
        self.0.unstart(instance);
    }

    async fn stranger(&self, _like: &Instance) -> String {
        panic!("the fake has nothing that is not ours");
    }

    async fn exists(&self, container: &str) -> bool {
        self.0.launch(container).is_some()
    }

    async fn renew_network(&self, _network: &Network) {
        panic!("the fake's networks have no ids that matter");
    }

    async fn saved(&self, _image: &str) -> Vec<u8> {
        panic!("the fake's images have no content");
    }

    async fn clean(&self, _landscape: &Name) {}
}

impl Program for Probe {
    fn start(&self, launch: &Launch) -> Behaviour {
        let words: Vec<&str> = launch.words.iter().map(String::as_str).collect();
        let health = Some(EngineHealth::Healthy);
        if words.first() == Some(&"/nope") {
            let message = "exec: \"/nope\": stat /nope: no such file or directory".to_owned();
            let output = vec![(LogSource::Stderr, "exec /nope failed: No such file or directory".to_owned())];
            let refusal = (!launch.init).then_some(message);
            return Behaviour { refusal, output, exit: Some(127), health };
        }
        match run(launch, &words, b"") {
            Some((output, code)) => Behaviour { refusal: None, output, exit: Some(code), health },
            None => Behaviour {
                output: vec![(LogSource::Stdout, "ready".to_owned())],
                health,
                ..Behaviour::default()
            },
        }
    }

    fn exec(&self, launch: &Launch, words: &[String], input: &[u8]) -> Outcome {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let outcome = words.strip_prefix(&["/probe"]).and_then(|words| run(launch, words, input));
        let Some((lines, code)) = outcome else { return (Vec::new(), 127) };
        let end = if words.contains(&"cat") { "" } else { "\n" };
        (lines.into_iter().map(|(source, line)| (source, line + end)).collect(), code)
    }
}

/// What a command writes, and its exit code; none if it runs on.
fn run(launch: &Launch, words: &[&str], input: &[u8]) -> Option<Outcome> {
    let out = |line: String| (LogSource::Stdout, line);
    match words {
        ["exit", code] => Some((Vec::new(), code.parse().unwrap())),
        ["say", lines @ ..] => {
            let line = |line: &&str| match line.strip_prefix('!') {
                Some(line) => (LogSource::Stderr, line.to_owned()),
                None => out((*line).to_owned()),
            };
            Some((lines.iter().map(line).collect(), 0))
        }
        ["stat", paths @ ..] => Some((paths.iter().map(|path| out(stat(launch, path))).collect(), 0)),
        ["write", ..] => Some((Vec::new(), 1)),
        ["cat"] => Some((vec![out(String::from_utf8_lossy(input).into_owned())], 7)),
        ["show"] => {
            let variables = launch.environment.iter().map(|(name, value)| out(format!("env {name}={value}")));
            Some(([out("uid 55:66".to_owned())].into_iter().chain(variables).collect(), 0))
        }
        _ => None,
    }
}

fn stat(launch: &Launch, path: &str) -> String {
    match launch.files.get(path) {
        Some((text, mode, (user, group))) => {
            format!("{path} {mode:o} {user}:{group} {}", text.replace('\n', "|"))
        }
        None => format!("{path} 755 0:0 "),
    }
}
