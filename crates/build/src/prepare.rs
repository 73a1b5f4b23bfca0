//! What is known of the images before the engine is asked: files, Dockerfiles, arguments, the order.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::join_all;
use landfall_engine::Builder;
use landfall_model::landscape::{Image, Landscape};
use landfall_model::name::Name;
use landfall_model::text::{Part, Reference as TextReference, Text};
use tokio::task::spawn_blocking;

use crate::context::{self, Context, observe_context};
use crate::dockerfile::{Reference, parse_dockerfile};
use crate::error::Error;
use crate::inputs::Inputs;

/// The argument by which a Dockerfile gets the image that it is built on.
const BASE: &str = "BASE";

/// Which images are asked for, and how they are built.
#[derive(Clone)]
pub struct BuildAll {
    /// The directory of the bill of materials, which `build` paths start from.
    pub project: PathBuf,
    /// The landscape.
    pub landscape: Arc<Landscape>,
    /// The images asked for, which bring those along that they are built on; all if none.
    pub only: Option<BTreeSet<Name>>,
    /// What builds; BuildKit where the engine has it if none.
    pub builder: Option<Builder>,
    /// How many images are built at once, at least one.
    pub parallel: usize,
    /// The values of the secrets that builds read.
    pub secrets: BTreeMap<Name, String>,
}

/// An image that is ready to be looked up or built.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) name: Name,
    pub(crate) parent: Option<Name>,
    pub(crate) context: Context,
    pub(crate) args: BTreeMap<String, String>,
    pub(crate) target: Option<String>,
    pub(crate) secrets: Vec<Name>,
    /// The images that it needs and that are not built here.
    pub(crate) bases: Vec<Reference>,
}

impl Prepared {
    /// Everything that goes into the image, once the ids of what it is built on are known.
    pub(crate) fn inputs(&self, parent: Option<&str>, bases: &BTreeMap<String, String>) -> Inputs {
        let ids = self.bases.iter().filter_map(|base| bases.get_key_value(&base.image));
        Inputs {
            context: self.context.hash().clone(),
            dockerfile: self.context.dockerfile().to_owned(),
            args: self.args.clone(),
            target: self.target.clone(),
            parent: parent.map(str::to_owned),
            bases: ids.map(|(reference, id)| (reference.clone(), id.clone())).collect(),
            secrets: self.secrets.clone(),
        }
    }

    /// The build arguments, with the parent's tag among them.
    pub(crate) fn args_with(&self, parent: Option<&str>) -> BTreeMap<String, String> {
        let mut args = self.args.clone();
        args.extend(parent.map(|tag| (BASE.to_owned(), tag.to_owned())));
        args
    }
}

/// Reads and checks the images that are asked for, those first that others are built on. Everything that is wrong
/// is told at once.
pub(crate) async fn prepare(request: &BuildAll) -> Result<Vec<Arc<Prepared>>, Error> {
    let order = order(&request.landscape, request.only.as_ref())?;
    let prepared = join_all(order.into_iter().map(|name| prepare_image(request, name))).await;
    let mut images = Vec::new();
    let mut errors = Vec::new();
    for image in prepared {
        match image {
            Ok(image) => images.push(Arc::new(image)),
            Err(error) => errors.push(error),
        }
    }
    Error::of(errors).map_or(Ok(images), Err)
}

/// The images asked for and those that they are built on, in an order in which they can be built.
fn order(landscape: &Landscape, only: Option<&BTreeSet<Name>>) -> Result<Vec<Name>, Error> {
    let mut order = Vec::new();
    let all = landscape.images.keys();
    let asked: Vec<&Name> = only.map_or_else(|| all.collect(), |only| only.iter().collect());
    for name in asked {
        let mut chain = Vec::new();
        let mut next = Some(name);
        while let Some(name) = next.filter(|name| !order.contains(*name)) {
            let known = || landscape.images.keys().cloned().collect();
            let unknown = || Error::Unknown { image: name.clone(), known: known() };
            let image = landscape.images.get(name).ok_or_else(unknown)?;
            if chain.contains(name) {
                return Err(Error::Cycle { images: chain });
            }
            chain.push(name.clone());
            next = image.from.as_ref();
        }
        order.extend(chain.into_iter().rev());
    }
    Ok(order)
}

