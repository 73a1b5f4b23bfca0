//! Answers as data: one small world, many queries.

use std::collections::BTreeMap;

use hickory_proto::rr::RData;
use landfall_model::check::{Health, Probe};
use landfall_model::observed::Observed;
use landfall_model::spec::{GroupId, Role};

use super::*;
use crate::catalog::plan_catalog;
use crate::directive::{Directives, EnvironmentDirective, ExternalDirective, GenerationDirective};
use crate::fixture::{check as checked, environment, group, instance, name, port};
use crate::health::{HealthTable, Target};

const GATEWAY: &str = "10.0.0.1";
const OLD_API: &str = "10.0.0.4";
const NEW_API: &str = "10.0.0.5";
const STRANGER: &str = "10.0.0.99";

fn external(host: &str, probe: Option<Probe>) -> ExternalDirective {
    ExternalDirective { host: host.to_owned(), port: 443, check: probe.and_then(checked) }
}

/// `db` is in both generations; one of its instances is not well. `api` is another in each. `cache` is not well at
/// all, `later` is in the pending generation only, `six` has an IPv6 address.
fn world() -> Catalog {
    let prod = |component: &str, form: &str| group("lidar/prod", component, form);
    let (db, old, new, cache) = (prod("db", "1"), prod("api", "1"), prod("api", "2"), prod("cache", "1"));
    let (six, later) = (prod("six", "1"), prod("later", "1"));
    let job = GroupId { role: Role::Job, ..prod("migrate", "1") };
    let aliases: BTreeMap<_, _> = [(name("store"), name("db")), (name("forecast"), name("weather"))].into();
    let mut apis = [instance(&old, 1, OLD_API), instance(&new, 1, NEW_API)];
    for api in &mut apis {
        api.discovery.aliases = aliases.clone();
        api.discovery.ports = vec![port("admin", 9000), port("http", 8080)];
    }
    let mut sick = [instance(&db, 2, "10.0.0.3"), instance(&cache, 1, "10.0.0.7")];
    for one in &mut sick {
        one.discovery.check = checked(Probe::Tcp { port: 1 });
    }
    let mut instances = vec![
        instance(&db, 1, "10.0.0.2"),
        instance(&db, 3, "10.0.0.8"),
        instance(&job, 1, "10.0.0.6"),
        instance(&six, 1, "fd00::2"),
        instance(&later, 1, "10.0.0.9"),
        instance(&group("lidar/test", "db", "1"), 1, "10.1.0.2"),
    ];
    instances.extend(apis);
    instances.extend(sick);
    let pending = vec![db.clone(), new, cache.clone(), six.clone(), later, job];
    let directive = EnvironmentDirective {
        environment: environment("lidar/prod"),
        gateway: Some(GATEWAY.parse().unwrap()),
        active: Some(GenerationDirective { generation: 11, groups: vec![db, old, cache, six] }),
        pending: Some(GenerationDirective { generation: 12, groups: pending }),
        externals: [
            (name("weather"), external("weather.example.org", None)),
            (name("legacy"), external("192.0.2.7", None)),
            (name("broken"), external("192.0.2.8", Some(Probe::Tcp { port: 443 }))),
        ]
        .into(),
    };
    let directives = Directives { number: 1, environments: vec![directive] };
    let broken = Target::External(environment("lidar/prod"), name("broken"));
    let table = HealthTable::from([(broken, Health::Failing { reason: "refused".into() })]);
    plan_catalog(&Observed { instances, ..Observed::default() }, &directives, &table)
}

fn show(answer: Answer) -> String {
    let record = |record: &Record| match &record.data {
        RData::A(at) => at.to_string(),
        RData::AAAA(at) => at.to_string(),
        RData::SRV(to) => format!("{}:{}", to.target, to.port),
        RData::PTR(to) => to.to_string(),
        RData::SOA(soa) => format!("soa {}", soa.minimum),
        RData::NS(to) => to.to_string(),
        RData::TXT(text) => text.to_string(),
        RData::CNAME(to) => format!("is {to}"),
        other => format!("{other:?}"),
    };
    let list = |records: &[Record]| records.iter().map(record).collect::<Vec<_>>().join(" ");
    match answer {
        Answer::Found { answers, additionals } if additionals.is_empty() => list(&answers),
        Answer::Found { answers, additionals } => format!("{} + {}", list(&answers), list(&additionals)),
        Answer::NoData => "no data".into(),
        Answer::NoName => "no name".into(),
        Answer::Elsewhere(host) => format!("see {host}"),
        Answer::NotOurs => "not ours".into(),
    }
}

