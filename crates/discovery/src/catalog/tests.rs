//! Who belongs to which generation, and who is seen from where.

use landfall_model::check::Probe;
use landfall_model::observed::{EngineHealth, InstanceState, Network, Observed};
use landfall_model::spec::Role;

use super::*;
use crate::directive::{Directives, EnvironmentDirective, GenerationDirective};
use crate::fixture::{check, environment, group, instance, name};
use crate::health::{HealthTable, Target};

const PROD: &str = "lidar/prod";

fn generation(number: Generation, groups: &[&GroupId]) -> Option<GenerationDirective> {
    let groups = groups.iter().map(|group| (*group).clone()).collect();
    Some(GenerationDirective { generation: number, groups })
}

fn directed(active: Option<GenerationDirective>, pending: Option<GenerationDirective>) -> Directives {
    let directive = EnvironmentDirective {
        environment: environment(PROD),
        gateway: None,
        active,
        pending,
        externals: BTreeMap::new(),
    };
    Directives { number: 7, environments: vec![directive] }
}

/// The numbers of the instances of `api` that the active and the pending scope see.
fn seen(catalog: &Catalog) -> [Vec<u32>; 2] {
    let numbers =
        |scope| catalog.passing(&environment(PROD), scope, "api").iter().map(|m| m.number).collect();
    [numbers(Scope::Active), numbers(Scope::Pending)]
}

#[test]
fn generations_see_their_own_groups() {
    let (old, new) = (group(PROD, "api", "old"), group(PROD, "api", "new"));
    let instances = vec![instance(&old, 1, "10.0.0.1"), instance(&new, 2, "10.0.0.2")];
    let observed = Observed { instances, ..Observed::default() };
    for (active, pending, expected) in [
        (None, None, [vec![2, 1], vec![2, 1]]),
        (None, generation(1, &[&new]), [vec![2], vec![2]]),
        (generation(1, &[&old]), None, [vec![1], vec![1]]),
        (generation(1, &[&old]), generation(2, &[&new]), [vec![1], vec![2]]),
        (generation(1, &[&old]), generation(2, &[&old, &new]), [vec![1], vec![2, 1]]),
        (generation(1, &[]), None, [vec![], vec![]]),
    ] {
        let directives = directed(active, pending);
        let catalog = plan_catalog(&observed, &directives, &HealthTable::new());
        let sorted = seen(&catalog).map(|mut numbers| {
            numbers.sort_unstable_by(|a, b| b.cmp(a));
            numbers
        });
        assert_eq!(sorted, expected, "{directives:?}");
        assert_eq!(catalog.directives(), 7);
    }
    let undirected = plan_catalog(&observed, &Directives::default(), &HealthTable::new());
    assert_eq!(seen(&undirected).map(|numbers| numbers.len()), [2, 2], "one scope without a directive");
}

#[test]
fn scopes_follow_groups_then_stamps_then_the_active_generation() {
    let (old, new, job) = (group(PROD, "api", "old"), group(PROD, "api", "new"), group(PROD, "run", "once"));
    let mut pending_job = instance(&GroupId { role: Role::Job, ..job.clone() }, 1, "10.0.0.3");
    pending_job.stamp.generation = 12;
    let warm = instance(&group(PROD, "api", "warm"), 1, "10.0.0.4");
    let instances = vec![instance(&old, 1, "10.0.0.1"), instance(&new, 1, "10.0.0.2"), pending_job, warm];
    let observed = Observed { instances, ..Observed::default() };
    let directives = directed(generation(11, &[&old]), generation(12, &[&new]));
    let catalog = plan_catalog(&observed, &directives, &HealthTable::new());
    let scope = |address: &str| catalog.scope_of(catalog.member_at(address.parse().unwrap()).unwrap());
    assert_eq!(scope("10.0.0.1"), Scope::Active);
    assert_eq!(scope("10.0.0.2"), Scope::Pending);
    assert_eq!(scope("10.0.0.3"), Scope::Pending);
    assert_eq!(scope("10.0.0.4"), Scope::Active);
    for (number, expected) in
        [(10, Scope::Active), (11, Scope::Active), (12, Scope::Pending), (99, Scope::Active)]
    {
        assert_eq!(catalog.scope_of_generation(&environment(PROD), number), expected, "g{number}");
    }
}

