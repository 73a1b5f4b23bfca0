//! The system comes back by itself, and names are answered while parts of Landfall are dead.

use crate::machine::{eventually, signal};
use crate::rig::Rig;

const BOM: &str = r#"
services:
  web: { APP, depends_on: [api] }
  api: { APP, depends_on: [db] }
  db: { APP }
"#;

#[test]
fn what_dies_comes_back() {
    let Some(rig) = Rig::new(BOM) else { return };
    rig.up();
    for service in ["db", "api", "web"] {
        let before = rig.containers()[service].clone();
        rig.docker(&["kill", &before.id]);
        eventually("the container runs anew", || {
            let now = rig.containers().remove(service)?;
            (now.running && now.started != before.started).then_some(())
        });
        rig.await_healthy();
        let before = rig.containers()[service].clone();
        rig.docker(&["rm", "--force", &before.id]);
        eventually("there is another container", || {
            let now = rig.containers().remove(service)?;
            (now.running && now.id != before.id).then_some(())
        });
        rig.await_healthy();
    }
    rig.call(&["plan"]).expect(0);
    assert_eq!(rig.things("container").len(), 3);
    assert!(!rig.inside("web", "getent hosts api").is_empty());
    let events = rig.call(&["events"]).expect(0).stdout;
    assert!(events.contains("repair"), "{events}");
}

#[test]
fn names_are_answered_while_the_server_is_dead() {
    let Some(rig) = Rig::new(BOM) else { return };
    rig.up();
    let (server, agent) = (rig.process("serve").unwrap(), rig.process("agent").unwrap());
    let web = rig.containers()["web"].id.clone();
    let ask = || rig.docker(&["exec", &web, "getent", "ahostsv4", "api"]);
    let api = rig.json(&["ps"])["instances"].as_array().unwrap().clone();
    let api = api.iter().find(|it| it["component"] == "api").unwrap()["address"].as_str().unwrap().to_owned();

    signal(server, "KILL");
    eventually("the server is gone", || rig.process("serve").is_none().then_some(()));
    assert!(ask().contains(&api));
    assert_eq!(rig.process("agent"), Some(agent), "the agent outlives the server");

    assert!(rig.is_healthy(), "the server is started again and finds everything as it was");
    assert_eq!(rig.process("agent"), Some(agent));

    signal(agent, "KILL");
    eventually("another agent runs", || rig.process("agent").filter(|now| *now != agent));
    eventually("it answers names", || ask().contains(&api).then_some(()));
    rig.await_healthy();
    rig.call(&["plan"]).expect(0);
}
