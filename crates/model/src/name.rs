//! Names of landscapes, environments and components: DNS labels, so that every name can be looked up.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The longest name, in characters: a DNS label's limit (RFC 1035, section 2.3.4).
pub const MAX_NAME: usize = 63;

/// A valid name: lower-case letters, digits, `-` and `_`, beginning and ending with a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is empty.
    #[error("a name can't be empty")]
    Empty,
    /// The text is longer than [`MAX_NAME`].
    #[error("a name has at most {MAX_NAME} characters, this one has {0}")]
    TooLong(usize),
    /// The text has a character that a name can't have, or has it at its beginning or end.
    #[error(
        "{0:?} can't stand there: a name has lower-case letters, digits, `-` and `_`, and begins and ends with a letter or digit"
    )]
    Character(char),
}

impl Name {
    /// The pattern that a name matches, for schemas.
    pub const PATTERN: &str = "^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$";

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes a text as a name.
    ///
    /// # Errors
    /// When the text is not a name.
    pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
        let text = text.into();
        let length = text.chars().count();
        if length > MAX_NAME {
            return Err(NameError::TooLong(length));
        }
        let (Some(first), Some(last)) = (text.chars().next(), text.chars().last()) else {
            return Err(NameError::Empty);
        };
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if let Some(wrong) = text.chars().find(|c| !inner(*c)) {
            return Err(NameError::Character(wrong));
        }
        match [first, last].into_iter().find(|c| !c.is_ascii_alphanumeric()) {
            Some(wrong) => Err(NameError::Character(wrong)),
            None => Ok(Self(text)),
        }
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::new(text)
    }
}

impl FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl JsonSchema for Name {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "name", "pattern": Self::PATTERN })
    }
}

/// Which environment: a landscape's name and the environment's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct EnvironmentId {
    /// The landscape that the environment brings up.
    pub landscape: Name,
    /// The environment's name, unique within its landscape.
    pub environment: Name,
}

impl EnvironmentId {
    /// The environment `environment` of `landscape`.
    pub fn new(landscape: Name, environment: Name) -> Self {
        Self { landscape, environment }
    }

    /// The DNS zone of the environment: `<environment>.<landscape>.landfall`, without a trailing dot.
    pub fn zone(&self) -> String {
        format!("{}.{}.landfall", self.environment, self.landscape)
    }
}

impl fmt::Display for EnvironmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.landscape, self.environment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dns_labels() {
        for good in ["a", "db", "db_password", "us-217", "0day", &"x".repeat(63)] {
            assert_eq!(Name::new(good).map(String::from), Ok(good.to_owned()));
        }
        assert_eq!(Name::new(""), Err(NameError::Empty));
        assert_eq!(Name::new("x".repeat(64)), Err(NameError::TooLong(64)));
        assert_eq!(Name::new("Db"), Err(NameError::Character('D')));
        assert_eq!(Name::new("-db"), Err(NameError::Character('-')));
        assert_eq!(Name::new("db-"), Err(NameError::Character('-')));
        assert_eq!(Name::new("dé"), Err(NameError::Character('é')));
    }
}
