//! What a process finds: files, users, limits, names.

use landfall_engine::{Error, LogOptions};
use landfall_model::check::{Check, Probe};
use landfall_model::observed::{EngineHealth, InstanceState};
use landfall_model::quantity::Size;
use landfall_model::sealed::{Sealed, SealedPart, Secrets};
use landfall_model::spec::{FileContent, Shape};

use crate::subject::{STAMP, Subject, name, sealed};

fn file(content: &str, mode: u32, owner: (u32, u32)) -> FileContent {
    FileContent { content: Sealed::plain(content), mode, owner }
}

fn with_files(mut shape: Shape) -> Shape {
    shape.files.insert("/app.conf".to_owned(), file("one\ntwo\n", 0o640, (1000, 1001)));
    shape.files.insert("/etc/new/dir/x".to_owned(), file("", 0o600, (0, 0)));
    shape.files.insert("/run/secrets/key".to_owned(), file("hush", 0o400, (7, 0)));
    shape.command = sealed(&["stat", "/app.conf", "/etc/new", "/etc/new/dir/x", "/run/secrets/key"]);
    shape
}

const FILES: [&str; 4] = [
    "/app.conf 640 1000:1001 one|two|",
    "/etc/new 755 0:0 ",
    "/etc/new/dir/x 600 0:0 ",
    "/run/secrets/key 400 7:0 hush",
];

pub(crate) async fn a_command_may_be_missing(subject: &Subject) {
    let mut shape = subject.shape(&[]);
    shape.init = false;
    shape.entrypoint = sealed(&["/nope"]);
    let group = subject.service("web", shape);
    subject.engine.ensure_network(&subject.environment).await.unwrap();
    let refused = subject.engine.ensure_group(&group, 1, STAMP, &Secrets::default()).await;
    let Err(Error::CannotStart { instance, message }) = refused else { panic!("{refused:?}") };
    assert!(instance.contains("web"), "{instance}");
    assert!(message.contains("/nope") && message.contains("no such file"), "{message}");
    assert!(!message.contains("OCI runtime") && !message.contains("unknown"), "{message}");
}

pub(crate) async fn an_init_reports_a_missing_command(subject: &Subject) {
    let mut shape = subject.shape(&[]);
    shape.entrypoint = sealed(&["/nope"]);
    let (code, lines) = subject.run(shape).await;
    assert_eq!(code, 127);
    assert!(lines.iter().any(|line| line.contains("/nope")), "{lines:?}");
}

pub(crate) async fn files_are_there_first(subject: &Subject) {
    let (code, lines) = subject.run(with_files(subject.shape(&[]))).await;
    assert_eq!((code, lines), (0, FILES.map(str::to_owned).to_vec()));
    // Secrets in files too.
    let mut shape = subject.shape(&["stat", "/key"]);
    let secret = SealedPart::Secret { secret: name("key"), version: 2 };
    let content = Sealed::new(vec![SealedPart::Plain("key=".to_owned()), secret]);
    shape.files.insert("/key".to_owned(), FileContent { content, mode: 0o444, owner: (0, 0) });
    let group = subject.job("key", shape);
    let secrets: Secrets = [((name("key"), 2), "hush".to_owned())].into_iter().collect();
    subject.engine.ensure_group(&group, 1, STAMP, &secrets).await.unwrap();
    let instance = subject.observed().await.instances[0].id.clone();
    subject.engine.wait(&instance).await.unwrap();
    let logs = futures_util::TryStreamExt::try_collect::<Vec<_>>(
        subject.engine.logs(&instance, LogOptions::default()),
    );
    assert_eq!(logs.await.unwrap()[0].line, "/key 444 0:0 key=hush");
}

pub(crate) async fn files_are_there_in_read_only_containers(subject: &Subject) {
    let mut shape = with_files(subject.shape(&[]));
    shape.read_only = true;
    let (code, lines) = subject.run(shape.clone()).await;
    assert_eq!((code, lines), (0, FILES.map(str::to_owned).to_vec()));
    shape.command = sealed(&["write", "/app.conf", "changed"]);
    assert_eq!(subject.run(shape).await.0, 1);
    assert!(subject.observed().await.instances.is_empty(), "nothing that carried the files is left");
}

pub(crate) async fn files_are_there_over_memory(subject: &Subject) {
    let mut shape = with_files(subject.shape(&[]));
    shape.tmpfs = vec!["/run".to_owned()];
    let (code, lines) = subject.run(shape).await;
    assert_eq!((code, lines), (0, FILES.map(str::to_owned).to_vec()));
}

