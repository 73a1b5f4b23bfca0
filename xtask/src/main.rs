//! Chores: `cargo xtask COMMAND`. Each command is a line of the table below and a file of its own.

mod bench;
mod demo;
mod failure;
mod process;
mod setup;
mod test;
mod tidy;

use std::process::ExitCode;

use failure::Failure;
use process::say;

/// A chore.
struct Command {
    name: &'static str,
    /// What it does, in one line.
    does: &'static str,
    run: fn(&[String]) -> Result<(), Failure>,
}

const ALL: &[Command] = &[
    Command { name: "demo", does: "set up, build, and bring up the example system", run: demo::run_demo },
    Command {
        name: "test",
        does: "set up and run every check; --quick leaves those on Docker out",
        run: test::run_all,
    },
    Command {
        name: "tidy",
        does: "check what the compiler doesn't: crate graph, files, documents",
        run: tidy::run,
    },
    Command {
        name: "bench",
        does: "measure beside docker compose and the engine itself; --quick for a first look",
        run: bench::run,
    },
    Command { name: "setup", does: "make sure that an engine and the base image are there", run: setup::run },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = arguments.first().and_then(|name| ALL.iter().find(|command| command.name == name));
    let Some(command) = asked else {
        if let Some(name) = arguments.first() {
            say(&format!("xtask: there is no command `{name}`"));
        }
        usage();
        return ExitCode::from(2);
    };
    match (command.run)(arguments.get(1..).unwrap_or_default()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("xtask {}: {failure}", command.name));
            ExitCode::FAILURE
        }
    }
}

fn usage() {
    say("Usage: cargo xtask COMMAND\n");
    for command in ALL {
        say(&format!("  {:<6} {}", command.name, command.does));
    }
}

/// Refuses arguments that a command doesn't know.
fn expect_only(known: &[&str], arguments: &[String]) -> Result<(), Failure> {
    match arguments.iter().find(|argument| !known.contains(&argument.as_str())) {
        None => Ok(()),
        Some(unknown) if known.is_empty() => {
            Err(Failure::new(format!("takes no argument, and `{unknown}` was given")))
        }
        Some(unknown) => {
            Err(Failure::new(format!("doesn't know `{unknown}`; it knows {}", known.join(", "))))
        }
    }
}
