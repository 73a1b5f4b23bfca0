//! An engine under test, an environment of its own, and the hands that disturb it.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bollard::models::{ContainerCreateBody, NetworkCreateRequest};
use bollard::query_parameters::{
    CreateContainerOptions, CreateImageOptions, InspectContainerOptions, InspectNetworkOptions,
    KillContainerOptions, ListContainersOptions, ListNetworksOptions, ListVolumesOptions,
    RemoveContainerOptions, RemoveImageOptions, RemoveVolumeOptions,
};
use futures_util::{FutureExt, TryStreamExt};
use landfall_engine::{Docker, Engine, LogOptions, Scope};
use landfall_model::hash::ContentHash;
use landfall_model::landscape::{Limits, Restart};
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::observed::{Instance, Network, Observed};
use landfall_model::quantity::Period;
use landfall_model::release::ReleaseNumber;
use landfall_model::sealed::{Sealed, Secrets};
use landfall_model::spec::{Discovery, Group, Role, Shape, Stamp};

/// How long anything may take before a test gives up: never reached but by what is broken.
const PATIENCE: Duration = Duration::from_secs(120);

/// The image of which the test's containers are: one static program, no shell.
const IMAGE: &str = "landfall-contract/probe:latest";

/// What a test works with.
pub(crate) struct Subject {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) hands: Arc<dyn Hands>,
    pub(crate) environment: EnvironmentId,
    /// The image's id.
    pub(crate) image: String,
}

/// What happens to an engine behind our back.
#[async_trait]
pub(crate) trait Hands: Send + Sync {
    /// Kills an instance.
    async fn kill(&self, instance: &str);
    /// Puts in an instance's place what a crash between creating and starting it leaves.
    async fn unstart(&self, instance: &str);
    /// Makes a container, network or volume that has nothing to do with us but looks like ours; removes it again.
    async fn stranger(&self, like: &Instance) -> String;
    /// Whether there is a container of this name or id.
    async fn exists(&self, container: &str) -> bool;
    /// Removes a network and makes another of its name and labels.
    async fn renew_network(&self, network: &Network);
    /// An image with all its layers and its history.
    async fn saved(&self, image: &str) -> Vec<u8>;
    /// Removes all that the test made.
    async fn clean(&self, landscape: &Name);
}

/// How a subject is made.
#[async_trait]
pub(crate) trait Make {
    /// A subject with an environment of the landscape; none where this engine is known not to be there.
    async fn make(landscape: Name) -> Option<Subject>;
}

