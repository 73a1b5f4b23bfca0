//! The engine, as the data plane reads it.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use landfall_discovery::{Source, SourceError};
use landfall_engine::stream::Terminal;
use landfall_engine::{Engine, ExecEvent, ExecRequest, Scope};
use landfall_model::observed::Observed;

/// The engine, as the data plane reads it.
pub(crate) struct EngineSource(pub(crate) Arc<dyn Engine>);

#[async_trait]
impl Source for EngineSource {
    async fn observe(&self) -> Result<Observed, SourceError> {
        let observed = self.0.observe(&Scope::All).await;
        observed.map_err(|error| SourceError::caused("the engine can't be observed", error))
    }

    fn events(&self) -> BoxStream<'static, Result<(), SourceError>> {
        let failed = |error| SourceError::caused("the engine's events ended", error);
        self.0.events().map(move |event| event.map(drop).map_err(failed)).boxed()
    }

    async fn exec(&self, instance: &str, words: &[String]) -> Result<i64, SourceError> {
        let failed = |error| SourceError::caused("the command can't be run", error);
        let request = ExecRequest { words: words.to_vec(), user: None, terminal: Terminal::No, input: None };
        let mut events = self.0.exec(instance, request).await.map_err(failed)?;
        while let Some(event) = events.next().await {
            if let ExecEvent::Exited(code) = event.map_err(failed)? {
                return Ok(code);
            }
        }
        Err(SourceError::new("the command ended without an exit code"))
    }
}
