//! Images: what they are, and getting them from their registry.

use bollard::models::ImageInspect;
use bollard::query_parameters::CreateImageOptions;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, future};
use landfall_model::release::ImageFacts;

use super::{Docker, failure};
use crate::{BuildEvent, Error, Result};

impl Docker {
    pub(super) async fn observe_image(&self, reference: &str) -> Result<Option<ImageFacts>> {
        match self.client.inspect_image(reference).await {
            Ok(found) => Ok(Some(parse_facts(found))),
            Err(error) if failure::has_status(&error, 404) => Ok(None),
            Err(error) => Err(self.failed(format!("inspect the image {reference}"))(error)),
        }
    }

    pub(super) fn pull_image(&self, reference: &str) -> BoxStream<'static, Result<BuildEvent>> {
        let (docker, reference) = (self.clone(), reference.to_owned());
        // Without a tag or digest the engine would get all tags.
        let whole = if has_tag(&reference) { reference.clone() } else { format!("{reference}:latest") };
        let options = CreateImageOptions { from_image: Some(whole), ..CreateImageOptions::default() };
        let pulled = self.client.create_image(Some(options), None, None);
        let (failed, named) = (docker.clone(), reference.clone());
        let lines = pulled.filter_map(move |line| {
            let line = match line {
                Ok(line) => line,
                Err(error) => return future::ready(Some(Err(failed.not_pulled(&named, error)))),
            };
            if let Some(message) = line.error_detail.and_then(|detail| detail.message) {
                return future::ready(Some(Err(no_image(&named, message))));
            }
            // Progress of one layer comes many times a second; what begins and what is done is enough.
            let text =
                line.status.filter(|_| line.progress_detail.is_none_or(|detail| detail.total.is_none()));
            let id = line.id.map_or(String::new(), |id| format!("{id}: "));
            future::ready(text.map(|text| Ok(BuildEvent::Output(format!("{id}{text}")))))
        });
        let end = async move {
            let facts = docker.observe_image(&reference).await?;
            facts.map(BuildEvent::Built).ok_or(Error::NoImage { reference, source: None })
        };
        stop_at_error(lines.chain(stream::once(end)).boxed())
    }

    fn not_pulled(&self, reference: &str, error: bollard::errors::Error) -> Error {
        match error {
            bollard::errors::Error::DockerResponseServerError { message, .. } => no_image(reference, message),
            bollard::errors::Error::DockerStreamError { error } => no_image(reference, error),
            error => self.failed(format!("get the image {reference}"))(error),
        }
    }
}

/// Ends a stream behind its first error.
pub(super) fn stop_at_error(
    events: BoxStream<'static, Result<BuildEvent>>,
) -> BoxStream<'static, Result<BuildEvent>> {
    let until = |failed: &mut bool, event: Result<BuildEvent>| {
        let over = *failed;
        *failed = event.is_err();
        future::ready((!over).then_some(event))
    };
    events.scan(false, until).boxed()
}

fn no_image(reference: &str, message: String) -> Error {
    if message.contains("no space left on device") {
        return Error::DiskFull { message };
    }
    Error::NoImage { reference: reference.to_owned(), source: Some(Box::new(failure::Said(message))) }
}

/// Whether a reference names a tag or digest: a colon behind the last slash, or an `@`.
fn has_tag(reference: &str) -> bool {
    reference.contains('@') || reference.rsplit('/').next().is_some_and(|name| name.contains(':'))
}

fn parse_facts(found: ImageInspect) -> ImageFacts {
    let config = found.config.unwrap_or_default();
    let test = config.healthcheck.and_then(|check| check.test).unwrap_or_default();
    let variables = config.env.unwrap_or_default();
    let variables = variables.iter().filter_map(|variable| variable.split_once('='));
    ImageFacts {
        id: found.id.unwrap_or_default(),
        healthcheck: test.first().is_some_and(|word| word != "NONE"),
        environment: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }
}
