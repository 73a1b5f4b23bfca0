//! Two environments of one landscape stand side by side and don't see each other.

use crate::machine::get;
use crate::rig::Rig;

const BOM: &str = r#"
services:
  web: { image: app, depends_on: [db], ports: [{ name: http, port: 8080, published: auto }],
         healthcheck: { http: /healthz }, environment: { SAY: "{{ environment.name }}" }, stop_grace_period: 1s }
  db: { APP }
"#;

#[test]
fn two_environments_stand_side_by_side() {
    let Some(rig) = Rig::new(BOM) else { return };
    rig.call(&["up", "-e", "red"]).expect(0);
    rig.call(&["up", "-e", "blue"]).expect(0);
    assert_eq!(rig.things("container").len(), 4);
    let mut addresses = Vec::new();
    for environment in ["red", "blue"] {
        assert_eq!(get(&rig.url(environment, "web")).unwrap(), environment);
        let view = rig.json(&["ps", "-e", environment]);
        let db = view["instances"].as_array().unwrap().iter().find(|it| it["component"] == "db").unwrap();
        let own = db["address"].as_str().unwrap().to_owned();
        let script = "getent ahostsv4 db | cut -d' ' -f1 | sort -u";
        let found = rig.call(&["exec", "-e", environment, "-T", "web", "sh", "-c", script]).expect(0).stdout;
        assert_eq!(found.trim(), own, "{environment} finds its own db and no other");
        addresses.push(own);
    }
    assert_ne!(addresses[0], addresses[1]);

    rig.call(&["down", "-e", "red"]).expect(0);
    assert_eq!(get(&rig.url("blue", "web")).unwrap(), "blue", "the other one stays");
    let listed = rig.json(&["env", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    rig.call(&["down", "-e", "blue"]).expect(0);
    rig.expect_nothing_left();
}
