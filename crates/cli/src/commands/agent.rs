//! `landfall agent`: the data plane, a process of its own that outlives the server.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use landfall_discovery::dns::upstream::UpstreamConfig;
use landfall_discovery::{AgentConfig, Takeover};

use super::serve::{connect, shutdown};
use crate::background::VERSION;
use crate::error::{Error, Exit};
use crate::session::Session;
use crate::source::EngineSource;

/// The port at which names are answered at the environments' gateways.
const DNS_PORT: u16 = 53;

/// `landfall agent`.
#[derive(Debug, Args)]
pub(crate) struct Agent {
    /// Takes the place of an agent that runs already, without a name unanswered
    #[arg(long)]
    replace: bool,
    /// An address of this machine at which names are answered too: 127.0.0.1:8600
    #[arg(long, value_name = "ADDRESS")]
    dns: Option<SocketAddr>,
    /// Who is asked for names that are not ours: a file such as /etc/resolv.conf, or a server's address
    #[arg(long, value_name = "FILE|ADDRESS", default_value = "/etc/resolv.conf")]
    upstream: String,
}

impl Agent {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let home = session.home()?;
        home.ensure()?;
        let shutdown = shutdown()?;
        let config = AgentConfig {
            directory: home.path().to_owned(),
            version: VERSION.to_owned(),
            dns_port: DNS_PORT,
            local: self.dns,
            upstream: parse_upstream(&self.upstream),
            takeover: if self.replace { Takeover::Replace } else { Takeover::Refuse },
            shutdown: shutdown.clone(),
        };
        let Some(engine) = connect(session, &shutdown).await? else { return Ok(Exit::DONE) };
        landfall_discovery::serve(config, Arc::new(EngineSource(engine))).await?;
        Ok(Exit::DONE)
    }
}

fn parse_upstream(text: &str) -> UpstreamConfig {
    let address = text
        .parse()
        .ok()
        .or_else(|| text.parse::<Ipv4Addr>().ok().map(|ip| SocketAddr::from((ip, DNS_PORT))));
    match address {
        Some(address) => UpstreamConfig::Servers(vec![address]),
        None => UpstreamConfig::File(PathBuf::from(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstreams_are_files_or_servers() {
        let server = |text: &str| UpstreamConfig::Servers(vec![text.parse().unwrap()]);
        assert_eq!(parse_upstream("10.0.0.1"), server("10.0.0.1:53"));
        assert_eq!(parse_upstream("10.0.0.1:5353"), server("10.0.0.1:5353"));
        assert_eq!(parse_upstream("/etc/resolv.conf"), UpstreamConfig::File("/etc/resolv.conf".into()));
    }
}
