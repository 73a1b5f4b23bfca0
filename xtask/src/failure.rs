//! The one error of the chores: a sentence for whoever called them.

use std::error::Error;
use std::fmt;

/// Why a chore could not be done, in words.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    /// A failure that reads `what`.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for Failure {}

/// Says what was being done when something went wrong.
pub(crate) trait While<T> {
    /// `what` names the action: "read Cargo.toml".
    fn while_trying(self, what: &str) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> While<T> for Result<T, E> {
    fn while_trying(self, what: &str) -> Result<T, Failure> {
        self.map_err(|error| Failure(format!("could not {what}: {error}")))
    }
}
