//! What keeps an image from being built, said so that it can be mended.

use std::fmt;
use std::path::PathBuf;

use landfall_model::name::Name;
use landfall_model::text::Reference;

use crate::{context, dockerfile};

/// What keeps images from being built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An image was asked for that the landscape doesn't have.
    #[error("`images` has no {image}; it has {}", list(known))]
    Unknown {
        /// The image.
        image: Name,
        /// The images that there are.
        known: Vec<Name>,
    },
    /// Images are built on each other in a circle.
    #[error("these images are built on each other in a circle: {}", list(images))]
    Cycle {
        /// The images.
        images: Vec<Name>,
    },
    /// The context can't be read.
    #[error("the files of the image {image} can't be read")]
    Context {
        /// The image.
        image: Name,
        /// Why.
        #[source]
        source: Box<context::Error>,
    },
    /// The Dockerfile can't be understood.
    #[error("{} of the image {image} can't be understood", path.display())]
    Dockerfile {
        /// The image.
        image: Name,
        /// The Dockerfile.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dockerfile::Error>,
    },
    /// The image has a parent that its Dockerfile doesn't use.
    #[error(
        "the image {image} says `from: {parent}`, but {} doesn't take it; begin it with\n\n    ARG BASE\n    FROM ${{BASE}}\n",
        path.display()
    )]
    BaseUnused {
        /// The image.
        image: Name,
        /// What it is built on.
        parent: Name,
        /// The Dockerfile.
        path: PathBuf,
    },
    /// The image has a parent and sets the argument by which the Dockerfile gets it.
    #[error("the image {image} sets `BASE` in `args`, but its `from` sets it: take one of the two away")]
    BaseGiven {
        /// The image.
        image: Name,
    },
    /// A build argument has a secret in it.
    #[error(
        "the argument {argument} of the image {image} has the secret {secret} in it, and every layer would show it; \
         say `secrets: [{secret}]` instead and read it with RUN --mount=type=secret,id={secret}"
    )]
    SecretArgument {
        /// The image.
        image: Name,
        /// The argument.
        argument: String,
        /// The secret.
        secret: Name,
    },
    /// A build argument refers to what is not known when an image is built.
    #[error(
        "the argument {argument} of the image {image} refers to {reference}, which is not known when an image is \
         built; only {{{{ landscape.name }}}} is"
    )]
    Argument {
        /// The image.
        image: Name,
        /// The argument.
        argument: String,
        /// What it refers to.
        reference: Reference,
    },
    /// The value of a secret that a build reads is not at hand.
    #[error("the build of the image {image} reads the secret {secret}, which has no value")]
    NoSecret {
        /// The image.
        image: Name,
        /// The secret.
        secret: Name,
    },
    /// The classic builder can't keep a secret out of the image.
    #[error(
        "the build of the image {image} reads secrets, and only BuildKit keeps them out of the image; this engine or call has the classic builder"
    )]
    SecretNeedsBuildKit {
        /// The image.
        image: Name,
    },
    /// An image that a Dockerfile names is not to be had.
    #[error(
        "the image {reference}, which {}:{line} names, is neither on this machine nor to be had from its registry; \
         type `docker pull {reference}`, or build it in `images` and say `from`",
        path.display()
    )]
    NoBase {
        /// The image.
        reference: String,
        /// The Dockerfile.
        path: PathBuf,
        /// Its line.
        line: usize,
        /// What the engine said.
        #[source]
        source: Option<Box<landfall_engine::Error>>,
    },
    /// A step failed.
    #[error("{0}")]
    Step(Box<FailedStep>),
    /// The engine failed for another reason.
    #[error("{action} failed")]
    Engine {
        /// What was being done.
        action: String,
        /// What the engine said.
        #[source]
        source: Box<landfall_engine::Error>,
    },
    /// Several images have something wrong.
    #[error("{}", several(errors))]
    Several {
        /// What, in the order of the images' names.
        errors: Vec<Error>,
    },
}

/// A step of a Dockerfile that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedStep {
    /// The image.
    pub image: Name,
    /// The step, as the Dockerfile has it.
    pub step: Option<String>,
    /// What the builder said.
    pub message: String,
    /// The last lines that the step wrote.
    pub output: Vec<String>,
    /// The Dockerfile.
    pub path: PathBuf,
    /// The step's line in it, where it was found.
    pub line: Option<usize>,
}

impl fmt::Display for FailedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the image {} can't be built", self.image)?;
        self.step.iter().try_for_each(|step| write!(f, ": {step}"))?;
        self.output.iter().try_for_each(|line| write!(f, "\n    {line}"))?;
        write!(f, "\n{}\nlook at {}", self.message, self.path.display())?;
        self.line.iter().try_for_each(|line| write!(f, ":{line}"))
    }
}

impl Error {
    /// One error from one or more.
    pub(crate) fn of(mut errors: Vec<Self>) -> Option<Self> {
        match errors.len() {
            0 | 1 => errors.pop(),
            _ => Some(Self::Several { errors }),
        }
    }

    /// The errors in it, one for each thing that is wrong.
    pub fn each(&self) -> Vec<&Self> {
        match self {
            Self::Several { errors } => errors.iter().flat_map(Self::each).collect(),
            one => vec![one],
        }
    }
}

fn list(names: &[Name]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

fn several(errors: &[Error]) -> String {
    let mut text = String::new();
    for error in errors {
        let mut cause: Option<&dyn std::error::Error> = Some(error);
        let mut separator = if text.is_empty() { "" } else { "\n" };
        while let Some(error) = cause {
            text += &format!("{separator}{error}");
            separator = ": ";
            cause = error.source();
        }
    }
    text
}
