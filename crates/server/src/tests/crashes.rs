//! Crashes: the server is ended at any moment, started again, and what was asked comes about all the same.

use std::time::Duration;

use landfall_api::DeploymentStatus;
use landfall_plan::DataPolicy;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use tokio::time::sleep;

use super::deployments::{shop, with};
use super::rig::*;

/// How often the server is ended.
const ROUNDS: usize = 150;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_the_server_is_killed_it_converges() {
    let seed = rand::rng().random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut rig = Rig::new().await;
    for round in 0..ROUNDS {
        let image = if round % 2 == 0 { "db:1" } else { "db:2" };
        let begun = match round % 5 {
            4 => rig.down(DataPolicy::AsDeclared).await,
            _ => rig.deploy(with(shop(), "/services/db/image", json!(image))).await,
        };
        sleep(Duration::from_micros(random.random_range(0..20_000))).await;
        rig.kill();
        rig.start().await;
        let Some(begun) = begun else { continue };
        assert_eq!(rig.ended(begun).await, DeploymentStatus::Done, "round {round}");
        let expected = if round % 5 == 4 { 0 } else { 4 };
        assert_eq!(rig.running().await.len(), expected, "round {round}: {:?}", rig.running().await);
        let services = rig.observed().await.instances.iter().filter(|it| it.state.is_up()).count();
        assert_eq!(services, expected, "round {round}");
    }
    let down = rig.down(DataPolicy::AsDeclared).await.unwrap();
    assert_eq!(rig.ended(down).await, DeploymentStatus::Done);
    assert!(rig.observed().await.is_empty());
}
