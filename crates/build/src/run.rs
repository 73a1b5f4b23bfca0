//! Builds the images of a landscape, in the order of their layers and as many at once as that allows.

pub mod progress;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use landfall_engine::{BuildEvent, BuildRequest, Builder, Engine, Error as EngineError};
use landfall_model::ContentHash;
use landfall_model::name::Name;
use landfall_model::release::ImageFacts;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::context;
use crate::dockerfile::line_of_step;
use crate::error::{Error, FailedStep};
use crate::inputs;
use crate::look::observe_image;
use crate::prepare::{BuildAll, Prepared, prepare};
use progress::{Event, Progress};

/// How many lines of a failed step's output are kept.
const LAST_LINES: usize = 20;

/// An image that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// Its tag.
    pub tag: String,
    /// The hash of everything that went into it.
    pub inputs: ContentHash,
    /// What has to be known of it.
    pub facts: ImageFacts,
    /// Whether it had to be built.
    pub state: State,
}

/// Whether an image had to be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was there.
    Unchanged,
    /// It was built now.
    Built,
}

/// Builds all images that are asked for and not there yet.
///
/// Everything that can be told without building is told first, and every image that a Dockerfile names is made sure
/// of. When an image can't be built, those built on it are skipped and all others are still finished, so that one
/// call tells all that is wrong and no finished work is thrown away. Dropping the future stops all builds.
///
/// `progress` must be read while this runs, or dropped.
///
/// # Errors
/// When any image can't be had; [`Error::each`] gives one error for each thing that is wrong.
pub async fn build(
    engine: Arc<dyn Engine>,
    request: BuildAll,
    progress: mpsc::Sender<Progress>,
) -> Result<BTreeMap<Name, Built>, Error> {
    let images = prepare(&request).await?;
    let run = Run { engine, request, progress };
    let builder = run.builder(&images).await?;
    let bases = run.bases(&images).await?;
    run.all(images, builder, bases).await
}

struct Run {
    engine: Arc<dyn Engine>,
    request: BuildAll,
    progress: mpsc::Sender<Progress>,
}

impl Run {
    async fn builder(&self, images: &[Arc<Prepared>]) -> Result<Builder, Error> {
        let failed = |source| Error::Engine {
            action: "asking the engine what it can".to_owned(),
            source: Box::new(source),
        };
        let builder = match self.request.builder {
            Some(builder) => builder,
            None if self.engine.info().await.map_err(failed)?.buildkit => Builder::BuildKit,
            None => Builder::Classic,
        };
        let with_secrets = images.iter().find(|image| !image.secrets.is_empty());
        match with_secrets.filter(|_| builder == Builder::Classic) {
            Some(image) => Err(Error::SecretNeedsBuildKit { image: image.name.clone() }),
            None => Ok(builder),
        }
    }

    /// The ids of the images that Dockerfiles name, pulled where they are missing.
    async fn bases(&self, images: &[Arc<Prepared>]) -> Result<BTreeMap<String, String>, Error> {
        let mut bases = BTreeMap::new();
        let mut errors = Vec::new();
        for (reference, (image, line)) in mentions(images) {
            let facts = match observe_image(&*self.engine, reference).await? {
                Some(facts) => Ok(facts),
                None => self.pull(image, reference).await,
            };
            match facts {
                Ok(facts) => drop(bases.insert(reference.to_owned(), facts.id)),
                Err(source) => errors.push(Error::NoBase {
                    reference: reference.to_owned(),
                    path: image.context.dockerfile_path(),
                    line,
                    source: Some(Box::new(source)),
                }),
            }
        }
        Error::of(errors).map_or(Ok(bases), Err)
    }

    async fn pull(&self, image: &Prepared, reference: &str) -> Result<ImageFacts, EngineError> {
        self.report(&image.name, Event::Pulling { reference: reference.to_owned() }).await;
        let mut events = self.engine.pull(reference);
        while let Some(event) = events.next().await {
            match event? {
                BuildEvent::Built(facts) => return Ok(facts),
                BuildEvent::Output(line) => self.report(&image.name, Event::Output(line)).await,
                BuildEvent::Step { .. } => {}
            }
        }
        Err(EngineError::NoImage { reference: reference.to_owned(), source: None })
    }

    /// Builds images as soon as what they are built on is there.
    async fn all(
        &self,
        images: Vec<Arc<Prepared>>,
        builder: Builder,
        bases: BTreeMap<String, String>,
    ) -> Result<BTreeMap<Name, Built>, Error> {
        let mut waiting: VecDeque<Arc<Prepared>> = images.into();
        for image in &waiting {
            if let Some(parent) = &image.parent {
                self.report(&image.name, Event::Waiting { parent: parent.clone() }).await;
            }
        }
        let mut running = FuturesUnordered::new();
        let mut built: BTreeMap<Name, Built> = BTreeMap::new();
        let mut errors = BTreeMap::new();
        loop {
            while running.len() < self.request.parallel.max(1) {
                let ready = |image: &Arc<Prepared>| {
                    image.parent.as_ref().is_none_or(|parent| built.contains_key(parent))
                };
                let Some(image) = waiting.iter().position(ready).and_then(|index| waiting.remove(index))
                else {
                    break;
                };
                let parent = image.parent.as_ref().map(|parent| built[parent].clone());
                running.push(self.timed(image, parent, (builder, &bases)));
            }
            let Some((name, result)) = running.next().await else { break };
            match result {
                Ok(image) => drop(built.insert(name, image)),
                Err(error) => {
                    self.skip(&mut waiting, &name).await;
                    errors.insert(name, error);
                }
            }
        }
        Error::of(errors.into_values().collect()).map_or(Ok(built), Err)
    }

