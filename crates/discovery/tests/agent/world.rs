//! An engine in memory, instances on loopback addresses, an agent in a runtime of its own, and a client for names.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use hickory_proto::op::{Message, MessageType, OpCode, Query};
use hickory_proto::rr::{Name as DnsName, RData, RecordType};
use landfall_discovery::directive::{Directives, EnvironmentDirective, GenerationDirective};
use landfall_discovery::dns::upstream::UpstreamConfig;
use landfall_discovery::{AgentClient, AgentConfig, AgentError, Source, SourceError, Takeover};
use landfall_model::check::{Check, Probe};
use landfall_model::observed::{Instance, Observed};
use landfall_model::quantity::Period;
use landfall_model::spec::GroupId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::runtime::Runtime;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tokio_util::sync::CancellationToken;

use crate::fixture::{check, environment, instance};

/// The environment of most tests.
pub(crate) const PROD: &str = "lidar/prod";
/// The port at which names are answered in tests.
pub(crate) const DNS: u16 = 15_353;
/// The port at which instances answer.
pub(crate) const HTTP: u16 = 18_080;

/// An engine in memory.
pub(crate) struct Engine {
    pub(crate) observed: Mutex<Observed>,
    pub(crate) down: AtomicBool,
    pub(crate) exit_code: AtomicU16,
    events: broadcast::Sender<()>,
}

impl Engine {
    pub(crate) fn new(instances: Vec<Instance>) -> Arc<Self> {
        let observed = Mutex::new(Observed { instances, ..Observed::default() });
        Arc::new(Self {
            observed,
            down: AtomicBool::new(false),
            exit_code: AtomicU16::new(0),
            events: broadcast::channel(64).0,
        })
    }

    /// Changes what there is, and says so.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Vec<Instance>)) {
        self.change_silently(change);
        let _ = self.events.send(());
    }

    /// Changes what there is, without an event.
    pub(crate) fn change_silently(&self, change: impl FnOnce(&mut Vec<Instance>)) {
        change(&mut self.observed.lock().unwrap().instances);
    }
}

#[async_trait]
impl Source for Engine {
    async fn observe(&self) -> Result<Observed, SourceError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(SourceError::new("the engine is down"));
        }
        Ok(self.observed.lock().unwrap().clone())
    }

    fn events(&self) -> BoxStream<'static, Result<(), SourceError>> {
        BroadcastStream::new(self.events.subscribe()).map(|_| Ok(())).boxed()
    }

    async fn exec(&self, _: &str, words: &[String]) -> Result<i64, SourceError> {
        assert_eq!(words, ["pg_isready"]);
        Ok(i64::from(self.exit_code.load(Ordering::SeqCst)))
    }
}

/// An agent in a runtime of its own, so that it can be killed with everything that it does.
pub(crate) struct Agent {
    runtime: Option<Runtime>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) ended: tokio::task::JoinHandle<Result<(), AgentError>>,
    pub(crate) client: AgentClient,
}

/// How an agent is started.
pub(crate) struct Start<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) engine: Arc<Engine>,
    pub(crate) takeover: Takeover,
    pub(crate) upstream: Vec<SocketAddr>,
}

impl<'a> Start<'a> {
    pub(crate) fn new(directory: &'a Path, engine: &Arc<Engine>) -> Self {
        Self { directory, engine: engine.clone(), takeover: Takeover::Refuse, upstream: Vec::new() }
    }

    pub(crate) fn spawn(self) -> Agent {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let shutdown = CancellationToken::new();
        let config = AgentConfig {
            directory: self.directory.to_owned(),
            version: "test".to_owned(),
            dns_port: DNS,
            local: None,
            upstream: UpstreamConfig::Servers(self.upstream),
            takeover: self.takeover,
            shutdown: shutdown.clone(),
        };
        let ended = runtime.spawn(landfall_discovery::serve(config, self.engine));
        let client = AgentClient::of_directory(self.directory);
        Agent { runtime: Some(runtime), shutdown, ended, client }
    }

    pub(crate) async fn start(self) -> Agent {
        let agent = self.spawn();
        eventually("the agent answers", async || agent.client.info().await.is_ok()).await;
        agent
    }
}

