//! A job runs within a deployment or by the clock.

use landfall_model::Landscape;

use super::Rule;
use crate::findings::{Finding, Findings};

pub(super) const RULE: Rule = Rule { name: "a job runs within a deployment or by the clock", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    for (name, job) in &landscape.jobs {
        if job.when.is_some() && job.schedule.is_some() {
            let path = format!("jobs.{name}");
            let message = format!("`{name}` has both `when` and `schedule`");
            let finding = Finding::at_key("job-order", format!("{path}.schedule"), message);
            let help = "keep `when` for a job of every deployment, `schedule` for one that runs by the clock";
            findings.add(finding.related_key(format!("{path}.when"), "the other one").help(help));
        }
    }
}
