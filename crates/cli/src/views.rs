//! What is shown: pure functions from what the server and the engine say to text.

pub(crate) mod difference;
pub(crate) mod environment;
pub(crate) mod event;
pub(crate) mod plan;
pub(crate) mod release;
pub(crate) mod stats;
pub(crate) mod words;
