//! Jobs run before, after and by hand, in their order, and tell how they ended.

use crate::rig::Rig;

const BOM: &str = r#"
services:
  db: { APP, volumes: [{ volume: book, at: /book }] }
  web: { image: app, depends_on: [db], volumes: [{ volume: book, at: /book }], ports: [8080],
         command: [sh, -c, "echo web >> /book/order; exec perl /server.pl"], healthcheck: { tcp: true }, stop_grace_period: 1s }
jobs:
  migrate: { image: app, when: before, depends_on: [db], volumes: [{ volume: book, at: /book }],
             command: [sh, -c, "getent hosts db > /dev/null && echo before >> /book/order"] }
  report: { image: app, when: after, depends_on: [web], volumes: [{ volume: book, at: /book }],
            command: [sh, -c, "getent hosts web > /dev/null && echo after >> /book/order"] }
  count: { image: app, depends_on: [db], volumes: [{ volume: book, at: /book }],
           command: [sh, -c, "echo counted; echo trouble >&2; exit 7"] }
volumes: { book: {} }
"#;

#[test]
fn jobs_run_in_their_order() {
    let Some(rig) = Rig::new(BOM) else { return };
    rig.up();
    assert_eq!(rig.inside("db", "cat /book/order"), "before\nweb\nafter");

    let ended = rig.call(&["run", "count"]).expect(7).says(&["trouble"]);
    assert_eq!(ended.stdout, "counted\n");
    let ended = rig.call(&["run", "count", "--json"]).expect(7);
    let last: serde_json::Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last, serde_json::json!({ "event": "exited", "code": 7 }));
    rig.call(&["run", "nothing"]).expect(125).says(&["nothing"]);
    rig.call(&["plan"]).expect(0);
}

#[test]
fn a_failing_job_before_changes_nothing() {
    let Some(rig) = Rig::new(BOM) else { return };
    rig.up();
    let before = rig.containers();
    let wrong = BOM
        .replace("getent hosts db > /dev/null && echo before >> /book/order", "echo no such table; exit 3");
    rig.write(&wrong.replace("echo web", "echo another web"));
    let failed = rig.call(&["up"]).expect(1);
    failed.says(&["migrate", "exit code 3", "no such table"]);
    assert_eq!(rig.containers(), before, "what ran runs on, untouched");
    rig.write(BOM);
    rig.up().says(&["nothing to do"]);
}
