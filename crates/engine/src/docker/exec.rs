//! Commands that are run in instances.

use std::pin::Pin;
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::exec::{ResizeExecOptions, StartExecOptions, StartExecResults};
use bollard::models::ExecConfig;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::Receiver;

use super::Docker;
use crate::stream::{ExecInput, Terminal};
use crate::{Error, ExecEvent, ExecRequest, LogSource, Result};

/// How long the exit code may come behind the end of the output, in steps of `PAUSE`.
const TRIES: u32 = 500;
const PAUSE: Duration = Duration::from_millis(10);

impl Docker {
    pub(super) async fn run_inside(
        &self,
        instance: &str,
        request: ExecRequest,
    ) -> Result<BoxStream<'static, Result<ExecEvent>>> {
        let tty = request.terminal != Terminal::No;
        let config = ExecConfig {
            attach_stdin: Some(request.input.is_some()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: Some(tty),
            cmd: Some(request.words),
            user: request.user,
            ..ExecConfig::default()
        };
        let made = self.client.create_exec(instance, config).await;
        let id = made.map_err(self.failed(format!("run a command in {instance}")))?.id;
        let options = StartExecOptions { tty, ..StartExecOptions::default() };
        let started = self.client.start_exec(&id, Some(options)).await;
        let started = started.map_err(self.failed(format!("run a command in {instance}")))?;
        let StartExecResults::Attached { output, input } = started else {
            return Err(Error::Unsupported { what: "attach to a command that it runs".to_owned() });
        };
        if let Terminal::Yes { columns, rows } = request.terminal {
            self.resize(&id, columns, rows).await;
        }
        if let Some(from) = request.input {
            let (docker, id) = (self.clone(), id.clone());
            tokio::spawn(async move { docker.feed(&id, from, input).await });
        }
        let docker = self.clone();
        let failed = docker.clone();
        let output = output.map(move |chunk| match chunk {
            Ok(chunk) => Ok(parse_output(chunk)),
            Err(error) => Err(failed.failed("give a command's output")(error)),
        });
        Ok(output.chain(stream::once(async move { docker.exit_code(&id).await })).boxed())
    }

    /// Gives a command its input, until either ends.
    async fn feed(&self, id: &str, mut from: Receiver<ExecInput>, mut to: Pin<Box<dyn AsyncWrite + Send>>) {
        while let Some(input) = from.recv().await {
            match input {
                ExecInput::Bytes(bytes) => {
                    let written = async { to.write_all(&bytes).await.and(to.flush().await) };
                    if written.await.is_err() {
                        // The command doesn't read any more.
                        return;
                    }
                }
                ExecInput::Resize(columns, rows) => self.resize(id, columns, rows).await,
            }
        }
        if let Err(error) = to.shutdown().await {
            tracing::debug!(%error, "the command ended before its input");
        }
    }

    /// A terminal of the wrong size is still a terminal: failing is no reason to stop.
    async fn resize(&self, id: &str, columns: u16, rows: u16) {
        let size = ResizeExecOptions { width: columns, height: rows };
        if let Err(error) = self.client.resize_exec(id, size).await {
            tracing::debug!(%error, "the terminal keeps its size");
        }
    }

    async fn exit_code(&self, id: &str) -> Result<ExecEvent> {
        for _ in 0..TRIES {
            let found =
                self.client.inspect_exec(id).await.map_err(self.failed("tell a command's exit code"))?;
            if let (Some(code), false) = (found.exit_code, found.running.unwrap_or_default()) {
                return Ok(ExecEvent::Exited(code));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(Error::Missing {
            what: "exit code for the command, which closed its output and still runs".to_owned(),
        })
    }
}

fn parse_output(chunk: LogOutput) -> ExecEvent {
    let source =
        if matches!(chunk, LogOutput::StdErr { .. }) { LogSource::Stderr } else { LogSource::Stdout };
    ExecEvent::Output(source, chunk.into_bytes())
}
