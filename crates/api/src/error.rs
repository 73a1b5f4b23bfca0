//! Errors over the wire: a kind that programs tell apart, a message for people.

use serde::{Deserialize, Serialize};

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What kind of error it is.
    pub kind: ErrorKind,
    /// What went wrong, causes included, a line for each.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// The kinds of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// What was asked makes no sense: status 400.
    Invalid,
    /// What was named isn't there: status 404.
    NotFound,
    /// It can't be done now: status 409.
    Conflict,
    /// The engine can't be reached or refused: status 502.
    Engine,
    /// Our own fault: status 500.
    Internal,
}

impl ErrorKind {
    /// The HTTP status that goes with the kind.
    pub const fn status(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Engine => 502,
            Self::Internal => 500,
        }
    }
}
