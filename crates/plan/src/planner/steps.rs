//! Steps as they are collected: each gets the next number, so what it waits for is always before it.

use crate::plan::{Action, Step, StepId};

/// The steps so far.
#[derive(Default)]
pub(super) struct Steps(Vec<Step>);

impl Steps {
    /// Adds a step that waits for others.
    pub(super) fn push(&mut self, action: Action, after: impl IntoIterator<Item = StepId>) -> StepId {
        let mut after: Vec<_> = after.into_iter().collect();
        after.sort_unstable();
        after.dedup();
        self.0.push(Step { action, after });
        self.0.len() - 1
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The steps.
    pub(super) fn finish(self) -> Vec<Step> {
        self.0
    }
}
