//! What a fresh machine lacks: an engine that answers, and the base image. Each action is announced before it is done.

mod base_image;
mod certificates;
mod engine;
pub(crate) mod packages;
pub(crate) mod socket;

use crate::expect_only;
use crate::failure::Failure;

/// `cargo xtask setup`.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    expect_only(&[], arguments)?;
    ensure()
}

/// Makes sure that everything is there; does nothing where it is.
pub(crate) fn ensure() -> Result<(), Failure> {
    let engine = engine::ensure()?;
    base_image::ensure(&engine)?;
    certificates::ensure()
}
