//! The server is killed at random moments, and what was asked for comes true all the same.

use std::time::{Duration, Instant};

use crate::machine::{eventually, get, signal};
use crate::rig::Rig;

const ROUNDS: u32 = 50;

fn bom(round: u32) -> String {
    format!(
        r#"
services:
  web: {{ image: app, depends_on: [db], ports: [{{ name: http, port: 8080, published: auto }}],
         healthcheck: {{ http: /healthz }}, environment: {{ SAY: "round {round}" }}, stop_grace_period: 1s }}
  db: {{ APP, volumes: [{{ volume: data, at: /data }}] }}
jobs:
  migrate: {{ image: app, when: before, depends_on: [db], command: ["true"] }}
volumes: {{ data: {{}} }}
"#
    )
}

/// A number below `most`, another one in each round, the same in each run with the same seed.
fn random(state: &mut u64, most: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % most
}

#[test]
fn killed_at_random_moments_it_converges() {
    let Some(rig) = Rig::new(&bom(0)) else { return };
    let seed = std::env::var("LANDFALL_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(0x2545_f491_4f6c_dd1d);
    println!("LANDFALL_SEED={seed}");
    let mut state = seed;
    // The moments lie within what an undisturbed call takes, so that most of them are in the midst of it.
    rig.up();
    rig.write(&bom(u32::MAX));
    let begun = Instant::now();
    rig.up();
    let usual = begun.elapsed().as_millis() as u64;
    let mut midst = 0;
    for round in 1..=ROUNDS {
        // Two rounds up, of which the second replaces, then one down.
        let down = round % 3 == 0;
        let words: &[&str] = if down { &["down", "--yes"] } else { &["up"] };
        rig.write(&bom(round));
        let mut asked = rig.start(words);
        let moment = Duration::from_millis(random(&mut state, usual));
        std::thread::sleep(moment);
        let under_way = asked.try_wait().unwrap().is_none();
        midst += u32::from(under_way);
        if let Some(server) = rig.process("serve") {
            signal(server, "KILL");
        }
        let status = asked.wait().unwrap();
        println!(
            "round {round}: {words:?}, killed after {moment:?}, under way: {under_way}, ended with {status}"
        );
        // The client goes on by itself unless it was killed before it was accepted: then the same is asked again.
        let again = rig.call(words);
        assert_eq!(again.code, Some(0), "round {round}: {again:?}");
        if down {
            rig.expect_nothing_left();
        } else {
            rig.await_healthy();
            let url = rig.url("dev", "web");
            eventually("the new one answers", || (get(&url).ok()? == format!("round {round}")).then_some(()));
            rig.call(&["plan"]).expect(0);
            let counts = ["container", "network", "volume"].map(|kind| rig.things(kind).len());
            assert_eq!(
                counts,
                [3, 1, 1],
                "round {round}: two services and a job that has ended, and nothing else"
            );
        }
    }
    println!("{midst} of {ROUNDS} servers were killed in the midst of it");
    assert!(midst >= ROUNDS / 2, "too few servers were killed in the midst of it: {midst}");
    rig.call(&["down", "--yes"]).expect(0);
    rig.expect_nothing_left();
}
