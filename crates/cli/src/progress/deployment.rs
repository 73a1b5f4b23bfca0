//! How a deployment goes: what is known of each component, from the events so far.

use std::collections::BTreeMap;
use std::time::Duration;

use landfall_api::DeploymentEvent;

use super::step::{Phase, StepText};
use crate::views::words::seconds;

/// What is known of a deployment from its events so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Passage {
    steps: Vec<Step>,
    /// How many instances of each component are well, where that was asked.
    well: BTreeMap<String, usize>,
}

#[derive(Clone, Debug)]
struct Step {
    text: StepText,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done(Duration),
    Failed,
}

/// A component's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The component.
    pub(crate) component: String,
    /// Where it stands.
    pub(crate) text: String,
    /// Whether nothing more happens to it.
    pub(crate) ended: bool,
}

impl Passage {
    /// Takes an event in; gives the line that stands for it where lines don't change.
    pub(crate) fn take(&mut self, event: &DeploymentEvent) -> Option<String> {
        match event {
            DeploymentEvent::Planned { steps, .. } => {
                let step = |text: &String| Step { text: StepText::parse(text), state: State::Waiting };
                self.steps = steps.iter().map(step).collect();
                None
            }
            DeploymentEvent::StepStarted { step } => {
                let step = self.set(*step, State::Running)?;
                step.text.is_long().then(|| format!("{} ...", step.text.text))
            }
            DeploymentEvent::StepDone { step, millis } => {
                let took = Duration::from_millis(*millis);
                let step = self.set(*step, State::Done(took))?;
                Some(format!("{}: done in {}", step.text.text, seconds(took)))
            }
            DeploymentEvent::StepFailed { step, message, .. } => {
                let step = self.set(*step, State::Failed)?;
                Some(format!("{}: failed: {message}", step.text.text))
            }
            DeploymentEvent::Waiting { message } => Some(format!("waiting: {message}")),
            DeploymentEvent::Undoing => Some("undoing what was done".to_owned()),
            DeploymentEvent::Finished { .. } => None,
        }
    }

    /// A step's text.
    pub(crate) fn step(&self, step: usize) -> String {
        self.steps.get(step).map_or_else(|| format!("step {}", step + 1), |step| step.text.text.clone())
    }

    /// Whether instances are waited for.
    pub(crate) fn awaits(&self) -> bool {
        self.steps.iter().any(|step| step.state == State::Running && step.text.phase == Phase::Await)
    }

    /// Takes in how many instances of each component are well.
    pub(crate) fn observe(&mut self, well: BTreeMap<String, usize>) {
        self.well = well;
    }

    /// The components' lines, in the order in which they come in the plan.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let mut components: Vec<&str> = Vec::new();
        for component in self.steps.iter().filter_map(|step| step.text.component.as_deref()) {
            if !components.contains(&component) {
                components.push(component);
            }
        }
        components.into_iter().map(|component| self.row(component)).collect()
    }

    fn row(&self, component: &str) -> Row {
        let steps: Vec<&Step> =
            self.steps.iter().filter(|step| step.text.component.as_deref() == Some(component)).collect();
        let took: Duration = steps.iter().filter_map(|step| step.state.took()).sum();
        let ended = steps.iter().all(|step| step.state.took().is_some());
        let begun = steps.iter().any(|step| step.state != State::Waiting);
        let text = if steps.iter().any(|step| step.state == State::Failed) {
            "failed".to_owned()
        } else if let Some(running) = steps.iter().find(|step| step.state == State::Running) {
            self.running(component, &running.text, &steps)
        } else if ended {
            format!("done in {}", seconds(took))
        } else if begun {
            "started".to_owned()
        } else {
            "waiting".to_owned()
        };
        Row { component: component.to_owned(), text, ended }
    }

    fn running(&self, component: &str, step: &StepText, steps: &[&Step]) -> String {
        match step.phase {
            Phase::Start(1) => "starting".to_owned(),
            Phase::Start(count) => format!("starting {count} instances"),
            Phase::Run => "running".to_owned(),
            Phase::Remove => "ending".to_owned(),
            Phase::Await => {
                let started = steps.iter().find_map(|step| match step.text.phase {
                    Phase::Start(count) => Some(count),
                    _ => None,
                });
                let count = started.unwrap_or(1);
                let well = self.well.get(component).copied().unwrap_or_default().min(count);
                format!("{well} of {count} well")
            }
            Phase::Other => step.text.clone(),
        }
    }

    fn set(&mut self, step: usize, state: State) -> Option<&Step> {
        let step = self.steps.get_mut(step)?;
        step.state = state;
        Some(step)
    }
}

impl State {
    const fn took(self) -> Option<Duration> {
        match self {
            Self::Done(took) => Some(took),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(steps: &[&str]) -> DeploymentEvent {
        let steps = steps.iter().map(|&step| step.to_owned()).collect();
        DeploymentEvent::Planned { changes: Vec::new(), steps }
    }

    #[test]
    fn components_go_from_waiting_to_done() {
        let mut passage = Passage::default();
        let mut lines = Vec::new();
        let failed = DeploymentEvent::StepFailed {
            step: 5,
            message: "exit code 3".to_owned(),
            logs: Vec::new(),
            hints: Vec::new(),
        };
        let events = [
            planned(&[
                "make the network",
                "start db",
                "wait until db is well",
                "start api ×3",
                "wait until api is well",
                "run report",
            ]),
            DeploymentEvent::StepStarted { step: 1 },
            DeploymentEvent::StepDone { step: 1, millis: 310 },
            DeploymentEvent::StepStarted { step: 2 },
            DeploymentEvent::StepDone { step: 2, millis: 1_000 },
            DeploymentEvent::StepStarted { step: 3 },
            DeploymentEvent::StepDone { step: 3, millis: 700 },
            DeploymentEvent::StepStarted { step: 4 },
            DeploymentEvent::Waiting { message: "the engine doesn't answer".to_owned() },
            DeploymentEvent::StepStarted { step: 5 },
            failed,
            DeploymentEvent::Undoing,
        ];
        for event in &events {
            lines.extend(passage.take(event).map(|line| format!("    {line}")));
            passage.observe(BTreeMap::from([("api".to_owned(), 2)]));
            let rows: Vec<String> =
                passage.rows().iter().map(|row| format!("{}: {}", row.component, row.text)).collect();
            lines.push(rows.join(" | "));
        }
        insta::assert_snapshot!(lines.join("\n"));
        assert!(passage.awaits());
    }
}