    /// Takes away what is built on a failed image, directly or not.
    async fn skip(&self, waiting: &mut VecDeque<Arc<Prepared>>, failed: &Name) {
        let mut lost = BTreeSet::from([failed.clone()]);
        // Parents stand before what is built on them, so one pass finds all.
        for image in std::mem::take(waiting) {
            match image.parent.as_ref().filter(|parent| lost.contains(*parent)) {
                Some(_) => {
                    lost.insert(image.name.clone());
                    self.report(&image.name, Event::Skipped { failed: failed.clone() }).await;
                }
                None => waiting.push_back(image),
            }
        }
    }

    async fn timed(
        &self,
        image: Arc<Prepared>,
        parent: Option<Built>,
        how: (Builder, &BTreeMap<String, String>),
    ) -> (Name, Result<Built, Error>) {
        let begin = Instant::now();
        let result = self.one(&image, parent.as_ref(), how).await;
        let event = match &result {
            Ok(Built { state: State::Unchanged, tag, .. }) => Event::Unchanged { tag: tag.clone() },
            Ok(Built { tag, .. }) => Event::Built { tag: tag.clone(), took: begin.elapsed() },
            Err(_) => Event::Failed,
        };
        self.report(&image.name, event).await;
        (image.name.clone(), result)
    }

    async fn one(
        &self,
        image: &Arc<Prepared>,
        parent: Option<&Built>,
        (builder, bases): (Builder, &BTreeMap<String, String>),
    ) -> Result<Built, Error> {
        let landscape = &self.request.landscape.landscape;
        let hash = image.inputs(parent.map(|parent| parent.facts.id.as_str()), bases).hash();
        let tag = inputs::tag(landscape, &image.name, &hash);
        if let Some(facts) = observe_image(&*self.engine, &tag).await? {
            return Ok(Built { tag, inputs: hash, facts, state: State::Unchanged });
        }
        let context = self.pack(image).await?;
        self.report(&image.name, Event::Context { bytes: context.len() as u64 }).await;
        let secrets = image.secrets.iter().filter_map(|secret| self.request.secrets.get_key_value(secret));
        let request = BuildRequest {
            image: image.name.to_string(),
            tag: tag.clone(),
            context,
            dockerfile: image.context.dockerfile().to_owned(),
            args: image.args_with(parent.map(|parent| parent.tag.as_str())),
            target: image.target.clone(),
            labels: inputs::labels(landscape, &image.name, &hash),
            secrets: secrets.map(|(name, value)| (name.to_string(), value.clone())).collect(),
            builder,
        };
        let facts = self.follow(image, request).await?;
        Ok(Built { tag, inputs: hash, facts, state: State::Built })
    }

    async fn pack(&self, image: &Arc<Prepared>) -> Result<Bytes, Error> {
        let packed = Arc::clone(image);
        let packed = spawn_blocking(move || packed.context.pack()).await.unwrap_or_else(|stopped| {
            let source = std::io::Error::other(stopped);
            Err(context::Error::Unreadable { path: image.context.dockerfile_path(), source })
        });
        packed.map_err(|source| Error::Context { image: image.name.clone(), source: Box::new(source) })
    }

    async fn follow(&self, image: &Prepared, request: BuildRequest) -> Result<ImageFacts, Error> {
        let mut last_lines = VecDeque::new();
        let mut last_step = None;
        let mut events = self.engine.build(request);
        while let Some(event) = events.next().await {
            match event
                .map_err(|error| failed_step(image, error, last_step.take(), last_lines.make_contiguous()))?
            {
                BuildEvent::Built(facts) => return Ok(facts),
                BuildEvent::Step { number, total, text, cached } => {
                    last_step = Some(text.clone());
                    self.report(&image.name, Event::Step { number, total, text, cached }).await;
                }
                BuildEvent::Output(line) => {
                    if last_lines.len() == LAST_LINES {
                        last_lines.pop_front();
                    }
                    last_lines.push_back(line.clone());
                    self.report(&image.name, Event::Output(line)).await;
                }
            }
        }
        let message = "the engine ended the build without an image".to_owned();
        let error =
            EngineError::Build { image: image.name.to_string(), step: None, message, output: Vec::new() };
        Err(failed_step(image, error, last_step, last_lines.make_contiguous()))
    }

    async fn report(&self, image: &Name, event: Event) {
        // Nobody has to listen.
        drop(self.progress.send(Progress { image: image.clone(), event }).await);
    }
}

/// The images from elsewhere, each with the first image that names it and the line.
fn mentions(images: &[Arc<Prepared>]) -> BTreeMap<&str, (&Prepared, usize)> {
    let mut mentions = BTreeMap::new();
    for image in images {
        for base in &image.bases {
            mentions.entry(base.image.as_str()).or_insert((&**image, base.line));
        }
    }
    mentions
}

/// What the engine said of the failed step comes first; what was seen of it fills the gaps.
fn failed_step(image: &Prepared, error: EngineError, seen: Option<String>, lines: &[String]) -> Error {
    let EngineError::Build { step, message, output, .. } = error else {
        return Error::Engine {
            action: format!("building the image {}", image.name),
            source: Box::new(error),
        };
    };
    let step = step.or(seen);
    let line = step.as_deref().and_then(|step| line_of_step(image.context.dockerfile_text(), step));
    let output = if output.is_empty() { lines.to_vec() } else { output };
    let path = image.context.dockerfile_path();
    Error::Step(Box::new(FailedStep { image: image.name.clone(), step, message, output, path, line }))
}
