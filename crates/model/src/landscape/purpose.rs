//! Purposes: kinds of environment, what differs in them, and for how long they may live.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::components::Service;
use super::container::{Command, Environment, Limits};
use super::healthcheck::Healthcheck;
use super::port::Port;
use super::scale::Scale;
use super::{Landscape, Name};
use crate::quantity::{Money, Period};

/// A kind of environment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// How long an environment lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Period>,
    /// When it is awake: `Mon-Fri 08:00-16:00 Europe/Berlin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// When it goes to sleep by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sleep: Option<Sleep>,
    /// What it may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
    /// Whether taking it down needs its name typed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    /// What differs in services.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<Name, ServiceOverride>,
}

/// When an environment goes to sleep by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sleep {
    /// Time without a request.
    pub idle: Period,
}

/// What differs in a service: each key here takes the place of the service's own; variables are added one by one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceOverride {
    /// In place of the service's `command`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Command>,
    /// Added to the service's `environment`, or in place of a variable there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: Environment,
    /// In place of the service's `limits`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// In place of the service's `ports`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<Port>>,
    /// In place of the service's `healthcheck`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// In place of the service's `scale`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
}

impl ServiceOverride {
    fn apply(&self, service: &mut Service) {
        let differs = self.clone();
        service.container.environment.extend(differs.environment);
        if differs.command.is_some() {
            service.container.command = differs.command;
        }
        if differs.healthcheck.is_some() {
            service.healthcheck = differs.healthcheck;
        }
        if let Some(limits) = differs.limits {
            service.container.limits = limits;
        }
        if let Some(ports) = differs.ports {
            service.ports = ports;
        }
        if let Some(scale) = differs.scale {
            service.scale = scale;
        }
    }
}

impl Landscape {
    /// The landscape as it is for a purpose: every override applied. Without a purpose, or with one that the
    /// landscape doesn't have, the landscape as it is.
    pub fn for_purpose(&self, purpose: Option<&Name>) -> Self {
        let mut landscape = self.clone();
        let overrides =
            purpose.and_then(|purpose| self.purposes.get(purpose)).map(|purpose| &purpose.services);
        for (name, differs) in overrides.into_iter().flatten() {
            if let Some(service) = landscape.services.get_mut(name) {
                differs.apply(service);
            }
        }
        landscape
    }
}
