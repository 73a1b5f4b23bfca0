//! What there is on the fake engine, and what is still to go wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use landfall_model::check::Probe;
use landfall_model::landscape::Published;
use landfall_model::name::EnvironmentId;
use landfall_model::observed::{EngineHealth, Instance, InstanceState, Network, PublishedPort};
use landfall_model::release::ImageFacts;
use landfall_model::sealed::{MissingSecret, Sealed, Secrets};
use landfall_model::spec::{Group, Stamp, VolumeId};

use super::program::{Behaviour, Launch, Program};
use crate::{EngineEvent, Error, LogLine, LogSource, Result};

/// The kinds of calls, for faults and counts. A group's are counted for each of its containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the call of its name")]
pub enum Call {
    Info,
    Observe,
    Image,
    Stats,
    EnsureNetwork,
    EnsureVolume,
    EnsureGroup,
    Create,
    Start,
    Stop,
    Remove,
    RemoveNetwork,
    RemoveVolume,
    Wait,
    Exec,
    Build,
    Pull,
}

/// The first port that is given where any will do.
const FIRST_PORT: u16 = 40_000;

type MakeError = Box<dyn Fn() -> Error + Send>;
type Stored = (ImageFacts, Arc<dyn Program>);

/// What there is.
#[derive(Default)]
pub(super) struct World {
    images: BTreeMap<String, Stored>,
    pub(super) registry: BTreeMap<String, Stored>,
    pub(super) networks: BTreeMap<EnvironmentId, Network>,
    pub(super) volumes: BTreeSet<VolumeId>,
    pub(super) containers: BTreeMap<String, Container>,
    pub(super) calls: BTreeMap<Call, u32>,
    pub(super) journal: Vec<String>,
    faults: Vec<(Call, u32, MakeError)>,
    made: u32,
}

/// A container.
#[derive(Clone)]
pub(super) struct Container {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) group: Group,
    pub(super) stamp: Stamp,
    pub(super) state: InstanceState,
    pub(super) launch: Launch,
    pub(super) lines: Vec<LogLine>,
    address: IpAddr,
    published: Vec<PublishedPort>,
    created: i64,
    program: Arc<dyn Program>,
}

impl World {
    pub(super) fn add_image(&mut self, reference: &str, facts: ImageFacts, program: Arc<dyn Program>) {
        self.images.insert(facts.id.clone(), (facts.clone(), Arc::clone(&program)));
        self.images.insert(reference.to_owned(), (facts, program));
    }

    pub(super) fn image(&self, reference: &str) -> Option<ImageFacts> {
        self.images.get(reference).map(|(facts, _)| facts.clone())
    }

    pub(super) fn program(&self, reference: &str) -> Option<Arc<dyn Program>> {
        self.images.get(reference).map(|(_, program)| Arc::clone(program))
    }

    pub(super) fn fail(&mut self, call: Call, nth: u32, error: MakeError) {
        let so_far = self.calls.get(&call).copied().unwrap_or_default();
        self.faults.push((call, so_far + nth, error));
    }

    /// Counts a call, which may be one that fails.
    pub(super) fn count(&mut self, call: Call) -> Result<()> {
        let count = self.calls.entry(call).or_default();
        *count += 1;
        let count = *count;
        match self.faults.iter().position(|(kind, nth, _)| *kind == call && *nth == count) {
            Some(at) => Err((self.faults.remove(at).2)()),
            None => Ok(()),
        }
    }

    /// A container by id or name.
    pub(super) fn container(&self, instance: &str) -> Option<&Container> {
        self.containers.values().find(|container| container.id == instance || container.name == instance)
    }

    pub(super) fn container_mut(&mut self, instance: &str) -> Option<&mut Container> {
        self.containers.values_mut().find(|container| container.id == instance || container.name == instance)
    }

    /// A container that must be there.
    pub(super) fn found(&mut self, instance: &str) -> Result<&mut Container> {
        let missing = || Error::Missing { what: format!("container {instance}") };
        self.container_mut(instance).ok_or_else(missing)
    }

    /// The next number: there are no two of one, so it makes ids, addresses and times.
    pub(super) fn next(&mut self) -> u32 {
        self.made += 1;
        self.made
    }

    pub(super) fn create(
        &mut self,
        group: &Group,
        number: u32,
        stamp: Stamp,
        secrets: &Secrets,
    ) -> Result<String> {
        self.count(Call::Create)?;
        let image = &group.shape.image;
        let missing = || Error::NoImage { reference: image.clone(), source: None };
        let (facts, program) = self.images.get(image).cloned().ok_or_else(missing)?;
        let launch = open(group, number, &facts, secrets)?;
        let network = self.networks.get(&group.id.environment).cloned();
        let what = || format!("network of {}", group.id.environment);
        let network = network.ok_or_else(|| Error::Missing { what: what() })?;
        for mount in group.shape.mounts.values() {
            self.volumes
                .insert(VolumeId { environment: group.id.environment.clone(), volume: mount.volume.clone() });
        }
        let made = self.next();
        let id = format!("{made:064x}");
        let container = Container {
            name: format!("{}-{}-{number}", group.id.component, group.id.hash.short()),
            id: id.clone(),
            group: group.clone(),
            stamp,
            state: InstanceState::Created,
            launch,
            lines: Vec::new(),
            address: address(&network, made),
            published: Vec::new(),
            created: i64::from(made),
            program,
        };
        self.journal.push(format!("create {}", container.name));
        self.containers.insert(id.clone(), container);
        Ok(id)
    }