/// Asks at the gateway of `lidar/prod`; each row is who asks, the type, the name, and the answer.
fn check(rows: &[(&str, RecordType, &str, &str)]) {
    let catalog = world();
    let prod = environment("lidar/prod");
    for (from, kind, asked, expected) in rows {
        let asker = Asker {
            address: from.parse().unwrap(),
            environment: Some(&prod),
            at: GATEWAY.parse().unwrap(),
            rotation: 0,
        };
        let query = Query::query(DnsName::from_ascii(asked).unwrap(), *kind);
        assert_eq!(show(answer(&catalog, &asker, &query)), *expected, "{from} asks {kind} {asked}");
    }
}

#[test]
fn bare_names_are_the_healthy_instances_of_the_askers_generation() {
    check(&[
        (OLD_API, RecordType::A, "db.", "10.0.0.2 10.0.0.8"),
        (OLD_API, RecordType::A, "DB.", "10.0.0.2 10.0.0.8"),
        (OLD_API, RecordType::ANY, "db.", "10.0.0.2 10.0.0.8"),
        (OLD_API, RecordType::A, "api.", OLD_API),
        (NEW_API, RecordType::A, "api.", NEW_API),
        ("10.0.0.6", RecordType::A, "api.", NEW_API),
        (NEW_API, RecordType::A, "later.", "10.0.0.9"),
        (STRANGER, RecordType::A, "api.", OLD_API),
        (GATEWAY, RecordType::A, "api.", OLD_API),
    ]);
}

#[test]
fn what_is_ours_is_never_asked_elsewhere() {
    check(&[
        (OLD_API, RecordType::A, "cache.", "no name"),
        (OLD_API, RecordType::AAAA, "cache.", "no name"),
        (OLD_API, RecordType::A, "later.", "no name"),
        (OLD_API, RecordType::A, "broken.", "no name"),
        (OLD_API, RecordType::A, "_http._tcp.cache.", "no name"),
        (OLD_API, RecordType::A, "x.y.z.w.lidar.landfall.", "no name"),
        (OLD_API, RecordType::A, "deb.debian.org.g12.prod.lidar.landfall.", "no name"),
        (OLD_API, RecordType::A, "nobody.prod.lidar.landfall.", "no name"),
        (OLD_API, RecordType::A, "db.prod.nowhere.landfall.", "no name"),
        (OLD_API, RecordType::A, "nowhere.landfall.", "no name"),
        (OLD_API, RecordType::A, "migrate.", "not ours"),
        (OLD_API, RecordType::A, "nobody.", "not ours"),
        (OLD_API, RecordType::A, "deb.debian.org.", "not ours"),
        (OLD_API, RecordType::A, "notlandfall.", "not ours"),
        (OLD_API, RecordType::A, ".", "not ours"),
    ]);
}

#[test]
fn known_names_have_no_data_of_other_types() {
    check(&[
        (OLD_API, RecordType::AAAA, "db.", "no data"),
        (OLD_API, RecordType::A, "six.", "no data"),
        (OLD_API, RecordType::AAAA, "six.", "fd00::2"),
        (OLD_API, RecordType::MX, "db.", "no data"),
        (OLD_API, RecordType::HTTPS, "db.", "no data"),
        (OLD_API, RecordType::A, "prod.lidar.landfall.", "no data"),
        (OLD_API, RecordType::A, "g12.prod.lidar.landfall.", "no data"),
        (OLD_API, RecordType::A, "lidar.landfall.", "no data"),
        (OLD_API, RecordType::A, "landfall.", "no data"),
        (OLD_API, RecordType::SOA, "landfall.", "soa 0"),
        (OLD_API, RecordType::NS, "landfall.", "ns.landfall."),
        (OLD_API, RecordType::A, "ns.landfall.", GATEWAY),
        (OLD_API, RecordType::AAAA, "ns.landfall.", "no data"),
    ]);
}

#[test]
fn zones_name_the_environment_and_the_generation() {
    check(&[
        (OLD_API, RecordType::A, "api.g12.prod.lidar.landfall.", NEW_API),
        (NEW_API, RecordType::A, "api.g11.prod.lidar.landfall.", OLD_API),
        (NEW_API, RecordType::A, "api.g3.prod.lidar.landfall.", OLD_API),
        (NEW_API, RecordType::A, "api.g99.prod.lidar.landfall.", OLD_API),
        (NEW_API, RecordType::A, "api.prod.lidar.landfall.", OLD_API),
        (NEW_API, RecordType::A, "Api.Prod.LIDAR.Landfall.", OLD_API),
        (OLD_API, RecordType::A, "db.test.lidar.landfall.", "10.1.0.2"),
        (OLD_API, RecordType::A, "store.g11.prod.lidar.landfall.", "10.0.0.2 10.0.0.8"),
        (STRANGER, RecordType::A, "store.g11.prod.lidar.landfall.", "no name"),
        (OLD_API, RecordType::A, "store.test.lidar.landfall.", "no name"),
    ]);
}

