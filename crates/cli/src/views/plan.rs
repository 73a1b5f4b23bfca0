//! Plans: what will be created, replaced, removed and kept, and why each.

use std::collections::BTreeMap;

use landfall_plan::{Action, Change, ChangeKind, Plan};
use serde::Serialize;

use crate::screen::paint::Paint;

/// A plan as programs read it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PlanOutput<'a> {
    /// Whether there is anything to do: exit code 2 if so, 0 if not.
    pub(crate) changes: bool,
    /// Whether data would be lost.
    pub(crate) removes_data: bool,
    /// The images that would be built or pulled, and why.
    pub(crate) images: &'a BTreeMap<String, String>,
    /// The plan.
    pub(crate) plan: &'a Plan,
}

impl<'a> PlanOutput<'a> {
    /// The plan with what would be done for its images.
    pub(crate) fn new(plan: &'a Plan, images: &'a BTreeMap<String, String>) -> Self {
        let changes = !plan.is_empty() || !images.is_empty();
        Self { changes, removes_data: plan.removes_data(), images, plan }
    }
}

/// A plan as people read it.
pub(crate) fn render_plan(output: &PlanOutput<'_>, paint: Paint) -> String {
    let plan = output.plan;
    let mut text = format!("{}\n", paint.bold(&title(plan)));
    if !output.images.is_empty() {
        text.push('\n');
        for (image, what) in output.images {
            text += &format!("  {} image {image} {what}\n", paint.good("+"));
        }
    }
    if !plan.changes.is_empty() {
        text.push('\n');
        let width =
            plan.changes.iter().map(|change| change.component.as_str().len()).max().unwrap_or_default();
        text.extend(plan.changes.iter().map(|change| render_change(change, width, paint)));
    }
    text.push('\n');
    text += &if output.changes { counts(plan, output.images.len()) } else { "Nothing to do.\n".to_owned() };
    for volume in removed_volumes(plan) {
        text += &paint.bad(&format!("The data in {volume} will be lost.\n"));
    }
    text
}

/// The volumes whose data a plan removes.
pub(crate) fn removed_volumes(plan: &Plan) -> Vec<String> {
    let volume = |action: &Action| match action {
        Action::RemoveVolume { volume } => Some(volume.volume.to_string()),
        _ => None,
    };
    plan.steps.iter().filter_map(|step| volume(&step.action)).collect()
}

fn title(plan: &Plan) -> String {
    let from =
        plan.from.map_or_else(|| "nothing".to_owned(), |generation| format!("generation {generation}"));
    match &plan.to {
        Some(to) => format!("{}: from {from} to generation {}", plan.environment, to.generation),
        None => format!("{}: from {from} to nothing", plan.environment),
    }
}

fn render_change(change: &Change, width: usize, paint: Paint) -> String {
    let mark = match change.kind {
        ChangeKind::Create | ChangeKind::Run => paint.good(change.kind.mark()),
        ChangeKind::Remove => paint.bad(change.kind.mark()),
        ChangeKind::Keep => paint.dim(change.kind.mark()),
        ChangeKind::Replace | ChangeKind::Scale | ChangeKind::Repair => paint.unsure(change.kind.mark()),
    };
    let what = format!("{:<7} {:<width$}", change.what, change.component.as_str());
    let reasons = change.reasons.join("; ");
    let mut text = format!("  {mark} {what}   {:<7}   {reasons}", change.kind.verb()).trim_end().to_owned();
    text.push('\n');
    if let Some(outage) = &change.outage {
        text += &format!("      {}\n", paint.unsure(&format!("can't be reached meanwhile: {outage}")));
    }
    text
}

fn counts(plan: &Plan, images: usize) -> String {
    let mut parts = Vec::new();
    if images > 0 {
        parts.push(format!("{images} image{} to make", if images == 1 { "" } else { "s" }));
    }
    let kinds = [
        ChangeKind::Create,
        ChangeKind::Replace,
        ChangeKind::Scale,
        ChangeKind::Repair,
        ChangeKind::Run,
        ChangeKind::Remove,
        ChangeKind::Keep,
    ];
    for kind in kinds {
        let count = plan.changes.iter().filter(|change| change.kind == kind).count();
        if count > 0 {
            parts.push(format!("{count} to {}", kind.verb()));
        }
    }
    if parts.is_empty() {
        let steps = plan.steps.len();
        parts.push(format!("{steps} step{}", if steps == 1 { "" } else { "s" }));
    }
    format!("{}.\n", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan(value: serde_json::Value) -> Plan {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn changes_are_shown_with_their_reasons() {
        let change = |component: &str, what: &str, kind: &str, reasons: &[&str]| json!({ "component": component, "what": what, "kind": kind, "reasons": reasons });
        let mut replaced =
            change("db", "service", "replace", &["the image changed", "the variable A changed"]);
        replaced["outage"] = "it writes the volume pgdata, so the old one ends first".into();
        let environment = json!({ "landscape": "lidar", "environment": "dev" });
        let plan = plan(json!({
            "environment": environment, "from": 2, "to": { "release": 4, "generation": 3 },
            "changes": [
                change("viewer", "service", "create", &[]), replaced,
                change("api", "service", "keep", &[]), change("migrate", "job", "run", &["it has not run for this release"]),
                change("cache", "volume", "remove", &["the release no longer names it"]),
            ],
            "steps": [{ "action": { "action": "remove_volume", "volume": { "environment": environment, "volume": "cache" } }, "after": [] }],
        }));
        let images = BTreeMap::from([(
            "app".to_owned(),
            "will be built: these files have not been built yet".to_owned(),
        )]);
        insta::assert_snapshot!(render_plan(&PlanOutput::new(&plan, &images), Paint::Plain));
    }

    #[test]
    fn nothing_to_do_is_said() {
        let plan = plan(json!({
            "environment": { "landscape": "lidar", "environment": "dev" },
            "from": 2, "to": { "release": 4, "generation": 2 }, "steps": [],
            "changes": [{ "component": "api", "what": "service", "kind": "keep", "reasons": [] }],
        }));
        insta::assert_snapshot!(render_plan(&PlanOutput::new(&plan, &BTreeMap::new()), Paint::Plain));
    }
}
