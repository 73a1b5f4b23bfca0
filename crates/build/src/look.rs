//! What a build would do, asked of an engine that can't be changed by asking.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use landfall_engine::Observe;
use landfall_model::name::Name;
use landfall_model::release::ImageFacts;

use crate::error::Error;
use crate::inputs;
use crate::prepare::{BuildAll, Prepared, prepare};
use crate::run::{Built, State};

/// What a build would do with an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing: this is the image.
    Unchanged(Built),
    /// It would be built.
    Build(Why),
}

/// Why an image would be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The image that it is built on would be built.
    Parent(Name),
    /// An image that its Dockerfile names is not on this machine yet.
    Base(String),
    /// Nothing has been built from these files and settings yet.
    New,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parent(parent) => write!(f, "{parent}, which it is built on, is built"),
            Self::Base(reference) => write!(f, "{reference} is not on this machine yet"),
            Self::New => f.write_str("these files and settings have not been built yet"),
        }
    }
}

/// Looks which images would be built. Nothing is built, pulled or otherwise changed.
///
/// # Errors
/// When files can't be read, a Dockerfile doesn't fit, or the engine doesn't answer.
pub async fn look(engine: Arc<dyn Observe>, request: &BuildAll) -> Result<BTreeMap<Name, Look>, Error> {
    let images = prepare(request).await?;
    let mut bases = BTreeMap::new();
    for base in images.iter().flat_map(|image| &image.bases) {
        if !bases.contains_key(&base.image) {
            let facts = observe_image(&*engine, &base.image).await?;
            bases.extend(facts.map(|facts| (base.image.clone(), facts.id)));
        }
    }
    let mut looks: BTreeMap<Name, Look> = BTreeMap::new();
    for image in images {
        let parent = image.parent.as_ref().and_then(|parent| looks.get(parent));
        let look = look_at(&*engine, &request.landscape.landscape, &image, (parent, &bases)).await?;
        looks.insert(image.name.clone(), look);
    }
    Ok(looks)
}

async fn look_at(
    engine: &dyn Observe,
    landscape: &Name,
    image: &Prepared,
    (parent, bases): (Option<&Look>, &BTreeMap<String, String>),
) -> Result<Look, Error> {
    let parent = match (parent, &image.parent) {
        (Some(Look::Build(_)), Some(parent)) => return Ok(Look::Build(Why::Parent(parent.clone()))),
        (Some(Look::Unchanged(built)), _) => Some(built.facts.id.as_str()),
        _ => None,
    };
    if let Some(missing) = image.bases.iter().find(|base| !bases.contains_key(&base.image)) {
        return Ok(Look::Build(Why::Base(missing.image.clone())));
    }
    let hash = image.inputs(parent, bases).hash();
    let tag = inputs::tag(landscape, &image.name, &hash);
    Ok(match observe_image(engine, &tag).await? {
        Some(facts) => Look::Unchanged(Built { tag, inputs: hash, facts, state: State::Unchanged }),
        None => Look::Build(Why::New),
    })
}

pub(crate) async fn observe_image(
    engine: &dyn Observe,
    reference: &str,
) -> Result<Option<ImageFacts>, Error> {
    let failed = |source| Error::Engine {
        action: format!("looking for the image {reference}"),
        source: Box::new(source),
    };
    engine.image(reference).await.map_err(failed)
}
