//! A hermetic place to test in: a project, a state directory and a landscape of its own, gone when the test ends.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tempfile::TempDir;

use crate::machine::{docker_host, engine_is_there, eventually, processes, program, signal, try_docker};

/// One test at a time: they measure a machine's patience otherwise.
static TURN: Mutex<()> = Mutex::new(());
static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A service's head as most tests need it; its settings follow.
pub(crate) const APP: &str = "image: app, ports: [{ name: http, port: 8080 }], healthcheck: { http: /healthz }, \
                       stop_grace_period: 1s";

/// A place to test in.
pub(crate) struct Rig {
    directory: TempDir,
    landscape: String,
    docker: String,
    _turn: MutexGuard<'static, ()>,
}

/// How a call ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A container of the landscape, as the engine tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Container {
    pub(crate) id: String,
    pub(crate) started: String,
    pub(crate) running: bool,
}

impl Rig {
    /// A rig with a bill of materials; `LANDSCAPE` in it and `APP` stand for the landscape's name and a service's
    /// usual head. None where it is known that there is no engine.
    pub(crate) fn new(bom: &str) -> Option<Self> {
        Self::at(bom, docker_host())
    }

    /// The same at another engine.
    pub(crate) fn at(bom: &str, docker: String) -> Option<Self> {
        let rig = Self::empty(docker)?;
        rig.file("image/server.pl", include_str!("server.pl"));
        let dockerfile = "FROM debian:bookworm-slim\nCOPY server.pl /server.pl\nENV FROM_IMAGE=yes\n\
                          CMD [\"perl\", \"/server.pl\"]\n";
        rig.file("image/Dockerfile", dockerfile);
        rig.write(bom);
        Some(rig)
    }

