//! `landfall doctor`: what is missing on this machine, and how to get it.

mod engine;
mod network;
mod ours;

use std::net::IpAddr;

use clap::Args;
use landfall_discovery::{AgentClient, wire};
use landfall_engine::{EngineInfo, Observe, Scope};
use landfall_model::observed::Network;
use landfall_model::release::ImageFacts;
use serde::Serialize;

use crate::client::Reader;
use crate::error::{Error, Exit};
use crate::home::Home;
use crate::screen::Form;
use crate::screen::paint::Paint;
use crate::screen::table::Table;
use crate::session::Session;

/// The image that our examples, and many others, are built on.
const BASE_IMAGE: &str = "debian:bookworm-slim";

/// `landfall doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {}

/// What was found out about this machine.
struct Machine {
    home: Home,
    engine: Result<EngineFacts, Error>,
    server: Option<landfall_api::Info>,
    agent: Option<wire::Info>,
}

/// What the engine says.
struct EngineFacts {
    info: EngineInfo,
    networks: Vec<Network>,
    base: Option<ImageFacts>,
}

/// Something that is looked at.
struct Check {
    name: &'static str,
    examine: fn(&Machine) -> Finding,
}

/// Everything that is looked at, in the order in which it is told.
const ALL: &[Check] = &[
    Check { name: "engine", examine: engine::answer },
    Check { name: "BuildKit", examine: engine::buildkit },
    Check { name: "base image", examine: engine::base_image },
    Check { name: "disk", examine: engine::disk },
    Check { name: "container addresses", examine: network::addresses },
    Check { name: "port 53", examine: network::names },
    Check { name: "state directory", examine: ours::home },
    Check { name: "server", examine: ours::server },
    Check { name: "data plane", examine: ours::agent },
];

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// As it must be.
    Good,
    /// Good enough, and worth knowing.
    Note,
    /// Landfall can't work with it.
    Bad,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Finding {
    state: State,
    found: String,
    fix: Vec<String>,
}

/// A finding as programs read it.
#[derive(Serialize)]
struct FindingOutput {
    check: &'static str,
    #[serde(flatten)]
    finding: Finding,
}

impl Doctor {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let machine = Machine::observe(session).await?;
        let findings: Vec<FindingOutput> = ALL
            .iter()
            .map(|check| FindingOutput { check: check.name, finding: (check.examine)(&machine) })
            .collect();
        match session.screen.form() {
            Form::Json => session.screen.json(&findings)?,
            Form::Text => session.screen.data(&render(&findings, session.screen.paint()))?,
        }
        let bad = findings.iter().any(|output| output.finding.state == State::Bad);
        if bad { Err(Error::NotReady("Landfall")) } else { Ok(Exit::DONE) }
    }
}

impl Machine {
    async fn observe(session: &Session) -> Result<Self, Error> {
        let home = session.home()?;
        let engine = match session.observe().await {
            Ok(engine) => observe_engine(&*engine).await,
            Err(error) => Err(error),
        };
        let server = Reader::new(&home.socket()).info().await.ok();
        let agent = AgentClient::of_directory(home.path()).info().await.ok();
        Ok(Self { home, engine, server, agent })
    }

    /// The addresses of this machine in the environments' networks.
    fn gateways(&self) -> Vec<IpAddr> {
        let networks = self.engine.as_ref().map(|engine| engine.networks.as_slice()).unwrap_or_default();
        networks.iter().filter_map(|network| network.gateway).collect()
    }
}

async fn observe_engine(engine: &dyn Observe) -> Result<EngineFacts, Error> {
    Ok(EngineFacts {
        info: engine.info().await?,
        networks: engine.observe(&Scope::All).await?.networks,
        base: engine.image(BASE_IMAGE).await?,
    })
}

impl Finding {
    fn good(found: impl Into<String>) -> Self {
        Self { state: State::Good, found: found.into(), fix: Vec::new() }
    }

    fn note(found: impl Into<String>) -> Self {
        Self { state: State::Note, found: found.into(), fix: Vec::new() }
    }

    fn bad(found: impl Into<String>) -> Self {
        Self { state: State::Bad, found: found.into(), fix: Vec::new() }
    }

    fn fix(mut self, what: impl Into<String>) -> Self {
        self.fix.push(what.into());
        self
    }
}

fn render(findings: &[FindingOutput], paint: Paint) -> String {
    let mut table = Table::bare();
    for FindingOutput { check, finding } in findings {
        let state = match finding.state {
            State::Good => paint.good("good"),
            State::Note => paint.unsure("note"),
            State::Bad => paint.bad("bad"),
        };
        table.row([state, (*check).to_owned(), finding.found.clone()]);
        for fix in &finding.fix {
            table.row([String::new(), String::new(), format!("try: {fix}")]);
        }
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn machine(engine: Result<EngineFacts, Error>) -> Machine {
        let home =
            Home::find(crate::home::Where { named: Some("/nowhere/landfall".into()), user: None }).unwrap();
        Machine { home, engine, server: None, agent: None }
    }

    #[test]
    fn what_is_bad_says_how_to_mend_it() {
        let refused = std::io::Error::new(std::io::ErrorKind::NotFound, "no such file");
        let error = landfall_engine::Error::Unreachable {
            address: "unix:///x".to_owned(),
            source: Box::new(refused),
        };
        let machine = machine(Err(Error::Engine(error)));
        for check in ALL {
            let finding = (check.examine)(&machine);
            assert!(!finding.found.is_empty(), "{}", check.name);
            assert!(finding.state != State::Bad || !finding.fix.is_empty(), "{}: {finding:?}", check.name);
        }
        assert_eq!((ALL[0].examine)(&machine).state, State::Bad);
    }

    #[test]
    fn findings_are_listed() {
        let findings = [
            FindingOutput { check: "engine", finding: Finding::good("docker 20.10.24, API 1.41") },
            FindingOutput {
                check: "base image",
                finding: Finding::note("debian is not there").fix("docker pull debian"),
            },
        ];
        insta::assert_snapshot!(render(&findings, Paint::Plain));
    }
}
