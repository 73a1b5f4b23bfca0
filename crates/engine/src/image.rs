//! What is asked of an engine to build an image, and what it says while it does.

use std::collections::BTreeMap;

use bytes::Bytes;
use landfall_model::release::ImageFacts;

/// A build that is asked for.
#[derive(Clone)]
pub struct BuildRequest {
    /// What the image is called in messages.
    pub image: String,
    /// The tag that it gets.
    pub tag: String,
    /// The context, as an uncompressed tar archive.
    pub context: Bytes,
    /// The Dockerfile's path in the context.
    pub dockerfile: String,
    /// Build arguments.
    pub args: BTreeMap<String, String>,
    /// The stage that is built; the last if none.
    pub target: Option<String>,
    /// The image's labels.
    pub labels: BTreeMap<String, String>,
    /// Secrets that steps may read and no layer keeps, by id.
    pub secrets: BTreeMap<String, String>,
    /// What builds.
    pub builder: Builder,
}

/// What builds an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builder {
    /// BuildKit within the engine.
    BuildKit,
    /// The engine's classic builder.
    Classic,
}

/// What a build or a pull says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildEvent {
    /// A step began: its number from 1, how many there are where that is known, and its text in the Dockerfile.
    Step {
        /// Which step.
        number: u32,
        /// Of how many.
        total: Option<u32>,
        /// As the Dockerfile has it.
        text: String,
        /// Whether it was taken from the cache.
        cached: bool,
    },
    /// A line of output.
    Output(String),
    /// The image is there.
    Built(ImageFacts),
}
