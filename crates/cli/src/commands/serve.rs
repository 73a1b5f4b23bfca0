//! `landfall serve`: the server, in the foreground or as a service of the system.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use landfall_engine::{Engine, Error as EngineError};
use landfall_server::{AgentLaunch, ServerConfig};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::background::Server;
use crate::error::{Error, Exit};
use crate::session::Session;
use crate::unit::Units;

/// How long an engine that doesn't answer is left alone.
const PAUSE: Duration = Duration::from_secs(2);

/// `landfall serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    instead: Instead,
    /// Leaves the terminal, and ends at once if the engine doesn't answer
    #[arg(long, hide = true)]
    background: bool,
}

/// What is done instead of serving.
#[derive(Clone, Copy, Debug, Args)]
#[group(multiple = false)]
struct Instead {
    /// Writes service units, so that the server and the data plane come back after a reboot
    #[arg(long)]
    install: bool,
    /// Prints those units
    #[arg(long)]
    print: bool,
    /// Ends the server in the background; environments and the data plane stay up
    #[arg(long)]
    stop: bool,
}

impl Serve {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let docker = session.globals.docker.as_deref();
        match self.instead {
            Instead { install: true, .. } => Units::of(&session.home()?, docker)?.install(&session.screen)?,
            Instead { print: true, .. } => {
                session.screen.data(&Units::of(&session.home()?, docker)?.render())?
            }
            Instead { stop: true, .. } => stop(session).await?,
            Instead { .. } => self.serve(session).await?,
        }
        Ok(Exit::DONE)
    }

    async fn serve(&self, session: &Session) -> Result<(), Error> {
        let home = session.home()?;
        home.ensure()?;
        if self.background {
            // Fails only for the leader of a group, which the terminal doesn't reach either.
            let _ = rustix::process::setsid();
        }
        let shutdown = shutdown()?;
        let engine = if self.background {
            session.engine().await?
        } else {
            let Some(engine) = connect(session, &shutdown).await? else { return Ok(()) };
            engine
        };
        let mut arguments = vec!["--home".to_owned(), home.path().display().to_string()];
        if let Some(docker) = &session.globals.docker {
            arguments.extend(["--docker".to_owned(), docker.clone()]);
        }
        arguments.push("agent".to_owned());
        let agent = AgentLaunch { program: std::env::current_exe()?, arguments };
        let config = ServerConfig { home: home.path().to_owned(), engine, agent, shutdown };
        Ok(landfall_server::serve(config).await?)
    }
}

async fn stop(session: &Session) -> Result<(), Error> {
    let home = session.home()?;
    let server = Server { home: &home, docker: None, screen: &session.screen };
    match server.stop().await? {
        Some(pid) => {
            session.screen.talk(&format!("the server (process {pid}) has ended; what it runs goes on"))
        }
        None => session.screen.talk("no server runs"),
    }
    Ok(())
}

/// Cancelled when this process is told to end.
///
/// # Errors
/// When signals can't be listened for.
pub(super) fn shutdown() -> Result<CancellationToken, Error> {
    let token = CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let told = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        told.cancel();
    });
    Ok(token)
}

/// The engine, waited for until it answers: at boot it may come later than we do. None if shut down meanwhile.
///
/// # Errors
/// When it answers and can't be used.
pub(super) async fn connect(
    session: &Session,
    shutdown: &CancellationToken,
) -> Result<Option<Arc<dyn Engine>>, Error> {
    loop {
        match session.engine().await {
            Err(Error::Engine(error @ EngineError::Unreachable { .. })) => {
                tracing::warn!(%error, "waiting for the engine");
            }
            answer => return answer.map(Some),
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = shutdown.cancelled() => return Ok(None),
        }
    }
}
