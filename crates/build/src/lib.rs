//! How source becomes images: contexts, Dockerfiles, layers, and the builds that are needed.
//!
//! An image is named by the hash of everything that goes into it, so what has not changed is not built again. This
//! crate fences git and the builder.

pub mod context;
