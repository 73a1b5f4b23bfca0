//! What Landfall weighs: memory with many instances, size on disk, the time to a first answer, and planning.

use std::time::Instant;

use super::contestant::Contestant;
use super::landfall::Landfall;
use super::report::{Report, median};
use super::stage::Stage;
use super::usage;
use crate::failure::{Failure, While};
use crate::process::{announce, output, program, target};

/// How many instances run while memory is measured.
const INSTANCES: usize = 100;
/// How often a start is measured.
const STARTS: usize = 21;

/// Measures all of it.
pub(super) fn measure(stage: &Stage, landfall: &Landfall, report: &mut Report) -> Result<(), Failure> {
    let size = stage.landfall.metadata().while_trying("look at the program")?.len();
    report.note(format!("the program, stripped: {:.1} MB (aim: 40)", size as f64 / 1e6));
    note_starts(stage, landfall, report)?;
    announce(&format!("memory with {INSTANCES} instances"));
    landfall.prepare(INSTANCES)?;
    let memory = landfall.up().map(|()| note_memory(landfall, report));
    landfall.down()?;
    memory?;
    note_planning(report)
}

fn note_starts(stage: &Stage, landfall: &Landfall, report: &mut Report) -> Result<(), Failure> {
    announce("from the start of the process to the answer");
    let version = median_millis(|| output(&mut program(&stage.landfall, &["--version"])).map(drop))?;
    let answer = median_millis(|| landfall.answer())?;
    report.note(format!("`landfall --version`: {version:.1} ms, median of {STARTS}"));
    report.note(format!(
        "`landfall env list`, with the server running: {answer:.1} ms (aim: 100), median of {STARTS}"
    ));
    Ok(())
}

fn note_memory(landfall: &Landfall, report: &mut Report) {
    for (word, aim) in [("serve", " (aim: 60)"), ("agent", "")] {
        let process = usage::find_process(landfall.home(), word);
        let memory = process.and_then(usage::resident).map(|kilobytes| kilobytes as f64 * 1_024.0 / 1e6);
        let memory = memory.map_or_else(|| "unknown".to_owned(), |memory| format!("{memory:.1} MB"));
        report
            .note(format!("resident memory of `landfall {word}` with {INSTANCES} instances: {memory}{aim}"));
    }
}

fn note_planning(report: &mut Report) -> Result<(), Failure> {
    announce("planning");
    for line in output(&mut program(target().join("release/examples/planning"), &[]))?.lines() {
        let figures: serde_json::Value =
            serde_json::from_str(line).while_trying("understand the planning benchmark")?;
        let of = |part: &str| figures[part].as_f64().unwrap_or_default();
        let (services, total) = (of("services"), of("total"));
        report.note(format!(
            "planning {services} services: {total:.1} ms ({:.1} lower, {:.1} plan, {:.1} verify), {:.1} µs each",
            of("lower"),
            of("plan"),
            of("verify"),
            total * 1_000.0 / services
        ));
    }
    Ok(())
}

fn median_millis(mut action: impl FnMut() -> Result<(), Failure>) -> Result<f64, Failure> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let begin = Instant::now();
        action()?;
        times.push(begin.elapsed().as_secs_f64() * 1_000.0);
    }
    median(times).ok_or_else(|| Failure::new("nothing was measured"))
}
