//! Names of others: the host's resolvers, reachable and not.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{RData, Record, RecordType};
use landfall_discovery::directive::{Directives, ExternalDirective};
use landfall_model::check::Probe;
use tokio::net::UdpSocket;

use crate::fixture::{group, instance, name};
use crate::world::*;

/// A resolver that knows `*.example.org` and counts what it is asked.
async fn resolver(at: &str) -> (SocketAddr, Arc<AtomicU32>) {
    let socket = UdpSocket::bind((at, 0)).await.unwrap();
    let (address, count) = (socket.local_addr().unwrap(), Arc::new(AtomicU32::new(0)));
    let counter = count.clone();
    tokio::spawn(async move {
        let mut buffer = [0; 2_048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            counter.fetch_add(1, Ordering::SeqCst);
            let asked = Message::from_vec(&buffer[..length]).unwrap();
            let mut answer = Message::new(asked.metadata.id, MessageType::Response, OpCode::Query);
            let query = asked.queries[0].clone();
            let known = query.name().to_ascii().to_lowercase().ends_with(".example.org.");
            if known && query.query_type() == RecordType::A {
                let data = RData::A(A(Ipv4Addr::new(127, 43, 9, 9)));
                answer.answers.push(Record::from_rdata(query.name().clone(), 300, data));
            }
            answer.metadata.response_code =
                if known { ResponseCode::NoError } else { ResponseCode::NXDomain };
            answer.queries.push(query);
            socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
        }
    });
    (address, count)
}

fn with_externals(mut directives: Directives, externals: &[(&str, &str, Option<Probe>)]) -> Directives {
    for (called, host, probe) in externals {
        let check = probe.clone().and_then(quick);
        let external = ExternalDirective { host: (*host).to_owned(), port: HTTP, check };
        directives.environments[0].externals.insert(name(called), external);
    }
    directives
}

#[tokio::test]
async fn names_of_others_are_forwarded_and_kept_and_ours_never_are() {
    let (gateway, at) = ("127.43.1.1", "127.43.1.2");
    let (db, cache) = (group(PROD, "db", "1"), group(PROD, "cache", "1"));
    let directory = tempfile::tempdir().unwrap();
    let (server, asked) = resolver("127.43.1.53").await;
    let engine = Engine::new(vec![instance(&db, 1, at)]);
    let agent = Start { upstream: vec![server], ..Start::new(directory.path(), &engine) }.start().await;
    agent.client.put_directives(&directives(1, gateway, &[&db, &cache], &[])).await.unwrap();
    for ours in ["cache.", "db.", "nobody.prod.lidar.landfall.", "anything.landfall."] {
        let _ = ask(at, gateway, ours, RecordType::A).await;
        let _ = ask(at, gateway, ours, RecordType::AAAA).await;
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0, "nothing of ours was asked of others");

    let answer = ask(at, gateway, "Www.Example.org.", RecordType::A).await;
    assert_eq!(show(&answer), "127.43.9.9");
    assert!(answer.metadata.recursion_available && !answer.metadata.authoritative);
    let once = asked.load(Ordering::SeqCst);
    assert_eq!(addresses(at, gateway, "www.example.org.").await, "127.43.9.9");
    assert_eq!(asked.load(Ordering::SeqCst), once, "the second answer was kept");
    assert_eq!(addresses(at, gateway, "nobody.").await, "Non-Existent Domain");
    let none = ask(at, gateway, "www.example.org.", RecordType::AAAA).await;
    assert_eq!((none.metadata.response_code, none.answers.len()), (ResponseCode::NoError, 0));
}

#[tokio::test]
async fn externals_are_looked_up_probed_and_answered_when_well() {
    let (gateway, at) = ("127.43.2.1", "127.43.2.2");
    let db = group(PROD, "db", "1");
    let directory = tempfile::tempdir().unwrap();
    let (server, _) = resolver("127.43.2.53").await;
    let engine = Engine::new(vec![instance(&db, 1, at)]);
    let agent = Start { upstream: vec![server], ..Start::new(directory.path(), &engine) }.start().await;
    let probe = Probe::Http { port: HTTP, path: "/healthz".into() };
    let externals = [
        ("weather", "api.example.org", None),
        ("tiles", "tiles.example.org", Some(probe)),
        ("gone", "127.43.2.99", Some(Probe::Tcp { port: HTTP })),
    ];
    let told = with_externals(directives(1, gateway, &[&db], &[]), &externals);
    agent.client.put_directives(&told).await.unwrap();
    let answer = ask(at, gateway, "weather.", RecordType::A).await;
    assert_eq!(answer.answers[0].record_type(), RecordType::CNAME);
    assert_eq!(answer.answers[0].data.to_string(), "api.example.org.");
    assert_eq!(show(&answer), "127.43.9.9");
    assert_eq!(addresses(at, gateway, "tiles.").await, "Non-Existent Domain");
    let _tiles = answering("127.43.9.9", 200).await;
    eventually("it is well", async || addresses(at, gateway, "tiles.").await == "127.43.9.9").await;
    assert_eq!(addresses(at, gateway, "gone.").await, "Non-Existent Domain");
    let view = agent.client.catalog().await.unwrap();
    assert!(view.environments[0].externals["tiles"].health.is_passing());
    assert!(!view.environments[0].externals["gone"].health.is_passing());
}

#[tokio::test]
async fn unreachable_resolvers_are_an_answer_too_and_ours_go_on() {
    let (gateway, at) = ("127.43.3.1", "127.43.3.2");
    let db = group(PROD, "db", "1");
    let directory = tempfile::tempdir().unwrap();
    // It takes queries and never answers.
    let silent = std::net::UdpSocket::bind("127.43.3.53:0").unwrap();
    let upstream = vec![silent.local_addr().unwrap()];
    let engine = Engine::new(vec![instance(&db, 1, at)]);
    let agent = Start { upstream, ..Start::new(directory.path(), &engine) }.start().await;
    agent.client.put_directives(&directives(1, gateway, &[&db], &[])).await.unwrap();
    let began = Instant::now();
    let (foreign, ours) = tokio::join!(ask(at, gateway, "www.example.org.", RecordType::A), async {
        let answer = addresses(at, gateway, "db.").await;
        (answer, began.elapsed())
    });
    assert_eq!(foreign.metadata.response_code, ResponseCode::ServFail);
    assert!(began.elapsed() < Duration::from_millis(4_500), "{:?}", began.elapsed());
    assert_eq!(ours.0, at);
    assert!(ours.1 < Duration::from_secs(2), "ours did not wait for theirs: {:?}", ours.1);
}
