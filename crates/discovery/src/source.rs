//! Where the agent reads what there is: the engine, behind a trait that can't change anything of it.

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use landfall_model::observed::Observed;

/// What the agent needs of an engine.
#[async_trait]
pub trait Source: Send + Sync {
    /// Everything that carries our labels, read afresh.
    async fn observe(&self) -> Result<Observed, SourceError>;
    /// Says that something changed, without saying what. When the stream ends, the agent observes and subscribes
    /// again.
    fn events(&self) -> BoxStream<'static, Result<(), SourceError>>;
    /// Runs a command in an instance (by the engine's id) to its end and gives its exit code.
    async fn exec(&self, instance: &str, words: &[String]) -> Result<i64, SourceError>;
}

/// Why the engine could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    message: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl SourceError {
    /// An error that says what could not be done.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    /// An error that says what could not be done, and its cause.
    pub fn caused(
        message: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self { message: message.into(), source: Some(Box::new(source)) }
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
