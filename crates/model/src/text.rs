//! Text with typed references: `postgres://lidar:{{ secrets.db_password }}@{{ services.db.host }}/lidar`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::name::{Name, NameError};

/// A text of the bill of materials in which `{{ ... }}` refers to other components.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text(Vec<Part>);

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Stands for itself.
    Literal(String),
    /// Stands for something that another component or the environment says.
    Reference(Reference),
}

/// What a reference refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// `services.NAME.host`, `.port`, `.url`, with `.PORT` behind `port` or `url` where a service has several.
    Service(Name, Endpoint),
    /// `externals.NAME.host`, `.port`, `.url`.
    External(Name, Endpoint),
    /// `secrets.NAME`: the secret's value, known only when an instance is launched.
    Secret(Name),
    /// `environment.name`, `.domain`, `.purpose`.
    Environment(EnvironmentField),
    /// `landscape.name`.
    Landscape,
}

/// What of a service or an external is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// The name under which it is looked up.
    Host,
    /// A port's number: the named one, or the first.
    Port(Option<Name>),
    /// `SCHEME://HOST:PORT` of the named port, or the first.
    Url(Option<Name>),
}

/// What of the environment is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnvironmentField {
    /// The environment's name.
    Name,
    /// The domain under which the environment is reached from outside: `<environment>.localhost` by default.
    Domain,
    /// The environment's purpose, or nothing.
    Purpose,
}

/// Why a text's references can't be read, and where: the byte range of what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TextError {
    /// The first byte of what is wrong.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

/// What can be referred to, for messages.
pub const REFERENCES: &str = "services.NAME.host|port|url, externals.NAME.host|port|url, secrets.NAME, \
                              environment.name|domain|purpose or landscape.name";

impl Text {
    /// A text without references.
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        Self(if text.is_empty() { Vec::new() } else { vec![Part::Literal(text)] })
    }

    /// The pieces, in order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The references, in order.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter().filter_map(|part| match part {
            Part::Reference(reference) => Some(reference),
            Part::Literal(_) => None,
        })
    }

    /// The text itself, if it has no references.
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }
}

impl FromStr for Text {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(open) = text[at..].find("{{").map(|offset| at + offset) {
            let Some(close) = text[open..].find("}}").map(|offset| open + offset) else {
                let message = "this {{ has no }}".to_owned();
                return Err(TextError { start: open, end: open + 2, message });
            };
            if open > at {
                parts.push(Part::Literal(text[at..open].to_owned()));
            }
            let inside = text[open + 2..close].trim();
            let reference =
                inside.parse().map_err(|message| TextError { start: open, end: close + 2, message })?;
            parts.push(Part::Reference(reference));
            at = close + 2;
        }
        if at < text.len() {
            parts.push(Part::Literal(text[at..].to_owned()));
        }
        Ok(Self(parts))
    }
}

impl FromStr for Reference {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("`{text}` refers to nothing; a reference is {REFERENCES}");
        let name = |text: &str| Name::new(text).map_err(|error: NameError| error.to_string());
        match text.split('.').collect::<Vec<_>>().as_slice() {
            ["services", service, rest @ ..] => {
                Ok(Self::Service(name(service)?, endpoint(rest).ok_or_else(unknown)?))
            }
            ["externals", external, rest @ ..] => {
                Ok(Self::External(name(external)?, endpoint(rest).ok_or_else(unknown)?))
            }
            ["secrets", secret] => Ok(Self::Secret(name(secret)?)),
            ["environment", "name"] => Ok(Self::Environment(EnvironmentField::Name)),
            ["environment", "domain"] => Ok(Self::Environment(EnvironmentField::Domain)),
            ["environment", "purpose"] => Ok(Self::Environment(EnvironmentField::Purpose)),
            ["landscape", "name"] => Ok(Self::Landscape),
            _ => Err(unknown()),
        }
    }
}

fn endpoint(path: &[&str]) -> Option<Endpoint> {
    match path {
        ["host"] => Some(Endpoint::Host),
        ["port"] => Some(Endpoint::Port(None)),
        ["url"] => Some(Endpoint::Url(None)),
        ["port", port] => Some(Endpoint::Port(Some(Name::new(*port).ok()?))),
        ["url", port] => Some(Endpoint::Url(Some(Name::new(*port).ok()?))),
        _ => None,
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("host"),
            Self::Port(None) => f.write_str("port"),
            Self::Url(None) => f.write_str("url"),
            Self::Port(Some(port)) => write!(f, "port.{port}"),
            Self::Url(Some(port)) => write!(f, "url.{port}"),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(name, endpoint) => write!(f, "services.{name}.{endpoint}"),
            Self::External(name, endpoint) => write!(f, "externals.{name}.{endpoint}"),
            Self::Secret(name) => write!(f, "secrets.{name}"),
            Self::Environment(EnvironmentField::Name) => f.write_str("environment.name"),
            Self::Environment(EnvironmentField::Domain) => f.write_str("environment.domain"),
            Self::Environment(EnvironmentField::Purpose) => f.write_str("environment.purpose"),
            Self::Landscape => f.write_str("landscape.name"),
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Literal(text) => f.write_str(text),
            Part::Reference(reference) => write!(f, "{{{{ {reference} }}}}"),
        })
    }
}

impl TryFrom<String> for Text {
    type Error = TextError;
    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.to_string()
    }
}

impl JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"], "format": "text" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_read_and_write_alike() {
        let text =
            "postgres://lidar:{{ secrets.db_password }}@{{ services.db.host }}:{{ services.db.port.sql }}/x";
        let parsed: Text = text.parse().expect("valid");
        assert_eq!(parsed.to_string(), text);
        assert_eq!(parsed.references().count(), 3);
        assert_eq!("plain".parse::<Text>().expect("valid").as_literal(), Some("plain"));
        assert_eq!(
            "{{environment.domain}}".parse::<Text>().expect("valid").to_string(),
            "{{ environment.domain }}"
        );
    }

    #[test]
    fn errors_say_where() {
        let error = "a{{ nothing.here }}b".parse::<Text>().expect_err("invalid");
        assert_eq!((error.start, error.end), (1, 19));
        let error = "a{{ secrets.x".parse::<Text>().expect_err("invalid");
        assert_eq!((error.start, error.end), (1, 3));
    }
}
