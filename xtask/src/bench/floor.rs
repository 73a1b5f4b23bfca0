//! The floor: the same containers, created and started through the engine's API and by nothing else.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::contestant::Contestant;
use super::stage::{MARK, PORT, Stage};
use crate::failure::{Failure, While};
use crate::setup::socket::Address;

/// How long the engine may be silent.
const PATIENCE: Duration = Duration::from_secs(600);
/// The network.
const NETWORK: &str = "landfall-bench-floor";

/// The engine, asked for so many containers at a time.
pub(super) struct Floor {
    at_once: usize,
    address: Address,
    names: Mutex<Vec<String>>,
}

impl Floor {
    /// The floor with so many requests at a time.
    pub(super) fn new(at_once: usize) -> Result<Self, Failure> {
        Ok(Self { at_once, address: Address::from_environment()?, names: Mutex::default() })
    }

    fn names(&self) -> Vec<String> {
        self.names.lock().expect("nothing panics while it holds this").clone()
    }

    fn launch(&self, name: &str) -> Result<(), Failure> {
        let port = format!("{PORT}/tcp");
        let body = json!({
            "Image": Stage::image(),
            "Hostname": name,
            "Labels": { "landfall-bench": "floor" },
            "ExposedPorts": { port: {} },
            "HostConfig": { "NetworkMode": NETWORK, "Init": true, "RestartPolicy": { "Name": "on-failure" } },
        });
        self.post(&format!("/v1.41/containers/create?name={name}"), &body)?;
        self.post(&format!("/v1.41/containers/{name}/start"), &Value::Null)
    }

    fn remove(&self, name: &str) -> Result<(), Failure> {
        self.post(&format!("/v1.41/containers/{name}/stop"), &Value::Null)?;
        self.delete(&format!("/v1.41/containers/{name}?v=1&force=1"))
    }

    /// Does something for each name, so many at a time.
    fn each(&self, action: impl Fn(&str) -> Result<(), Failure> + Sync) -> Result<(), Failure> {
        let queue = Mutex::new(self.names().into_iter().collect::<VecDeque<_>>());
        let next = || queue.lock().expect("nothing panics while it holds this").pop_front();
        let work = || -> Result<(), Failure> {
            while let Some(name) = next() {
                action(&name)?;
            }
            Ok(())
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..self.at_once).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().expect("no worker panics"))
        })
    }

    fn post(&self, path: &str, body: &Value) -> Result<(), Failure> {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.address.post_json(path, text, PATIENCE);
        check(path, answer.while_trying("ask the engine")?)
    }

    fn delete(&self, path: &str) -> Result<(), Failure> {
        check(path, self.address.ask("DELETE", path, PATIENCE).while_trying("ask the engine")?)
    }
}

impl Contestant for Floor {
    fn name(&self) -> &'static str {
        "floor"
    }

    fn prepare(&self, instances: usize) -> Result<(), Failure> {
        let names = (1..=instances).map(|number| format!("{MARK}-floor-{number}")).collect();
        *self.names.lock().expect("nothing panics while it holds this") = names;
        Ok(())
    }

    fn up(&self) -> Result<(), Failure> {
        self.post(
            "/v1.41/networks/create",
            &json!({ "Name": NETWORK, "Driver": "bridge", "CheckDuplicate": true }),
        )?;
        self.each(|name| self.launch(name))
    }

    fn up_again(&self) -> Result<bool, Failure> {
        Ok(false)
    }

    fn down(&self) -> Result<(), Failure> {
        self.each(|name| self.remove(name))?;
        self.delete(&format!("/v1.41/networks/{NETWORK}"))
    }

    fn clear(&self) -> Result<(), Failure> {
        self.each(|name| self.delete(&format!("/v1.41/containers/{name}?v=1&force=1")))?;
        self.delete(&format!("/v1.41/networks/{NETWORK}"))
    }
}

/// Refuses an answer that is a failure; what is not there, or stopped already, is as good as removed.
fn check(path: &str, mut answer: crate::setup::socket::Answer) -> Result<(), Failure> {
    let mut said = String::new();
    answer.body.read_to_string(&mut said).while_trying("read the engine's answer")?;
    match answer.status {
        200..=399 | 404 => Ok(()),
        status => Err(Failure::new(format!("the engine answered {path} with status {status}: {said}"))),
    }
}
