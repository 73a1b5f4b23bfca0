//! Landfall: its release build, with a server that runs already in a state directory of its own.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::contestant::Contestant;
use super::stage::{INTERVAL, MARK, PORT, Stage};
use super::usage;
use crate::failure::{Failure, While};
use crate::process::{output, program, run};
use crate::setup::socket::Address;

/// How long a process may take to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// Landfall.
pub(super) struct Landfall {
    program: PathBuf,
    home: PathBuf,
    project: PathBuf,
    /// How long the steps of the last `up` took, by their kind.
    steps: Mutex<BTreeMap<&'static str, Vec<u64>>>,
}

impl Landfall {
    /// Landfall with its server started.
    pub(super) fn start(stage: &Stage) -> Result<Self, Failure> {
        let landfall = Self {
            program: stage.landfall.clone(),
            home: stage.fresh("home")?,
            project: stage.fresh("project")?,
            steps: Mutex::default(),
        };
        landfall.answer()?;
        Ok(landfall)
    }

    /// The state directory.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// Asks the server something short, by way of a new process.
    pub(super) fn answer(&self) -> Result<(), Failure> {
        output(&mut self.call(&["env", "list", "--json"])).map(drop)
    }

    /// How long the steps of the last `up` took in milliseconds, by their kind.
    pub(super) fn steps(&self) -> BTreeMap<&'static str, Vec<u64>> {
        self.steps.lock().expect("nothing panics while it holds this").clone()
    }

    /// Ends the server and the agent.
    pub(super) fn leave(&self) -> Result<(), Failure> {
        output(&mut self.call(&["serve", "--stop"]))?;
        let Some(agent) = usage::find_process(&self.home, "agent") else { return Ok(()) };
        run(&mut program("kill", &[&agent.to_string()]))?;
        let begin = Instant::now();
        while usage::find_process(&self.home, "agent").is_some() && begin.elapsed() < PATIENCE {
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn call(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--home").arg(&self.home).arg("--quiet").args(words).current_dir(&self.project);
        command.stdin(Stdio::null());
        command
    }

    /// Asks the server what a deployment's steps were.
    fn note_steps(&self, deployment: &str) -> Result<(), Failure> {
        let socket = Address::Unix(self.home.join("landfall.sock").to_string_lossy().into_owned());
        let path = format!("/v1/deployments/{deployment}/events");
        let mut answer = socket.ask("GET", &path, PATIENCE).while_trying("ask for the steps")?;
        let mut text = String::new();
        answer.body.read_to_string(&mut text).while_trying("read the steps")?;
        *self.steps.lock().expect("nothing panics while it holds this") = parse_steps(&text);
        Ok(())
    }
}

impl Contestant for Landfall {
    fn name(&self) -> &'static str {
        "landfall"
    }

    fn prepare(&self, instances: usize) -> Result<(), Failure> {
        fs::write(self.project.join("landfall.yaml"), render(instances)).while_trying("write landfall.yaml")
    }

    fn up(&self) -> Result<(), Failure> {
        let said = output(&mut self.call(&["up", "--json"]))?;
        let said: Value = serde_json::from_str(&said).while_trying("understand `landfall up --json`")?;
        let deployment = &said["deployment"];
        if deployment.is_null() {
            return Err(Failure::new("`landfall up` found nothing to do"));
        }
        let number = deployment.as_str().map_or_else(|| deployment.to_string(), str::to_owned);
        self.note_steps(&number)
    }

    fn up_again(&self) -> Result<bool, Failure> {
        let said = output(&mut self.call(&["up", "--json"]))?;
        let said: Value = serde_json::from_str(&said).while_trying("understand `landfall up --json`")?;
        if said["deployment"].is_null() {
            Ok(true)
        } else {
            Err(Failure::new("`landfall up` found something to do where everything was up"))
        }
    }

    fn down(&self) -> Result<(), Failure> {
        output(&mut self.call(&["down"])).map(drop)
    }

    fn clear(&self) -> Result<(), Failure> {
        self.down()
    }
}

fn render(instances: usize) -> String {
    let mut file = format!("landscape: {MARK}\nservices:\n");
    let image = Stage::image();
    for number in 1..=instances {
        file += &format!(
            "  s{number}: {{ image: \"{image}\", ports: [{{ name: http, port: {PORT} }}], \
             healthcheck: {{ http: /healthz, interval: {INTERVAL}s }} }}\n"
        );
    }
    file
}

/// The times of steps that were done, in milliseconds, by their kind.
fn parse_steps(text: &str) -> BTreeMap<&'static str, Vec<u64>> {
    let events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let (mut names, mut times) = (Vec::new(), BTreeMap::<_, Vec<u64>>::new());
    for event in events {
        match event["event"].as_str() {
            Some("planned") => {
                let steps = event["steps"].as_array().into_iter().flatten();
                names = steps.map(|step| kind(step.as_str().unwrap_or_default())).collect();
            }
            Some("step_done") => {
                let step = event["step"].as_u64().and_then(|step| names.get(usize::try_from(step).ok()?));
                let kind: &'static str = step.copied().unwrap_or("other");
                times.entry(kind).or_default().extend(event["millis"].as_u64());
            }
            _ => {}
        }
    }
    times
}

fn kind(step: &str) -> &'static str {
    let kinds = ["start", "wait", "announce", "flip", "make"];
    kinds.into_iter().find(|kind| step.starts_with(kind)).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_gathered_by_their_kind() {
        let text = r#"{"event":"planned","changes":[],"steps":["make the network","start s1","start s2"]}
{"event":"step_done","step":0,"millis":7}
{"event":"step_done","step":2,"millis":30}
{"event":"step_done","step":1,"millis":40}"#;
        let expected = BTreeMap::from([("make", vec![7]), ("start", vec![30, 40])]);
        assert_eq!(parse_steps(text), expected);
    }
}
