//! Volumes, configs and secrets that are named are declared.

use landfall_model::landscape::FileMount;
use landfall_model::{Landscape, Name};

use super::{Rule, components, names};
use crate::findings::{Finding, Findings};
use crate::nearest::did_you_mean;

pub(super) const RULE: Rule =
    Rule { name: "volumes, configs and secrets that are named are declared", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    for component in components(landscape) {
        for (index, mount) in component.container.volumes.iter().enumerate() {
            if !landscape.volumes.contains_key(&mount.volume) {
                let path = format!("{}.volumes.{index}.volume", component.path);
                let help = did_you_mean(mount.volume.as_str(), names(&landscape.volumes));
                findings.add(undeclared("volume", path, &mount.volume).help_if(help));
            }
        }
        let container = component.container;
        let secret = |path, name: &Name| undeclared_secret(landscape, path, name);
        check_files(&component.path, "secrets", &container.secrets, &secret, findings);
        let config = |path, name: &Name| {
            let help = did_you_mean(name.as_str(), names(&landscape.configs));
            (!landscape.configs.contains_key(name)).then(|| undeclared("config", path, name).help_if(help))
        };
        check_files(&component.path, "configs", &container.configs, &config, findings);
    }
    for (image_name, image) in &landscape.images {
        for (index, name) in image.secrets.iter().enumerate() {
            let found = undeclared_secret(landscape, format!("images.{image_name}.secrets.{index}"), name);
            found.into_iter().for_each(|finding| findings.add(finding));
        }
    }
}

fn check_files(
    path: &str,
    section: &str,
    files: &[FileMount],
    find: &dyn Fn(String, &Name) -> Option<Finding>,
    findings: &mut Findings,
) {
    for (index, file) in files.iter().enumerate() {
        if let Some(finding) = find(format!("{path}.{section}.{index}.source"), &file.source) {
            findings.add(finding);
        }
    }
}

/// An error if a secret is not declared.
pub(super) fn undeclared_secret(landscape: &Landscape, path: String, name: &Name) -> Option<Finding> {
    let help = did_you_mean(name.as_str(), names(&landscape.secrets));
    (!landscape.secrets.contains_key(name)).then(|| undeclared("secret", path, name).help_if(help))
}

fn undeclared(noun: &str, path: String, name: &Name) -> Finding {
    let code = match noun {
        "secret" => "unknown-secret",
        "config" => "unknown-config",
        _ => "unknown-volume",
    };
    let declaration = match noun {
        "secret" => format!("declare it: secrets: {{ {name}: {{ generate: 24 }} }}"),
        "config" => format!("declare it: configs: {{ {name}: {{ file: PATH }} }}"),
        _ => format!("declare it: volumes: {{ {name}: {{}} }}"),
    };
    Finding::at(code, path, format!("there is no {noun} `{name}`")).help(declaration)
}