#[test]
fn aliases_are_their_askers_own() {
    check(&[
        (OLD_API, RecordType::A, "store.", "10.0.0.2 10.0.0.8"),
        (OLD_API, RecordType::A, "forecast.", "see weather.example.org."),
        ("10.0.0.2", RecordType::A, "store.", "not ours"),
        (STRANGER, RecordType::A, "store.", "not ours"),
    ]);
}

#[test]
fn externals_lead_to_their_hosts() {
    check(&[
        (OLD_API, RecordType::A, "weather.", "see weather.example.org."),
        (OLD_API, RecordType::AAAA, "weather.prod.lidar.landfall.", "see weather.example.org."),
        (OLD_API, RecordType::CNAME, "weather.", "is weather.example.org."),
        (OLD_API, RecordType::SRV, "weather.", "weather.example.org.:443"),
        (OLD_API, RecordType::MX, "weather.", "no data"),
        (OLD_API, RecordType::A, "legacy.", "192.0.2.7"),
        (OLD_API, RecordType::AAAA, "legacy.", "no data"),
        (OLD_API, RecordType::SRV, "legacy.", "legacy.prod.lidar.landfall.:443"),
    ]);
}

#[test]
fn locations_name_ports_and_instances() {
    let hash = group("lidar/prod", "api", "1").hash.short()[..8].to_owned();
    let api = format!("1-{hash}.api.prod.lidar.landfall.");
    let first = format!("{api}:9000 + {OLD_API}");
    let named = format!("{api}:8080 + {OLD_API}");
    check(&[
        (OLD_API, RecordType::SRV, "api.", &first),
        (OLD_API, RecordType::SRV, "_http._tcp.api.", &named),
        (OLD_API, RecordType::SRV, "_8080._tcp.api.prod.lidar.landfall.", &named),
        (OLD_API, RecordType::SRV, "_http._udp.api.", "no name"),
        (OLD_API, RecordType::SRV, "_nope._tcp.api.", "no name"),
        (OLD_API, RecordType::A, "_http._tcp.api.", "no data"),
        (OLD_API, RecordType::A, &api, OLD_API),
        (OLD_API, RecordType::A, "9-00000000.api.prod.lidar.landfall.", "no name"),
        (OLD_API, RecordType::PTR, "4.0.0.10.in-addr.arpa.", &api),
        (OLD_API, RecordType::PTR, "44.0.0.10.in-addr.arpa.", "not ours"),
        (OLD_API, RecordType::PTR, "0.10.in-addr.arpa.", "not ours"),
        (OLD_API, RecordType::TXT, "api.", "environment=lidar/prodinstances=1active=11"),
    ]);
}

#[test]
fn the_rotation_turns_the_answers() {
    let catalog = world();
    let query = Query::query(DnsName::from_ascii("db.").unwrap(), RecordType::A);
    let asked = |rotation| {
        let address = OLD_API.parse().unwrap();
        let asker = Asker { address, environment: None, at: GATEWAY.parse().unwrap(), rotation };
        show(answer(&catalog, &asker, &query))
    };
    assert_eq!(asked(0), "10.0.0.2 10.0.0.8");
    assert_eq!(asked(1), "10.0.0.8 10.0.0.2");
    assert_eq!(asked(2), asked(0));
    assert_eq!(asked(usize::MAX), asked(1));
}

#[test]
fn strangers_at_a_gateway_are_waited_for() {
    let catalog = world();
    let prod = environment("lidar/prod");
    for (from, asked, here, expected) in [
        (STRANGER, "db.", Some(&prod), true),
        (STRANGER, "nobody.", Some(&prod), true),
        (STRANGER, "deb.debian.org.", Some(&prod), false),
        (STRANGER, "db.prod.lidar.landfall.", Some(&prod), false),
        (OLD_API, "db.", Some(&prod), false),
        (GATEWAY, "db.", Some(&prod), false),
        (STRANGER, "db.", None, false),
    ] {
        let asker = Asker {
            address: from.parse().unwrap(),
            environment: here,
            at: GATEWAY.parse().unwrap(),
            rotation: 0,
        };
        let query = Query::query(DnsName::from_ascii(asked).unwrap(), RecordType::A);
        assert_eq!(is_asker_missing(&catalog, &asker, &query), expected, "{from} {asked}");
    }
}

#[test]
fn an_asker_of_another_environment_gets_this_gateways_names() {
    let catalog = world();
    let test = environment("lidar/test");
    let asker = Asker {
        address: OLD_API.parse().unwrap(),
        environment: Some(&test),
        at: "10.1.0.1".parse().unwrap(),
        rotation: 0,
    };
    let query = Query::query(DnsName::from_ascii("db.").unwrap(), RecordType::A);
    assert_eq!(show(answer(&catalog, &asker, &query)), "10.1.0.2");
}
