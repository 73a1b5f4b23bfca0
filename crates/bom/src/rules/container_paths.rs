//! Paths inside a container are absolute, and nothing is put where something else is.

use std::collections::BTreeMap;

use landfall_model::Landscape;
use landfall_model::landscape::Container;

use super::{Rule, components};
use crate::findings::{Finding, Findings};

pub(super) const RULE: Rule =
    Rule { name: "paths inside a container are absolute, and nothing is put where something else is", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    for component in components(landscape) {
        let mut taken = BTreeMap::<String, String>::new();
        for (path, at) in places(&component.path, component.container) {
            if !check_absolute(&path, &at, findings) {
                continue;
            }
            let place = at.trim_end_matches('/').to_owned();
            if let Some(first) = taken.insert(place, path.clone()) {
                let message = format!("something is already put at `{at}` in `{}`", component.name);
                let finding = Finding::at("same-path", path, message).related(first, "the first one");
                findings.add(finding.help("choose another path for one of the two"));
            }
        }
        if let Some(directory) = &component.container.working_dir {
            check_absolute(&format!("{}.working_dir", component.path), directory, findings);
        }
    }
}

/// Everything that is put into a container: where the file says so, and where it is put.
fn places(path: &str, container: &Container) -> Vec<(String, String)> {
    let volumes = container.volumes.iter().enumerate();
    let volumes = volumes.map(|(index, mount)| (format!("{path}.volumes.{index}.at"), mount.at.clone()));
    let files = container.files.iter().enumerate();
    let files = files.map(|(index, file)| (format!("{path}.files.{index}.at"), file.at.clone()));
    let mounted = |section: &'static str, directory: &'static str| {
        let files = if section == "configs" { &container.configs } else { &container.secrets };
        files.iter().enumerate().map(move |(index, file)| {
            let at = file.target.clone().unwrap_or_else(|| format!("{directory}/{}", file.source));
            (format!("{path}.{section}.{index}.target"), at)
        })
    };
    // Options stand behind a colon, as in Compose.
    let tmpfs = container.tmpfs.iter().enumerate().map(|(index, at)| {
        (format!("{path}.tmpfs.{index}"), at.split(':').next().unwrap_or_default().to_owned())
    });
    volumes
        .chain(files)
        .chain(mounted("configs", ""))
        .chain(mounted("secrets", "/run/secrets"))
        .chain(tmpfs)
        .collect()
}

fn check_absolute(path: &str, at: &str, findings: &mut Findings) -> bool {
    let absolute = at.starts_with('/') && !at.split('/').any(|part| part == "..");
    if !absolute {
        let message = format!("`{at}` is not an absolute path inside the container");
        findings.add(Finding::at("container-path", path, message).help("begin with `/`, and without `..`"));
    }
    absolute
}
