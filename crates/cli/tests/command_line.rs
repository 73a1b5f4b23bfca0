//! The program as it is called, as far as that needs no engine.

use std::path::Path;
use std::process::{Command, Output};

const BOM: &str = "\
landscape: shop
images:
  app: { build: . }
services:
  web:
    image: app
    depends_on: [db]
    ports: [{ port: 8080, published: auto }]
  db:
    image: postgres:17
    ports: [5432]
";

/// A project's directory, with a clean environment to call the program in.
struct Project(tempfile::TempDir);

/// How a call ended.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Project {
    fn new(bom: &str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        std::fs::write(directory.path().join("landfall.yaml"), bom).expect("a file can be written there");
        Self(directory)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn call(&self, words: &str) -> Ended {
        self.call_in(self.path(), words)
    }

    fn call_in(&self, directory: &Path, words: &str) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(words.split_whitespace()).current_dir(directory);
        command.env_clear().env("LANDFALL_HOME", self.path().join("home"));
        // Nobody is there: no test may talk to an engine that happens to run.
        command.env("DOCKER_HOST", format!("unix://{}", self.path().join("docker.sock").display()));
        let Output { status, stdout, stderr } = command.output().expect("the program can be called");
        let text = |bytes| String::from_utf8(bytes).expect("the program writes text");
        Ended { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }
}

impl Ended {
    #[track_caller]
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

#[test]
fn a_right_file_is_right() {
    let project = Project::new(BOM);
    let ended = project.call("check").expect(0);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", "landfall.yaml is right\n"));
    let json: serde_json::Value =
        serde_json::from_str(&project.call("check --json -q").expect(0).stdout).unwrap();
    assert_eq!(json, serde_json::json!({ "file": "landfall.yaml", "valid": true, "problems": [] }));
}

#[test]
fn a_wrong_file_is_told_in_full() {
    let project = Project::new(&BOM.replace("depends_on: [db]", "depend_on: [db]").replace("5432", "99999"));
    let ended = project.call("check").expect(1);
    assert!(ended.stdout.contains("depend_on") && ended.stdout.contains("99999"), "{}", ended.stdout);
    assert_eq!(ended.stderr, "error: landfall.yaml has 2 problems\n");
    let json: serde_json::Value =
        serde_json::from_str(&project.call("check --json").expect(1).stdout).unwrap();
    assert_eq!(json["valid"], false);
    assert_eq!(json["problems"].as_array().unwrap().len(), 2);
    assert_eq!(json["problems"][0]["line"], 7);
    // Other commands refuse it in the same words, as talk.
    let ended = project.call("graph").expect(1);
    assert!(ended.stdout.is_empty() && ended.stderr.contains("depend_on"), "{}", ended.stderr);
}

#[test]
fn what_is_not_supported_yet_is_refused_by_name() {
    let project = Project::new(&BOM.replace("    depends_on", "    route: { host: x }\n    depends_on"));
    let ended = project.call("check").expect(1);
    assert!(ended.stdout.contains("not supported yet"), "{}", ended.stdout);
}

#[test]
fn the_file_is_found_above_and_by_name() {
    let project = Project::new(BOM);
    let below = project.path().join("a/b");
    std::fs::create_dir_all(&below).unwrap();
    project.call_in(&below, "check").expect(0);
    project.call_in(Path::new("/"), &format!("check -f {}", project.path().display())).expect(0);
    project
        .call_in(Path::new("/"), &format!("-f {}/landfall.yaml graph", project.path().display()))
        .expect(0);
    let missing = project.call("check -f nowhere.yaml").expect(1);
    assert!(missing.stderr.starts_with("error: nowhere.yaml can't be read"), "{}", missing.stderr);
}

#[test]
fn graphs_have_five_forms() {
    let project = Project::new(BOM);
    for (form, begins) in
        [("text", "shop"), ("dot", "digraph"), ("mermaid", ""), ("json", "{"), ("svg", "<svg")]
    {
        let ended = project.call(&format!("graph --format {form}")).expect(0);
        assert!(ended.stdout.trim_start().starts_with(begins), "{form}: {}", ended.stdout);
        assert!(ended.stdout.contains("web") && ended.stderr.is_empty(), "{form}: {}", ended.stderr);
    }
    let json = project.call("graph --json").expect(0).stdout;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["landscape"], "shop");
}

#[test]
fn the_schema_needs_no_project() {
    let project = Project::new("");
    let schema: serde_json::Value = serde_json::from_str(&project.call("schema").expect(0).stdout).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

#[test]
fn every_shell_gets_a_script() {
    let project = Project::new("");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = project.call(&format!("completion {shell}")).expect(0).stdout;
        assert!(script.contains("landfall") && script.contains("release"), "{shell}");
    }
}

#[test]
fn wrong_calls_end_with_64() {
    let project = Project::new(BOM);
    for words in [
        "",
        "fly",
        "up --nonsense",
        "-e Dev ps",
        "logs --since yesterday",
        "release show latest",
        "up --quiet --verbose",
    ] {
        let ended = project.call(words).expect(64);
        assert!(ended.stdout.is_empty() && !ended.stderr.is_empty(), "{words}");
    }
    project.call("--help").expect(0);
    assert_eq!(
        project.call("--version").expect(0).stdout,
        format!("landfall {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_missing_engine_is_told_with_what_to_do() {
    let project = Project::new(BOM);
    for (words, code) in [("build", 1), ("plan", 1), ("up", 1), ("logs", 1), ("exec web true", 125)] {
        let ended = project.call(words).expect(code);
        assert!(
            ended.stderr.contains("error: no Docker Engine answers at unix://"),
            "{words}: {}",
            ended.stderr
        );
        assert!(ended.stderr.contains("try: start it"), "{words}: {}", ended.stderr);
    }
    let doctor = project.call("doctor").expect(1);
    assert!(doctor.stdout.starts_with("bad    engine"), "{}", doctor.stdout);
    let json: serde_json::Value =
        serde_json::from_str(&project.call("doctor --json").expect(1).stdout).unwrap();
    assert_eq!(json[0]["state"], "bad");
}

#[test]
fn a_server_that_cannot_start_shows_its_last_words() {
    let project = Project::new(BOM);
    let ended = project.call("env list").expect(1);
    assert!(ended.stderr.contains("the Landfall server ended as soon as it was started"), "{}", ended.stderr);
    assert!(ended.stderr.contains("no Docker Engine answers"), "{}", ended.stderr);
    assert!(ended.stderr.contains("try: landfall doctor"), "{}", ended.stderr);
}

#[test]
fn without_a_project_the_landscape_is_asked_for() {
    let project = Project::new(BOM);
    let empty = tempfile::tempdir().unwrap();
    let ended = project.call_in(empty.path(), "ps").expect(64);
    assert!(ended.stderr.contains("error: which landscape is meant?"), "{}", ended.stderr);
    assert!(ended.stderr.contains("-e LANDSCAPE/ENVIRONMENT"), "{}", ended.stderr);
    let other = project.call("-e bakery/dev up").expect(64);
    assert!(other.stderr.contains("describes shop, not bakery"), "{}", other.stderr);
    let purpose = project.call("up --purpose training").expect(64);
    assert!(purpose.stderr.contains("shop has no purpose training"), "{}", purpose.stderr);
}

#[test]
fn units_are_printed() {
    let project = Project::new("");
    let printed = project.call_in(Path::new("/"), "serve --print");
    // A user without a home has no place for units.
    if rustix::process::geteuid().is_root() {
        assert!(printed.expect(0).stdout.contains("KillMode=process"));
    } else {
        printed.expect(1);
    }
}
