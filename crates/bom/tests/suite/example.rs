//! Documents that are right, and what they mean.

use landfall_bom::{Bom, Source, check_supported, parse};
use landfall_model::landscape::Port;
use landfall_model::text::Text;

use crate::documents;

fn read(name: &str, text: &str) -> Bom {
    let source = Source { name, text };
    let read = parse(&source);
    let said = read.as_ref().err().map(|problems| problems.render(&source, landfall_bom::Colour::Plain));
    assert_eq!(said, None, "{name} should be right");
    read.expect("nothing was said about it")
}

#[test]
fn right_documents_are_read_without_a_word() {
    for (name, text) in documents("valid") {
        let bom = read(&name, &text);
        assert!(bom.warnings.is_empty(), "{name}: {}", bom.warnings);
    }
}

#[test]
fn the_canonical_form_of_a_landscape_is_the_same_landscape() {
    for (name, text) in documents("valid") {
        let landscape = read(&name, &text).landscape;
        let canonical = serde_json::to_string_pretty(&landscape).expect("canonical");
        assert_eq!(read("landfall.json", &canonical).landscape, landscape, "{name}");
    }
}

#[test]
fn the_whole_example_is_read() {
    let (name, text) = documents("valid").into_iter().find(|(name, _)| name == "lidar.yaml").expect("there");
    let bom = read(&name, &text);
    let landscape = &bom.landscape;
    assert_eq!((landscape.images.len(), landscape.services.len(), landscape.jobs.len()), (3, 5, 2));
    let worker = &landscape.services["worker"];
    assert_eq!((worker.scale.min, worker.scale.max), (0, 16));
    let api = &landscape.services["api"];
    assert_eq!(api.container.depends_on[1].host().as_str(), "tile-store");
    assert_eq!(api.container.environment["DATABASE_URL"].references().count(), 3);
    assert_eq!(api.container.limits.memory.map(|size| size.bytes()), Some(256 << 20));
    let place = bom.places.value("services.api.ports.0.port").expect("a place");
    assert_eq!(&text[place], "8080");

    let unsupported = check_supported(&bom);
    let paths: Vec<_> = unsupported.iter().map(|problem| problem.path.as_str()).collect();
    insta::assert_debug_snapshot!(paths, @r#"
    [
        "services.viewer.route",
        "services.viewer.scale",
        "services.viewer.scale.target",
        "services.worker.scale",
        "services.worker.scale.target",
        "jobs.report.schedule",
        "volumes.pgdata.size",
        "volumes.pgdata.snapshot",
        "purposes.test.ttl",
        "purposes.demo.ttl",
        "purposes.demo.sleep",
        "purposes.training.ttl",
        "purposes.training.hours",
        "purposes.production.budget",
        "cost",
    ]
    "#);
}

#[test]
fn scalars_keep_their_spelling() {
    let text = "landscape: x\nservices:\n  a:\n    image: a:1\n    environment: { A: no, B: 1.10, C: 08, D: true, E: 0x1F, F: 1e3, G: '', H: 2026-01-01 }\n";
    let bom = read("landfall.yaml", text);
    let environment = &bom.landscape.services["a"].container.environment;
    let values: Vec<_> = environment.values().map(|value| value.as_literal().expect("literal")).collect();
    assert_eq!(values, ["no", "1.10", "08", "true", "0x1F", "1e3", "", "2026-01-01"]);
}

#[test]
fn both_spellings_of_variables_mean_the_same() {
    let document = |environment: &str| {
        let text = format!("landscape: x\nservices:\n  a:\n    image: a:1\n    environment: {environment}\n");
        read("landfall.yaml", &text).landscape
    };
    assert_eq!(document("[A=1, 'B=x=y', C=]"), document("{ A: 1, B: x=y, C: '' }"));
}

#[test]
fn yaml_and_json_mean_the_same() {
    let yaml =
        "landscape: x\nservices:\n  a: { image: a:1, ports: [80, { port: 443, name: tls }], scale: 2 }\n";
    let json = r#"{ "landscape": "x", "services": { "a": { "image": "a:1",
        "ports": [80, { "port": 443, "name": "tls" }], "scale": 2.0 } } }"#;
    assert_eq!(read("landfall.yaml", yaml).landscape, read("landfall.json", json).landscape);
}

#[test]
fn aliases_and_merge_keys_share_settings() {
    let text = "\u{feff}x-usual: &usual\n  image: app:1\n  ports: [80]\nlandscape: x\nservices:\n  a:\n    <<: *usual\n    ports: [81]\n  b: *usual\n  c:\n    <<: [{ init: false }, *usual]\n";
    let landscape = read("landfall.yaml", text).landscape;
    let port =
        |name: &str| landscape.services[name].ports.iter().map(|port: &Port| port.port).collect::<Vec<_>>();
    assert_eq!((port("a"), port("b"), port("c")), (vec![81], vec![80], vec![80]));
    assert_eq!(landscape.services["c"].container.init, Some(false));
    assert_eq!(landscape.services["a"].container.image, "app:1");
}

#[test]
fn components_that_need_nothing_may_stand_alone() {
    let text = "landscape: x\nvolumes:\n  data:\npurposes:\n  test:\nservices:\n  a: { image: a:1, volumes: [{ volume: data, at: /d }] }\n";
    let landscape = read("landfall.yaml", text).landscape;
    assert_eq!((landscape.volumes.len(), landscape.purposes.len()), (1, 1));
}

#[test]
fn text_of_several_lines_is_kept() {
    let text = "landscape: x\nservices:\n  a:\n    image: a:1\n    command: |\n      echo {{ landscape.name }}\n      exit 0\n";
    let landscape = read("landfall.yaml", text).landscape;
    let words = landscape.services["a"].container.command.as_ref().expect("there").words();
    assert_eq!(words[2], "echo {{ landscape.name }}\nexit 0\n".parse::<Text>().expect("valid"));
}
