//! When a target is probed next and what its health is: a state machine in virtual time.

use landfall_model::check::{Check, Health};

/// The gap after the first failure, in milliseconds.
pub const FIRST_GAP: u64 = 50;
/// The longest gap between two probes before the first success, in milliseconds.
pub const LONGEST_GAP: u64 = 500;

/// What a probe found: well, or why not.
pub type Outcome = Result<(), String>;

/// One target's schedule. Times are milliseconds on any clock that only goes forward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    interval: u64,
    retries: u32,
    counts_from: u64,
    due: u64,
    gap: u64,
    proven: bool,
    failures: u32,
    counted: Option<u64>,
    health: Health,
}

impl Schedule {
    /// A schedule for a target that nothing is known of: its first probe is due at once.
    pub fn new(check: &Check, now: u64) -> Self {
        Self {
            interval: check.interval.millis().max(1),
            retries: check.retries.max(1),
            counts_from: now.saturating_add(check.start_period.millis()),
            due: now,
            gap: FIRST_GAP,
            proven: false,
            failures: 0,
            counted: None,
            health: Health::Starting { last: None },
        }
    }

    /// A schedule for a target that was well when an earlier agent last looked: it stays well until its first probe,
    /// which is due at once.
    pub fn carried(check: &Check, now: u64) -> Self {
        Self { health: Health::Passing, ..Self::new(check, now) }
    }

    /// When the next probe is due.
    pub fn due(&self) -> u64 {
        self.due
    }

    /// What is known so far.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Takes in what a probe that ended at `now` found. `jitter`, in thousandths of a tenth of the interval, brings
    /// the next probe forward, so that many targets don't stay in step; it touches nothing but the interval.
    pub fn record(&mut self, now: u64, outcome: Outcome, jitter: u64) {
        let pause = self.interval - self.interval.saturating_mul(jitter.min(1_000)) / 10_000;
        let steady = now.saturating_add(pause.max(1));
        match outcome {
            Ok(()) => {
                self.proven = true;
                self.failures = 0;
                self.health = Health::Passing;
                self.due = steady;
            }
            Err(reason) if self.proven => {
                self.failures = self.failures.saturating_add(1);
                if self.failures >= self.retries {
                    self.health = Health::Failing { reason };
                }
                self.due = steady;
            }
            Err(reason) => self.record_unproven(now, reason, steady),
        }
    }

    /// A failure before the first success. Probes stay fast until the target is given up; failures count once the
    /// start period is over, and at most once an interval, so that being fast does not shorten the patience.
    fn record_unproven(&mut self, now: u64, reason: String, steady: u64) {
        let spaced = self.counted.is_none_or(|counted| now.saturating_sub(counted) >= self.interval);
        if now >= self.counts_from && spaced {
            self.failures = self.failures.saturating_add(1);
            self.counted = Some(now);
        }
        if self.failures >= self.retries {
            self.health = Health::Failing { reason };
            self.due = steady;
            return;
        }
        self.health = Health::Starting { last: Some(reason) };
        // A failure that will count is not waited for longer than the interval.
        let counting = self.counted.map_or(u64::MAX, |counted| counted.saturating_add(self.interval));
        let gap = self.gap.min(self.interval);
        self.due = now.saturating_add(gap).min(counting.max(now + 1));
        self.gap = (self.gap * 3 / 2).min(LONGEST_GAP);
    }
}

#[cfg(test)]
mod tests;