impl Agent {
    /// Ends it as a `kill -9` would: nothing of it runs on.
    pub(crate) fn kill(mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Waits for something that must come to be.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < Duration::from_secs(20), "it never came to be that {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A check that is quick enough for tests.
pub(crate) fn quick(probe: Probe) -> Option<Check> {
    let quick = |check| Check {
        interval: Period::from_millis(100),
        timeout: Period::from_millis(2_000),
        retries: 2,
        ..check
    };
    check(probe).map(quick)
}

/// An instance that is probed over HTTP at its address.
pub(crate) fn web(group: &GroupId, number: u32, address: &str) -> Instance {
    let mut one = instance(group, number, address);
    one.discovery.check = quick(Probe::Http { port: HTTP, path: "/healthz".into() });
    one
}

/// An HTTP server at an address; what it answers can be changed.
pub(crate) async fn answering(address: &str, status: u16) -> Arc<AtomicU16> {
    let listener = TcpListener::bind((address, HTTP)).await.unwrap();
    let status = Arc::new(AtomicU16::new(status));
    let told = status.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let told = told.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 4_096];
                let length = stream.read(&mut request).await.unwrap_or_default();
                assert!(request[..length].starts_with(b"GET /healthz HTTP/1.1\r\n"));
                let code = told.load(Ordering::SeqCst);
                let answer = format!("HTTP/1.1 {code} Told\r\ncontent-length: 0\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    status
}

/// Directives for [`PROD`]: its gateway, its active and its pending groups.
pub(crate) fn directives(
    number: u64,
    gateway: &str,
    active: &[&GroupId],
    pending: &[&GroupId],
) -> Directives {
    let generation = |generation, groups: &[&GroupId]| {
        let groups: Vec<_> = groups.iter().map(|group| (*group).clone()).collect();
        (!groups.is_empty()).then_some(GenerationDirective { generation, groups })
    };
    let directive = EnvironmentDirective {
        environment: environment(PROD),
        gateway: Some(gateway.parse().unwrap()),
        active: generation(11, active),
        pending: generation(12, pending),
        externals: BTreeMap::new(),
    };
    Directives { number, environments: vec![directive] }
}

/// A query as bytes.
pub(crate) fn query(name: &str, kind: RecordType) -> Vec<u8> {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.queries.push(Query::query(DnsName::from_ascii(name).unwrap(), kind));
    message.to_vec().unwrap()
}

/// Asks over UDP once, from an address; none if there is no answer within five seconds.
pub(crate) async fn try_ask(from: &str, gateway: &str, name: &str, kind: RecordType) -> Option<Message> {
    let socket = UdpSocket::bind((from, 0)).await.unwrap();
    socket.send_to(&query(name, kind), (gateway, DNS)).await.unwrap();
    let mut buffer = [0; 2_048];
    let received = tokio::time::timeout(Duration::from_secs(5), socket.recv_from(&mut buffer)).await;
    let (length, by) = received.ok()?.unwrap();
    assert_eq!(by, (gateway.parse::<IpAddr>().unwrap(), DNS).into());
    Some(Message::from_vec(&buffer[..length]).unwrap())
}

/// Asks over UDP.
pub(crate) async fn ask(from: &str, gateway: &str, name: &str, kind: RecordType) -> Message {
    try_ask(from, gateway, name, kind).await.expect("no answer within five seconds")
}

/// Asks over TCP.
pub(crate) async fn ask_tcp(gateway: &str, name: &str, kind: RecordType) -> std::io::Result<Message> {
    let mut stream = TcpStream::connect((gateway, DNS)).await?;
    let query = query(name, kind);
    stream.write_u16(query.len() as u16).await?;
    stream.write_all(&query).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    Ok(Message::from_vec(&answer).unwrap())
}

/// The addresses that a name has, in order, joined by spaces; or the code.
pub(crate) async fn addresses(from: &str, gateway: &str, name: &str) -> String {
    show(&ask(from, gateway, name, RecordType::A).await)
}

/// The addresses of an answer, in order, joined by spaces; or the code.
pub(crate) fn show(message: &Message) -> String {
    let mut found: Vec<String> = message
        .answers
        .iter()
        .filter_map(|record| match &record.data {
            RData::A(at) => Some(at.to_string()),
            _ => None,
        })
        .collect();
    found.sort();
    if found.is_empty() { message.metadata.response_code.to_string() } else { found.join(" ") }
}
