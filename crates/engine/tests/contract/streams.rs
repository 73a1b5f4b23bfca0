//! What instances say: logs, commands run inside them, events, measurements.

use futures_util::{StreamExt, TryStreamExt};
use landfall_engine::stream::{ExecInput, Terminal};
use landfall_engine::{EngineEvent, ExecEvent, ExecRequest, LogOptions, LogSource};
use landfall_model::check::{Check, Probe};
use landfall_model::observed::InstanceState;

use crate::subject::{GRACE, Subject};

pub(crate) async fn logs_come_in_order(subject: &Subject) {
    let group = subject.job("say", subject.shape(&["say", "one", "!two", "three", "", "!five"]));
    let instance = subject.up(&group, 1).await.instances[0].id.clone();
    subject.engine.wait(&instance).await.unwrap();
    let logs = |options| subject.engine.logs(&instance, options).try_collect::<Vec<_>>();
    let all = logs(LogOptions::default()).await.unwrap();
    let said: Vec<_> = all.iter().map(|line| (line.source, line.line.as_str())).collect();
    let (out, error) = (LogSource::Stdout, LogSource::Stderr);
    assert_eq!(said, [(out, "one"), (error, "two"), (out, "three"), (out, ""), (error, "five")]);
    assert!(all.iter().all(|line| line.time.len() >= 20 && line.time.ends_with('Z')), "{all:?}");
    assert!(all.windows(2).all(|pair| pair[0].time <= pair[1].time));
    let last = logs(LogOptions { tail: Some(2), ..LogOptions::default() }).await.unwrap();
    assert_eq!(last, all[3..]);
    let later =
        logs(LogOptions { since: Some(i64::from(i32::MAX) - 1), ..LogOptions::default() }).await.unwrap();
    assert!(later.is_empty());
}

pub(crate) async fn logs_can_be_followed(subject: &Subject) {
    let group = subject.service("web", subject.shape(&["serve"]));
    let instance = subject.up(&group, 1).await.instances[0].id.clone();
    let mut lines = subject.engine.logs(&instance, LogOptions { follow: true, ..LogOptions::default() });
    assert_eq!(lines.next().await.unwrap().unwrap().line, "ready");
    subject.engine.remove_group(&group.id, GRACE).await.unwrap();
    assert!(lines.next().await.is_none(), "it ends with the instance");
    let gone = subject.engine.logs(&instance, LogOptions::default()).next().await;
    assert!(gone.unwrap().is_err());
}

pub(crate) async fn long_lines_are_whole(subject: &Subject) {
    let long = "x".repeat(40_000);
    let (_, lines) = subject.run(subject.shape(&["say", &long, "short"])).await;
    assert_eq!(lines, [long.as_str(), "short"]);
}

fn command(words: &[&str]) -> ExecRequest {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    ExecRequest { words, user: None, terminal: Terminal::No, input: None }
}

async fn outcome(subject: &Subject, instance: &str, request: ExecRequest) -> (String, i64) {
    let events = subject.engine.exec(instance, request).await.unwrap().try_collect::<Vec<_>>().await.unwrap();
    let mut text = String::new();
    for event in &events {
        match event {
            ExecEvent::Output(_, bytes) => text.push_str(&String::from_utf8_lossy(bytes)),
            ExecEvent::Exited(code) => return (text, *code),
        }
    }
    panic!("no exit code: {events:?}");
}

pub(crate) async fn commands_have_input_and_exit_codes(subject: &Subject) {
    let group = subject.service("web", subject.shape(&["serve"]));
    let instance = subject.up(&group, 1).await.instances[0].id.clone();
    assert_eq!(outcome(subject, &instance, command(&["/probe", "exit", "42"])).await, (String::new(), 42));
    assert_eq!(
        outcome(subject, &instance, command(&["/probe", "say", "a", "b"])).await,
        ("a\nb\n".to_owned(), 0)
    );
    let (input, receiver) = tokio::sync::mpsc::channel(4);
    let request = ExecRequest { input: Some(receiver), ..command(&["/probe", "cat"]) };
    let feed = async {
        for text in ["one ", "two"] {
            input.send(ExecInput::Bytes(text.into())).await.unwrap();
        }
        drop(input);
    };
    let (said, ()) = futures_util::join!(outcome(subject, &instance, request), feed);
    assert_eq!(said, ("one two".to_owned(), 7), "it sees the end of its input");
    let request = ExecRequest { user: Some("55:66".to_owned()), ..command(&["/probe", "show"]) };
    assert!(outcome(subject, &instance, request).await.0.contains("uid 55:66"));
}