#[test]
fn only_what_is_up_and_well_is_passing() {
    let api = group(PROD, "api", "old");
    let state = |state| {
        let mut one = instance(&api, 1, "10.0.0.1");
        one.state = state;
        one
    };
    let probed = |probe, health: Option<EngineHealth>| {
        let mut one = state(InstanceState::Running { health });
        one.discovery.check = check(probe);
        one
    };
    let tcp = Probe::Tcp { port: 1 };
    let said =
        |health: Health| HealthTable::from([(Target::Instance(instance(&api, 1, "10.0.0.1").id), health)]);
    let none = HealthTable::new();
    for (one, table, expected) in [
        (state(InstanceState::Running { health: None }), &none, true),
        (state(InstanceState::Running { health: Some(EngineHealth::Unhealthy) }), &none, true),
        (probed(Probe::Engine, Some(EngineHealth::Unhealthy)), &none, false),
        (probed(Probe::Engine, Some(EngineHealth::Starting)), &none, false),
        (probed(Probe::Engine, Some(EngineHealth::Healthy)), &none, true),
        (probed(Probe::Engine, None), &none, true),
        (probed(Probe::Running, None), &none, true),
        (probed(tcp.clone(), None), &none, false),
        (probed(tcp.clone(), None), &said(Health::Passing), true),
        (probed(tcp, None), &said(Health::Failing { reason: "refused".into() }), false),
        (state(InstanceState::Created), &none, false),
        (state(InstanceState::Paused), &none, false),
        (state(InstanceState::Restarting), &none, false),
        (state(InstanceState::Exited { code: 0 }), &none, false),
        (state(InstanceState::Dead), &none, false),
    ] {
        let told = format!("{one:?} {table:?}");
        let observed = Observed { instances: vec![one], ..Observed::default() };
        let catalog = plan_catalog(&observed, &Directives::default(), table);
        assert_eq!(!seen(&catalog)[0].is_empty(), expected, "{told}");
    }
}

#[test]
fn an_ended_instance_is_at_no_address_and_names_stay_known() {
    let api = group(PROD, "api", "old");
    let mut ended = instance(&api, 1, "10.0.0.1");
    ended.state = InstanceState::Exited { code: 3 };
    let observed = Observed { instances: vec![ended], ..Observed::default() };
    let only_directed = group(PROD, "queue", "old");
    let directives = directed(generation(11, &[&api, &only_directed]), None);
    let catalog = plan_catalog(&observed, &directives, &HealthTable::new());
    assert!(catalog.member_at("10.0.0.1".parse().unwrap()).is_none());
    let environment = &catalog.environments()[&environment(PROD)];
    assert!(environment.knows("api") && environment.knows("queue") && !environment.knows("db"));
    assert_eq!(catalog.members()[0].health, Health::Failing { reason: "it ended with exit code 3".into() });
}

#[test]
fn the_gateway_is_the_directives_and_else_the_networks() {
    let network = Network {
        id: "n".into(),
        environment: environment(PROD),
        gateway: Some("10.0.0.254".parse().unwrap()),
    };
    let observed = Observed { networks: vec![network], ..Observed::default() };
    let mut directives = directed(None, None);
    let gateway = |directives: &Directives| {
        plan_catalog(&observed, directives, &HealthTable::new()).environments()[&environment(PROD)].gateway
    };
    assert_eq!(gateway(&directives), Some("10.0.0.254".parse().unwrap()));
    directives.environments[0].gateway = Some("10.0.0.1".parse().unwrap());
    assert_eq!(gateway(&directives), Some("10.0.0.1".parse().unwrap()));
    let external = crate::directive::ExternalDirective { host: "h".into(), port: 1, check: None };
    directives.environments[0].externals.insert(name("weather"), external);
    let catalog = plan_catalog(&observed, &directives, &HealthTable::new());
    assert!(catalog.environments()[&environment(PROD)].externals["weather"].health.is_passing());
}

/// Planning stays cheap with thousands of instances: the work grows with their number, not its square.
#[test]
fn thousands_of_instances_are_planned_and_indexed() {
    let observed = Observed {
        instances: (0..5_000_u32)
            .map(|n| {
                let service = group(PROD, &format!("s{}", n % 500), "old");
                instance(&service, n / 500 + 1, &format!("10.1.{}.{}", n / 250, n % 250 + 1))
            })
            .collect(),
        ..Observed::default()
    };
    let catalog = plan_catalog(&observed, &Directives::default(), &HealthTable::new());
    assert_eq!(catalog.passing(&environment(PROD), Scope::Active, "s7").len(), 10);
    assert_eq!(catalog.member_at("10.1.19.250".parse().unwrap()).unwrap().group.component.as_str(), "s499");
}
