//! The records of services, externals and of our own zone: pure.

use std::net::IpAddr;

use hickory_proto::op::Query;
use hickory_proto::rr::rdata::{A, AAAA, CNAME, NS, PTR, SOA, SRV, TXT};
use hickory_proto::rr::{Name as DnsName, RData, Record, RecordType};
use landfall_model::landscape::Port;
use landfall_model::name::EnvironmentId;

use super::Answer;
use crate::catalog::{Environment, ExternalMember, Member};
use crate::dns::name::TOP;

/// No answer is kept by anybody: who is well changes at any time.
const TTL: u32 = 0;

/// Whose records are asked for.
pub(super) struct Owner<'a> {
    pub(super) id: &'a EnvironmentId,
    pub(super) environment: &'a Environment,
    pub(super) component: &'a str,
    pub(super) port: Option<&'a (String, String)>,
    pub(super) rotation: usize,
}

/// The record that heads our zone and says that nothing is to be kept; `serial` is the catalog's index.
pub fn start_of_authority(serial: u32) -> Record {
    let data = SOA::new(below_top("ns"), below_top("hostmaster"), serial, 60, 60, 3_600, TTL);
    Record::from_rdata(top(), TTL, RData::SOA(data))
}

pub(super) fn top_records(query: &Query) -> Answer {
    match query.query_type() {
        RecordType::SOA => Answer::found(vec![start_of_authority(1)]),
        RecordType::NS => Answer::found(vec![record(query, RData::NS(NS(below_top("ns"))))]),
        _ => Answer::NoData,
    }
}

pub(super) fn name_server_records(query: &Query, at: IpAddr) -> Answer {
    Answer::found(address(query.name(), query.query_type(), at).into_iter().collect())
}

pub(super) fn pointer(query: &Query, member: &Member) -> Vec<Record> {
    let name = instance_name(&member.group.environment, member.group.component.as_str(), member);
    vec![record(query, RData::PTR(PTR(name)))]
}

/// A service's records: those of its healthy instances, turned by the asker's rotation.
pub(super) fn service_records(query: &Query, owner: &Owner<'_>, members: &[&Member]) -> Answer {
    if members.is_empty() {
        return Answer::NoName;
    }
    let (before, after) = members.split_at(owner.rotation % members.len());
    let members: Vec<&Member> = after.iter().chain(before).copied().collect();
    if let Some(port) = owner.port {
        let found = located(&members, |listed| named(listed, port));
        return match query.query_type() {
            _ if found.is_empty() => Answer::NoName,
            RecordType::SRV | RecordType::ANY => locations(query, owner, &found),
            _ => Answer::NoData,
        };
    }
    match query.query_type() {
        RecordType::SRV => locations(query, owner, &located(&members, |_| true)),
        RecordType::TXT => Answer::found(vec![record(query, RData::TXT(TXT::new(facts(owner, &members))))]),
        kind => {
            let reached = members.iter().filter_map(|member| member.address);
            Answer::found(reached.filter_map(|at| address(query.name(), kind, at)).collect())
        }
    }
}

pub(super) fn external_records(query: &Query, owner: &Owner<'_>, external: &ExternalMember) -> Answer {
    if owner.port.is_some() {
        return Answer::NoName;
    }
    let literal: Option<IpAddr> = external.host.parse().ok();
    let host = DnsName::from_ascii(&external.host).map(|mut host| {
        host.set_fqdn(true);
        host
    });
    let location = |target| {
        let location = RData::SRV(SRV::new(1, 1, external.port, target));
        Answer::found(vec![record(query, location)])
    };
    match (query.query_type(), literal, host) {
        (RecordType::SRV, Some(_), _) => location(full_name(owner.id, owner.component)),
        (RecordType::SRV, None, Ok(host)) => location(host),
        (kind, Some(at), _) => Answer::found(address(query.name(), kind, at).into_iter().collect()),
        (RecordType::CNAME, None, Ok(host)) => Answer::found(vec![record(query, RData::CNAME(CNAME(host)))]),
        (RecordType::A | RecordType::AAAA | RecordType::ANY, None, Ok(host)) => Answer::Elsewhere(host),
        (_, None, Ok(_)) => Answer::NoData,
        (_, None, Err(_)) => Answer::NoName,
    }
}

fn located<'a>(members: &[&'a Member], wanted: impl Fn(&Port) -> bool) -> Vec<(&'a Member, u16)> {
    let port = |member: &&'a Member| Some((*member, member.ports.iter().find(|port| wanted(port))?.port));
    members.iter().filter_map(port).collect()
}

/// Whether a port is the one of `_name._protocol`; a number is a port's name, too.
fn named(listed: &Port, (name, protocol): &(String, String)) -> bool {
    let by_name = listed.name.as_ref().is_some_and(|listed| listed.as_str() == name);
    listed.protocol.name() == protocol && (by_name || *name == listed.port.to_string())
}

fn locations(query: &Query, owner: &Owner<'_>, found: &[(&Member, u16)]) -> Answer {
    let mut additionals = Vec::new();
    let mut answers = Vec::new();
    for (member, port) in found {
        let target = instance_name(owner.id, owner.component, member);
        let at = member.address.and_then(|at| {
            let kind = if at.is_ipv4() { RecordType::A } else { RecordType::AAAA };
            address(&target, kind, at)
        });
        additionals.extend(at);
        answers.push(record(query, RData::SRV(SRV::new(1, 1, *port, target))));
    }
    if answers.is_empty() { Answer::NoData } else { Answer::Found { answers, additionals } }
}

fn facts(owner: &Owner<'_>, members: &[&Member]) -> Vec<String> {
    let mut facts = vec![format!("environment={}", owner.id), format!("instances={}", members.len())];
    facts.extend(owner.environment.active.map(|number| format!("active={number}")));
    facts
}

fn address(owner: &DnsName, kind: RecordType, at: IpAddr) -> Option<Record> {
    let data = match (kind, at) {
        (RecordType::A | RecordType::ANY, IpAddr::V4(at)) => RData::A(A(at)),
        (RecordType::AAAA | RecordType::ANY, IpAddr::V6(at)) => RData::AAAA(AAAA(at)),
        _ => return None,
    };
    Some(Record::from_rdata(owner.clone(), TTL, data))
}

fn record(query: &Query, data: RData) -> Record {
    Record::from_rdata(query.name().clone(), TTL, data)
}

fn instance_name(environment: &EnvironmentId, component: &str, member: &Member) -> DnsName {
    let name = full_name(environment, component);
    name.prepend_label(member.label()).unwrap_or(name)
}

/// `<component>.<environment>.<landscape>.landfall.`
fn full_name(environment: &EnvironmentId, component: &str) -> DnsName {
    let labels = [component, environment.environment.as_str(), environment.landscape.as_str(), TOP];
    fully_qualified(&labels)
}

fn below_top(label: &str) -> DnsName {
    fully_qualified(&[label, TOP])
}

fn top() -> DnsName {
    fully_qualified(&[TOP])
}

fn fully_qualified(labels: &[&str]) -> DnsName {
    let labels = labels.iter().map(|label| label.as_bytes());
    let mut name =
        DnsName::from_labels(labels).expect("our names are DNS labels, and five of them fit into 255 bytes");
    name.set_fqdn(true);
    name
}
