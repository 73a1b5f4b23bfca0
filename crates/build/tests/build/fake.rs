//! An engine that builds nothing and shows who asked for what when.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use landfall_engine::{
    BuildEvent, BuildRequest, Engine, EngineEvent, EngineInfo, Ensure, Error, ExecEvent, ExecRequest,
    LogLine, LogOptions, Observe, Result, Scope, Stats,
};
use landfall_model::name::EnvironmentId;
use landfall_model::observed::{Network, Observed};
use landfall_model::quantity::Period;
use landfall_model::release::ImageFacts;
use landfall_model::sealed::Secrets;
use landfall_model::spec::{Group, GroupId, Stamp, VolumeId};
use tokio::sync::Barrier;

/// The engine. Images that are built get the id `built TAG`.
#[derive(Default)]
pub(crate) struct Fake {
    /// Images by reference.
    pub(crate) images: Mutex<BTreeMap<String, ImageFacts>>,
    /// Images whose builds fail.
    pub(crate) failing: BTreeSet<&'static str>,
    /// Images that a pull gets.
    pub(crate) registry: BTreeSet<&'static str>,
    /// Where builds meet before they end.
    pub(crate) barrier: Option<Arc<Barrier>>,
    /// Builds that never end; dropping one is noted as `NAME dropped`.
    pub(crate) endless: bool,
    /// What happened.
    pub(crate) log: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn add(&self, reference: &str, id: &str) {
        let facts = ImageFacts { id: id.to_owned(), ..ImageFacts::default() };
        self.images.lock().unwrap().insert(reference.to_owned(), facts);
    }
}

/// The fake as the engine that is passed around.
#[derive(Clone)]
pub(crate) struct Shared(pub(crate) Arc<Fake>);

struct Noted(Arc<Mutex<Vec<String>>>, String);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.lock().unwrap().push(format!("{} dropped", self.1));
    }
}

fn unasked<T>(what: &str) -> Result<T> {
    Err(Error::Unsupported { what: format!("{what}: no build asks for that") })
}

#[async_trait]
impl Observe for Shared {
    async fn info(&self) -> Result<EngineInfo> {
        let (version, api_version) = ("1".to_owned(), "1.41".to_owned());
        Ok(EngineInfo { kind: "fake", version, api_version, cpus: 2, memory: 1 << 30, buildkit: true })
    }
    async fn observe(&self, _: &Scope) -> Result<Observed> {
        unasked("observe")
    }
    async fn image(&self, reference: &str) -> Result<Option<ImageFacts>> {
        Ok(self.0.images.lock().unwrap().get(reference).cloned())
    }
    fn events(&self) -> BoxStream<'static, Result<EngineEvent>> {
        stream::empty().boxed()
    }
    fn logs(&self, _: &str, _: LogOptions) -> BoxStream<'static, Result<LogLine>> {
        stream::empty().boxed()
    }
    async fn stats(&self, _: &str) -> Result<Stats> {
        unasked("stats")
    }
}

#[async_trait]
impl Engine for Shared {
    async fn ensure_network(&self, _: &EnvironmentId) -> Result<(Network, Ensure)> {
        unasked("ensure_network")
    }
    async fn ensure_volume(&self, _: &VolumeId) -> Result<Ensure> {
        unasked("ensure_volume")
    }
    async fn ensure_group(&self, _: &Group, _: u32, _: Stamp, _: &Secrets) -> Result<Ensure> {
        unasked("ensure_group")
    }
    async fn remove_group(&self, _: &GroupId, _: Period) -> Result<Ensure> {
        unasked("remove_group")
    }
    async fn remove_instance(&self, _: &str) -> Result<Ensure> {
        unasked("remove_instance")
    }
    async fn remove_network(&self, _: &EnvironmentId) -> Result<Ensure> {
        unasked("remove_network")
    }
    async fn remove_volume(&self, _: &VolumeId) -> Result<Ensure> {
        unasked("remove_volume")
    }
    async fn wait(&self, _: &str) -> Result<i64> {
        unasked("wait")
    }
    async fn exec(&self, _: &str, _: ExecRequest) -> Result<BoxStream<'static, Result<ExecEvent>>> {
        unasked("exec")
    }

    fn build(&self, request: BuildRequest) -> BoxStream<'static, Result<BuildEvent>> {
        let fake = Arc::clone(&self.0);
        fake.log.lock().unwrap().push(format!("{} begins", request.image));
        let text = format!("RUN {}", request.image);
        let step = BuildEvent::Step { number: 1, total: Some(1), text: text.clone(), cached: false };
        let end = async move {
            if fake.endless {
                let _noted = Noted(Arc::clone(&fake.log), request.image.clone());
                std::future::pending::<()>().await;
            }
            if let Some(barrier) = &fake.barrier {
                barrier.wait().await;
            }
            if fake.failing.contains(request.image.as_str()) {
                let (image, message, output) =
                    (request.image, "exit code 1".to_owned(), vec!["no luck".to_owned()]);
                return Err(Error::Build { image, step: Some(text), message, output });
            }
            fake.add(&request.tag, &format!("built {}", request.tag));
            fake.log.lock().unwrap().push(format!("{} ends", request.image));
            let facts = fake.images.lock().unwrap()[&request.tag].clone();
            Ok(BuildEvent::Built(facts))
        };
        stream::iter([Ok(step)]).chain(stream::once(end)).boxed()
    }

    fn pull(&self, reference: &str) -> BoxStream<'static, Result<BuildEvent>> {
        self.0.log.lock().unwrap().push(format!("pull {reference}"));
        if !self.0.registry.contains(reference) {
            let error = Error::NoImage { reference: reference.to_owned(), source: None };
            return stream::iter([Err(error)]).boxed();
        }
        self.0.add(reference, &format!("pulled {reference}"));
        let facts = self.0.images.lock().unwrap()[reference].clone();
        stream::iter([Ok(BuildEvent::Output("Downloading".to_owned())), Ok(BuildEvent::Built(facts))]).boxed()
    }
}
