//! What a release is made from besides images: files and secrets' values, read on this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use landfall_api::{NewRelease, SecretValue};
use landfall_build::observe_origin;
use landfall_model::landscape::{Config, Secret};
use landfall_model::name::Name;
use landfall_model::release::ImageFacts;

use crate::project::Project;

/// Why something that the bill of materials names can't be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MaterialError {
    /// A file can't be read.
    #[error("{what} is in {}, which can't be read", path.display())]
    Read {
        /// What the file is for.
        what: String,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file is not text.
    #[error("{what} is in {}, which is not text (UTF-8)", path.display())]
    NotText {
        /// What the file is for.
        what: String,
        /// The file.
        path: PathBuf,
    },
    /// A variable is not set.
    #[error("the secret {secret} is in the environment variable {variable}, which is not set")]
    NoVariable {
        /// The secret.
        secret: Name,
        /// The variable.
        variable: String,
    },
    /// A variable's value is not text.
    #[error("the secret {secret} is in the environment variable {variable}, which is not text (UTF-8)")]
    VariableNotText {
        /// The secret.
        secret: Name,
        /// The variable.
        variable: String,
    },
}

/// Reads everything that a release of the project is made from, images aside.
///
/// # Errors
/// When a file or a secret can't be had.
pub(crate) fn observe_materials(
    project: &Project,
    images: BTreeMap<String, ImageFacts>,
) -> Result<NewRelease, MaterialError> {
    Ok(NewRelease {
        landscape: (*project.landscape).clone(),
        images,
        files: observe_files(project)?,
        secrets: observe_secrets(project)?,
        origin: observe_origin(&project.directory),
    })
}

/// The values of the secrets that image builds read, as far as they come from this machine.
///
/// # Errors
/// When one of them can't be had.
pub(crate) fn observe_build_secrets(project: &Project) -> Result<BTreeMap<Name, String>, MaterialError> {
    let read: BTreeSet<&Name> = project.landscape.images.values().flat_map(|image| &image.secrets).collect();
    let declared = project.landscape.secrets.iter().filter(|(name, _)| read.contains(name));
    let mut values = BTreeMap::new();
    for (name, secret) in declared {
        if let SecretValue::Given(value) = observe_secret(project, name, secret)? {
            values.insert(name.clone(), value);
        }
    }
    Ok(values)
}

/// The contents of the templates and configs, by the paths that the bill of materials has.
fn observe_files(project: &Project) -> Result<BTreeMap<String, String>, MaterialError> {
    let mut files = BTreeMap::new();
    for (component, container) in project.landscape.containers() {
        for file in &container.files {
            let what = format!("the template of {} in {component}", file.at);
            files.insert(file.template.clone(), observe_file(project, &file.template, what)?);
        }
    }
    for (name, config) in &project.landscape.configs {
        if let Config::File(path) = config {
            files.insert(path.clone(), observe_file(project, path, format!("the config {name}"))?);
        }
    }
    Ok(files)
}

fn observe_secrets(project: &Project) -> Result<BTreeMap<Name, SecretValue>, MaterialError> {
    let secrets = project.landscape.secrets.iter();
    secrets.map(|(name, secret)| Ok((name.clone(), observe_secret(project, name, secret)?))).collect()
}

fn observe_secret(project: &Project, name: &Name, secret: &Secret) -> Result<SecretValue, MaterialError> {
    match secret {
        Secret::Generate(length) => Ok(SecretValue::Generate(*length)),
        Secret::File(path) => {
            let text = observe_file(project, path, format!("the secret {name}"))?;
            // Editors end files with a newline, which is no part of a password.
            let value =
                text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
            Ok(SecretValue::Given(value.to_owned()))
        }
        Secret::Environment(variable) => {
            let (secret, variable) = (name.clone(), variable.clone());
            match std::env::var(&variable) {
                Ok(value) => Ok(SecretValue::Given(value)),
                Err(std::env::VarError::NotPresent) => Err(MaterialError::NoVariable { secret, variable }),
                Err(std::env::VarError::NotUnicode(_)) => {
                    Err(MaterialError::VariableNotText { secret, variable })
                }
            }
        }
    }
}

fn observe_file(project: &Project, path: &str, what: String) -> Result<String, MaterialError> {
    let path = project.directory.join(path);
    match std::fs::read(&path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| MaterialError::NotText { what, path }),
        Err(source) => Err(MaterialError::Read { what, path, source }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn project(directory: &std::path::Path, bom: serde_json::Value) -> Project {
        let landscape = serde_json::from_value(bom).unwrap();
        Project { directory: directory.to_owned(), landscape: Arc::new(landscape) }
    }

    fn given(value: &SecretValue) -> &str {
        match value {
            SecretValue::Given(value) => value,
            SecretValue::Generate(_) => panic!("the value is not generated"),
        }
    }

    #[test]
    fn files_and_secrets_are_read() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("token"), "abc\n").unwrap();
        std::fs::write(directory.path().join("web.conf"), "listen {{ services.web.port }}\n").unwrap();
        let bom = serde_json::json!({
            "landscape": "x",
            "services": { "web": { "image": "web", "files": [{ "template": "web.conf", "at": "/web.conf" }] } },
            "configs": { "inline": { "content": "x" }, "same": { "file": "web.conf" } },
            "secrets": { "token": { "file": "token" }, "made": { "generate": 24 }, "home": { "environment": "PATH" } },
        });
        let release = observe_materials(&project(directory.path(), bom), BTreeMap::new()).unwrap();
        let files: Vec<_> = release.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        assert_eq!(files, [("web.conf", "listen {{ services.web.port }}\n")]);
        assert_eq!(given(&release.secrets["token"]), "abc");
        assert_eq!(given(&release.secrets["home"]), std::env::var("PATH").unwrap());
        assert!(matches!(release.secrets["made"], SecretValue::Generate(24)));
    }

    #[test]
    fn what_is_missing_is_named() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("image.png"), [0x89, 0xff]).unwrap();
        let check = |secret: serde_json::Value| {
            let bom = serde_json::json!({ "landscape": "x", "secrets": { "token": secret } });
            let error = observe_materials(&project(directory.path(), bom), BTreeMap::new()).unwrap_err();
            error.to_string().replace(&directory.path().display().to_string(), "DIRECTORY")
        };
        assert_eq!(
            check(serde_json::json!({ "file": "no" })),
            "the secret token is in DIRECTORY/no, which can't be read"
        );
        assert_eq!(
            check(serde_json::json!({ "file": "image.png" })),
            "the secret token is in DIRECTORY/image.png, which is not text (UTF-8)"
        );
        assert_eq!(
            check(serde_json::json!({ "environment": "LANDFALL_TEST_NOT_SET" })),
            "the secret token is in the environment variable LANDFALL_TEST_NOT_SET, which is not set"
        );
    }
}
