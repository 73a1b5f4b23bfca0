//! Takes the place of an agent that runs: it is asked to leave, and its lock is waited for.

use std::time::{Duration, Instant};

use super::AgentError;
use super::state::{Lock, State};
use crate::client::AgentClient;

/// How long the other agent has to leave.
const PATIENCE: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(10);

/// Asks the agent that runs in the directory to leave, and takes its lock.
pub(super) async fn replace(state: &State) -> Result<Lock, AgentError> {
    let asked = AgentClient::new(state.socket()).retire().await;
    let began = Instant::now();
    loop {
        if let Some(lock) = state.try_lock().map_err(AgentError::State)? {
            return Ok(lock);
        }
        if began.elapsed() > PATIENCE {
            return Err(AgentError::Stays { pid: state.holder(), waited: PATIENCE, source: asked.err() });
        }
        tokio::time::sleep(LOOK).await;
    }
}
