//! What the control plane tells the data plane: which groups make up each environment's generations.

use std::collections::BTreeMap;
use std::net::IpAddr;

use landfall_model::check::Check;
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::spec::{Generation, GroupId};
use serde::{Deserialize, Serialize};

/// Everything that the control plane tells the data plane, as one value that takes the last one's place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directives {
    /// Counts up with every change; an agent refuses an older one.
    pub number: u64,
    /// The environments.
    pub environments: Vec<EnvironmentDirective>,
}

/// One environment's part of the [`Directives`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentDirective {
    /// The environment.
    pub environment: EnvironmentId,
    /// The address in the environment's network at which its instances ask for names.
    pub gateway: Option<IpAddr>,
    /// The generation that names resolve to.
    pub active: Option<GenerationDirective>,
    /// The generation that is being prepared; only its own instances see it.
    pub pending: Option<GenerationDirective>,
    /// Services that somebody else runs, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub externals: BTreeMap<Name, ExternalDirective>,
}

/// A generation: which group each of its components is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationDirective {
    /// Its number.
    pub generation: Generation,
    /// Its groups.
    pub groups: Vec<GroupId>,
}

/// A service that somebody else runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalDirective {
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is told whether it is well; none: it is taken to be. `http` and `tcp` probes are asked of `host`;
    /// the others can't be asked of somebody else's service and count as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
}