pub(crate) async fn commands_have_terminals(subject: &Subject) {
    let group = subject.service("web", subject.shape(&["serve"]));
    let instance = subject.up(&group, 1).await.instances[0].id.clone();
    let (input, receiver) = tokio::sync::mpsc::channel(4);
    let terminal = Terminal::Yes { columns: 120, rows: 40 };
    let request = ExecRequest { terminal, input: Some(receiver), ..command(&["/probe", "cat"]) };
    let feed = async {
        input.send(ExecInput::Resize(100, 30)).await.unwrap();
        // A terminal echoes what is typed; ^D ends the input.
        input.send(ExecInput::Bytes("typed\n\u{4}".into())).await.unwrap();
    };
    let ((text, code), ()) = futures_util::join!(outcome(subject, &instance, request), feed);
    assert_eq!((text.as_str(), code), ("typed\r\ntyped\r\n", 7));
}

pub(crate) async fn commands_may_be_missing(subject: &Subject) {
    let group = subject.service("web", subject.shape(&["serve"]));
    let instance = subject.up(&group, 1).await.instances[0].id.clone();
    let code = outcome(subject, &instance, command(&["/nope"])).await.1;
    assert!(code == 126 || code == 127, "{code}");
    assert!(subject.engine.exec("no-such-instance", command(&["/probe"])).await.is_err());
}

pub(crate) async fn events_tell_of_a_kill(subject: &Subject) {
    let mut events = subject.engine.events();
    let group = subject.service("web", subject.shape(&["serve"]));
    let observed = subject.up(&group, 1).await;
    let instance = &observed.instances[0];
    subject.hands.kill(&instance.id).await;
    let mut seen: Vec<EngineEvent> = Vec::new();
    while !seen.iter().any(|event| event.action == "die") {
        let event = events.next().await.unwrap().unwrap();
        if event.environment.as_ref().is_none_or(|environment| *environment == subject.environment) {
            seen.push(event);
        }
    }
    let ours = |action: &str| {
        let event = seen.iter().find(|event| event.action == action && event.subject == instance.name);
        event.is_some_and(|event| event.environment.as_ref() == Some(&subject.environment))
    };
    assert!(ours("start") && ours("die"), "{seen:?}");
}

pub(crate) async fn probes_of_health_are_no_events(subject: &Subject) {
    let mut events = subject.engine.events();
    let mut shape = subject.shape(&["serve"]);
    shape.discovery.check = Some(Check::usual(Probe::Engine));
    subject.up(&subject.service("web", shape), 1).await;
    loop {
        let event = events.next().await.unwrap().unwrap();
        assert!(!event.action.starts_with("exec_"), "{event:?}");
        if event.environment.as_ref() == Some(&subject.environment) && event.action == "health_status" {
            return;
        }
    }
}

pub(crate) async fn exit_codes_are_waited_for(subject: &Subject) {
    for code in [0, 1, 42, 255] {
        let (ended, _) = subject.run(subject.shape(&["exit", &code.to_string()])).await;
        assert_eq!(ended, code);
    }
    assert!(subject.engine.wait("no-such-instance").await.is_err());
}

pub(crate) async fn what_is_used_is_measured(subject: &Subject) {
    let mut shape = subject.shape(&["spin"]);
    shape.limits.memory = Some(landfall_model::quantity::Size::from_bytes(32 << 20));
    let observed = subject.up(&subject.service("busy", shape), 1).await;
    assert!(matches!(observed.instances[0].state, InstanceState::Running { .. }));
    let stats = subject.engine.stats(&observed.instances[0].id).await.unwrap();
    assert!(stats.cpus > 0.05 && stats.cpus < 1.5, "it spins on one processor: {stats:?}");
    assert!(stats.memory > 0 && stats.memory < stats.memory_limit, "{stats:?}");
    assert_eq!(stats.memory_limit, 32 << 20);
    assert!(stats.pids >= 1);
    assert!(subject.engine.stats("no-such-instance").await.is_err());
}
