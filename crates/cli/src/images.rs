//! The images that a release needs: built here, or had from elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::StreamExt;
use landfall_build::{BuildAll, Built, Look, build, look};
use landfall_engine::{BuildEvent, Builder, Engine, Observe};
use landfall_model::Landscape;
use landfall_model::name::Name;
use landfall_model::release::ImageFacts;
use tokio::sync::mpsc;

use crate::error::Error;
use crate::materials::observe_build_secrets;
use crate::progress::build::BuildProgress;
use crate::project::Project;
use crate::screen::Screen;

/// What stands in place of the id of an image that isn't there yet.
pub(crate) const NOT_YET: &str = "(not there yet)";

/// How many images are built at once.
const PARALLEL: usize = 4;

/// The images that a landscape's containers name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needed {
    /// Those that are built here.
    pub(crate) built: BTreeSet<Name>,
    /// Those that are built elsewhere.
    pub(crate) foreign: BTreeSet<String>,
}

/// What is known of the images without building or pulling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Looked {
    /// The images, as far as they are there; a placeholder for the others.
    pub(crate) images: BTreeMap<String, ImageFacts>,
    /// What would be done with those that are not there, and why.
    pub(crate) work: BTreeMap<String, String>,
}

impl Needed {
    /// The images that the containers of a landscape name.
    pub(crate) fn of(landscape: &Landscape) -> Self {
        let mut needed = Self::default();
        for (_, container) in landscape.containers() {
            match landscape.images.get_key_value(container.image.as_str()) {
                Some((name, _)) => drop(needed.built.insert(name.clone())),
                None => drop(needed.foreign.insert(container.image.clone())),
            }
        }
        needed
    }
}

/// A build of the named images, or all.
///
/// # Errors
/// When a secret that a build reads can't be had.
pub(crate) fn build_request(
    project: &Project,
    only: Option<BTreeSet<Name>>,
    builder: Option<Builder>,
) -> Result<BuildAll, Error> {
    Ok(BuildAll {
        project: project.directory.clone(),
        landscape: project.landscape.clone(),
        only,
        builder,
        parallel: PARALLEL,
        secrets: observe_build_secrets(project)?,
    })
}

/// Builds images, and shows how that goes.
///
/// # Errors
/// When one can't be built.
pub(crate) async fn ensure_built(
    engine: Arc<dyn Engine>,
    request: BuildAll,
    screen: &Screen,
) -> Result<BTreeMap<Name, Built>, Error> {
    let (sender, mut receiver) = mpsc::channel(256);
    let mut progress = BuildProgress::new(screen);
    let building = build(engine, request, sender);
    let showing = async {
        while let Some(event) = receiver.recv().await {
            progress.show(&event);
        }
    };
    let (built, ()) = tokio::join!(building, showing);
    progress.finish();
    Ok(built?)
}

/// Makes sure that every image that the project's containers name is there.
///
/// # Errors
/// When one can't be built or pulled.
pub(crate) async fn ensure_images(
    engine: Arc<dyn Engine>,
    project: &Project,
    builder: Option<Builder>,
    screen: &Screen,
) -> Result<BTreeMap<String, ImageFacts>, Error> {
    let needed = Needed::of(&project.landscape);
    let mut images = BTreeMap::new();
    if !needed.built.is_empty() {
        let request = build_request(project, Some(needed.built), builder)?;
        let built = ensure_built(engine.clone(), request, screen).await?;
        images.extend(built.into_iter().map(|(name, built)| (name.to_string(), built.facts)));
    }
    for reference in needed.foreign {
        let facts = match engine.image(&reference).await? {
            Some(facts) => facts,
            None => pull(&*engine, &reference, screen).await?,
        };
        images.insert(reference, facts);
    }
    // Parents come along with the build, and a release names only what its containers do.
    images.retain(|name, _| project.landscape.containers().any(|(_, container)| container.image == *name));
    Ok(images)
}

/// Looks which images are there. Nothing is built, pulled or otherwise changed.
///
/// # Errors
/// When files can't be read, a Dockerfile doesn't fit, or the engine doesn't answer.
pub(crate) async fn look_at_images(engine: Arc<dyn Observe>, project: &Project) -> Result<Looked, Error> {
    let needed = Needed::of(&project.landscape);
    let mut looked = Looked::default();
    if !needed.built.is_empty() {
        let looks = look(engine.clone(), &build_request(project, Some(needed.built.clone()), None)?).await?;
        for (name, look) in looks {
            let facts = match look {
                Look::Unchanged(built) => built.facts,
                Look::Build(why) => {
                    looked.work.insert(name.to_string(), format!("will be built: {why}"));
                    not_yet()
                }
            };
            if needed.built.contains(&name) {
                looked.images.insert(name.to_string(), facts);
            }
        }
    }
    for reference in needed.foreign {
        let facts = engine.image(&reference).await?.unwrap_or_else(|| {
            looked.work.insert(reference.clone(), "will be pulled: it is not on this machine yet".to_owned());
            not_yet()
        });
        looked.images.insert(reference, facts);
    }
    Ok(looked)
}

fn not_yet() -> ImageFacts {
    ImageFacts { id: NOT_YET.to_owned(), ..ImageFacts::default() }
}

async fn pull(engine: &dyn Engine, reference: &str, screen: &Screen) -> Result<ImageFacts, Error> {
    screen.talk(&format!("pulling {reference}"));
    let mut events = engine.pull(reference);
    while let Some(event) = events.next().await {
        match event? {
            BuildEvent::Built(facts) => return Ok(facts),
            BuildEvent::Output(line) => screen.detail(&line),
            BuildEvent::Step { .. } => {}
        }
    }
    Err(landfall_engine::Error::NoImage { reference: reference.to_owned(), source: None }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_ours_or_foreign() {
        let landscape: Landscape = serde_json::from_value(serde_json::json!({
            "landscape": "x",
            "images": { "os": { "build": "os" }, "app": { "build": ".", "from": "os" } },
            "services": { "web": { "image": "app" }, "db": { "image": "postgres:17" } },
            "jobs": { "migrate": { "image": "app" } },
        }))
        .unwrap();
        let needed = Needed::of(&landscape);
        assert_eq!(needed.built, BTreeSet::from([Name::new("app").unwrap()]));
        assert_eq!(needed.foreign, BTreeSet::from(["postgres:17".to_owned()]));
    }
}
