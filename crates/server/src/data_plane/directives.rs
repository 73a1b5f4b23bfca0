//! What the data plane is told, made from our records.

use std::collections::BTreeMap;
use std::net::IpAddr;

use landfall_discovery::directive::{
    Directives, EnvironmentDirective, ExternalDirective, GenerationDirective,
};
use landfall_model::name::EnvironmentId;
use landfall_model::spec::{Generation, GroupId};
use landfall_plan::Blueprint;

use crate::store::EnvironmentRecord;

/// A generation that is being prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Its number.
    pub generation: Generation,
    /// Its groups.
    pub groups: Vec<GroupId>,
    /// Those that the active generation sees too.
    pub shared: Vec<GroupId>,
}

/// The directives for all environments.
pub fn plan_directives(
    number: u64,
    records: &[EnvironmentRecord],
    announcements: &BTreeMap<EnvironmentId, Announcement>,
    gateways: &BTreeMap<EnvironmentId, Option<IpAddr>>,
) -> Directives {
    let environments = records.iter().filter_map(|record| {
        let announcement = announcements.get(&record.id);
        let gateway = *gateways.get(&record.id)?;
        let active = record.active.as_ref().map(|active| active_generation(active, announcement));
        let flipped = active.as_ref().map(|active| active.generation);
        let pending = announcement.filter(|announced| Some(announced.generation) != flipped);
        let pending =
            pending.map(|it| GenerationDirective { generation: it.generation, groups: it.groups.clone() });
        let outside = record.target.as_ref().or(record.active.as_ref());
        let externals =
            outside.into_iter().flat_map(|blueprint| &blueprint.externals).map(|(name, outside)| {
                let (host, port, check) = (outside.host.clone(), outside.port, outside.check.clone());
                (name.clone(), ExternalDirective { host, port, check })
            });
        let externals = externals.collect();
        Some(EnvironmentDirective { environment: record.id.clone(), gateway, active, pending, externals })
    });
    Directives { number, environments: environments.collect() }
}

fn active_generation(active: &Blueprint, announcement: Option<&Announcement>) -> GenerationDirective {
    let own = active.members.values().map(|member| member.group.id.clone());
    let shared = announcement.filter(|announced| announced.generation != active.generation());
    let shared = shared.into_iter().flat_map(|announced| announced.shared.iter().cloned());
    GenerationDirective { generation: active.generation(), groups: own.chain(shared).collect() }
}
