//! What is told of a build while it runs.

use std::time::Duration;

use landfall_model::name::Name;

/// Something happened to an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The image.
    pub image: Name,
    /// What happened.
    pub event: Event,
}

/// What happens to an image on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It waits for the image that it is built on.
    Waiting {
        /// That image.
        parent: Name,
    },
    /// An image that its Dockerfile names is fetched.
    Pulling {
        /// That image.
        reference: String,
    },
    /// Its files go to the engine.
    Context {
        /// How many bytes, as an archive.
        bytes: u64,
    },
    /// A step began.
    Step {
        /// Which, from 1.
        number: u32,
        /// Of how many, where that is known.
        total: Option<u32>,
        /// The step, as the Dockerfile has it.
        text: String,
        /// Whether the engine had its result already.
        cached: bool,
    },
    /// A step, or the fetching of an image, wrote a line.
    Output(String),
    /// It is there and did not have to be built.
    Unchanged {
        /// Its tag.
        tag: String,
    },
    /// It was built.
    Built {
        /// Its tag.
        tag: String,
        /// How long it took.
        took: Duration,
    },
    /// It could not be built; the result of the whole says why.
    Failed,
    /// It is not built because an image that it needs could not be.
    Skipped {
        /// The image that failed.
        failed: Name,
    },
}
