//! What is answered to a query, from one catalog snapshot: pure.

mod records;

use std::net::IpAddr;

use hickory_proto::op::Query;
use hickory_proto::rr::{Name as DnsName, Record, RecordType};
use landfall_model::name::EnvironmentId;

use super::name::{Asked, Subject, Zone, parse_name};
use crate::catalog::{Catalog, Environment, Member, Scope};
use records::{Owner, external_records, name_server_records, service_records, top_records};

pub use records::start_of_authority;

/// Who asks, where, and in which order they are answered.
#[derive(Clone, Debug)]
pub struct Asker<'a> {
    /// The address that the query came from.
    pub address: IpAddr,
    /// The environment at whose gateway it was asked.
    pub environment: Option<&'a EnvironmentId>,
    /// The address at which it was asked.
    pub at: IpAddr,
    /// Any number: the answers are turned by so many places.
    pub rotation: usize,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// These records.
    Found {
        /// What was asked for.
        answers: Vec<Record>,
        /// What will be asked for next.
        additionals: Vec<Record>,
    },
    /// The name is there and has no record of this type.
    NoData,
    /// The name is not there, or nobody behind it is well.
    NoName,
    /// The name leads to this host, which is to be looked up.
    Elsewhere(DnsName),
    /// The name is not ours: another resolver is to be asked.
    NotOurs,
}

impl Answer {
    fn found(answers: Vec<Record>) -> Self {
        if answers.is_empty() { Self::NoData } else { Self::Found { answers, additionals: Vec::new() } }
    }
}

/// Answers a query.
pub fn answer(catalog: &Catalog, asker: &Asker<'_>, query: &Query) -> Answer {
    let asked = parse_name(query.name());
    match &asked.subject {
        Subject::Foreign => Answer::NotOurs,
        Subject::Nobody => Answer::NoName,
        Subject::Bare(label) => bare(catalog, asker, query, (&asked, label)),
        Subject::Top => top_records(query),
        Subject::NameServer => name_server_records(query, asker.at),
        Subject::Landscape(landscape) => {
            let there = catalog.environments().keys().any(|id| id.landscape.as_str() == landscape);
            if there && asked.port.is_none() { Answer::NoData } else { Answer::NoName }
        }
        Subject::Zone(zone) => in_zone(catalog, asker, query, (&asked, zone)),
        Subject::Reverse(address) => reverse(catalog, query, *address),
    }
}

/// Whether the answer depends on who asks, and the catalog does not know the asker although it is asked at an
/// environment's gateway: a container that has just started asks before the engine was observed.
pub fn is_asker_missing(catalog: &Catalog, asker: &Asker<'_>, query: &Query) -> bool {
    let stranger = asker.environment.is_some()
        && asker.address != asker.at
        && catalog.member_at(asker.address).is_none();
    stranger && matches!(parse_name(query.name()).subject, Subject::Bare(_))
}

/// The environment in which an asker's names are looked up, and the asker's instance where it is one.
fn place<'a>(catalog: &'a Catalog, asker: &Asker<'a>) -> Option<(&'a EnvironmentId, Option<&'a Member>)> {
    let member = catalog.member_at(asker.address);
    let member = member.filter(|member| asker.environment.is_none_or(|at| *at == member.group.environment));
    let environment = member.map(|member| &member.group.environment).or(asker.environment)?;
    Some((environment, member))
}

fn bare(catalog: &Catalog, asker: &Asker<'_>, query: &Query, (asked, label): (&Asked, &str)) -> Answer {
    let Some((id, member)) = place(catalog, asker) else { return Answer::NotOurs };
    let Some(environment) = catalog.environments().get(id) else { return Answer::NotOurs };
    let scope = member.map_or(Scope::Active, |member| catalog.scope_of(member));
    let component = alias(member, label);
    if !environment.knows(component) {
        return Answer::NotOurs;
    }
    let owner = Owner { id, environment, component, port: asked.port.as_ref(), rotation: asker.rotation };
    resolve(catalog, scope, query, &owner)
}

fn in_zone(catalog: &Catalog, asker: &Asker<'_>, query: &Query, (asked, zone): (&Asked, &Zone)) -> Answer {
    let Some(environment) = catalog.environments().get(&zone.environment) else { return Answer::NoName };
    let mut scope = Scope::Active;
    if let Some(generation) = zone.generation {
        scope = catalog.scope_of_generation(&zone.environment, generation);
    }
    let Some(label) = service_label(environment, zone) else {
        return if asked.port.is_none() { Answer::NoData } else { Answer::NoName };
    };
    let member =
        catalog.member_at(asker.address).filter(|member| member.group.environment == zone.environment);
    let component = alias(member, &label);
    if !environment.knows(component) {
        return Answer::NoName;
    }
    let owner = Owner {
        id: &zone.environment,
        environment,
        component,
        port: asked.port.as_ref(),
        rotation: asker.rotation,
    };
    match &zone.instance {
        None => resolve(catalog, scope, query, &owner),
        Some(instance) => {
            let mut members = catalog.passing(owner.id, Scope::Active, component);
            members.extend(catalog.passing(owner.id, Scope::Pending, component));
            members.retain(|member| member.label() == *instance);
            members.truncate(1);
            service_records(query, &owner, &members)
        }
    }
}

/// The service that a zone's name is about. A service may have a name such as `g12`, too.
fn service_label(environment: &Environment, zone: &Zone) -> Option<String> {
    let generation = || zone.generation.map(|number| format!("g{number}"));
    zone.service.clone().or_else(|| generation().filter(|label| environment.knows(label)))
}

fn resolve(catalog: &Catalog, scope: Scope, query: &Query, owner: &Owner<'_>) -> Answer {
    match owner.environment.externals.get(owner.component) {
        Some(external) if external.health.is_passing() => external_records(query, owner, external),
        Some(_) => Answer::NoName,
        None => service_records(query, owner, &catalog.passing(owner.id, scope, owner.component)),
    }
}

/// What an asker means by a name: its own alias goes before a component of the same name.
fn alias<'a>(member: Option<&'a Member>, label: &'a str) -> &'a str {
    member.and_then(|member| member.aliases.get(label)).map_or(label, |component| component.as_str())
}

fn reverse(catalog: &Catalog, query: &Query, address: IpAddr) -> Answer {
    let Some(member) = catalog.member_at(address) else { return Answer::NotOurs };
    match query.query_type() {
        RecordType::PTR | RecordType::ANY => Answer::found(records::pointer(query, member)),
        _ => Answer::NoData,
    }
}

#[cfg(test)]
mod tests;
