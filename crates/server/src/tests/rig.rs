//! A server on the fake engine, with a data plane that takes what runs for well unless told otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use landfall_api::{DeployRequest, DeploymentEvent, DeploymentId, DeploymentStatus, SecretValue};
use landfall_discovery::directive::Directives;
use landfall_engine::fake::{Fake, Serving};
use landfall_engine::{Observe, Scope};
use landfall_model::check::Health;
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::observed::{InstanceState, Observed};
use landfall_model::release::{ImageFacts, Release, ReleaseNumber};
use landfall_model::spec::Role;
use landfall_plan::DataPolicy;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::data_plane::{DataPlane, DataPlaneError, HealthReport, Problems};
use crate::deploy;
use crate::reconcile::Reconcile;
use crate::store::{NewDeployment, Store};
use crate::world::World;

pub(super) fn name(text: &str) -> Name {
    Name::from_str(text).unwrap()
}

pub(super) fn environment() -> EnvironmentId {
    EnvironmentId::new(name("shop"), name("dev"))
}

/// What the data plane was told last, and the components whose instances it takes for unwell.
#[derive(Clone)]
pub(super) struct Nurse {
    pub(super) told: Arc<Mutex<Directives>>,
    pub(super) sick: Arc<Mutex<BTreeSet<Name>>>,
    health: watch::Sender<Arc<HealthReport>>,
}

#[async_trait]
impl DataPlane for Nurse {
    async fn direct(&self, directives: &Directives) -> Result<Problems, DataPlaneError> {
        *self.told.lock().unwrap() = directives.clone();
        Ok(Problems::new())
    }

    fn health(&self) -> watch::Receiver<Arc<HealthReport>> {
        self.health.subscribe()
    }

    fn process(&self) -> Option<u32> {
        None
    }
}

impl Nurse {
    async fn watch(self, engine: Fake) {
        let mut events = engine.events();
        loop {
            let observed = engine.observe(&Scope::All).await.unwrap();
            let running =
                observed.instances.iter().filter(|it| matches!(it.state, InstanceState::Running { .. }));
            let sick = self.sick.lock().unwrap().clone();
            let health = |component| match sick.contains(component) {
                true => Health::Failing { reason: "it is sick".to_owned() },
                false => Health::Passing,
            };
            let report = running.map(|it| (it.id.clone(), health(&it.group.component))).collect();
            self.health.send_replace(Arc::new(report));
            tokio::select! {
                _ = events.next() => {}
                () = sleep(Duration::from_millis(20)) => {}
            }
        }
    }
}

/// A server on the fake engine. Its records and the engine outlive it.
pub(super) struct Rig {
    pub(super) engine: Fake,
    pub(super) nurse: Nurse,
    home: TempDir,
    running: Option<Running>,
}

/// A server that runs.
struct Running {
    world: Arc<World>,
    reconcile: Arc<Reconcile>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Every task ends where it waits; what is in the database then is what a crash leaves.
            let ended = std::thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(10)));
            ended.join().unwrap();
        }
    }
}

impl Rig {
    pub(super) async fn new() -> Self {
        let engine = Fake::new();
        for image in ["web:1", "web:2", "api:1", "db:1", "db:2", "job:1"] {
            engine.add_image(image, facts(image), Serving);
        }
        engine.add_image("ok:1", facts("ok:1"), |_: &landfall_engine::fake::Launch| ends(0));
        engine.add_image("bad:1", facts("bad:1"), |_: &landfall_engine::fake::Launch| ends(3));
        let nurse =
            Nurse { told: Arc::default(), sick: Arc::default(), health: watch::channel(Arc::default()).0 };
        tokio::spawn(nurse.clone().watch(engine.clone()));
        let mut rig = Self { engine, nurse, home: TempDir::new().unwrap(), running: None };
        rig.start().await;
        rig
    }

    /// Starts the server as after a crash: in a runtime of its own, so that it can be ended at any instruction.
    pub(super) async fn start(&mut self) {
        let store = Store::open(&self.home.path().join("landfall.db")).await.unwrap();
        let world = Arc::new(World::new(Arc::new(self.engine.clone()), store, Arc::new(self.nurse.clone())));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let reconcile = Reconcile::new(Arc::clone(&world), CancellationToken::new());
        let (events, waker, forwarded) = (self.engine.events(), Arc::clone(&reconcile), Arc::clone(&world));
        let awake: JoinHandle<()> = runtime.spawn(async move {
            waker.wake_all().await.unwrap();
            events
                .for_each(|event| {
                    let event = event.unwrap();
                    if let Some(environment) = &event.environment {
                        waker.wake(environment);
                    }
                    let _ = forwarded.events.send(event);
                    std::future::ready(())
                })
                .await;
        });
        drop(awake);
        self.running = Some(Running { world, reconcile, runtime: Some(runtime) });
    }

