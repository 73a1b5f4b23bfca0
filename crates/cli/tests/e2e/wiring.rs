//! A system comes up wired, stays as it is when nothing changed, and only what changed is replaced.

use crate::machine::get;
use crate::rig::Rig;

const BOM: &str = r#"
services:
  web:
    { APP, depends_on: [{ service: db, alias: store }, queue],
      environment: { SAY: "asks {{ services.db.url }}" },
      labels: { published: "no" } }
  db: { APP, environment: { SAY: data, COLOUR: blue } }
  queue: { APP }
  front: { image: app, depends_on: [web], ports: [{ name: http, port: 8080, published: auto }],
           healthcheck: { http: /healthz }, environment: { SAY: "front of {{ environment.name }}" } }
"#;

#[test]
fn a_system_comes_up_wired() {
    let Some(rig) = Rig::new(BOM) else { return };
    rig.up();
    assert_eq!(get(&rig.url("dev", "front")).unwrap(), "front of dev");
    for name in ["store", "queue"] {
        let found = rig.inside("web", &format!("getent hosts {name}"));
        assert!(found.split_whitespace().next().is_some_and(|it| it.parse::<std::net::IpAddr>().is_ok()));
    }
    let same = rig.inside("web", "test \"$(getent hosts store | cut -d' ' -f1)\" = \"$(getent hosts db | cut -d' ' -f1)\" && echo same");
    assert_eq!(same, "same", "an alias is the service");
    let variables = rig.inside("web", "env");
    for expected in [
        "SAY=asks http://store:8080",
        "STORE_PORT=tcp://store:8080",
        "STORE_PORT_8080_TCP=tcp://store:8080",
        "STORE_PORT_8080_TCP_ADDR=store",
        "STORE_PORT_8080_TCP_PORT=8080",
        "STORE_PORT_8080_TCP_PROTO=tcp",
        "STORE_ENV_COLOUR=blue",
        "STORE_ENV_FROM_IMAGE=yes",
        "STORE_NAME=/store",
        "QUEUE_PORT_8080_TCP_ADDR=queue",
    ] {
        assert!(variables.lines().any(|line| line == expected), "{expected} is not in {variables}");
    }
    let ask = "perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(PeerAddr => q(store:8080)) or die $@; \
               print $s qq(GET / HTTP/1.0\\r\\n\\r\\n); print <$s>'";
    assert!(rig.inside("web", ask).ends_with("data"), "the service answers at its alias");
}

#[test]
fn only_what_changed_is_replaced() {
    let Some(rig) = Rig::new(BOM) else { return };
    rig.call(&["plan"]).expect(2);
    assert_eq!(rig.things("container"), Vec::<String>::new(), "a plan does nothing");
    rig.up();
    let before = rig.containers();
    assert_eq!(before.keys().collect::<Vec<_>>(), ["db", "front", "queue", "web"]);
    rig.up().says(&["nothing to do"]);
    rig.call(&["plan"]).expect(0);
    assert_eq!(rig.containers(), before, "no container was touched");

    rig.write(&BOM.replace("front of", "face of"));
    rig.call(&["plan"]).expect(2);
    assert_eq!(rig.containers(), before, "a plan does nothing");
    rig.up();
    let after = rig.containers();
    assert_eq!(get(&rig.url("dev", "front")).unwrap(), "face of dev");
    assert_ne!(after["front"].id, before["front"].id);
    for same in ["db", "queue", "web"] {
        assert_eq!(after[same], before[same], "{same} was not to be touched");
    }
    assert_eq!(rig.things("container").len(), 4, "what was replaced is gone");

    rig.call(&["down"]).expect(0);
    rig.expect_nothing_left();
}