pub(crate) async fn a_read_only_container_is_read_only(subject: &Subject) {
    let mut shape = subject.shape(&["write", "/x", "text"]);
    assert_eq!(subject.run(shape.clone()).await.0, 0);
    shape.read_only = true;
    let (code, lines) = subject.run(shape.clone()).await;
    assert_eq!((code, lines), (1, vec!["/x: Read-only file system".to_owned()]));
    shape.tmpfs = vec!["/tmp".to_owned()];
    shape.command = sealed(&["write", "/tmp/x", "text"]);
    assert_eq!(subject.run(shape).await.0, 0);
}

pub(crate) async fn an_init_is_process_one(subject: &Subject) {
    let mut shape = subject.shape(&["show"]);
    assert!(!subject.run(shape.clone()).await.1.contains(&"pid 1".to_owned()));
    shape.init = false;
    assert!(subject.run(shape).await.1.contains(&"pid 1".to_owned()));
}

pub(crate) async fn users_variables_and_directories_are_set(subject: &Subject) {
    let mut shape = subject.shape(&["show"]);
    shape.user = Some("1234:99".to_owned());
    shape.environment.insert("GREETING".to_owned(), Sealed::plain("a = b"));
    let (_, lines) = subject.run(shape).await;
    for expected in ["uid 1234:99", "env GREETING=a = b", "env BASE=yes"] {
        assert!(lines.contains(&expected.to_owned()), "{expected}: {lines:?}");
    }
    assert!(lines.iter().any(|line| line.starts_with("host job-")), "{lines:?}");
    let mut shape = subject.shape(&["stat", "key"]);
    shape.working_dir = Some("/run/secrets".to_owned());
    shape.files.insert("/run/secrets/key".to_owned(), file("here", 0o444, (0, 0)));
    assert_eq!(subject.run(shape).await, (0, vec!["key 444 0:0 here".to_owned()]));
}

pub(crate) async fn memory_is_limited(subject: &Subject) {
    let mut shape = subject.shape(&["memory", "64"]);
    assert_eq!(subject.run(shape.clone()).await.0, 0);
    shape.limits.memory = Some(Size::from_bytes(16 << 20));
    assert_eq!(subject.run(shape).await.0, 137, "what asks for more is killed");
    // More than the machine has is no limit, and no error.
    let mut shape = subject.shape(&["exit", "0"]);
    shape.limits.cpus = Some(1000.0.try_into().unwrap());
    shape.limits.pids = Some(10);
    assert_eq!(subject.run(shape).await.0, 0);
}

pub(crate) async fn capabilities_are_dropped(subject: &Subject) {
    let mut shape = subject.shape(&["stat", "/locked"]);
    shape.files.insert("/locked".to_owned(), file("open", 0o000, (1, 1)));
    assert_eq!(subject.run(shape.clone()).await.1, ["/locked 0 1:1 open"], "root may read what it wants");
    shape.cap_drop = vec!["ALL".to_owned()];
    assert_eq!(subject.run(shape.clone()).await.1, ["/locked 0 1:1 "], "without capabilities it may not");
    shape.cap_add = vec!["DAC_OVERRIDE".to_owned()];
    assert_eq!(subject.run(shape).await.1, ["/locked 0 1:1 open"]);
}

pub(crate) async fn names_are_looked_up_at_the_gateway(subject: &Subject) {
    let (_, lines) = subject.run(subject.shape(&["stat", "/etc/resolv.conf"])).await;
    let zone = format!("g{}.{}", STAMP.generation, subject.environment.zone());
    assert!(lines[0].contains(&format!("search {zone}")), "{lines:?}");
}

pub(crate) async fn health_is_the_images_only_where_asked(subject: &Subject) {
    let mut shape = subject.shape(&["serve"]);
    let observed = subject.up(&subject.service("plain", shape.clone()), 1).await;
    assert_eq!(observed.instances[0].state, InstanceState::Running { health: None });
    shape.discovery.check = Some(Check::usual(Probe::Engine));
    subject.up(&subject.service("checked", shape), 1).await;
    let healthy = InstanceState::Running { health: Some(EngineHealth::Healthy) };
    subject
        .until("healthy", |observed| {
            let checked =
                observed.instances.iter().find(|instance| instance.group.component.as_str() == "checked");
            checked.is_some_and(|instance| instance.state == healthy)
        })
        .await;
}
