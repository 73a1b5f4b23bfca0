//! Health probes: when one is due (pure), how one is asked, and a bounded number of them at once.

pub mod run;
pub mod runner;
pub mod schedule;

use landfall_model::check::{Check, Probe};
use landfall_model::spec::Role;

use crate::directive::{Directives, ExternalDirective};
use crate::health::Target;
use landfall_model::observed::{InstanceState, Observed};

/// Something that is probed, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Whose health it is.
    pub target: Target,
    /// Where it is asked: an address, or a host name.
    pub host: String,
    /// How, and how often.
    pub check: Check,
}

/// An external's check, where it is one that can be asked.
pub fn external_check(external: &ExternalDirective) -> Option<&Check> {
    external.check.as_ref().filter(|check| matches!(check.probe, Probe::Http { .. } | Probe::Tcp { .. }))
}

/// Everything that is to be probed: running services with a check that the agent asks itself, and externals.
pub fn plan_subjects(observed: &Observed, directives: &Directives) -> Vec<Subject> {
    let instances = observed.instances.iter().filter_map(|instance| {
        let check = instance.discovery.check.as_ref()?;
        let asked = matches!(check.probe, Probe::Http { .. } | Probe::Tcp { .. } | Probe::Command { .. });
        let running = matches!(instance.state, InstanceState::Running { .. });
        if !asked || !running || instance.group.role != Role::Service {
            return None;
        }
        let host = match (&check.probe, instance.address) {
            (_, Some(address)) => address.to_string(),
            (Probe::Command { .. }, None) => String::new(),
            (_, None) => return None,
        };
        Some(Subject { target: Target::Instance(instance.id.clone()), host, check: check.clone() })
    });
    let externals = directives.environments.iter().flat_map(|directive| {
        directive.externals.iter().filter_map(|(name, external)| {
            let target = Target::External(directive.environment.clone(), name.clone());
            let check = external_check(external)?.clone();
            Some(Subject { target, host: external.host.clone(), check })
        })
    });
    instances.chain(externals).collect()
}
