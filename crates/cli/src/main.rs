//! `landfall`: from one bill of materials to whole running systems.

mod arguments;
mod background;
mod client;
mod commands;
mod confirm;
mod deployment;
mod error;
mod home;
mod images;
mod instances;
mod materials;
mod progress;
mod project;
mod purpose;
mod reference;
mod screen;
mod session;
mod source;
mod terminal;
mod tracing_output;
mod unit;
mod views;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::{Builder, Runtime};

use arguments::Arguments;
use commands::Part;
use error::{Error, Exit};
use session::Session;

fn main() -> ExitCode {
    match Arguments::try_parse() {
        Ok(arguments) => run(arguments).into(),
        Err(told) => {
            // Help and the version are no errors; that they can't be printed has nowhere to be said.
            drop(told.print());
            if told.use_stderr() { Exit::USAGE } else { Exit::DONE }.into()
        }
    }
}

fn run(arguments: Arguments) -> Exit {
    let Arguments { globals, command } = arguments;
    let session = Session::new(globals);
    let part = command.part();
    tracing_output::ensure(part);
    let exit_of_failure = command.exit_of_failure();
    let done = runtime(part).map_err(Error::Output).and_then(|runtime| {
        let done = runtime.block_on(command.run(&session));
        // A thread that still reads the terminal is not waited for.
        runtime.shutdown_background();
        done
    });
    done.unwrap_or_else(|error| {
        session.screen.shout(&error.render(session.screen.talk_paint()));
        let exit = error.exit();
        if exit == Exit::FAILED { exit_of_failure.unwrap_or(exit) } else { exit }
    })
}

fn runtime(part: Part) -> std::io::Result<Runtime> {
    match part {
        Part::Client => Builder::new_current_thread().enable_all().build(),
        Part::Server => Builder::new_multi_thread().worker_threads(2).enable_all().build(),
    }
}
