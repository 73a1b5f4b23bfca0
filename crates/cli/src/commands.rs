//! The commands: one file each, and one line here.

mod agent;
mod build;
mod check;
mod completion;
mod docs;
mod doctor;
mod down;
mod env;
mod events;
mod exec;
mod graph;
mod logs;
mod plan;
mod ps;
mod release;
mod run;
mod schema;
mod serve;
mod stats;
mod up;

use clap::Subcommand;

use crate::error::{Error, Exit};
use crate::session::Session;

/// Which part a process plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// It asks, and ends.
    Client,
    /// It serves others.
    Server,
}

/// Makes the enum of commands and the way to each of them.
macro_rules! commands {
    ($($(#[$attribute:meta])* $name:ident($command:ty),)*) => {
        /// What can be asked for.
        #[derive(Debug, Subcommand)]
        pub(crate) enum Command {
            $($(#[$attribute])* $name($command),)*
        }

        impl Command {
            /// Does what was asked for.
            ///
            /// # Errors
            /// When it can't be done.
            pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
                match self {
                    $(Self::$name(command) => command.run(session).await,)*
                }
            }
        }
    };
}

commands! {
    /// Brings the system up: checks, builds, releases, deploys
    Up(up::Up),
    /// Takes the environment down
    Down(down::Down),
    /// Shows what `up` would do, and does nothing
    Plan(plan::Plan),
    /// Says everything that is wrong with the bill of materials
    Check(check::Check),
    /// Shows the landscape as a graph
    Graph(graph::Graph),
    /// Prints the JSON Schema of bills of materials, for editors
    Schema(schema::Schema),
    /// Builds images
    Build(build::Build),
    /// Lists, shows and compares releases
    Release(release::Release),
    /// Lists the environment's instances: health, ports, addresses
    Ps(ps::Ps),
    /// Shows what the instances write, interleaved by time
    Logs(logs::Logs),
    /// Runs a command in a running instance
    Exec(exec::Exec),
    /// Runs a job of the environment's release
    Run(run::Run),
    /// Shows what happened to environments
    Events(events::Events),
    /// Shows what the instances use
    Stats(stats::Stats),
    /// Lists and shows environments
    Env(env::Env),
    /// Says what is missing on this machine and how to get it
    Doctor(doctor::Doctor),
    /// Runs the server, which every command else starts in the background
    Serve(serve::Serve),
    /// Runs the data plane, which the server starts: names and probes
    Agent(agent::Agent),
    /// Prints a completion script for a shell
    Completion(completion::Completion),
    /// Prints the reference of the commands
    #[command(hide = true)]
    Docs(docs::Docs),
}

impl Command {
    /// Which part this process plays.
    pub(crate) const fn part(&self) -> Part {
        match self {
            Self::Serve(_) | Self::Agent(_) => Part::Server,
            _ => Part::Client,
        }
    }

    /// How the command ends when it can't do what it is asked to.
    pub(crate) const fn exit_of_failure(&self) -> Option<Exit> {
        match self {
            Self::Exec(_) | Self::Run(_) => Some(Exit::NOT_RUN),
            _ => None,
        }
    }
}
