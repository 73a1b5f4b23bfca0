//! Schedules in virtual time.

use landfall_model::check::Probe;
use landfall_model::quantity::Period;

use super::*;

fn check(interval: u64, retries: u32, start_period: u64) -> Check {
    Check {
        interval: Period::from_millis(interval),
        retries,
        start_period: Period::from_millis(start_period),
        ..Check::usual(Probe::Tcp { port: 80 })
    }
}

/// Probes a target that is well at the times given (from, to), each probe taking `cost`; the times and healths.
fn play(mut schedule: Schedule, well: &[(u64, u64)], cost: u64, until: u64) -> Vec<(u64, Health)> {
    let mut seen = Vec::new();
    while schedule.due() <= until {
        let asked = schedule.due();
        let now = asked + cost;
        let is_well = well.iter().any(|(from, to)| (*from..*to).contains(&now));
        schedule.record(now, if is_well { Ok(()) } else { Err("refused".to_owned()) }, 0);
        assert!(schedule.due() > asked, "time must go on");
        seen.push((now, schedule.health().clone()));
    }
    seen
}

fn first(seen: &[(u64, Health)], wanted: impl Fn(&Health) -> bool) -> Option<u64> {
    seen.iter().find(|(_, health)| wanted(health)).map(|(at, _)| *at)
}

fn failing(health: &Health) -> bool {
    matches!(health, Health::Failing { .. })
}

#[test]
fn the_first_probe_is_at_once_and_one_success_is_enough() {
    let schedule = Schedule::new(&check(5_000, 3, 0), 1_000);
    assert_eq!(schedule.due(), 1_000);
    let seen = play(schedule, &[(0, 99_999)], 0, 12_000);
    let times: Vec<u64> = seen.iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [1_000, 6_000, 11_000]);
    assert!(seen.iter().all(|(_, health)| health.is_passing()));
}

#[test]
fn probes_are_fast_until_the_first_success_and_slow_after() {
    let seen = play(Schedule::new(&check(5_000, 3, 60_000), 0), &[(900, 99_999)], 0, 20_000);
    let gaps: Vec<u64> = seen.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert_eq!(gaps[..6], [50, 75, 112, 168, 252, 378]);
    let passing = first(&seen, Health::is_passing).unwrap();
    assert!(passing < 900 + LONGEST_GAP, "passing at {passing}");
    assert_eq!(*gaps.last().unwrap(), 5_000);
}

#[test]
fn failures_within_the_start_period_do_not_count() {
    let seen = play(Schedule::new(&check(1_000, 3, 10_000), 0), &[], 0, 30_000);
    let failed = first(&seen, failing).unwrap();
    assert!((12_000..13_500).contains(&failed), "failing at {failed}");
    let before = seen.iter().filter(|(at, _)| *at < 10_000);
    assert!(before.clone().count() > 18, "fast all through the start period");
    assert!(before.clone().all(|(_, health)| *health == Health::Starting { last: Some("refused".into()) }));
    let late: Vec<u64> = seen.iter().map(|(at, _)| *at).filter(|at| *at > failed).collect();
    assert!(late.windows(2).all(|pair| pair[1] - pair[0] == 1_000), "given up: by the interval");
}

#[test]
fn given_up_within_the_patience_that_the_check_states() {
    for (interval, retries, start, cost) in
        [(5_000, 3, 60_000, 3_000), (1_000, 1, 0, 10), (200, 5, 3_000, 150)]
    {
        let check = Check { timeout: Period::from_millis(cost), ..check(interval, retries, start) };
        let seen = play(Schedule::new(&check, 0), &[], cost, 200_000);
        let failed = first(&seen, failing).unwrap();
        assert!(failed >= start && failed <= check.patience().millis(), "{check:?}: at {failed}");
    }
}

#[test]
fn retries_in_a_row_make_it_fail_and_one_success_passes_again() {
    let well = [(0, 10_500), (12_500, 20_500), (30_500, 99_999)];
    let seen = play(Schedule::new(&check(1_000, 3, 0), 0), &well, 0, 40_000);
    assert_eq!(first(&seen, failing), Some(23_000), "two failures at 11 and 12 s are forgiven");
    let again = seen.iter().find(|(at, health)| *at > 23_000 && health.is_passing()).unwrap();
    assert_eq!(again.0, 31_000);
}

#[test]
fn carried_health_holds_until_the_first_probe() {
    let mut schedule = Schedule::carried(&check(5_000, 3, 60_000), 0);
    assert!(schedule.health().is_passing());
    assert_eq!(schedule.due(), 0);
    schedule.record(1, Err("refused".into()), 0);
    assert_eq!(*schedule.health(), Health::Starting { last: Some("refused".into()) });
}

#[test]
fn jitter_touches_the_interval_only() {
    let mut schedule = Schedule::new(&check(5_000, 3, 60_000), 0);
    schedule.record(0, Err("refused".into()), 1_000);
    assert_eq!(schedule.due(), FIRST_GAP);
    schedule.record(50, Ok(()), 1_000);
    assert_eq!(schedule.due(), 50 + 4_500);
}

/// Whatever the outcomes: time goes on, probes never come faster than the first gap, a success always passes, and
/// failing takes at least as many failures as there are retries.
#[test]
fn properties_hold_for_any_outcomes() {
    for seed in 0..500_u64 {
        let retries = 1 + (seed % 4) as u32;
        let mut schedule = Schedule::new(&check(1_000 + seed, retries, seed * 10), 0);
        let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut streak = 0;
        for _ in 0..200 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let now = schedule.due() + random % 40;
            let well = random % 3 == 0;
            schedule.record(now, if well { Ok(()) } else { Err("no".into()) }, random % 1_000);
            streak = if well { 0 } else { streak + 1 };
            assert!(schedule.due() > now && schedule.due() <= now + 2_000);
            assert!(!well || schedule.health().is_passing());
            assert!(!failing(schedule.health()) || streak >= retries);
        }
    }
}
