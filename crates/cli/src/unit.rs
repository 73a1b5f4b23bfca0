//! Service units, so that the server and the data plane come back after a reboot.

use std::io;
use std::path::{Path, PathBuf};

use crate::home::Home;
use crate::screen::Screen;

/// Where systemd says that it is the service manager here.
const SYSTEMD: &str = "/run/systemd/system";
/// Where root's units are.
const SYSTEM_UNITS: &str = "/etc/systemd/system";

/// The two units, and where they belong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Units {
    directory: PathBuf,
    owner: Owner,
    units: [Unit; 2],
}

/// Whose services they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    System,
    User,
}

/// A service unit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Unit {
    name: &'static str,
    text: String,
}

/// Why units can't be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnitError {
    /// It is not known where this program is.
    #[error("it can't be told where this program is")]
    Program(#[source] io::Error),
    /// There is no place for them.
    #[error("there is no place for a user's units: neither XDG_CONFIG_HOME nor HOME is set")]
    Nowhere,
    /// One can't be written.
    #[error("{} can't be written", path.display())]
    Write {
        /// The unit's file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

impl Units {
    /// The units that run this program for a state directory.
    ///
    /// # Errors
    /// When it is not known where this program is, or where units belong.
    pub(crate) fn of(home: &Home, docker: Option<&str>) -> Result<Self, UnitError> {
        let program = std::env::current_exe().map_err(UnitError::Program)?;
        let (owner, directory) = if rustix::process::geteuid().is_root() {
            (Owner::System, PathBuf::from(SYSTEM_UNITS))
        } else {
            (Owner::User, user_units().ok_or(UnitError::Nowhere)?)
        };
        Ok(Self { directory, owner, units: render_units(owner, &program, home.path(), docker) })
    }

    /// The units, each with its file's name above it.
    pub(crate) fn render(&self) -> String {
        let unit = |unit: &Unit| format!("# {}\n{}", self.path(unit).display(), unit.text);
        self.units.iter().map(unit).collect::<Vec<_>>().join("\n")
    }

    /// Writes the units and says what to type to start them.
    ///
    /// # Errors
    /// When they can't be written.
    pub(crate) fn install(&self, screen: &Screen) -> Result<(), UnitError> {
        if !Path::new(SYSTEMD).is_dir() {
            screen.shout(
                "systemd does not run here, so there is nothing to install into.\n\
                 `landfall up` starts the server in the background by itself; to have it after a reboot, let whatever\n\
                 starts programs here run `landfall serve`. `landfall serve --print` shows the units for systemd.",
            );
            return Ok(());
        }
        for unit in &self.units {
            let path = self.path(unit);
            let written =
                std::fs::create_dir_all(&self.directory).and_then(|()| std::fs::write(&path, &unit.text));
            written.map_err(|source| UnitError::Write { path: path.clone(), source })?;
            screen.talk(&format!("wrote {}", path.display()));
        }
        screen.talk(&format!("start them, now and at every boot:\n{}", self.how_to_start()));
        Ok(())
    }

    fn path(&self, unit: &Unit) -> PathBuf {
        self.directory.join(unit.name)
    }

    fn how_to_start(&self) -> String {
        let names = self.units.each_ref().map(|unit| unit.name).join(" ");
        match self.owner {
            Owner::System => {
                format!(
                    "  landfall serve --stop\n  systemctl daemon-reload\n  systemctl enable --now {names}"
                )
            }
            Owner::User => format!(
                "  landfall serve --stop\n  systemctl --user daemon-reload\n  systemctl --user enable --now {names}\n  \
                 loginctl enable-linger    # lets them run while you are not logged in"
            ),
        }
    }
}

fn user_units() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let config = variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")))?;
    Some(config.join("systemd/user"))
}

fn render_units(owner: Owner, program: &Path, home: &Path, docker: Option<&str>) -> [Unit; 2] {
    let docker = docker.map(|address| format!(" --docker {}", quoted(address))).unwrap_or_default();
    let program = quoted(&program.display().to_string());
    let command = format!("{program} --home {}{docker}", quoted(&home.display().to_string()));
    let (wants, wanted_by) = match owner {
        Owner::System => (
            "After=docker.service network-online.target\nWants=docker.service network-online.target\n",
            "multi-user.target",
        ),
        Owner::User => ("", "default.target"),
    };
    let unit = |name, description: &str, arguments: &str, more: &str| {
        let text = format!(
            "[Unit]\nDescription={description}\n{wants}{more}\n[Service]\nExecStart={command} {arguments}\nRestart=always\n\
             RestartSec=1\nKillMode=process\n\n[Install]\nWantedBy={wanted_by}\n"
        );
        Unit { name, text }
    };
    [
        unit("landfall-agent.service", "Landfall's data plane: names and probes", "agent --replace", ""),
        unit(
            "landfall.service",
            "Landfall",
            "serve",
            "After=landfall-agent.service\nWants=landfall-agent.service\n",
        ),
    ]
}

/// A word as systemd takes it.
fn quoted(word: &str) -> String {
    let word = word.replace('%', "%%");
    if word.contains([' ', '"', '\\', '\'']) {
        format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(owner: Owner, docker: Option<&str>) -> String {
        let units = render_units(
            owner,
            Path::new("/usr/local/bin/landfall"),
            Path::new("/var/lib/my landfall"),
            docker,
        );
        Units { directory: PathBuf::from("/units"), owner, units }.render()
    }

    #[test]
    fn the_systems_units() {
        insta::assert_snapshot!(render(Owner::System, Some("unix:///run/docker.sock")));
    }

    #[test]
    fn a_users_units() {
        insta::assert_snapshot!(render(Owner::User, None));
    }
}
