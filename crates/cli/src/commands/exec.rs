//! `landfall exec`: runs a command in a running instance.

use std::io::{IsTerminal, Read};

use bytes::Bytes;
use clap::Args;
use futures_util::StreamExt;
use landfall_engine::stream::{ExecInput, Terminal};
use landfall_engine::{ExecEvent, ExecRequest, LogSource};
use landfall_model::name::Name;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{Sender, channel};

use crate::error::{Error, Exit};
use crate::instances::{choose, observe_instances};
use crate::session::Session;
use crate::terminal::{Raw, is_interactive, size};

/// How many bytes are read at once.
const CHUNK: usize = 16 * 1024;

/// `landfall exec`.
#[derive(Debug, Args)]
#[command(after_help = "Ends with the command's exit code, and with 125 if the command could not be run.")]
pub(crate) struct Exec {
    /// Which of the service's instances; the first that runs if left out
    #[arg(long, value_name = "NUMBER")]
    instance: Option<u32>,
    /// The user that the command runs as, and group behind a colon; the container's own if left out
    #[arg(short, long, value_name = "USER")]
    user: Option<String>,
    /// Gives the command no terminal
    #[arg(short = 'T', long)]
    no_terminal: bool,
    /// The service
    #[arg(value_name = "SERVICE")]
    service: Name,
    /// The command and its arguments
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

impl Exec {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let environment = session.environment()?;
        let engine = session.engine().await?;
        let instances = observe_instances(&*engine, &environment).await?;
        let instance = choose(&instances, &environment, &self.service, self.instance)?;
        let interactive = is_interactive() && !self.no_terminal;
        let terminal = if interactive {
            let (columns, rows) = size();
            Terminal::Yes { columns, rows }
        } else {
            Terminal::No
        };
        let (sender, receiver) = channel(16);
        let request = ExecRequest {
            words: self.command.clone(),
            user: self.user.clone(),
            terminal,
            input: Some(receiver),
        };
        let mut events = engine.exec(&instance.id, request).await?;
        let _raw = interactive.then(Raw::enter).transpose()?;
        if interactive {
            forward_size(sender.clone())?;
        }
        forward_input(sender);
        while let Some(event) = events.next().await {
            match event? {
                ExecEvent::Output(LogSource::Stdout, bytes) => session.screen.bytes(&bytes)?,
                ExecEvent::Output(LogSource::Stderr, bytes) => session.screen.error_bytes(&bytes)?,
                ExecEvent::Exited(code) => return Ok(Exit::of_command(code)),
            }
        }
        Err(Error::NoExitCode)
    }
}

/// Gives the command what this program is given. The thread is left behind when the command ends: nothing ends a
/// read of a terminal.
fn forward_input(to: Sender<ExecInput>) {
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut buffer = vec![0; CHUNK];
        while let Ok(count @ 1..) = input.read(&mut buffer) {
            let bytes = Bytes::copy_from_slice(&buffer[..count]);
            if to.blocking_send(ExecInput::Bytes(bytes)).is_err() {
                return;
            }
        }
    });
}

/// Tells the command whenever the terminal has another size.
fn forward_size(to: Sender<ExecInput>) -> Result<(), Error> {
    let mut changes = signal(SignalKind::window_change())?;
    if std::io::stdout().is_terminal() {
        tokio::spawn(async move {
            while changes.recv().await.is_some() {
                let (columns, rows) = size();
                if to.send(ExecInput::Resize(columns, rows)).await.is_err() {
                    return;
                }
            }
        });
    }
    Ok(())
}