    /// A rig with a copy of an example, under the rig's own landscape's name.
    pub(crate) fn example(name: &str) -> Option<Self> {
        let rig = Self::empty(docker_host())?;
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name).join(".");
        let copied = Command::new("cp").arg("-r").arg(example).arg(rig.path()).output();
        assert!(copied.expect("cp can be called").status.success(), "the example can be copied");
        let bom = std::fs::read_to_string(rig.path().join("landfall.yaml")).expect("the example has one");
        let head = format!("landscape: {name}\n");
        assert!(bom.contains(&head), "the example is called as its directory");
        rig.file("landfall.yaml", &bom.replace(&head, &format!("landscape: {}\n", rig.landscape)));
        Some(rig)
    }

    fn empty(docker: String) -> Option<Self> {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        if !engine_is_there(&docker) {
            return None;
        }
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let landscape = format!("e2e-{}-{number}", std::process::id());
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        Some(Self { directory, landscape, docker, _turn: turn })
    }

    /// The project's directory.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes the bill of materials: its services, jobs and so on.
    pub(crate) fn write(&self, bom: &str) {
        let head = format!("landscape: {}\nimages:\n  app: {{ build: image }}\n", self.landscape);
        self.file("landfall.yaml", &(head + &bom.replace("APP", APP)));
    }

    /// Writes a file of the project.
    pub(crate) fn file(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("it can be made");
        std::fs::write(path, text).expect("a file can be written");
    }

    pub(crate) fn landscape(&self) -> &str {
        &self.landscape
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(words).current_dir(self.directory.path()).stdin(Stdio::null());
        command.env_clear().env("LANDFALL_HOME", self.home()).env("DOCKER_HOST", &self.docker);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.directory.path());
        command
    }

    /// Calls the program.
    pub(crate) fn call(&self, words: &[&str]) -> Ended {
        let Output { status, stdout, stderr } =
            self.command(words).output().expect("the program can be called");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ended { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// Calls the program and doesn't wait for it.
    pub(crate) fn start(&self, words: &[&str]) -> Child {
        let mut command = self.command(words);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program can be called")
    }

    /// Brings the system up.
    #[track_caller]
    pub(crate) fn up(&self) -> Ended {
        self.call(&["up"]).expect(0)
    }

    /// What a command writes within a service's instance.
    #[track_caller]
    pub(crate) fn inside(&self, service: &str, script: &str) -> String {
        self.call(&["exec", "-T", service, "sh", "-c", script]).expect(0).stdout.trim().to_owned()
    }

    /// What a command prints with `--json`.
    #[track_caller]
    pub(crate) fn json(&self, words: &[&str]) -> Value {
        let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
        let ended = self.call(&words).expect(0);
        serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
    }

    /// The address at which a service is published in an environment.
    #[track_caller]
    pub(crate) fn url(&self, environment: &str, service: &str) -> String {
        let view = self.json(&["ps", "-e", environment]);
        let all = view["instances"].as_array().expect("ps lists instances");
        let one = all.iter().find(|instance| instance["component"] == service);
        let url = one.and_then(|instance| instance["urls"][0].as_str());
        url.unwrap_or_else(|| panic!("{service} is not published: {view}")).to_owned()
    }

    /// Whether every instance that should run is well.
    pub(crate) fn is_healthy(&self) -> bool {
        let ended = self.call(&["ps", "--json"]);
        let view: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
        view["state"] == "healthy"
    }

    #[track_caller]
    pub(crate) fn await_healthy(&self) {
        eventually("the environment is healthy", || self.is_healthy().then_some(()));
    }

    /// What Docker's client prints.
    #[track_caller]
    pub(crate) fn docker(&self, words: &[&str]) -> String {
        try_docker(&self.docker, words).unwrap_or_else(|error| panic!("docker {words:?}: {error}"))
    }

    fn label(&self) -> String {
        format!("label=landfall.landscape={}", self.landscape)
    }

    /// The landscape's things of a kind: `container`, `network`, `volume`.
    pub(crate) fn things(&self, kind: &str) -> Vec<String> {
        let label = self.label();
        let mut words = vec![kind, "ls", "-q", "--filter", &label];
        if kind == "container" {
            words.extend(["-a", "--no-trunc"]);
        }
        self.docker(&words).lines().map(str::to_owned).collect()
    }

    /// The landscape's services' containers by the service's name; of several equal ones, one.
    #[track_caller]
    pub(crate) fn containers(&self) -> BTreeMap<String, Container> {
        let form =
            "{{index .Config.Labels \"landfall.service\"}} {{.Id}} {{.State.StartedAt}} {{.State.Running}}";
        let ids = self.things("container");
        let found = ids.iter().filter_map(|id| {
            // What is being removed may be gone already.
            let line = try_docker(&self.docker, &["inspect", "-f", form, id]).ok()?;
            let [service, id, started, running] = line.split(' ').collect::<Vec<_>>()[..] else {
                return None;
            };
            let (id, started, running) = (id.to_owned(), started.to_owned(), running == "true");
            (!service.is_empty()).then(|| (service.to_owned(), Container { id, started, running }))
        });
        found.collect()
    }

    /// The process of the server or of the agent of this rig, if there is one.
    pub(crate) fn process(&self, word: &str) -> Option<i32> {
        processes(&self.home(), word).into_iter().next()
    }

    /// Nothing of the landscape is left on the engine.
    #[track_caller]
    pub(crate) fn expect_nothing_left(&self) {
        for kind in ["container", "network", "volume"] {
            let left = self.things(kind);
            assert!(left.is_empty(), "{kind}s are left: {left:?}");
        }
    }

    fn clean(&self) {
        for word in ["serve", "agent"] {
            for process in processes(&self.home(), word) {
                signal(process, "KILL");
            }
        }
        let label = self.label();
        for (kind, remove) in [
            ("container", &["rm", "--force", "--volumes"][..]),
            ("network", &["network", "rm"]),
            ("volume", &["volume", "rm", "--force"]),
            ("image", &["image", "rm", "--force"]),
        ] {
            let mut words = vec![kind, "ls", "-q", "--filter", &label];
            words.extend((kind == "container").then_some("-a"));
            let listed = try_docker(&self.docker, &words).unwrap_or_default();
            let words: Vec<&str> = remove.iter().copied().chain(listed.lines()).collect();
            if !listed.is_empty() {
                // What can't be removed is shown by the next run's count, not hidden behind the test's own failure.
                let _ = try_docker(&self.docker, &words);
            }
        }
    }

    /// What the server and the agent wrote.
    fn logs(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.home().join(name)).unwrap_or_default();
        format!("--- serve.log\n{}--- agent.log\n{}", read("serve.log"), read("agent.log"))
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.logs());
        }
        self.clean();
    }
}

impl Ended {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Each of these is said on the standard error.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is not said in {}", self.stderr);
        }
        self
    }
}
