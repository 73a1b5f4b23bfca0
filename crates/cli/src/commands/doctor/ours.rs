//! Whether our own processes run, and are of one version.

use std::path::Path;

use rustix::fs::{Access, access};

use super::{Finding, Machine};
use crate::background::VERSION;

/// Whether the state directory can be used.
pub(super) fn home(machine: &Machine) -> Finding {
    let path = machine.home.path();
    let shown = path.display();
    let there = path.ancestors().find(|place| place.exists()).unwrap_or(Path::new("/"));
    let usable = access(there, Access::WRITE_OK | Access::EXEC_OK).is_ok();
    match (usable, there == path) {
        (true, true) => Finding::good(format!(
            "{shown}; the server's words are in serve.log, the data plane's in agent.log"
        )),
        (true, false) => Finding::good(format!("{shown} is made when it is needed")),
        (false, _) => Finding::bad(format!("{shown} can't be written"))
            .fix("name another: `--home DIRECTORY` or LANDFALL_HOME")
            .fix("or call landfall as the user whose it is"),
    }
}

/// Whether the server runs.
pub(super) fn server(machine: &Machine) -> Finding {
    match &machine.server {
        None => Finding::good("doesn't run; the first command that needs it starts it"),
        Some(info) if info.version == VERSION => {
            Finding::good(format!("runs: version {}, process {}, on {}", info.version, info.pid, info.engine))
        }
        Some(info) => Finding::note(format!(
            "runs in version {} (process {}), this is {VERSION}; the next command that needs it replaces it",
            info.version, info.pid
        )),
    }
}

/// Whether the data plane runs.
pub(super) fn agent(machine: &Machine) -> Finding {
    match (&machine.agent, &machine.server) {
        (None, None) => Finding::good("doesn't run; the server starts it"),
        (None, Some(_)) => Finding::bad("doesn't run, though the server does")
            .fix("see why: agent.log in the state directory, or `landfall agent`"),
        (Some(info), _) => {
            let runs = format!("runs: version {}, process {}", info.version, info.pid);
            match &info.engine {
                None => Finding::good(runs),
                Some(error) => Finding::bad(format!("{runs}, but can't observe the engine: {error}"))
                    .fix("see why: agent.log in the state directory"),
            }
        }
    }
}
