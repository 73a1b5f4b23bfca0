//! What is shown while something is going on: lines that change at a terminal, one line for each event elsewhere.

pub(crate) mod build;
pub(crate) mod deployment;
pub(crate) mod rows;
pub(crate) mod step;
