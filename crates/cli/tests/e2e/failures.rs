//! What can go wrong is told for what it is, and what ran before runs on untouched.

use std::net::TcpListener;

use crate::machine::get;
use crate::rig::Rig;

const BOM: &str = r#"
services:
  web: { APP, depends_on: [worker] }
  worker: { APP, environment: { SAY: "work" } }
"#;

#[test]
fn what_fails_leaves_the_rest_as_it_was() {
    let Some(rig) = Rig::new(BOM) else { return };
    rig.up();
    let before = rig.containers();
    let quick = "healthcheck: { http: /healthz, interval: 200ms, timeout: 1s, retries: 3, start_period: 2s }";
    let worker = |more: &str| {
        BOM.replace(
            "worker: { APP, environment: { SAY: \"work\" } }",
            &format!("worker: {{ image: app, ports: [8080], {more} }}"),
        )
    };
    let cases = [
        (
            "a worker that never becomes well",
            worker(&format!("{quick}, environment: {{ SICK: \"1\" }}")),
            vec!["worker", "did not become well", "503", "listening on port 8080"],
        ),
        (
            "a process that ends at once",
            worker("environment: { DIE: \"no fuel\" }, restart: \"no\""),
            vec!["worker", "exit code", "can't go on: no fuel"],
        ),
        (
            "a process that ends again and again",
            worker("environment: { DIE: \"no fuel\" }"),
            vec!["worker", "ended 3 times", "can't go on: no fuel"],
        ),
        (
            "a missing image",
            BOM.replace("worker: { APP,", "worker: { image: \"landfall-e2e-missing:1\","),
            vec!["landfall-e2e-missing:1"],
        ),
        (
            "a command that isn't there",
            worker("command: [/no/such/program]"),
            vec!["worker", "/no/such/program"],
        ),
    ];
    for (what, bom, words) in cases {
        rig.write(&bom);
        let failed = rig.call(&["up"]);
        assert_eq!(failed.code, Some(1), "{what}: {failed:?}");
        for word in words {
            assert!(failed.stderr.contains(word), "{what}: {word:?} is not said in {}", failed.stderr);
        }
        assert_eq!(rig.containers(), before, "{what}: the rest is as it was");
        println!("{what}:\n{}", failed.stderr);
    }
    rig.write(BOM);
    rig.up().says(&["nothing to do"]);
}

#[test]
fn a_port_in_use_is_told_and_undone() {
    let at = |port: u16| {
        BOM.replace(
            "worker: { APP,",
            "worker: { image: app, ports: [{ name: http, port: 8080, published: PORT }],",
        )
        .replace("PORT", &port.to_string())
    };
    let free = TcpListener::bind("0.0.0.0:0").unwrap();
    let taken = TcpListener::bind("0.0.0.0:0").unwrap();
    let (free_port, taken_port) = (free.local_addr().unwrap().port(), taken.local_addr().unwrap().port());
    drop(free);
    let Some(rig) = Rig::new(&at(free_port)) else { return };
    rig.up();
    let before = rig.containers();
    rig.write(&at(taken_port));
    rig.call(&["up"]).expect(1).says(&[
        "start worker",
        &format!("port {taken_port} of this machine is in use"),
        "ss -ltnp",
    ]);
    let after = rig.containers();
    assert_eq!(after["web"], before["web"], "the rest is as it was");
    // What has a port of this machine is replaced stop-first: it was gone for a moment, and is there again.
    assert_eq!(get(&format!("http://127.0.0.1:{free_port}")).unwrap(), "work");
    rig.await_healthy();
    drop(taken);
    rig.up();
    assert_eq!(get(&format!("http://127.0.0.1:{taken_port}")).unwrap(), "work");
    assert_eq!(rig.things("container").len(), 2);
}

#[test]
fn a_first_deployment_that_fails_leaves_nothing() {
    let Some(rig) = Rig::new(&BOM.replace("SAY: \"work\"", "DIE: \"no fuel\"")) else { return };
    rig.call(&["up"]).expect(1).says(&["worker", "no fuel"]);
    rig.expect_nothing_left();
    assert_eq!(rig.json(&["env", "list"]), serde_json::json!([]));
}
