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

/// The bridge of the machine's engine, which dockerd removes whenever one starts that has another or none.
const BRIDGE: &str = "docker0";

/// The address of the machine's bridge, if it has one.
fn bridge_address() -> Option<String> {
    let shown = Command::new("ip").args(["-4", "-oneline", "address", "show", BRIDGE]).output().ok()?;
    String::from_utf8_lossy(&shown.stdout).split_whitespace().nth(3).map(str::to_owned)
}

fn ip(words: &[&str]) -> bool {
    Command::new("ip").args(words).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// A Docker Engine of the test's own, with its own data, bridge and socket.
struct Daemon {
    directory: TempDir,
    process: Option<Child>,
    /// The machine's bridge as it was.
    bridge: Option<String>,
}

impl Daemon {
    fn start() -> Self {
        let mut daemon =
            Self { directory: tempfile::tempdir().unwrap(), process: None, bridge: bridge_address() };
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
        // It leaves the rules of the machine's engine as they are; its bridge is put back below.
        command.args([
            "--host",
            &self.host(),
            "--bridge",
            "none",
            "--iptables=false",
            "--default-address-pool",
            "base=10.213.0.0/16,size=24",
        ]);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.process = Some(command.spawn().expect("dockerd can be started; this test needs it, and root"));
        let host = self.host();
        eventually("the test's own engine answers", || try_docker(&host, &["version"]).ok());
        if let (Some(address), None) = (&self.bridge, bridge_address()) {
            for words in [
                &["link", "add", BRIDGE, "type", "bridge"][..],
                &["address", "add", address, "dev", BRIDGE],
                &["link", "set", BRIDGE, "up"],
            ] {
                assert!(ip(words), "`ip {}` failed: restart the machine's Docker Engine", words.join(" "));
            }
        }
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
    // For a moment the machine's own engine is without its bridge, which is nothing to do to somebody's desk unasked.
    if ["CI", "LANDFALL_TEST_RESTART"].iter().all(|name| std::env::var_os(name).is_none()) {
        println!(
            "left out: set LANDFALL_TEST_RESTART=1 to have a second Docker Engine started and restarted"
        );
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
