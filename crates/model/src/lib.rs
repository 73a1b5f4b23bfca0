//! What things are: the landscape, the release, the specifications engines get and the observations they give back.
//!
//! This crate is pure data. It forbids input and output, clocks, randomness and async code, so that everything
//! that decides (`plan`) and everything that acts (`engine`, `discovery`, `server`) means the same by a word.

pub mod check;
pub mod hash;
pub mod label;
pub mod landscape;
pub mod name;
pub mod observed;
pub mod quantity;
pub mod release;
pub mod sealed;
pub mod spec;
pub mod text;

pub use check::{Check, Health, Probe};
pub use hash::ContentHash;
pub use landscape::Landscape;
pub use name::{EnvironmentId, Name};
pub use release::{Release, ReleaseNumber};
