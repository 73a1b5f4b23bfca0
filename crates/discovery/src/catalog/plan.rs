//! From observed instances, directives and health to the [`Catalog`]: pure.

use std::collections::{BTreeMap, BTreeSet};

use landfall_model::name::{EnvironmentId, Name};
use landfall_model::observed::{Instance, Observed};
use landfall_model::spec::{GroupId, Role};

use super::{Catalog, Environment, ExternalMember, Member, Membership};
use crate::directive::{Directives, EnvironmentDirective, ExternalDirective, GenerationDirective};
use crate::health::{HealthTable, Target, plan_health, probed};

/// Plans the catalog: who belongs to which generation, who is well, and who is asked for by which name.
pub fn plan_catalog(observed: &Observed, directives: &Directives, health: &HealthTable) -> Catalog {
    let mut catalog = Catalog { directives: directives.number, ..Catalog::default() };
    let memberships: BTreeMap<&EnvironmentId, Groups<'_>> = directives
        .environments
        .iter()
        .map(|directive| (&directive.environment, Groups::of(directive)))
        .collect();
    for directive in &directives.environments {
        catalog.environments.insert(directive.environment.clone(), environment(directive, observed, health));
    }
    catalog.members = observed
        .instances
        .iter()
        .map(|instance| {
            let membership = memberships
                .get(&instance.group.environment)
                .map_or(Membership::Neither, |groups| groups.membership(&instance.group));
            member(instance, membership, health)
        })
        .collect();
    catalog.members.sort_by(|a, b| (&a.group, a.number, &a.id).cmp(&(&b.group, b.number, &b.id)));
    for at in 0..catalog.members.len() {
        index(&mut catalog, at);
    }
    catalog
}

/// Which groups an environment's directive names.
struct Groups<'a> {
    active: BTreeSet<&'a GroupId>,
    pending: BTreeSet<&'a GroupId>,
}

impl<'a> Groups<'a> {
    fn of(directive: &'a EnvironmentDirective) -> Self {
        let set = |generation: &'a Option<GenerationDirective>| {
            generation.iter().flat_map(|generation| &generation.groups).collect()
        };
        Self { active: set(&directive.active), pending: set(&directive.pending) }
    }

    fn membership(&self, group: &GroupId) -> Membership {
        match (self.active.contains(group), self.pending.contains(group)) {
            (true, true) => Membership::Both,
            (true, false) => Membership::Active,
            (false, true) => Membership::Pending,
            (false, false) => Membership::Neither,
        }
    }
}

fn environment(directive: &EnvironmentDirective, observed: &Observed, health: &HealthTable) -> Environment {
    let id = &directive.environment;
    let network = observed.networks.iter().find(|network| network.environment == *id);
    let groups = directive.active.iter().chain(&directive.pending).flat_map(|generation| &generation.groups);
    let external = |(name, external): (&Name, &ExternalDirective)| {
        let target = Target::External(id.clone(), name.clone());
        let health = match crate::probe::external_check(external) {
            Some(_) => probed(&target, health),
            None => landfall_model::Health::Passing,
        };
        (name.clone(), ExternalMember { host: external.host.clone(), port: external.port, health })
    };
    Environment {
        gateway: directive.gateway.or_else(|| network.and_then(|network| network.gateway)),
        active: directive.active.as_ref().map(|generation| generation.generation),
        pending: directive.pending.as_ref().map(|generation| generation.generation),
        externals: directive.externals.iter().map(external).collect(),
        known: groups
            .filter(|group| group.role == Role::Service)
            .map(|group| group.component.clone())
            .collect(),
        ..Environment::default()
    }
}

fn member(instance: &Instance, membership: Membership, health: &HealthTable) -> Member {
    Member {
        id: instance.id.clone(),
        name: instance.name.clone(),
        group: instance.group.clone(),
        number: instance.number,
        stamp: instance.stamp,
        address: instance.address.filter(|_| instance.state.is_up()),
        ports: instance.discovery.ports.clone(),
        published: instance.published.clone(),
        aliases: instance.discovery.aliases.clone(),
        membership,
        health: plan_health(instance, health),
    }
}

fn index(catalog: &mut Catalog, at: usize) {
    let Some(member) = catalog.members.get(at) else { return };
    if let Some(address) = member.address {
        catalog.by_address.insert(address, at);
    }
    let entry = catalog.environments.entry(member.group.environment.clone()).or_default();
    if member.group.role != Role::Service {
        return;
    }
    let service = member.group.component.clone();
    entry.known.insert(service.clone());
    if member.address.is_none() || !member.health.is_passing() {
        return;
    }
    let (active, pending) = visible(entry, member.membership);
    if active {
        entry.active_services.entry(service.clone()).or_default().push(at);
    }
    if pending {
        entry.pending_services.entry(service).or_default().push(at);
    }
}

/// Whether an instance is seen in the active and in the pending scope. Where there is no active generation, the one
/// that is being prepared is all there is; where there is neither, every instance is.
fn visible(environment: &Environment, membership: Membership) -> (bool, bool) {
    let in_active = matches!(membership, Membership::Active | Membership::Both);
    let in_pending = matches!(membership, Membership::Pending | Membership::Both);
    match (environment.active, environment.pending) {
        (None, None) => (true, true),
        (None, Some(_)) => (in_pending, in_pending),
        (Some(_), None) => (in_active, in_active),
        (Some(_), Some(_)) => (in_active, in_pending),
    }
}
