//! What is depended on is there, and will be ready.

use landfall_model::landscape::{Dependency, JobTrigger};
use landfall_model::{Landscape, Name};

use super::{Component, Rule, components, names, section_of};
use crate::findings::{Finding, Findings};
use crate::nearest::did_you_mean;

pub(super) const RULE: Rule = Rule { name: "what is depended on is there, and will be ready", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    for component in components(landscape) {
        for (index, dependency) in component.container.depends_on.iter().enumerate() {
            let path = format!("{}.depends_on.{index}.service", component.path);
            match section_of(landscape, &dependency.service) {
                None => findings.add(unknown(landscape, path, &dependency.service)),
                Some("jobs") => check_job(landscape, &component, (path, dependency), findings),
                Some(_) => {}
            }
        }
    }
}

fn unknown(landscape: &Landscape, path: String, name: &Name) -> Finding {
    let known = names(&landscape.services).chain(names(&landscape.jobs)).chain(names(&landscape.externals));
    let finding =
        Finding::at("unknown-component", path, format!("there is no service, job or external `{name}`"));
    let elsewhere = [
        (
            "volumes",
            landscape.volumes.contains_key(name),
            "mount it by `volumes: [{ volume: NAME, at: /path }]`",
        ),
        (
            "secrets",
            landscape.secrets.contains_key(name),
            "name it under `secrets`, or by {{ secrets.NAME }}",
        ),
        ("configs", landscape.configs.contains_key(name), "name it under `configs`"),
        ("images", landscape.images.contains_key(name), "name it by `image: NAME`"),
    ];
    match elsewhere.into_iter().find(|(_, found, _)| *found) {
        Some((section, _, instead)) => finding
            .help(format!("`{name}` is one of the {section}: {}", instead.replace("NAME", name.as_str()))),
        None => finding
            .help("declare it under `services`, `jobs` or `externals`, or remove it here")
            .help_if(did_you_mean(name.as_str(), known)),
    }
}

/// Only a job that runs in every deployment, and before the services, can be waited for.
fn check_job(
    landscape: &Landscape,
    component: &Component<'_>,
    (path, dependency): (String, &Dependency),
    findings: &mut Findings,
) {
    let Some(job) = landscape.jobs.get(&dependency.service) else { return };
    let waits_after =
        landscape.jobs.get(component.name).is_some_and(|job| job.when != Some(JobTrigger::Before));
    if job.when == Some(JobTrigger::Before) || (waits_after && job.when == Some(JobTrigger::After)) {
        return;
    }
    let name = &dependency.service;
    let when = if job.when.is_some() { "after the services" } else { "by hand or by the clock" };
    let message = format!("`{}` can't wait for the job `{name}`, which runs {when}", component.name);
    let finding = Finding::at("job-order", path, message).about(format!("jobs.{name}"));
    findings.add(
        finding.related_key(format!("jobs.{name}"), "this job").help(format!("give `{name}` `when: before`")),
    );
}
