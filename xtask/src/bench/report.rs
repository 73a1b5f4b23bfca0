//! The report: tables in Markdown, on standard output, with the machine and the versions that they hold for.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use super::contestant::Round;
use super::stage::{Stage, docker};
use super::usage;
use crate::failure::{Failure, While};
use crate::process::{output, program};

/// The contestant that the others are held against, and those that it is held against.
const OURS: &str = "landfall";
const THEIRS: [&str; 3] = ["compose, healthy", "compose, started", "floor"];

/// What was measured so far.
pub(super) struct Report {
    machine: Vec<String>,
    rounds: Vec<Round>,
    steps: BTreeMap<usize, BTreeMap<&'static str, Vec<u64>>>,
    notes: Vec<String>,
}

impl Report {
    /// A report that knows the machine and the versions.
    pub(super) fn begin(stage: &Stage, compose: &Path) -> Result<Self, Failure> {
        let line = |text: String| text.lines().next().unwrap_or_default().trim().to_owned();
        let ask = |command: &mut std::process::Command| output(command).map(line);
        let engine = "{{.Server.Version}}, API {{.Server.APIVersion}}";
        let machine = vec![
            format!("processors: {}", std::thread::available_parallelism().map_or(1, usize::from)),
            format!("kernel: {}", ask(&mut program("uname", &["--kernel-release"]))?),
            format!("Docker Engine: {}", ask(&mut program(docker(), &["version", "--format", engine]))?),
            format!("Compose: {}", ask(&mut program(compose, &["version"]))?),
            format!("Landfall: {}", ask(&mut program(&stage.landfall, &["--version"]))?),
            format!("load before (1, 5, 15 minutes): {}", usage::load()),
        ];
        Ok(Self { machine, rounds: Vec::new(), steps: BTreeMap::new(), notes: Vec::new() })
    }

    /// Adds a round.
    pub(super) fn add(&mut self, round: Round) {
        self.rounds.push(round);
    }

    /// Adds the times of the steps of `landfall up`.
    pub(super) fn add_steps(&mut self, instances: usize, steps: BTreeMap<&'static str, Vec<u64>>) {
        let all = self.steps.entry(instances).or_default();
        steps.into_iter().for_each(|(kind, times)| all.entry(kind).or_default().extend(times));
    }

    /// Adds what the engine was tried with.
    pub(super) fn add_floor(&mut self, instances: usize, found: &[(usize, Duration)]) {
        let times: Vec<_> =
            found.iter().map(|(at_once, up)| format!("{at_once}: {:.2} s", up.as_secs_f64())).collect();
        self.note(format!("floor of {instances} instances by requests at a time: {}", times.join(", ")));
    }

    /// Adds a line.
    pub(super) fn note(&mut self, line: String) {
        self.notes.push(line);
    }

    /// Writes it.
    pub(super) fn tell(&mut self) -> Result<(), Failure> {
        self.machine.push(format!("load after: {}", usage::load()));
        write!(std::io::stdout(), "{self}").while_trying("write the report")
    }

    fn rounds(&self, contestant: &str, instances: usize) -> Vec<&Round> {
        let ours = |round: &&Round| round.contestant == contestant && round.instances == instances;
        self.rounds.iter().filter(ours).collect()
    }

    fn median(&self, contestant: &str, instances: usize, part: fn(&Round) -> Option<f64>) -> Option<f64> {
        median(self.rounds(contestant, instances).into_iter().filter_map(part).collect())
    }

    fn write_table(&self, f: &mut fmt::Formatter<'_>, part: &Part, sizes: &[usize]) -> fmt::Result {
        writeln!(f, "\n| {} | rounds | {OURS} | {} | ratios |", part.name, THEIRS.join(" | "))?;
        writeln!(f, "| ---: | ---: | ---: | ---: | ---: | ---: | --- |")?;
        for size in sizes {
            let ours = self.median(OURS, *size, part.of);
            let theirs = THEIRS.map(|name| self.median(name, *size, part.of));
            let ratios = THEIRS.iter().zip(theirs).filter_map(|(name, theirs)| {
                let ratio = ours? / theirs?;
                Some(format!("{ratio:.2} of {name}"))
            });
            let ratios: Vec<_> = ratios.collect();
            let figures =
                [ours].into_iter().chain(theirs).map(|it| it.map_or("-".into(), |it| format!("{it:.2}")));
            let figures: Vec<String> = figures.collect();
            let rounds = self.rounds(OURS, *size).len();
            writeln!(f, "| {size} | {rounds} | {} | {} |", figures.join(" | "), ratios.join("; "))?;
        }
        Ok(())
    }
}

/// A column of figures.
struct Part {
    name: &'static str,
    of: fn(&Round) -> Option<f64>,
}

const PARTS: &[Part] = &[
    Part { name: "`up`, seconds", of: |round| Some(round.up.as_secs_f64()) },
    Part { name: "`up` again, seconds", of: |round| round.again.map(|it| it.as_secs_f64()) },
    Part { name: "`down`, seconds", of: |round| Some(round.down.as_secs_f64()) },
    Part { name: "`up`, processor seconds of dockerd and containerd", of: |round| Some(round.used.engine) },
    Part {
        name: "`up`, processor seconds of Landfall's server and agent",
        of: |round| Some(round.used.landfall),
    },
];

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.machine.iter().try_for_each(|line| writeln!(f, "- {line}"))?;
        let mut sizes: Vec<usize> = self.rounds.iter().map(|round| round.instances).collect();
        sizes.sort_unstable();
        sizes.dedup();
        // The trials of the floor are no rounds.
        PARTS.iter().try_for_each(|part| self.write_table(f, part, &sizes))?;
        writeln!(
            f,
            "\n| `landfall up`, steps | number | median ms | longest ms |\n| --- | ---: | ---: | ---: |"
        )?;
        for (size, steps) in &self.steps {
            for (kind, times) in steps {
                let middle = median(times.iter().map(|it| *it as f64).collect()).unwrap_or_default();
                let longest = times.iter().max().copied().unwrap_or_default();
                writeln!(f, "| {size} instances, {kind} | {} | {middle:.0} | {longest} |", times.len())?;
            }
        }
        writeln!(f)?;
        self.notes.iter().try_for_each(|line| writeln!(f, "- {line}"))
    }
}

/// The middle of some figures; the mean of the two in the middle where they are even.
pub(super) fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => None,
        length if length % 2 == 1 => figures.get(middle).copied(),
        _ => Some((figures.get(middle - 1)? + figures.get(middle)?) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 9.0]), Some(3.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }

    #[test]
    fn a_table_has_the_ratios() {
        let round = |contestant, millis| Round {
            contestant,
            instances: 10,
            up: Duration::from_millis(millis),
            again: None,
            down: Duration::from_secs(1),
            used: usage::Usage::default(),
        };
        let rounds = vec![round("landfall", 3_000), round("compose, healthy", 4_000), round("floor", 2_000)];
        let (machine, notes) = (vec!["kernel: 6".to_owned()], Vec::new());
        let report = Report { machine, rounds, steps: BTreeMap::new(), notes }.to_string();
        let line = "| 10 | 1 | 3.00 | 4.00 | - | 2.00 | 0.75 of compose, healthy; 1.50 of floor |";
        assert!(report.contains(line), "{report}");
    }
}
