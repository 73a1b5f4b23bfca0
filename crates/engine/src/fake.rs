//! An engine in memory, for tests: deterministic, with faults on demand, and without any time of its own.
//!
//! Nothing happens by itself: a health check turns when [`Fake::set_health`] says so, a process ends when its
//! [`Program`] ends at once or [`Fake::crash`] says so. What a container does is told by the program of its image.

mod engine;
mod program;
mod world;

use std::sync::{Arc, Mutex, MutexGuard};

use landfall_model::landscape::Restart;
use landfall_model::observed::{EngineHealth, InstanceState};
use landfall_model::release::ImageFacts;
use landfall_model::spec::Role;
use tokio::sync::{broadcast, watch};

pub use program::{Behaviour, Launch, Outcome, Program, Serving};
pub use world::Call;
use world::{Container, World};

use crate::{EngineEvent, Error, LogSource};

/// Events that a slow listener may be behind before its stream ends.
const EVENTS: usize = 4096;

/// The engine in memory. Clones are handles to the same one.
#[derive(Clone)]
pub struct Fake {
    world: Arc<Mutex<World>>,
    events: broadcast::Sender<EngineEvent>,
    /// Changes with each change: what waits for something looks again.
    changed: Arc<watch::Sender<u64>>,
}

impl Default for Fake {
    fn default() -> Self {
        Self::new()
    }
}

impl Fake {
    /// An engine without anything.
    pub fn new() -> Self {
        let (events, _) = broadcast::channel(EVENTS);
        Self { world: Arc::default(), events, changed: Arc::new(watch::channel(0).0) }
    }

    /// Gives the engine an image, known by its id and by `reference`, whose containers run `program`.
    pub fn add_image(&self, reference: &str, facts: ImageFacts, program: impl Program + 'static) {
        self.world().add_image(reference, facts, Arc::new(program));
    }

    /// Puts an image into the registry from which `pull` gets it.
    pub fn add_to_registry(&self, reference: &str, facts: ImageFacts, program: impl Program + 'static) {
        self.world().registry.insert(reference.to_owned(), (facts, Arc::new(program)));
    }

    /// Makes the `nth` call of a kind from now on fail, 1 being the next.
    pub fn fail(&self, call: Call, nth: u32, error: impl Fn() -> Error + Send + 'static) {
        self.world().fail(call, nth, Box::new(error));
    }

    /// How many calls of a kind there were.
    pub fn calls(&self, call: Call) -> u32 {
        self.world().calls.get(&call).copied().unwrap_or_default()
    }

    /// Everything that was changed, in order: `create web-1`, `start web-1`, `remove web-1`, ...
    pub fn journal(&self) -> Vec<String> {
        self.world().journal.clone()
    }

    /// What a container was launched with, secrets opened; none if there is no such container.
    pub fn launch(&self, instance: &str) -> Option<Launch> {
        self.world().container(instance).map(|container| container.launch.clone())
    }

    /// Ends a container's process as `docker kill` does: it stays ended.
    pub fn kill(&self, instance: &str) {
        let mut world = self.world();
        let Some(container) = world.container_mut(instance) else { return };
        container.state = InstanceState::Exited { code: 137 };
        let event = container.event("die");
        drop(world);
        self.tell(event);
    }

    /// Ends a container's process by itself: what is to be restarted is.
    pub fn crash(&self, instance: &str, code: i64) {
        let mut world = self.world();
        let Some(container) = world.container_mut(instance) else { return };
        container.state = InstanceState::Exited { code };
        let mut events = vec![container.event("die")];
        if container.restarts(code) && container.run().is_ok() {
            events.push(container.event("start"));
        }
        drop(world);
        events.into_iter().for_each(|event| self.tell(event));
    }

    /// Removes a container behind everybody's back.
    pub fn vanish(&self, instance: &str) {
        let mut world = self.world();
        let Some(id) = world.container(instance).map(|container| container.id.clone()) else { return };
        let container = world.containers.remove(&id).expect("it was found a moment ago");
        drop(world);
        self.tell(container.event("destroy"));
    }

    /// Makes a container one that was created and never started: what a crash between the two leaves.
    pub fn unstart(&self, instance: &str) {
        let mut world = self.world();
        if let Some(container) = world.container_mut(instance) {
            container.state = InstanceState::Created;
        }
    }

    /// Says what the image's own HEALTHCHECK finds, for a container whose check that is.
    pub fn set_health(&self, instance: &str, health: EngineHealth) {
        let mut world = self.world();
        let Some(container) = world.container_mut(instance) else { return };
        let InstanceState::Running { health: Some(found) } = &mut container.state else { return };
        *found = health;
        let event = container.event("health_status");
        drop(world);
        self.tell(event);
    }

    /// Has a container write a line.
    pub fn say(&self, instance: &str, source: LogSource, line: &str) {
        let mut world = self.world();
        let Some(container) = world.container_mut(instance) else { return };
        container.write(source, line);
        drop(world);
        self.changed.send_modify(|count| *count += 1);
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("nothing panics while it holds the world")
    }

    /// Tells listeners, and whoever waits for a change. Nobody may be listening.
    fn tell(&self, event: EngineEvent) {
        let _listeners = self.events.send(event);
        self.changed.send_modify(|count| *count += 1);
    }
}

impl Container {
    /// Whether the engine starts the process again by itself.
    fn restarts(&self, code: i64) -> bool {
        self.group.id.role == Role::Service && self.group.shape.restart != Restart::No && code != 0
    }
}
