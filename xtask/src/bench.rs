//! `cargo xtask bench`: Landfall beside Docker Compose and beside the engine itself, in one run.
//!
//! The contestants take turns within each round, so that what else the machine does hits all of them. Times without
//! their ratios say little on a machine that others use, too.

mod compose;
mod contestant;
mod floor;
mod footprint;
mod landfall;
mod report;
mod stage;
mod usage;

use crate::failure::{Failure, While};
use crate::process::{announce, say};
use compose::{Asked, Compose};
use contestant::{Contestant, Round, measure};
use floor::Floor;
use landfall::Landfall;
use report::Report;
use stage::Stage;

/// How many instances, and how many rounds of each.
const SIZES: &[(usize, usize)] = &[(1, 3), (10, 3), (30, 3), (100, 1)];
/// The same for a first look.
const QUICK: &[(usize, usize)] = &[(1, 1), (10, 1)];
/// How many requests at a time the engine is tried with.
const AT_ONCE: &[usize] = &[1, 2, 4, 8, 16];
/// With how many instances.
const FLOOR_SIZE: usize = 30;

/// What can be typed behind the command.
struct Options {
    sizes: Vec<(usize, usize)>,
    floor_size: usize,
    landfall: Option<String>,
}

/// `cargo xtask bench`.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let options = parse_options(arguments)?;
    let stage = Stage::ensure(options.landfall.as_deref())?;
    let compose = compose::ensure(&stage)?;
    let mut report = Report::begin(&stage, &compose)?;
    let landfall = Landfall::start(&stage)?;
    let contestants: Vec<Box<dyn Contestant>> = vec![
        Box::new(Compose::new(&stage, compose.clone(), Asked::Health)?),
        Box::new(Compose::new(&stage, compose, Asked::Start)?),
    ];
    let done = run_all(&options, &landfall, contestants, &mut report)
        .and_then(|()| footprint::measure(&stage, &landfall, &mut report));
    let left = landfall.leave();
    let image = stage.leave();
    // What was measured is told although the rest failed.
    report.tell().and(done).and(left).and(image)
}

fn run_all(
    options: &Options,
    landfall: &Landfall,
    mut contestants: Vec<Box<dyn Contestant>>,
    report: &mut Report,
) -> Result<(), Failure> {
    let at_once = find_floor(options, landfall, report)?;
    contestants.push(Box::new(Floor::new(at_once)?));
    let mut turn = 0;
    for (instances, rounds) in &options.sizes {
        for number in 1..=*rounds {
            announce(&format!("{instances} instances, round {number} of {rounds}"));
            let mut order: Vec<&dyn Contestant> = vec![landfall];
            order.extend(contestants.iter().map(Box::as_ref));
            let places = order.len();
            order.rotate_left(turn % places);
            turn += 1;
            for contestant in order {
                report.add(take_turn(contestant, *instances, landfall)?);
            }
            report.add_steps(*instances, landfall.steps());
        }
    }
    Ok(())
}

/// A round; whatever happens, nothing of it stays.
fn take_turn(contestant: &dyn Contestant, instances: usize, landfall: &Landfall) -> Result<Round, Failure> {
    let round = measure(contestant, instances, landfall.home());
    match &round {
        Ok(round) => say(&format!("    {round}")),
        // The first failure is the one to tell.
        Err(_) => drop(contestant.clear()),
    }
    round.while_trying(&format!("measure {}", contestant.name()))
}

/// The number of requests at a time with which the engine is quickest.
fn find_floor(options: &Options, landfall: &Landfall, report: &mut Report) -> Result<usize, Failure> {
    announce(&format!("the floor: {} instances, with more and more requests at a time", options.floor_size));
    let mut found = Vec::new();
    for at_once in AT_ONCE {
        let round = take_turn(&Floor::new(*at_once)?, options.floor_size, landfall)?;
        found.push((*at_once, round.up));
    }
    report.add_floor(options.floor_size, &found);
    let best = found.iter().min_by_key(|(_, up)| *up);
    best.map(|(at_once, _)| *at_once).ok_or_else(|| Failure::new("nothing was tried"))
}

fn parse_options(arguments: &[String]) -> Result<Options, Failure> {
    let mut options = Options { sizes: SIZES.to_vec(), floor_size: FLOOR_SIZE, landfall: None };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--quick" => (options.sizes, options.floor_size) = (QUICK.to_vec(), 10),
            "--sizes" => options.sizes = parse_sizes(words.next())?,
            "--landfall" => options.landfall = words.next().cloned(),
            unknown => {
                let known = "--quick, --sizes 10x3,30x1 (instances x rounds) and --landfall PROGRAM";
                return Err(Failure::new(format!("doesn't know `{unknown}`; it knows {known}")));
            }
        }
    }
    Ok(options)
}

fn parse_sizes(word: Option<&String>) -> Result<Vec<(usize, usize)>, Failure> {
    let word = word.map(String::as_str).unwrap_or_default();
    let size = |part: &str| {
        let (instances, rounds) = part.split_once('x')?;
        Some((instances.parse().ok()?, rounds.parse().ok()?))
    };
    let sizes: Option<Vec<_>> = word.split(',').map(size).collect();
    sizes.ok_or_else(|| {
        Failure::new(format!("`{word}` is no list of sizes; 10x3,30x1 is 10 instances 3 times, then 30 once"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_instances_and_rounds() {
        assert_eq!(parse_sizes(Some(&"10x3,30x1".to_owned())).unwrap(), [(10, 3), (30, 1)]);
        for wrong in ["", "10", "x3", "10x", "10x3,"] {
            assert!(parse_sizes(Some(&wrong.to_owned())).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_option_is_refused() {
        let failure = parse_options(&["--fast".to_owned()]).err().unwrap();
        assert!(failure.to_string().contains("--fast"), "{failure}");
        assert_eq!(parse_options(&["--quick".to_owned()]).unwrap().sizes, QUICK);
    }
}
