//! What is measured: somebody who brings so many instances up, is asked to do so again, and takes them down.

use std::path::Path;
use std::time::{Duration, Instant};

use super::usage::{self, Usage};
use crate::failure::Failure;

/// Somebody who is measured.
pub(super) trait Contestant {
    /// As the tables call it.
    fn name(&self) -> &'static str;
    /// Writes what it needs to know of so many instances; not measured.
    fn prepare(&self, instances: usize) -> Result<(), Failure>;
    /// Brings them up.
    fn up(&self) -> Result<(), Failure>;
    /// Brings up what is up; false where it has no word for that.
    fn up_again(&self) -> Result<bool, Failure>;
    /// Takes them down.
    fn down(&self) -> Result<(), Failure>;
    /// Leaves nothing of a round behind, wherever it ended.
    fn clear(&self) -> Result<(), Failure>;
}

/// One round of one contestant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    pub(super) contestant: &'static str,
    pub(super) instances: usize,
    pub(super) up: Duration,
    pub(super) again: Option<Duration>,
    pub(super) down: Duration,
    /// What the processes of the engine, and ours, used of a processor during `up`.
    pub(super) used: Usage,
}

impl std::fmt::Display for Round {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
        let again = self.again.map_or_else(|| "-".to_owned(), seconds);
        let (up, down) = (seconds(self.up), seconds(self.down));
        write!(f, "{:<17} up {up}, again {again}, down {down}", self.contestant)
    }
}

/// Measures one round; `home` is the state directory of the Landfall that is measured.
pub(super) fn measure(contestant: &dyn Contestant, instances: usize, home: &Path) -> Result<Round, Failure> {
    contestant.prepare(instances)?;
    let before = usage::observe(home);
    let (up, ()) = timed(|| contestant.up())?;
    let used = usage::observe(home).since(&before);
    let (again, known) = timed(|| contestant.up_again())?;
    let (down, ()) = timed(|| contestant.down())?;
    let again = known.then_some(again);
    Ok(Round { contestant: contestant.name(), instances, up, again, down, used })
}

fn timed<T>(action: impl FnOnce() -> Result<T, Failure>) -> Result<(Duration, T), Failure> {
    let begin = Instant::now();
    let done = action()?;
    Ok((begin.elapsed(), done))
}
