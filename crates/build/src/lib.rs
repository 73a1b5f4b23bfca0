//! How source becomes images: contexts, Dockerfiles, layers, and the builds that are needed.
//!
//! An image is named by the hash of everything that goes into it, so what has not changed is not built again. This
//! crate fences git and the building of images.

pub mod context;
pub mod dockerfile;
pub mod error;
pub mod inputs;
pub mod look;
pub mod origin;
mod prepare;
pub mod run;

pub use error::{Error, FailedStep};
pub use look::{Look, Why, look};
pub use origin::observe_origin;
pub use prepare::BuildAll;
pub use run::progress::{Event, Progress};
pub use run::{Built, State, build};
