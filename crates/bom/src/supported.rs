//! Refuses by name what a bill of materials can say but this version can't do yet.

use landfall_model::Landscape;
use landfall_model::landscape::Scale;

use crate::Bom;
use crate::problem::{Problem, Problems};

/// Something that can't be done yet: its path, and what it is called.
type Unsupported = (String, &'static str);

/// The keys of a bill of materials whose features don't exist yet. Nothing that is written is silently ignored.
pub fn check_supported(bom: &Bom) -> Problems {
    let mut found = Vec::new();
    services(&bom.landscape, &mut found);
    volumes(&bom.landscape, &mut found);
    purposes(&bom.landscape, &mut found);
    let problem = |(path, feature): Unsupported| {
        let span = bom.places.key(&path);
        let problem = Problem::new("not-supported", path, span, format!("not supported yet: {feature}"));
        problem.help("remove it for now")
    };
    let mut problems: Vec<_> = found.into_iter().map(problem).collect();
    problems.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
    problems.into_iter().collect()
}

fn services(landscape: &Landscape, found: &mut Vec<Unsupported>) {
    for (name, service) in &landscape.services {
        if service.route.is_some() {
            found.push((format!("services.{name}.route"), "routes"));
        }
        scale(&format!("services.{name}"), &service.scale, found);
    }
    for (name, job) in &landscape.jobs {
        if job.schedule.is_some() {
            found.push((format!("jobs.{name}.schedule"), "jobs that run by the clock"));
        }
    }
    for (name, external) in &landscape.externals {
        if external.healthcheck.as_ref().is_some_and(|check| check.command.is_some()) {
            let path = format!("externals.{name}.healthcheck.command");
            found.push((path, "health checks of externals by a command"));
        }
    }
}

fn scale(path: &str, scale: &Scale, found: &mut Vec<Unsupported>) {
    if scale.min != scale.max {
        found.push((format!("{path}.scale"), "scaling between `min` and `max`"));
    }
    if scale.target.is_some() {
        found.push((format!("{path}.scale.target"), "scaling by itself"));
    }
}

fn volumes(landscape: &Landscape, found: &mut Vec<Unsupported>) {
    for (name, volume) in &landscape.volumes {
        if volume.size.is_some() {
            found.push((format!("volumes.{name}.size"), "the size of volumes"));
        }
        if volume.snapshot.is_some() {
            found.push((format!("volumes.{name}.snapshot"), "snapshots of volumes"));
        }
    }
}

fn purposes(landscape: &Landscape, found: &mut Vec<Unsupported>) {
    for (name, purpose) in &landscape.purposes {
        let features = [
            ("ttl", purpose.ttl.is_some(), "environments that expire"),
            ("hours", purpose.hours.is_some(), "hours of environments"),
            ("sleep", purpose.sleep.is_some(), "environments that sleep"),
            ("budget", purpose.budget.is_some(), "budgets"),
        ];
        let said = features.into_iter().filter(|(_, said, _)| *said);
        found.extend(said.map(|(key, _, feature)| (format!("purposes.{name}.{key}"), feature)));
        for (service, differs) in &purpose.services {
            let path = format!("purposes.{name}.services.{service}");
            differs.scale.iter().for_each(|changed| scale(&path, changed, found));
        }
    }
    if landscape.cost.is_some() {
        found.push(("cost".to_owned(), "costs"));
    }
}
