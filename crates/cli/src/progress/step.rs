//! Which component a step is about, told from its text.

/// What a step is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StepText {
    /// The component, if it is about one.
    pub(crate) component: Option<String>,
    /// What it does.
    pub(crate) phase: Phase,
    /// The text itself.
    pub(crate) text: String,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It starts so many instances.
    Start(usize),
    /// It waits until they are well.
    Await,
    /// It runs a job.
    Run,
    /// It removes instances.
    Remove,
    /// It does something for the whole environment.
    Other,
}

impl StepText {
    /// Takes a step's text apart (see `Display` of the plan's actions).
    pub(crate) fn parse(text: &str) -> Self {
        let (component, phase) = match text.split(' ').collect::<Vec<_>>().as_slice() {
            ["start", component] => (Some(*component), Phase::Start(1)),
            ["start", component, count] => {
                let count = count.strip_prefix('×').and_then(|count| count.parse().ok());
                (Some(*component), Phase::Start(count.unwrap_or(1)))
            }
            ["wait", "until", component, "is", "well"] => (Some(*component), Phase::Await),
            ["run", component] => (Some(*component), Phase::Run),
            ["remove", component, hash] if hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                (Some(*component), Phase::Remove)
            }
            _ => (None, Phase::Other),
        };
        Self { component: component.map(str::to_owned), phase, text: text.to_owned() }
    }

    /// Whether it may take long by itself, so that its beginning is worth a line.
    pub(crate) const fn is_long(&self) -> bool {
        matches!(self.phase, Phase::Await | Phase::Run)
    }
}

#[cfg(test)]
mod tests {
    use landfall_model::name::{EnvironmentId, Name};
    use landfall_model::quantity::Period;
    use landfall_model::spec::{GroupId, Role, Stamp, VolumeId};
    use landfall_model::{ContentHash, ReleaseNumber};
    use landfall_plan::Action;

    use super::*;

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn parse(text: &str) -> (Option<String>, Phase) {
        let step = StepText::parse(text);
        (step.component, step.phase)
    }

    #[test]
    fn the_plans_words_are_understood() {
        let environment = EnvironmentId::new(name("x"), name("dev"));
        let group = GroupId {
            environment: environment.clone(),
            role: Role::Service,
            component: name("the"),
            hash: ContentHash::of_bytes(b"x"),
        };
        let removal = Action::RemoveGroup { group: group.clone(), grace: Period::from_secs(1) };
        let waiting = Action::AwaitHealthy { group, instances: 2, patience: Period::from_secs(1) };
        let flip = Action::Flip { stamp: Stamp { release: ReleaseNumber(1), generation: 1 } };
        let volume = Action::RemoveVolume { volume: VolumeId { environment, volume: name("data") } };
        assert_eq!(parse(&removal.to_string()), (Some("the".to_owned()), Phase::Remove));
        assert_eq!(parse(&waiting.to_string()), (Some("the".to_owned()), Phase::Await));
        for other in [flip, volume, Action::EnsureNetwork, Action::RemoveNetwork, Action::Withdraw] {
            assert_eq!(parse(&other.to_string()), (None, Phase::Other), "{other}");
        }
    }

    #[test]
    fn groups_and_jobs_are_told_by_name() {
        let landscape = serde_json::json!({
            "landscape": "x",
            "services": { "api": { "image": "i", "scale": 3 }, "db": { "image": "i" } },
            "jobs": { "migrate": { "image": "i", "when": "before" } },
        });
        let release = landfall_model::Release {
            landscape: serde_json::from_value(landscape).unwrap(),
            images: [("i".to_owned(), Default::default())].into(),
            files: Default::default(),
            secrets: Default::default(),
        };
        let environment = EnvironmentId::new(name("x"), name("dev"));
        let input = landfall_plan::BlueprintInput {
            release: &release,
            stamp: Stamp { release: ReleaseNumber(1), generation: 1 },
            environment: &environment,
            purpose: None,
            domain: "dev.localhost",
        };
        let blueprint = landfall_plan::blueprint(input).unwrap();
        let member = |member: &str| blueprint.members[&name(member)].clone();
        let start = |component: &str| {
            let member = member(component);
            parse(
                &Action::EnsureGroup { group: Box::new(member.group), instances: member.instances }
                    .to_string(),
            )
        };
        assert_eq!(start("api"), (Some("api".to_owned()), Phase::Start(3)));
        assert_eq!(start("db"), (Some("db".to_owned()), Phase::Start(1)));
        let run = Action::RunJob { group: Box::new(member("migrate").group), timeout: Period::from_secs(1) };
        assert_eq!(parse(&run.to_string()), (Some("migrate".to_owned()), Phase::Run));
    }
}
