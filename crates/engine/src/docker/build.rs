//! Building images: the request, and the builder's words turned into events. The two builders speak differently.

mod buildkit;
mod classic;
mod session;

use bollard::models::BuildInfo;
use bollard::query_parameters::{BuildImageOptions, BuilderVersion};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};

use super::image::stop_at_error;
use super::{Docker, failure};
use crate::{BuildEvent, BuildRequest, Builder, Error, Result};

/// How many of a failed step's last lines are kept for its error.
const LAST_LINES: usize = 20;

/// Reads what one of the builders says.
trait Reader: Send + Sync {
    /// Takes what the builder said at once.
    fn push(&mut self, info: BuildInfo) -> Vec<BuildEvent>;
    /// The image's id, once it is known.
    fn image(&self) -> Option<&str>;
    /// The step that failed, and its last lines.
    fn failed(&self) -> (Option<String>, Vec<String>);
}

impl Docker {
    pub(super) fn build_image(&self, request: BuildRequest) -> BoxStream<'static, Result<BuildEvent>> {
        let docker = self.clone();
        let begun = async move {
            match request.builder {
                Builder::Classic => docker.build_classic(request),
                Builder::BuildKit => docker.build_with_session(request).await,
            }
        };
        stop_at_error(stream::once(begun).try_flatten().boxed())
    }

    fn build_classic(self, request: BuildRequest) -> Result<BoxStream<'static, Result<BuildEvent>>> {
        if let Some(secret) = request.secrets.keys().next() {
            let image = &request.image;
            let what = format!("keep the secret {secret} out of the layers of {image} without BuildKit");
            return Err(Error::Unsupported { what });
        }
        let reader = Box::new(classic::ClassicReader::default());
        Ok(self.read_build(request, reader, None))
    }

    async fn build_with_session(
        self,
        mut request: BuildRequest,
    ) -> Result<BoxStream<'static, Result<BuildEvent>>> {
        let secrets = std::mem::take(&mut request.secrets);
        let session = session::Session::open(&self.inner.address, secrets).await?;
        let reader = Box::new(buildkit::BuildKitReader::default());
        Ok(self.read_build(request, reader, Some(session)))
    }

    /// Sends the request and reads the answer. The session lasts as long as the stream.
    fn read_build(
        self,
        request: BuildRequest,
        reader: Box<dyn Reader>,
        session: Option<session::Session>,
    ) -> BoxStream<'static, Result<BuildEvent>> {
        let options = render_options(&request, session.as_ref());
        let body = bollard::body_full(request.context.clone());
        // The client would open a session of its own for BuildKit, in which it offers no secrets: so it is told of
        // the classic builder, and the request is changed on its way.
        let client = if session.is_some() {
            self.client.clone().with_request_modifier(ask_for_buildkit)
        } else {
            self.client.clone()
        };
        let (sender, receiver) = tokio::sync::mpsc::channel(64);
        tokio::spawn(async move {
            let said = client.build_image(options, None, Some(body));
            let mut build = Build { docker: self, request, reader, _session: session };
            tokio::select! {
                () = build.forward(said.boxed(), &sender) => {}
                // Nobody listens any more: hanging up ends the build.
                () = sender.closed() => {}
            }
        });
        tokio_stream::wrappers::ReceiverStream::new(receiver).boxed()
    }
}

/// A build that runs.
struct Build {
    docker: Docker,
    request: BuildRequest,
    reader: Box<dyn Reader>,
    _session: Option<session::Session>,
}

type Said<'a> = BoxStream<'a, Result<BuildInfo, bollard::errors::Error>>;

impl Build {
    /// Gives on what the builder says, up to the image or the error. A send fails only when nobody listens.
    async fn forward(&mut self, mut said: Said<'_>, to: &tokio::sync::mpsc::Sender<Result<BuildEvent>>) {
        while let Some(info) = said.next().await {
            let events = match info {
                Ok(info) => self.reader.push(info).into_iter().map(Ok).collect(),
                Err(error) => vec![Err(self.failure(error))],
            };
            for event in events {
                let over = event.is_err();
                if to.send(event).await.is_err() || over {
                    return;
                }
            }
        }
        let _heard = to.send(self.built().await).await;
    }

    async fn built(&self) -> Result<BuildEvent> {
        let reference = self.reader.image().unwrap_or(&self.request.tag);
        let facts = self.docker.observe_image(reference).await?;
        facts.map(BuildEvent::Built).ok_or_else(|| self.error("the builder made no image".to_owned()))
    }

    fn failure(&self, error: bollard::errors::Error) -> Error {
        use bollard::errors::Error as Source;
        match error {
            Source::DockerStreamError { error: message }
            | Source::DockerResponseServerError { message, .. } => {
                if message.contains("no space left on device") {
                    Error::DiskFull { message }
                } else {
                    self.error(message)
                }
            }
            error => {
                let action = format!("build the image {}", self.request.image);
                failure::classify(error, &failure::Context::new(&self.docker.inner.address, action))
            }
        }
    }

    fn error(&self, message: String) -> Error {
        let (step, output) = self.reader.failed();
        Error::Build { image: self.request.image.clone(), step, message: message.trim().to_owned(), output }
    }
}

fn render_options(request: &BuildRequest, session: Option<&session::Session>) -> BuildImageOptions {
    BuildImageOptions {
        dockerfile: request.dockerfile.clone(),
        t: Some(request.tag.clone()),
        rm: true,
        forcerm: true,
        buildargs: Some(request.args.clone().into_iter().collect()),
        labels: Some(request.labels.clone().into_iter().collect()),
        target: request.target.clone().unwrap_or_default(),
        version: BuilderVersion::BuilderV1,
        session: session.map(|session| session.id.clone()),
        ..BuildImageOptions::default()
    }
}

/// Turns a request for the classic builder into one for BuildKit.
fn ask_for_buildkit(mut request: bollard::BollardRequest) -> bollard::BollardRequest {
    let uri = request.uri().to_string();
    if let Some((path, query)) = uri.split_once('?') {
        let query: Vec<&str> =
            query.split('&').map(|pair| if pair == "version=1" { "version=2" } else { pair }).collect();
        if let Ok(changed) = format!("{path}?{}", query.join("&")).parse() {
            *request.uri_mut() = changed;
        }
    }
    request
}

/// Keeps the last of the lines.
fn keep_last(lines: &mut std::collections::VecDeque<String>, line: &str) {
    if lines.len() == LAST_LINES {
        lines.pop_front();
    }
    lines.push_back(line.to_owned());
}
