//! The engine itself goes and comes again, and the system with it. The engine is one of the test's own.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::machine::{docker_host, engine_is_there, eventually, get, signal, try_docker};
use crate::rig::Rig;

const BOM: &str = r#"
services:
  web: { image: app, depends_on: [db], ports: [{ name: http, port: 8080, published: auto }],
         healthcheck: { http: /healthz }, environment: { SAY: web }, stop_grace_period: 1s }
  db: { APP, volumes: [{ volume: data, at: /data }] }
volumes: { data: {} }
"#;

/// A Docker Engine of the test's own, with its own data, bridge and socket.
struct Daemon {
    directory: TempDir,
    process: Option<Child>,
}

impl Daemon {
    fn start() -> Self {
        let mut daemon = Self { directory: tempfile::tempdir().unwrap(), process: None };
        daemon.run();
        let images = Command::new("docker")
            .args(["--host", &docker_host(), "save", "debian:bookworm-slim"])
            .stdout(Stdio::piped())
            .spawn();
        let mut images = images.unwrap();
        let mut load = Command::new("docker");
        load.args(["--host", &daemon.host(), "load"]).stdin(images.stdout.take().unwrap());
        let loaded = load.output().unwrap();
        assert!(loaded.status.success() && images.wait().unwrap().success(), "{loaded:?}");
        daemon
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn host(&self) -> String {
        format!("unix://{}", self.path("docker.sock").display())
    }

    fn run(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.path("log")).unwrap();
        let mut command = Command::new("dockerd");
        for (flag, name) in [("--data-root", "data"), ("--exec-root", "exec"), ("--pidfile", "pid")] {
            command.arg(flag).arg(self.path(name));
        }
        // It leaves the machine's bridge and rules as they are: with `--bridge none` it would remove `docker0`, and
        // with its own rules those of the machine's engine.
        command.args([
            "--host",
            &self.host(),
            "--iptables=false",
            "--default-address-pool",
            "base=10.213.0.0/16,size=24",
        ]);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.process = Some(command.spawn().expect("dockerd can be started; this test needs it, and root"));
        let host = self.host();
        eventually("the test's own engine answers", || try_docker(&host, &["version"]).ok());
    }

    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            signal(i32::try_from(process.id()).unwrap(), "TERM");
            process.wait().unwrap();
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.path("log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            println!("--- dockerd\n{}", lines[lines.len().saturating_sub(40)..].join("\n"));
        }
        if let Ok(listed) = try_docker(&self.host(), &["ps", "-aq"]) {
            for id in listed.lines() {
                // What stays is in a directory that goes.
                let _ = try_docker(&self.host(), &["rm", "--force", id]);
            }
        }
        self.stop();
    }
}

#[test]
fn the_system_comes_back_with_the_engine() {
    if !engine_is_there(&docker_host()) {
        return;
    }
    let mut daemon = Daemon::start();
    let Some(rig) = Rig::at(BOM, daemon.host()) else { return };
    rig.up();
    rig.inside("db", "echo kept > /data/note");
    let before = rig.containers();

    daemon.stop();
    daemon.run();
    eventually("every container runs anew", || {
        let now = rig.containers();
        let anew = |(name, was): (&String, &crate::rig::Container)| {
            now.get(name).is_some_and(|now| now.running && now.started != was.started)
        };
        (before.len() == now.len() && before.iter().all(anew)).then_some(())
    });
    rig.await_healthy();
    eventually("it is reached again", || (get(&rig.url("dev", "web")).ok()? == "web").then_some(()));
    assert!(!rig.inside("web", "getent hosts db").is_empty());
    assert_eq!(rig.inside("db", "cat /data/note"), "kept");
    rig.call(&["plan"]).expect(0);
    rig.call(&["down", "--yes"]).expect(0);
    rig.expect_nothing_left();
    drop(rig);
}
