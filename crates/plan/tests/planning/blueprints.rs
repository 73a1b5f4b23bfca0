//! Lowering: wiring, link variables, checks, files.

use insta::{assert_json_snapshot, assert_snapshot};
use landfall_model::sealed::{Sealed, Secrets};
use landfall_model::spec::Shape;
use serde_json::{Value, json};

use super::world::*;

fn landscape(api: Value) -> Value {
    let mut api = api;
    let object = api.as_object_mut().unwrap();
    object.entry("image").or_insert(json!("api:1"));
    object.entry("depends_on").or_insert(json!([{ "service": "db", "alias": "store" }, "weather"]));
    json!({
        "landscape": "shop",
        "services": {
            "api": api,
            "db": {
                "image": "db:1",
                "ports": [{ "name": "postgres", "port": 5432 }, { "port": 9100, "name": "metrics" }],
                "environment": { "MODE": "fast", "PASSWORD": "{{ secrets.password }}" },
            },
        },
        "externals": { "weather": { "host": "weather.example.org", "port": 443 } },
        "secrets": { "password": { "generate": 24 } },
        "configs": { "motd": { "content": "hello\n" } },
    })
}

fn api(parts: Value) -> Shape {
    generation(landscape(parts), 1).members[&name("api")].group.shape.clone()
}

#[test]
fn references_become_names_and_secrets_stay_sealed() {
    let shape = api(json!({ "environment": {
        "URL": "{{ services.db.url }}",
        "DSN": "pg://u:{{ secrets.password }}@{{ services.db.host }}:{{ services.db.port }}",
        "METRICS": "{{ services.db.url.metrics }}",
        "WEATHER": "{{ externals.weather.url }}",
        "WHERE": "{{ landscape.name }}/{{ environment.name }} at {{ environment.domain }}",
    } }));
    let variable = |name: &str| shape.environment[name].to_string();
    assert_eq!(variable("URL"), "postgres://store:5432");
    assert_eq!(variable("DSN"), "pg://u:<secret password v1>@store:5432");
    assert_eq!(variable("METRICS"), "tcp://store:9100");
    assert_eq!(variable("WEATHER"), "https://weather.example.org");
    assert_eq!(variable("WHERE"), "shop/test at test.localhost");
}

#[test]
fn link_variables_are_docker_classic() {
    let variables: Vec<_> =
        api(json!({})).environment.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_snapshot!(variables.join("\n"));
}

#[test]
fn checks_are_lowered() {
    let check = |parts: Value| api(parts).discovery.check.map(|check| check.probe.to_string()).unwrap();
    assert_eq!(check(json!({})), "running");
    assert_eq!(check(json!({ "ports": [8080] })), "tcp :8080");
    assert_eq!(check(json!({ "ports": [8080], "healthcheck": { "http": "/up" } })), "http :8080/up");
    assert_eq!(
        check(json!({ "ports": [8080], "healthcheck": { "command": ["true", "-x"] } })),
        "command true -x"
    );
    assert_eq!(check(json!({ "ports": [8080], "healthcheck": { "disable": true } })), "running");
}

#[test]
fn templates_see_what_the_component_sees() {
    let mut release = release(landscape(json!({
        "environment": { "LEVEL": "debug", "TOKEN": "t-{{ secrets.password }}" },
        "files": [{ "template": "app.conf", "at": "/etc/app.conf", "mode": "0600", "owner": "10:20" }],
        "configs": ["motd"],
        "secrets": [{ "source": "password", "target": "/pw" }],
    })));
    let template = "db={{ services.db.host }}:{{ services.db.port }} level={{ env.LEVEL }} {{ services.db.url }}\n\
                    {% for port in services.db.ports %}p{{ port }} {% endfor %}pw={{ secrets.password }} {{ env.TOKEN }}\n";
    release.files.insert("app.conf".into(), template.into());
    let files = lower(&release, 1).unwrap().members[&name("api")].group.shape.files.clone();
    let secrets: Secrets = [((name("password"), 1), "s3cret".to_owned())].into_iter().collect();
    let open = |content: &Sealed| content.open(&secrets).unwrap();
    assert_eq!(
        open(&files["/etc/app.conf"].content),
        "db=store:5432 level=debug postgres://store:5432\np5432 p9100 pw=s3cret t-s3cret\n"
    );
    assert_eq!((files["/etc/app.conf"].mode, files["/etc/app.conf"].owner), (0o600, (10, 20)));
    assert_eq!(open(&files["/motd"].content), "hello\n");
    assert_eq!((open(&files["/pw"].content), files["/pw"].mode), ("s3cret".to_owned(), 0o444));
}

#[test]
fn a_template_that_does_not_render_says_where() {
    let failing = |template: &str| {
        let mut release = release(landscape(json!({ "files": [{ "template": "t", "at": "/t" }] })));
        release.files.insert("t".into(), template.into());
        lower(&release, 1).unwrap_err().iter().map(ToString::to_string).collect::<String>()
    };
    assert_snapshot!(failing("a\nb {{ services.dbb.host }}"));
    assert_snapshot!(failing("a\n{% if %}"));
    assert_snapshot!(failing("{{ secrets.password | upper | replace('PASS', 'x') }}"));
    assert!(
        failing("{% for i in range(100000) %}{% for j in range(100000) %}{{ i }}{% endfor %}{% endfor %}")
            .contains("fuel")
    );
}

#[test]
fn equal_releases_are_equal_and_secrets_do_not_show() {
    let parts = json!({ "environment": { "A": "{{ secrets.password }}" } });
    let (one, two) = (release(landscape(parts.clone())), release(landscape(parts)));
    assert_eq!(one.hash(), two.hash());
    assert_json_snapshot!(lower(&one, 1).unwrap().members[&name("db")]);
}
