//! The graph and its views, over the example of the bill of materials' description and over hostile names.

use landfall_model::Landscape;
use serde_json::json;

use super::*;

fn lidar() -> Landscape {
    let landscape = json!({
        "landscape": "lidar",
        "description": "Turns raw LiDAR point clouds into map tiles",
        "images": {
            "os": { "build": "images/os" },
            "runtime": { "build": "images/runtime", "from": "os" },
            "app": { "build": ".", "from": "runtime" },
        },
        "services": {
            "viewer": { "image": "app", "command": ["viewer"], "depends_on": ["api"], "scale": { "min": 2, "max": 8 } },
            "api": {
                "image": "app",
                "depends_on": ["db", { "service": "tiles", "alias": "tile-store" }],
                "environment": { "DATABASE_URL": "postgres://lidar:{{ secrets.db_password }}@{{ services.db.host }}" },
            },
            "tiles": { "image": "app", "volumes": [{ "volume": "tiles", "at": "/tiles" }] },
            "worker": {
                "image": "app",
                "depends_on": ["api", "weather"],
                "scale": { "min": 0, "max": 16 },
                "volumes": [{ "volume": "tiles", "at": "/tiles", "read_only": true }],
            },
            "db": {
                "image": "postgres",
                "volumes": [{ "volume": "pgdata", "at": "/var/lib/postgresql/data" }],
                "secrets": ["db_password"],
                "configs": ["settings"],
            },
        },
        "jobs": {
            "migrate": { "image": "app", "when": "before", "depends_on": ["db"] },
            "report": { "image": "app", "schedule": "0 6 * * *", "depends_on": ["db"] },
            "tidy": { "image": "app", "when": "after" },
        },
        "volumes": { "pgdata": { "size": "20G", "keep": true }, "tiles": {} },
        "externals": { "weather": { "host": "weather.example.org", "port": 443 } },
        "secrets": { "db_password": { "generate": 24 } },
        "configs": { "settings": { "content": "x" } },
    });
    serde_json::from_value(landscape).unwrap()
}

fn hostile() -> Landscape {
    let landscape = json!({
        "landscape": "odd",
        "description": "a <b> & \"c\"",
        "services": { "one": { "image": "x\"]#<&>\\:1" }, "two": { "image": "x\"]#<&>\\:1", "depends_on": ["nothing"] } },
        "jobs": { "by-hand": { "image": "y", "schedule": "*/5 * * * \"" } },
    });
    serde_json::from_value(landscape).unwrap()
}

#[test]
fn every_view_of_the_example() {
    let graph = graph(&lidar());
    for view in ALL {
        insta::assert_snapshot!(view.name, (view.render)(&graph));
    }
}

#[test]
fn every_view_escapes() {
    let graph = graph(&hostile());
    for view in ALL {
        insta::assert_snapshot!(format!("hostile-{}", view.name), (view.render)(&graph));
    }
}

#[test]
fn an_empty_landscape_has_views() {
    let empty = serde_json::from_value(json!({ "landscape": "empty" })).unwrap();
    for view in ALL {
        assert!((view.render)(&graph(&empty)).contains("empty"), "{}", view.name);
    }
    assert!(start_order(&empty).is_empty());
}

fn check_order(landscape: serde_json::Value, expected: &[&[&str]]) {
    let landscape: Landscape = serde_json::from_value(landscape).unwrap();
    let order = start_order(&landscape);
    let seen: Vec<Vec<&str>> = order.iter().map(|wave| wave.iter().map(Name::as_str).collect()).collect();
    assert_eq!(seen, expected);
}

#[test]
fn waves_respect_dependencies_and_jobs() {
    let service = |depends_on: &[&str]| json!({ "image": "x", "depends_on": depends_on });
    check_order(
        json!({ "landscape": "l", "services": { "a": service(&["b", "c"]), "b": service(&["c"]), "c": service(&[]) } }),
        &[&["c"], &["b"], &["a"]],
    );
    let job =
        |when: &str, depends_on: &[&str]| json!({ "image": "x", "when": when, "depends_on": depends_on });
    check_order(
        json!({
            "landscape": "l",
            "services": { "a": service(&["db"]), "alone": service(&["elsewhere"]), "db": service(&[]), "q": service(&[]) },
            "jobs": {
                "fill": job("before", &["q"]),
                "migrate": job("before", &["db"]),
                "tidy": job("after", &[]),
                "report": { "image": "x", "depends_on": ["a"] },
            },
            "externals": { "elsewhere": { "host": "h", "port": 1 } },
        }),
        &[&["db", "q"], &["fill", "migrate"], &["a", "alone"], &["tidy"]],
    );
    // No valid landscape has a circle; the order is still one.
    check_order(
        json!({ "landscape": "l", "services": { "a": service(&["b"]), "b": service(&["a"]) } }),
        &[&["a", "b"]],
    );
}

#[test]
fn nothing_overlaps_in_the_picture() {
    let svg = svg::render(&graph(&lidar()));
    let number = |line: &str, name: &str| {
        let value = line.split_once(&format!(" {name}=\"")).unwrap().1;
        value.split_once('"').unwrap().0.parse::<f64>().unwrap()
    };
    let boxes: Vec<[f64; 4]> = svg
        .lines()
        .filter(|line| line.starts_with("<g><rect"))
        .map(|line| ["x", "y", "width", "height"].map(|name| number(line, name)))
        .collect();
    assert!(boxes.len() > 15, "{}", boxes.len());
    for (index, a) in boxes.iter().enumerate() {
        for b in &boxes[index + 1..] {
            let beside = a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0];
            let below = a[1] + a[3] <= b[1] || b[1] + b[3] <= a[1];
            assert!(beside || below, "{a:?} and {b:?}");
        }
    }
}
