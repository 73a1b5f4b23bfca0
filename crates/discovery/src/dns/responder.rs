//! From a message's bytes to its reply's bytes: the pure answer, and another resolver's where it is not ours.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::CNAME;
use hickory_proto::rr::{Name as DnsName, RData, Record, RecordType};
use landfall_model::name::EnvironmentId;
use tokio::sync::Notify;

use super::answer::{Answer, Asker, answer, is_asker_missing, start_of_authority};
use super::message::{Authority, Parsed, Reply, Request, Transport, parse_request, render_reply};
use super::upstream::{Told, Upstream};
use crate::catalog::published::{Published, Snapshot};

/// How long a query waits until the catalog knows its asker.
pub const ACQUAINTANCE: Duration = Duration::from_secs(1);

/// Where a query was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The environment whose gateway it is; none for a place that is nobody's own.
    pub environment: Option<EnvironmentId>,
    /// The address.
    pub at: IpAddr,
}

/// Answers messages from the current catalog.
pub struct Responder {
    published: Arc<Published>,
    upstream: Arc<Upstream>,
    look: Arc<Notify>,
    asked: AtomicU64,
}

impl Responder {
    /// A responder that says `look` when an asker is not in the catalog.
    pub fn new(published: Arc<Published>, upstream: Arc<Upstream>, look: Arc<Notify>) -> Self {
        Self { published, upstream, look, asked: AtomicU64::new(u64::from(std::process::id())) }
    }

    /// The reply to a message; none where there must not be one.
    pub async fn respond(
        &self,
        place: &Place,
        from: IpAddr,
        bytes: &[u8],
        transport: Transport,
    ) -> Option<Vec<u8>> {
        let request = match parse_request(bytes) {
            Parsed::Request(request) => request,
            Parsed::Refused(reply) => return Some(reply),
            Parsed::Silent => return None,
        };
        let asker = Asker {
            address: from.to_canonical(),
            environment: place.environment.as_ref(),
            at: place.at,
            rotation: self.rotation(),
        };
        let snapshot = self.snapshot_for(&asker, &request).await;
        let reply = match answer(&snapshot.catalog, &asker, &request.query) {
            Answer::Found { answers, additionals } => {
                Reply { authority: Authority::Ours, answers, additionals, ..Reply::default() }
            }
            Answer::NoData => negative(&snapshot, ResponseCode::NoError),
            Answer::NoName => negative(&snapshot, ResponseCode::NXDomain),
            Answer::Elsewhere(host) => self.follow(&request, host).await,
            Answer::NotOurs => forwarded(self.ask(request.query.name(), request.query.query_type()).await),
        };
        Some(render_reply(&request, reply, transport))
    }

    /// The snapshot to answer from: the current one, or the first that knows the asker.
    async fn snapshot_for(&self, asker: &Asker<'_>, request: &Request) -> Arc<Snapshot> {
        let snapshot = self.published.load();
        let missing = |snapshot: &Snapshot| is_asker_missing(&snapshot.catalog, asker, &request.query);
        if !missing(&snapshot) {
            return snapshot;
        }
        self.look.notify_one();
        self.published.wait(ACQUAINTANCE, |snapshot| !missing(snapshot)).await
    }

    /// An external's name: an alias of its host, and what the host's resolvers say of that.
    async fn follow(&self, request: &Request, host: DnsName) -> Reply {
        let told = self.ask(&host, request.query.query_type()).await;
        let mut reply = forwarded(told);
        let alias = Record::from_rdata(request.query.name().clone(), 0, RData::CNAME(CNAME(host)));
        reply.answers.insert(0, alias);
        reply
    }

    async fn ask(&self, name: &DnsName, kind: RecordType) -> Told {
        let kind = if kind == RecordType::ANY { RecordType::A } else { kind };
        self.upstream.lookup(name, kind).await
    }

    /// A number that looks random: neighbouring queries (A and AAAA of one look-up) must not share out the answers.
    fn rotation(&self) -> usize {
        let mut mixed = self.asked.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or_default()
    }
}

fn negative(snapshot: &Snapshot, code: ResponseCode) -> Reply {
    let serial = u32::try_from(snapshot.index & u64::from(u32::MAX)).unwrap_or_default();
    Reply {
        code,
        authority: Authority::Ours,
        authorities: vec![start_of_authority(serial)],
        ..Reply::default()
    }
}

fn forwarded(told: Told) -> Reply {
    Reply { code: told.code, answers: told.answers, authorities: told.authorities, ..Reply::default() }
}
