//! Ports that services listen on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::Name;

/// A port that a service listens on: `8080`, or `{ name: http, port: 8080 }`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(from = "PortForm", into = "PortForm")]
#[schemars(with = "PortForm")]
pub struct Port {
    /// The port's name within its service.
    pub name: Option<Name>,
    /// The port's number inside the container.
    pub port: u16,
    /// What is spoken over it.
    pub protocol: Protocol,
    /// The port of the host that it can be reached at, where it can.
    pub published: Option<Published>,
}

/// What is spoken over a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// The protocol's name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// The port of the host that a service can be reached at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Published {
    /// This one: only one instance of one environment can have it.
    Fixed(#[schemars(range(min = 1))] u16),
    /// A free one, for each instance.
    Auto(Auto),
}

/// The word `auto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Auto {
    /// Landfall chooses.
    Auto,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum PortForm {
    Short(#[schemars(range(min = 1))] u16),
    Long(PortLong),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PortLong {
    /// The port's name within its service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Name>,
    /// The port's number inside the container.
    #[schemars(range(min = 1))]
    port: u16,
    /// What is spoken over it: `tcp` or `udp`.
    #[serde(default)]
    protocol: Protocol,
    /// The port of the host that it can be reached at: a number, or `auto` for a free one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    published: Option<Published>,
}

impl From<PortForm> for Port {
    fn from(form: PortForm) -> Self {
        match form {
            PortForm::Short(port) => Self { name: None, port, protocol: Protocol::Tcp, published: None },
            PortForm::Long(PortLong { name, port, protocol, published }) => {
                Self { name, port, protocol, published }
            }
        }
    }
}

impl From<Port> for PortForm {
    fn from(port: Port) -> Self {
        match port {
            Port { name: None, port, protocol: Protocol::Tcp, published: None } => Self::Short(port),
            Port { name, port, protocol, published } => {
                Self::Long(PortLong { name, port, protocol, published })
            }
        }
    }
}
