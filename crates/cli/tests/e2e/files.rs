//! Files, configs and secrets are there before the process starts, and a wrong template touches nothing.

use crate::rig::Rig;

const BOM: &str = r#"
services:
  app:
    image: app
    command: [sh, -c, "stat -c '%n %a %u:%g' /etc/app/app.conf /settings /run/secrets/token /etc/limits; cat /etc/app/app.conf /run/secrets/given; exec perl /server.pl"]
    environment: { COLOUR: blue }
    ports: [{ name: http, port: 8080 }]
    healthcheck: { http: /healthz }
    depends_on: [db]
    files: [{ template: app.conf.tmpl, at: /etc/app/app.conf, mode: "0640", owner: "12:34" }]
    configs: [settings, { source: limits, target: /etc/limits, mode: "0400", owner: "56" }]
    secrets: [{ source: token, mode: "0400", owner: "78:90" }, given]
    stop_grace_period: 1s
  db: { APP }
configs:
  settings: { content: "size = 3" }
  limits: { file: limits.conf }
secrets:
  token: { generate: 24 }
  given: { file: given.txt }
"#;
const TEMPLATE: &str = "landscape {{ landscape.name }} in {{ environment.name }}\nat {{ services.db.url }}\n\
                        colour {{ env.COLOUR }}\nsecret {{ secrets.given }}\n";

fn rig() -> Option<Rig> {
    let rig = Rig::new(BOM)?;
    rig.file("app.conf.tmpl", TEMPLATE);
    rig.file("limits.conf", "most = 7\n");
    rig.file("given.txt", "open sesame");
    Some(rig)
}

#[test]
fn files_are_there_before_the_process() {
    let Some(rig) = rig() else { return };
    rig.up();
    let said = rig.call(&["logs", "app"]).expect(0).stdout;
    let landscape = format!("landscape {} in dev", rig.landscape());
    for expected in [
        "/etc/app/app.conf 640 12:34",
        "/settings 444 0:0",
        "/run/secrets/token 400 78:90",
        "/etc/limits 400 56:",
        landscape.as_str(),
        "at http://db:8080",
        "colour blue",
        "secret open sesame",
    ] {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
    assert_eq!(rig.inside("app", "cat /settings /etc/limits"), "size = 3most = 7");
    let token = rig.inside("app", "cat /run/secrets/token");
    assert_eq!(token.len(), 24);

    let before = rig.containers();
    rig.file("app.conf.tmpl", &format!("{TEMPLATE}more\n"));
    rig.up();
    let after = rig.containers();
    assert_ne!(before["app"].id, after["app"].id, "another file, another instance");
    assert_eq!(before["db"], after["db"]);
    assert_eq!(rig.inside("app", "cat /run/secrets/token"), token, "a generated secret stays");
    assert!(rig.inside("app", "cat /etc/app/app.conf").ends_with("more"));
}

#[test]
fn a_wrong_template_stops_the_launch() {
    let Some(rig) = rig() else { return };
    rig.up();
    let before = rig.containers();
    for (line, wrong) in
        [(5, "{{ services.cache.url }}"), (5, "{{ env.NOT_SET }}"), (5, "{{ nonsense }}"), (5, "{{")]
    {
        rig.file("app.conf.tmpl", &format!("{TEMPLATE}wrong {wrong}\n"));
        rig.call(&["up"]).expect(1).says(&[&format!("app.conf.tmpl, line {line}")]);
        assert_eq!(rig.containers(), before, "nothing was touched");
    }
}
