//! What is printed for programs can be read by programs.

use serde_json::Value;

use crate::rig::Rig;

const BOM: &str = r#"
services:
  web: { APP, depends_on: [db] }
  db: { APP }
"#;

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn json_is_json() {
    let Some(rig) = Rig::new(BOM) else { return };
    let up = rig.json(&["up"]);
    assert_eq!((&up["outcome"]["status"], &up["environment"]["state"]), (&"done".into(), &"healthy".into()));
    let ps = rig.json(&["ps"]);
    assert_eq!((ps["wanted"].as_u64(), ps["healthy"].as_u64()), (Some(2), Some(2)));

    let said = lines(&rig.call(&["logs", "--json", "web"]).expect(0).stdout);
    assert!(said.iter().all(|line| line["component"] == "web" && line["number"] == 1));
    assert!(said.iter().any(|line| line["line"] == "listening on port 8080" && line["source"] == "stdout"));
    let all = rig.call(&["logs"]).expect(0).stdout;
    assert!(all.contains("web.1 | listening") && all.contains("db.1  | listening"), "{all}");

    let stats = rig.json(&["stats"]);
    assert_eq!(stats.as_array().unwrap().len(), 2);
    assert!(stats[0]["memory"].as_u64().unwrap() > 0);

    let events = lines(&rig.call(&["events", "--json"]).expect(0).stdout);
    assert!(events.iter().any(|event| event["kind"] == "flip"), "{events:?}");
    assert!(events.windows(2).all(|pair| pair[0]["id"].as_u64() < pair[1]["id"].as_u64()));

    rig.call(&["exec", "-T", "web", "sh", "-c", "echo out; echo err >&2; exit 9"]).expect(9).says(&["err"]);
    rig.call(&["exec", "nobody", "true"]).expect(125).says(&["nobody"]);
    let missing = rig.call(&["exec", "-T", "web", "/no/such/program"]);
    assert_ne!(missing.code, Some(0));
    assert!(
        (missing.stdout + &missing.stderr).contains("/no/such/program"),
        "the engine's words are passed on"
    );

    let plan = rig.json(&["plan"]);
    assert_eq!(plan["changes"], false);
    let releases = rig.json(&["release", "list"]);
    assert_eq!(releases.as_array().unwrap().len(), 1);
    let down = rig.json(&["down"]);
    assert_eq!(down["outcome"]["status"], "done");
    rig.expect_nothing_left();
}
