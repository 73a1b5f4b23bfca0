//! Files and directories that are named lie within the project.

use landfall_model::Landscape;
use landfall_model::landscape::{Config, Secret};

use super::{Rule, components};
use crate::findings::{Finding, Findings};

pub(super) const RULE: Rule =
    Rule { name: "files and directories that are named lie within the project", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    for (name, image) in &landscape.images {
        check_path(format!("images.{name}.build"), &image.build, findings);
        if let Some(dockerfile) = &image.dockerfile {
            check_path(format!("images.{name}.dockerfile"), dockerfile, findings);
        }
    }
    for component in components(landscape) {
        for (index, file) in component.container.files.iter().enumerate() {
            check_path(format!("{}.files.{index}.template", component.path), &file.template, findings);
        }
    }
    for (name, config) in &landscape.configs {
        if let Config::File(file) = config {
            check_path(format!("configs.{name}.file"), file, findings);
        }
    }
    for (name, secret) in &landscape.secrets {
        if let Secret::File(file) = secret {
            check_path(format!("secrets.{name}.file"), file, findings);
        }
    }
}

fn check_path(path: String, file: &str, findings: &mut Findings) {
    if file.trim().is_empty() {
        findings.add(
            Finding::at("project-path", path, "this path is empty").help("`.` is the directory of this file"),
        );
        return;
    }
    let parts = file.split(['/', '\\']);
    let leaves = parts
        .scan(0_i64, |depth, part| {
            *depth += match part {
                "" | "." => 0,
                ".." => -1,
                _ => 1,
            };
            Some(*depth)
        })
        .any(|depth| depth < 0);
    let absolute = file.starts_with(['/', '\\', '~']) || file.get(1..2) == Some(":");
    if leaves || absolute {
        let message = format!("`{file}` is outside the project");
        let help = "name something in the directory of this file or below it, without `..` above it";
        findings.add(Finding::at("project-path", path, message).help(help));
    }
}
