//! Properties: whatever is there and wherever an execution ends, plans are safe and end with what should be.

use landfall_model::observed::{InstanceState, Observed};
use landfall_plan::Blueprint;
use landfall_plan::planner::Deployment;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::world::*;

/// A landscape of services `s0`, `s1`, ... that depend on earlier ones only.
fn landscape() -> impl Strategy<Value = Value> {
    let service = (0_u8..3, any::<u8>(), 0_u32..3, any::<bool>());
    (prop::collection::vec(service, 1..7), any::<bool>(), any::<bool>()).prop_map(|(services, before, after)| {
        let mut all = Map::new();
        for (index, (image, dependencies, scale, writes)) in services.iter().enumerate() {
            let depends_on: Vec<_> =
                (0..index).filter(|other| dependencies & (1 << other) != 0).map(|other| format!("s{other}")).collect();
            let volumes = if *writes { json!([{ "volume": "data", "at": "/data" }]) } else { json!([]) };
            let service =
                json!({ "image": format!("image:{image}"), "depends_on": depends_on, "scale": scale, "volumes": volumes });
            all.insert(format!("s{index}"), service);
        }
        let mut jobs = Map::new();
        if before {
            jobs.insert("first".into(), json!({ "image": "job:1", "when": "before", "depends_on": ["s0"] }));
        }
        if after {
            jobs.insert("last".into(), json!({ "image": "job:1", "when": "after" }));
        }
        json!({ "landscape": "shop", "services": all, "jobs": jobs, "volumes": { "data": {} } })
    })
}

/// Lets some instances die, vanish or multiply.
fn disturb(observed: &mut Observed, disturbance: &[u8]) {
    for (index, what) in disturbance.iter().enumerate() {
        let count = observed.instances.len();
        if count == 0 {
            return;
        }
        let at = index * 7 % count;
        match what % 4 {
            0 => observed.instances[at].state = InstanceState::Exited { code: 137 },
            1 => drop(observed.instances.remove(at)),
            2 => observed.instances[at].state = InstanceState::Created,
            _ => {}
        }
    }
}

fn settle(active: &Blueprint, target: &Blueprint, observed: &mut Observed) {
    let deploying = planned(Some(active), Some(target), observed);
    execute(&deploying, observed, target.stamp);
    let again = planned_in(Deployment::Open, Some(target), Some(target), observed);
    assert!(again.is_empty(), "left to do: {}", listed(&again));
    assert_eq!(services(observed), services(&running(target)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// From anything that was, through a crash anywhere, the target is reached; and then nothing is left to do.
    #[test]
    fn a_deployment_reaches_its_target_whenever_it_is_cut_off(
        one in landscape(), two in landscape(), cut in 0_usize..60, disturbance in prop::collection::vec(any::<u8>(), 0..5),
    ) {
        let (one, two) = (generation(one, 1), generation(two, 2));
        let mut observed = running(&one);
        disturb(&mut observed, &disturbance);
        let first = planned(Some(&one), Some(&two), &observed);
        first.steps.iter().take(cut).for_each(|step| apply(&mut observed, &step.action, two.stamp));
        disturb(&mut observed, &disturbance);
        let flipped = first.steps.iter().take(cut).any(|step| matches!(step.action, landfall_plan::Action::Flip { .. }));
        if flipped {
            execute(&planned_in(Deployment::Open, Some(&two), Some(&two), &observed), &mut observed, two.stamp);
            assert_eq!(services(&observed), services(&running(&two)));
        } else {
            settle(&one, &two, &mut observed);
        }
    }

    /// A deployment that is given up anywhere before the flip leaves what was there.
    #[test]
    fn a_deployment_can_be_undone_whenever_it_is_cut_off(one in landscape(), two in landscape(), cut in 0_usize..60) {
        let (one, two) = (generation(one, 1), generation(two, 2));
        let mut observed = running(&one);
        let first = planned(Some(&one), Some(&two), &observed);
        let before = first.steps.iter().take_while(|step| !matches!(step.action, landfall_plan::Action::Flip { .. }));
        before.take(cut).for_each(|step| apply(&mut observed, &step.action, two.stamp));
        execute(&planned_in(Deployment::Closed, Some(&one), Some(&one), &observed), &mut observed, one.stamp);
        let wanted = running(&one);
        prop_assert_eq!(services(&observed), services(&wanted));
    }

    /// Taking down leaves nothing that isn't to be kept.
    #[test]
    fn down_leaves_nothing(one in landscape(), disturbance in prop::collection::vec(any::<u8>(), 0..5)) {
        let one = generation(one, 1);
        let mut observed = running(&one);
        disturb(&mut observed, &disturbance);
        execute(&planned(Some(&one), None, &observed), &mut observed, one.stamp);
        prop_assert!(observed.is_empty());
    }
}
