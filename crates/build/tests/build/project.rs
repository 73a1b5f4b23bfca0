//! Projects to build: directories with Dockerfiles, and the landscape that names them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use landfall_build::{BuildAll, Built, Error, Progress, State};
use landfall_engine::{Builder, Engine};
use landfall_model::Landscape;
use landfall_model::name::Name;
use serde_json::Value;
use tokio::sync::mpsc;

/// A project in a temporary directory.
pub(crate) struct Project {
    directory: tempfile::TempDir,
    pub(crate) request: BuildAll,
}

/// What a build gave and said.
pub(crate) struct Outcome {
    pub(crate) result: Result<BTreeMap<Name, Built>, Error>,
    pub(crate) progress: Vec<Progress>,
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

impl Project {
    /// A project with these `images` and files.
    pub(crate) fn new(landscape: &str, images: Value, files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let landscape = serde_json::json!({ "landscape": landscape, "images": images });
        let landscape: Landscape = serde_json::from_value(landscape).unwrap();
        let request = BuildAll {
            project: directory.path().to_owned(),
            landscape: Arc::new(landscape),
            only: None,
            builder: None,
            parallel: 2,
            secrets: BTreeMap::new(),
        };
        let project = Self { directory, request };
        for (path, content) in files {
            project.write(path, content);
        }
        project
    }

    /// The same, built by this builder.
    pub(crate) fn with(mut self, builder: Builder) -> Self {
        self.request.builder = Some(builder);
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Builds and listens.
    pub(crate) async fn build(&self, engine: Arc<dyn Engine>) -> Outcome {
        let (sender, mut receiver) = mpsc::channel(8);
        let listening = tokio::spawn(async move {
            let mut progress = Vec::new();
            while let Some(event) = receiver.recv().await {
                progress.push(event);
            }
            progress
        });
        let result = landfall_build::build(engine, self.request.clone(), sender).await;
        Outcome { result, progress: listening.await.unwrap() }
    }
}

impl Outcome {
    /// Which images were there or built, or the error.
    pub(crate) fn states(&self) -> BTreeMap<&str, State> {
        let built = self.result.as_ref().unwrap_or_else(|error| panic!("{error}: {:?}", self.progress));
        built.iter().map(|(name, built)| (name.as_str(), built.state)).collect()
    }
}