async fn prepare_image(request: &BuildAll, name: Name) -> Result<Prepared, Error> {
    let image = &request.landscape.images[&name];
    let args = resolve_args(&request.landscape.landscape, &name, image)?;
    let missing = image.secrets.iter().find(|secret| !request.secrets.contains_key(*secret));
    if let Some(secret) = missing {
        return Err(Error::NoSecret { image: name, secret: secret.clone() });
    }
    // Without the `.` of `build: .` in every message.
    let root: PathBuf = request.project.join(&image.build).components().collect();
    let dockerfile = image.dockerfile.clone().unwrap_or_else(|| "Dockerfile".to_owned());
    let path = root.clone();
    let context = spawn_blocking(move || observe_context(&root, &dockerfile)).await;
    let context = context.unwrap_or_else(|stopped| {
        Err(context::Error::Unreadable { path, source: io::Error::other(stopped) })
    });
    let context =
        context.map_err(|source| Error::Context { image: name.clone(), source: Box::new(source) })?;
    check(image, name, context, args)
}

/// Whether the Dockerfile fits what the bill of materials says of the image.
fn check(
    image: &Image,
    name: Name,
    context: Context,
    args: BTreeMap<String, String>,
) -> Result<Prepared, Error> {
    let path = context.dockerfile_path();
    let malformed =
        |source| Error::Dockerfile { image: name.clone(), path: path.clone(), source: Box::new(source) };
    let dockerfile = parse_dockerfile(context.dockerfile_text()).map_err(malformed)?;
    let mut complete = args.clone();
    // No image can be called so, hence it is not taken for one that the Dockerfile names itself.
    let placeholder = "<from>";
    complete.extend(image.from.as_ref().map(|_| (BASE.to_owned(), placeholder.to_owned())));
    let needs = dockerfile.needs(&complete, image.target.as_deref()).map_err(malformed)?;
    if let Some(parent) =
        image.from.as_ref().filter(|_| !needs.images.iter().any(|base| base.image == placeholder))
    {
        return Err(Error::BaseUnused { image: name, parent: parent.clone(), path });
    }
    let mut bases = needs.images;
    bases.retain(|base| base.image != placeholder);
    Ok(Prepared {
        name,
        parent: image.from.clone(),
        context,
        args,
        target: image.target.clone(),
        secrets: image.secrets.clone(),
        bases,
    })
}

fn resolve_args(landscape: &Name, name: &Name, image: &Image) -> Result<BTreeMap<String, String>, Error> {
    if image.from.is_some() && image.args.contains_key(BASE) {
        return Err(Error::BaseGiven { image: name.clone() });
    }
    let resolve = |(argument, text): (&String, &Text)| {
        let value = resolve_text(landscape, text).map_err(|reference| match reference {
            TextReference::Secret(secret) => {
                Error::SecretArgument { image: name.clone(), argument: argument.clone(), secret }
            }
            reference => Error::Argument { image: name.clone(), argument: argument.clone(), reference },
        })?;
        Ok((argument.clone(), value))
    };
    image.args.iter().map(resolve).collect()
}

fn resolve_text(landscape: &Name, text: &Text) -> Result<String, TextReference> {
    let parts = text.parts().iter().map(|part| match part {
        Part::Literal(text) => Ok(text.as_str()),
        Part::Reference(TextReference::Landscape) => Ok(landscape.as_str()),
        Part::Reference(other) => Err(other.clone()),
    });
    parts.collect()
}

#[cfg(test)]
mod tests;