/// Runs a case in an environment of its own, and cleans up whatever came of it.
pub(crate) async fn run<M: Make>(
    case: &str,
    body: impl FnOnce(Arc<Subject>) -> Pin<Box<dyn Future<Output = ()> + Send>>,
) {
    let landscape =
        Name::new(format!("t{}-{}", std::process::id(), &case[..case.len().min(40)])).expect("a name");
    let Some(subject) = M::make(landscape.clone()).await else { return };
    let subject = Arc::new(subject);
    let hands = Arc::clone(&subject.hands);
    let result = AssertUnwindSafe(tokio::time::timeout(PATIENCE, body(subject))).catch_unwind().await;
    hands.clean(&landscape).await;
    match result {
        Ok(Ok(())) => {}
        Ok(Err(_)) => panic!("{case} took more than {PATIENCE:?}"),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

pub(crate) const STAMP: Stamp = Stamp { release: ReleaseNumber(3), generation: 5 };
pub(crate) const GRACE: Period = Period::from_secs(5);

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

pub(crate) fn sealed(words: &[&str]) -> Option<Vec<Sealed>> {
    Some(words.iter().map(|word| Sealed::plain(*word)).collect())
}

impl Subject {
    /// A shape that runs the image's program with the given words.
    pub(crate) fn shape(&self, words: &[&str]) -> Shape {
        Shape {
            image: self.image.clone(),
            command: sealed(words),
            entrypoint: None,
            environment: BTreeMap::new(),
            files: BTreeMap::new(),
            mounts: BTreeMap::new(),
            tmpfs: Vec::new(),
            user: None,
            working_dir: None,
            init: true,
            read_only: false,
            cap_add: Vec::new(),
            cap_drop: Vec::new(),
            limits: Limits::default(),
            shm_size: None,
            restart: Restart::Always,
            stop_signal: None,
            stop_grace_period: GRACE,
            labels: BTreeMap::new(),
            discovery: Discovery::default(),
        }
    }

    pub(crate) fn service(&self, component: &str, shape: Shape) -> Group {
        Group::new(self.environment.clone(), Role::Service, name(component), shape)
    }

    pub(crate) fn job(&self, component: &str, shape: Shape) -> Group {
        Group::new(self.environment.clone(), Role::Job, name(component), shape)
    }

    /// Makes the network and the group.
    pub(crate) async fn up(&self, group: &Group, instances: u32) -> Observed {
        self.engine.ensure_network(&self.environment).await.expect("a network");
        self.engine.ensure_group(group, instances, STAMP, &Secrets::default()).await.expect("a group");
        self.observed().await
    }

    /// Runs a job to its end: its exit code and its output.
    pub(crate) async fn run(&self, shape: Shape) -> (i64, Vec<String>) {
        let group = self.job("job", shape);
        let observed = self.up(&group, 1).await;
        let instance = &observed.instances[0].id;
        let code = self.engine.wait(instance).await.expect("an end");
        let lines =
            self.engine.logs(instance, LogOptions::default()).try_collect::<Vec<_>>().await.expect("logs");
        self.engine.remove_group(&group.id, GRACE).await.expect("removed");
        (code, lines.into_iter().map(|line| line.line).collect())
    }

    pub(crate) async fn observed(&self) -> Observed {
        self.engine.observe(&Scope::Environment(self.environment.clone())).await.expect("an observation")
    }

    /// Observes until it is as it should be.
    pub(crate) async fn until(&self, what: &str, right: impl Fn(&Observed) -> bool) -> Observed {
        let begun = Instant::now();
        loop {
            let observed = self.observed().await;
            if right(&observed) {
                return observed;
            }
            assert!(begun.elapsed() < PATIENCE / 2, "never: {what}; last: {observed:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Docker under test.
pub(crate) struct DockerSubject;

struct DockerHands(bollard::Docker);

#[async_trait]
impl Make for DockerSubject {
    async fn make(landscape: Name) -> Option<Subject> {
        if std::env::var("LANDFALL_WITHOUT_DOCKER").is_ok_and(|value| value == "1") {
            return None;
        }
        let address = std::env::var("DOCKER_HOST").ok();
        let engine = Docker::connect(address.as_deref()).await.unwrap_or_else(|error| {
            panic!("{error}; start one, or set LANDFALL_WITHOUT_DOCKER=1 to leave Docker's tests out")
        });
        let address = address.as_deref().unwrap_or(landfall_engine::docker::DEFAULT_ADDRESS);
        let client = bollard::Docker::connect_with_host(address).expect("it was reached before");
        let image = import_image(&client).await;
        let environment = EnvironmentId::new(landscape, name("test"));
        Some(Subject { engine: Arc::new(engine), hands: Arc::new(DockerHands(client)), environment, image })
    }
}

/// Compiles the program and makes an image of nothing else.
async fn import_image(client: &bollard::Docker) -> String {
    static IMPORTED: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    let image = IMPORTED.get_or_init(|| async {
        let mut archive = tar::Builder::new(Vec::new());
        let program = std::fs::read(compile()).expect("compiled");
        let hash = ContentHash::of_bytes(&program).to_string();
        // The one of an earlier run, if it has the same program: so that runs leave one image, not one each.
        if let Ok(found) = client.inspect_image(IMAGE).await {
            let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
            if labels.get("program") == Some(&hash) {
                return found.id.expect("an id");
            }
        }
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        header.set_size(program.len() as u64);
        archive.append_data(&mut header, "probe", program.as_slice()).expect("archived");
        let body = bollard::body_full(archive.into_inner().expect("archived").into());
        let (repo, tag) = IMAGE.split_once(':').expect("it has a tag");
        let options = CreateImageOptions {
            from_src: Some("-".to_owned()),
            repo: Some(repo.to_owned()),
            tag: Some(tag.to_owned()),
            changes: vec![
                "ENTRYPOINT [\"/probe\"]".to_owned(),
                "ENV BASE=yes".to_owned(),
                "HEALTHCHECK --interval=1s CMD [\"/probe\", \"exit\", \"0\"]".to_owned(),
                format!("LABEL program={hash}"),
            ],
            ..CreateImageOptions::default()
        };
        client.create_image(Some(options), Some(body), None).try_collect::<Vec<_>>().await.expect("imported");
        client.inspect_image(IMAGE).await.expect("imported").id.expect("an id")
    });
    image.await.clone()
}

pub(crate) fn compile() -> PathBuf {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contract/probe.c");
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("probe");
    let done = Command::new("cc").args(["-O1", "-static", "-o"]).arg(&program).arg(source).status();
    assert!(
        done.expect("a C compiler (apt-get install build-essential)").success(),
        "probe.c doesn't compile"
    );
    program
}

#[async_trait]
impl Hands for DockerHands {
    async fn kill(&self, instance: &str) {
        self.0.kill_container(instance, None::<KillContainerOptions>).await.expect("killed");
    }

    async fn unstart(&self, instance: &str) {
        let found =
            self.0.inspect_container(instance, None::<InspectContainerOptions>).await.expect("inspected");
        self.0.remove_container(instance, Some(forced())).await.expect("removed");
        let name = found.name.map(|name| name.trim_start_matches('/').to_owned());
        let options = CreateContainerOptions { name, ..CreateContainerOptions::default() };
        let config = found.config.expect("a configuration");
        let body = ContainerCreateBody {
            image: config.image,
            labels: config.labels,
            ..ContainerCreateBody::default()
        };
        self.0.create_container(Some(options), body).await.expect("created");
    }

    async fn stranger(&self, like: &Instance) -> String {
        let found =
            self.0.inspect_container(&like.id, None::<InspectContainerOptions>).await.expect("inspected");
        let config = found.config.expect("a configuration");
        let mut labels = config.labels.expect("labels");
        labels.insert("landfall.hash".to_owned(), "not a hash".to_owned());
        let body = ContainerCreateBody {
            image: config.image,
            labels: Some(labels),
            ..ContainerCreateBody::default()
        };
        self.0.create_container(None::<CreateContainerOptions>, body).await.expect("created").id
    }

    async fn exists(&self, container: &str) -> bool {
        self.0.inspect_container(container, None::<InspectContainerOptions>).await.is_ok()
    }

    async fn renew_network(&self, network: &Network) {
        let found =
            self.0.inspect_network(&network.id, None::<InspectNetworkOptions>).await.expect("inspected");
        self.0.remove_network(&network.id).await.expect("removed");
        let (name, labels) = (found.name.expect("a name"), found.labels);
        let request = NetworkCreateRequest { name, labels, ..NetworkCreateRequest::default() };
        self.0.create_network(request).await.expect("created");
    }

    async fn saved(&self, image: &str) -> Vec<u8> {
        let parts = self.0.export_image(image).try_collect::<Vec<_>>().await.expect("saved");
        parts.concat()
    }

    async fn clean(&self, landscape: &Name) {
        let filters =
            [("label".to_owned(), vec![format!("landfall.landscape={landscape}")])].into_iter().collect();
        let filters: Option<std::collections::HashMap<_, _>> = Some(filters);
        let options =
            ListContainersOptions { all: true, filters: filters.clone(), ..ListContainersOptions::default() };
        for container in self.0.list_containers(Some(options)).await.expect("listed") {
            let gone = self.0.remove_container(&container.id.expect("an id"), Some(forced())).await;
            assert!(gone.is_ok() || gone.is_err_and(|error| error.to_string().contains("404")));
        }
        for network in self
            .0
            .list_networks(Some(ListNetworksOptions { filters: filters.clone() }))
            .await
            .expect("listed")
        {
            self.0.remove_network(&network.id.expect("an id")).await.expect("removed");
        }
        let volumes = self.0.list_volumes(Some(ListVolumesOptions { filters })).await.expect("listed");
        for volume in volumes.volumes.unwrap_or_default() {
            self.0.remove_volume(&volume.name, None::<RemoveVolumeOptions>).await.expect("removed");
        }
        let built = format!("landfall-contract/{landscape}:built");
        let gone = self.0.remove_image(&built, None::<RemoveImageOptions>, None).await;
        assert!(gone.is_ok() || gone.is_err_and(|error| error.to_string().contains("404")));
    }
}

fn forced() -> RemoveContainerOptions {
    RemoveContainerOptions { v: true, force: true, link: false }
}
