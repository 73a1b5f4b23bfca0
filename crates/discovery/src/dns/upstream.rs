//! The host's own resolvers, which are asked for every name that isn't ours.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name as DnsName, RData, Record, RecordType};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::system_conf::parse_resolv_conf;
use tokio::sync::Semaphore;

/// How long the host's resolvers have together before the asker is told that it can't be known now.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// Queries that wait for the host's resolvers at once.
const AT_ONCE: usize = 512;
/// How often it is looked whether the host's resolvers are others.
const LOOK: Duration = Duration::from_secs(2);

/// Which resolvers are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpstreamConfig {
    /// Those of a file such as `/etc/resolv.conf`, which is read again when it changes.
    File(PathBuf),
    /// These.
    Servers(Vec<SocketAddr>),
}

/// What the host's resolvers said.
#[derive(Debug, Default)]
pub struct Told {
    /// Whether they could be asked, and whether the name is there.
    pub code: ResponseCode,
    /// What they answered.
    pub answers: Vec<Record>,
    /// The head of the zone, where the answers are none.
    pub authorities: Vec<Record>,
}

/// The host's resolvers.
pub struct Upstream {
    config: UpstreamConfig,
    permits: Semaphore,
    current: Mutex<Current>,
}

#[derive(Default)]
struct Current {
    looked: Option<Instant>,
    stamp: Option<(SystemTime, u64)>,
    resolver: Option<Arc<TokioResolver>>,
}

impl Upstream {
    /// The resolvers of a configuration; none is asked yet.
    pub fn new(config: UpstreamConfig) -> Self {
        Self { config, permits: Semaphore::new(AT_ONCE), current: Mutex::new(Current::default()) }
    }

    /// Looks a name up. Answers within [`PATIENCE`], at once when there are too many waiting.
    pub async fn lookup(&self, name: &DnsName, kind: RecordType) -> Told {
        let failed = || Told { code: ResponseCode::ServFail, ..Told::default() };
        let (Ok(_permit), Some(resolver)) = (self.permits.try_acquire(), self.resolver()) else {
            return failed();
        };
        let mut name = name.clone();
        name.set_fqdn(true);
        match tokio::time::timeout(PATIENCE, resolver.lookup(name, kind)).await {
            Ok(Ok(found)) => Told { answers: found.answers().to_vec(), ..Told::default() },
            Ok(Err(error)) => refused(error),
            Err(_) => failed(),
        }
    }

    /// A host's addresses, those of IPv4 first.
    pub async fn addresses(&self, host: &str) -> Vec<IpAddr> {
        let Ok(name) = DnsName::from_ascii(host) else { return Vec::new() };
        let (four, six) =
            tokio::join!(self.lookup(&name, RecordType::A), self.lookup(&name, RecordType::AAAA));
        let address = |record: Record| match record.data {
            RData::A(at) => Some(IpAddr::V4(at.0)),
            RData::AAAA(at) => Some(IpAddr::V6(at.0)),
            _ => None,
        };
        four.answers.into_iter().chain(six.answers).filter_map(address).collect()
    }

    fn resolver(&self) -> Option<Arc<TokioResolver>> {
        let mut current = self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let looked = current.looked.is_some_and(|looked| looked.elapsed() < LOOK);
        if !looked {
            current.looked = Some(Instant::now());
            self.refresh(&mut current);
        }
        current.resolver.clone()
    }

    fn refresh(&self, current: &mut Current) {
        let servers = match &self.config {
            UpstreamConfig::Servers(_) if current.resolver.is_some() => return,
            UpstreamConfig::Servers(servers) => servers.iter().map(|server| name_server(*server)).collect(),
            UpstreamConfig::File(path) => {
                let stamp = std::fs::metadata(path)
                    .and_then(|file| Ok((file.modified()?, file.len())))
                    .inspect_err(|error| tracing::warn!(path = %path.display(), %error, "can't be read"))
                    .ok();
                if stamp.is_some() && stamp == current.stamp {
                    return;
                }
                current.stamp = stamp;
                let read = std::fs::read(path).unwrap_or_default();
                parse_resolv_conf(read).map(|(config, _)| config.name_servers().to_vec()).unwrap_or_default()
            }
        };
        current.resolver = build(servers);
        if current.resolver.is_none() {
            tracing::warn!("the host has no resolver: names that are not ours can't be looked up");
        }
    }
}

fn name_server(at: SocketAddr) -> NameServerConfig {
    let with_port = |mut connection: ConnectionConfig| {
        connection.port = at.port();
        connection
    };
    let connections = vec![with_port(ConnectionConfig::udp()), with_port(ConnectionConfig::tcp())];
    NameServerConfig::new(at.ip(), true, connections)
}

fn build(servers: Vec<NameServerConfig>) -> Option<Arc<TokioResolver>> {
    if servers.is_empty() {
        return None;
    }
    let mut options = ResolverOpts::default();
    options.timeout = Duration::from_secs(1);
    options.attempts = 2;
    options.cache_size = 4_096;
    options.use_hosts_file = ResolveHosts::Never;
    options.preserve_intermediates = true;
    let config = ResolverConfig::from_name_servers(servers);
    let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    builder.with_options(options).build().map(Arc::new).ok()
}

fn refused(error: NetError) -> Told {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => {
            let soa = none.soa.map(|soa| (*soa).into_record_of_rdata());
            Told { code: none.response_code, authorities: soa.into_iter().collect(), ..Told::default() }
        }
        NetError::Dns(DnsError::ResponseCode(code)) => Told { code, ..Told::default() },
        other => {
            tracing::debug!(error = %other, "the host's resolvers did not answer");
            Told { code: ResponseCode::ServFail, ..Told::default() }
        }
    }
}