    /// Ends the server wherever it is.
    pub(super) fn kill(&mut self) {
        self.running = None;
    }

    pub(super) fn world(&self) -> &World {
        &self.running.as_ref().unwrap().world
    }

    pub(super) async fn release(&self, landscape: Value) -> ReleaseNumber {
        let landscape: landfall_model::Landscape = serde_json::from_value(landscape).unwrap();
        let secrets: BTreeMap<_, _> =
            landscape.secrets.keys().map(|name| (name.clone(), SecretValue::Generate(12))).collect();
        let store = &self.world().store;
        let secrets = store.ensure_secrets(&environment(), &secrets).await.unwrap();
        let images = landscape.containers().map(|(_, it)| (it.image.clone(), facts(&it.image))).collect();
        let release = Release { landscape, images, files: BTreeMap::new(), secrets };
        store.ensure_release(&release, &Default::default()).await.unwrap().number
    }

    /// Begins a deployment; none if there is nothing to do.
    pub(super) async fn deploy(&self, landscape: Value) -> Option<DeploymentId> {
        let request = DeployRequest { release: self.release(landscape).await, purpose: None };
        let world = self.world();
        let wanted = deploy::wanted(world, &self.engine, &environment(), &request).await.unwrap();
        if wanted.nothing_to_do {
            return None;
        }
        let begun =
            world.store.begin(&environment(), NewDeployment::Up(&wanted.blueprint, None)).await.unwrap();
        self.wake();
        begun
    }

    pub(super) async fn down(&self, data: DataPolicy) -> Option<DeploymentId> {
        let begun = self.world().store.begin(&environment(), NewDeployment::Down(data)).await.unwrap();
        self.wake();
        begun
    }

    pub(super) fn cancel(&self) {
        let running = self.running.as_ref().unwrap();
        let _entered = running.runtime.as_ref().unwrap().enter();
        running.reconcile.cancel(&environment());
    }

    fn wake(&self) {
        let running = self.running.as_ref().unwrap();
        let _entered = running.runtime.as_ref().unwrap().enter();
        running.reconcile.wake(&environment());
    }

    /// The events of a deployment, to its end.
    pub(super) async fn follow(&self, deployment: DeploymentId) -> Vec<DeploymentEvent> {
        let events = self.world().journal.follow(deployment).collect::<Vec<_>>();
        timeout(Duration::from_secs(20), events).await.unwrap()
    }

    /// Waits until a deployment is over, whoever has seen it begin.
    pub(super) async fn ended(&self, deployment: DeploymentId) -> DeploymentStatus {
        let ended = async {
            loop {
                let view = self.world().store.deployment(deployment).await.unwrap().unwrap();
                if view.ended.is_some() {
                    return view.status;
                }
                sleep(Duration::from_millis(5)).await;
            }
        };
        if let Ok(status) = timeout(Duration::from_secs(20), ended).await {
            return status;
        }
        let record = self.world().store.environment(&environment()).await.unwrap();
        let record = record.map(|it| (it.deployment, it.down, it.given_up));
        panic!(
            "deployment {deployment} does not end: {record:?}, {:?}",
            self.engine.journal().iter().rev().take(12)
        );
    }

    /// Waits until what there is fulfils a condition.
    pub(super) async fn until(&self, condition: impl Fn(&Observed) -> bool) {
        let fulfilled = async {
            while !condition(&self.observed().await) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(20), fulfilled).await.unwrap();
    }

    pub(super) async fn observed(&self) -> Observed {
        self.engine.observe(&Scope::All).await.unwrap()
    }

    /// The services' running instances: component, image's place in its shape aside, generation.
    pub(super) async fn running(&self) -> Vec<String> {
        let observed = self.observed().await;
        let running =
            observed.instances.iter().filter(|it| it.group.role == Role::Service && it.state.is_up());
        let mut running: Vec<_> = running
            .map(|it| format!("{}-{} g{}", it.group.component, it.number, it.stamp.generation))
            .collect();
        running.sort();
        running
    }
}

fn facts(image: &str) -> ImageFacts {
    ImageFacts { id: format!("sha256:{image}"), ..ImageFacts::default() }
}

fn ends(code: i64) -> landfall_engine::fake::Behaviour {
    let output = vec![(landfall_engine::LogSource::Stderr, "no such luck".to_owned())];
    landfall_engine::fake::Behaviour { exit: Some(code), output, ..Default::default() }
}