    /// Starts a container; the events that come of it.
    pub(super) fn start(&mut self, id: &str) -> Result<Vec<EngineEvent>> {
        self.count(Call::Start)?;
        let published = self.publish(id)?;
        let container = self.found(id)?;
        container
            .run()
            .map_err(|message| Error::CannotStart { instance: container.name.clone(), message })?;
        container.published = published;
        let mut events = vec![container.event("start")];
        if !container.state.is_up() {
            events.push(container.event("die"));
        }
        let entry = format!("start {}", container.name);
        self.journal.push(entry);
        Ok(events)
    }

    /// The host's ports for a container; a fixed one that is had by another that runs is refused.
    fn publish(&mut self, id: &str) -> Result<Vec<PublishedPort>> {
        let container = self.found(id)?.clone();
        let mut published = Vec::new();
        for port in &container.group.shape.discovery.ports {
            let host = match port.published {
                None => continue,
                Some(Published::Auto(_)) => {
                    FIRST_PORT + u16::try_from(self.next() % 20_000).unwrap_or_default()
                }
                Some(Published::Fixed(host)) => host,
            };
            let has = |other: &Container| {
                other.id != id
                    && other.state.is_up()
                    && other
                        .published
                        .iter()
                        .any(|taken| taken.host == host && taken.protocol == port.protocol)
            };
            if self.containers.values().any(has) {
                return Err(Error::PortInUse { port: host, instance: container.name });
            }
            published.push(PublishedPort { port: port.port, host, protocol: port.protocol });
        }
        Ok(published)
    }

    /// Removes a container, asked to end first or not; the events that come of it.
    pub(super) fn remove(&mut self, id: &str) -> Result<Vec<EngineEvent>> {
        self.count(Call::Remove)?;
        let Some(mut container) = self.containers.remove(id) else { return Ok(Vec::new()) };
        let mut events = Vec::new();
        if container.state.is_up() {
            container.state = InstanceState::Exited { code: 137 };
            events.push(container.event("die"));
        }
        events.push(container.event("destroy"));
        self.journal.push(format!("remove {}", container.name));
        Ok(events)
    }
}

impl Container {
    /// Runs the program once more, unless it refuses.
    pub(super) fn run(&mut self) -> Result<(), String> {
        self.launch.starts += 1;
        let Behaviour { refusal, output, exit, health } = self.program.start(&self.launch);
        if let Some(message) = refusal {
            return Err(message);
        }
        for (source, line) in output {
            self.write(source, &line);
        }
        let checked =
            self.group.shape.discovery.check.as_ref().is_some_and(|check| check.probe == Probe::Engine);
        self.state = match exit {
            // A real engine would start it over and over.
            Some(code) if self.restarts(code) => InstanceState::Restarting,
            Some(code) => InstanceState::Exited { code },
            None => {
                InstanceState::Running { health: checked.then(|| health.unwrap_or(EngineHealth::Starting)) }
            }
        };
        Ok(())
    }

    pub(super) fn write(&mut self, source: LogSource, line: &str) {
        let time = format!("2000-01-01T00:00:00.{:09}Z", self.lines.len());
        self.lines.push(LogLine { time, source, line: line.to_owned() });
    }

    pub(super) fn event(&self, action: &str) -> EngineEvent {
        let environment = Some(self.group.id.environment.clone());
        EngineEvent { action: action.to_owned(), subject: self.name.clone(), environment }
    }

    pub(super) fn instance(&self) -> Instance {
        Instance {
            id: self.id.clone(),
            name: self.name.clone(),
            group: self.group.id.clone(),
            number: self.launch.number,
            stamp: self.stamp,
            state: self.state,
            address: self.state.is_up().then_some(self.address),
            published: if self.state.is_up() { self.published.clone() } else { Vec::new() },
            created: self.created,
            discovery: self.group.shape.discovery.clone(),
        }
    }

    pub(super) fn program(&self) -> Arc<dyn Program> {
        Arc::clone(&self.program)
    }
}

/// A group's texts with the secrets in them.
fn open(group: &Group, number: u32, image: &ImageFacts, secrets: &Secrets) -> Result<Launch, MissingSecret> {
    let shape = &group.shape;
    let words = shape.entrypoint.iter().chain(&shape.command).flatten();
    let mut environment = image.environment.clone();
    for (name, value) in &shape.environment {
        environment.insert(name.clone(), value.open(secrets)?);
    }
    let mut files = BTreeMap::new();
    for (path, file) in &shape.files {
        files.insert(path.clone(), (file.content.open(secrets)?, file.mode, file.owner));
    }
    let words = words.map(|word: &Sealed| word.open(secrets)).collect::<Result<_, _>>()?;
    Ok(Launch { group: group.id.clone(), number, words, init: shape.init, environment, files, starts: 0 })
}

/// An address in a network, the `made`th.
fn address(network: &Network, made: u32) -> IpAddr {
    let [a, b, ..] = match network.gateway {
        Some(IpAddr::V4(gateway)) => gateway.octets(),
        _ => [10, 0, 0, 1],
    };
    let [_, _, c, d] = (made + 1).to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}
