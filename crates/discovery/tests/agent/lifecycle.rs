//! Restarts, takeovers, and ports that others hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hickory_proto::rr::RecordType;
use landfall_discovery::client::ClientError;
use landfall_discovery::{AgentError, Takeover};
use landfall_model::check::Probe;

use crate::fixture::{group, instance};
use crate::world::*;

#[tokio::test]
async fn a_killed_agent_starts_again_with_its_directives_and_health_even_without_the_engine() {
    let (gateway, at) = ("127.42.1.1", "127.42.1.2");
    let db = group(PROD, "db", "1");
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::new(vec![web(&db, 1, at)]);
    let _web = answering(at, 200).await;
    let agent = Start::new(directory.path(), &engine).start().await;
    agent.client.put_directives(&directives(5, gateway, &[&db], &[])).await.unwrap();
    eventually("it is answered", async || addresses(at, gateway, "db.").await == at).await;
    let known = directory.path().join("known.json");
    eventually("it is saved", async || {
        std::fs::read_to_string(&known).is_ok_and(|t| t.contains("passing\":[\"p"))
    })
    .await;
    let index = agent.client.info().await.unwrap().index;
    agent.kill();

    engine.down.store(true, Ordering::SeqCst);
    let agent = Start::new(directory.path(), &engine).start().await;
    assert_eq!(addresses(at, gateway, "db.").await, at);
    let info = agent.client.info().await.unwrap();
    assert_eq!((info.directives, info.engine.as_deref()), (5, Some("the engine is down")));
    assert!(info.index > index, "indexes go on");

    let older = agent.client.put_directives(&directives(4, gateway, &[&db], &[])).await.unwrap_err();
    assert!(matches!(older, ClientError::Conflict(_)), "{older}");
    let other = agent.client.put_directives(&directives(5, gateway, &[], &[])).await.unwrap_err();
    assert!(matches!(other, ClientError::Conflict(_)), "{other}");
    let same = agent.client.put_directives(&directives(5, gateway, &[&db], &[])).await.unwrap();
    assert_eq!(same.number, 5);
}

#[tokio::test]
async fn one_agent_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::new(Vec::new());
    let mut agent = Start::new(directory.path(), &engine).start().await;
    let second = Start::new(directory.path(), &engine).spawn();
    let mut second = second;
    let refused = (&mut second.ended).await.unwrap().unwrap_err();
    assert!(matches!(refused, AgentError::Running { pid } if pid == Some(std::process::id())), "{refused}");
    agent.shutdown.cancel();
    (&mut agent.ended).await.unwrap().unwrap();
    assert!(matches!(agent.client.info().await, Err(ClientError::Absent { .. })));
    let _third = Start::new(directory.path(), &engine).start().await;
}

/// Four agents after one another take each other's place while many ask: every single query is answered, rightly.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_takeover_loses_no_query() {
    let (gateway, at) = ("127.42.2.1", "127.42.2.2");
    let db = group(PROD, "db", "1");
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::new(vec![web(&db, 1, at)]);
    let _web = answering(at, 200).await;
    let mut agent = Start::new(directory.path(), &engine).start().await;
    agent.client.put_directives(&directives(1, gateway, &[&db], &[])).await.unwrap();
    eventually("it is answered", async || addresses(at, gateway, "db.").await == at).await;

    let enough = Arc::new(AtomicBool::new(false));
    let askers: Vec<_> = (0..4)
        .map(|_| {
            let enough = enough.clone();
            tokio::spawn(async move {
                let mut asked = 0_u32;
                while !enough.load(Ordering::SeqCst) {
                    let answer = try_ask(at, gateway, "db.", RecordType::A).await;
                    assert_eq!(answer.as_ref().map(show).as_deref(), Some(at), "query {asked}");
                    asked += 1;
                }
                asked
            })
        })
        .collect();
    for _ in 0..3 {
        let next = Start { takeover: Takeover::Replace, ..Start::new(directory.path(), &engine) }.spawn();
        let old = std::mem::replace(&mut agent, next);
        let mut old = old;
        tokio::time::timeout(Duration::from_secs(20), &mut old.ended).await.unwrap().unwrap().unwrap();
        eventually("the new one answers", async || agent.client.info().await.is_ok()).await;
        assert_eq!(agent.client.info().await.unwrap().directives, 1);
        assert_eq!(show(&ask_tcp(gateway, "db.", RecordType::A).await.unwrap()), at);
    }
    enough.store(true, Ordering::SeqCst);
    for asker in askers {
        assert!(asker.await.unwrap() > 20, "the askers were busy all the time");
    }
}

#[tokio::test]
async fn listeners_follow_the_directives() {
    let (first, second) = ("127.42.3.1", "127.42.3.254");
    let db = group(PROD, "db", "1");
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::new(vec![instance(&db, 1, "127.42.3.2")]);
    let agent = Start::new(directory.path(), &engine).start().await;
    agent.client.put_directives(&directives(1, first, &[&db], &[])).await.unwrap();
    assert_eq!(addresses("127.42.3.2", first, "db.").await, "127.42.3.2");
    agent.client.put_directives(&directives(2, second, &[&db], &[])).await.unwrap();
    assert_eq!(addresses("127.42.3.2", second, "db.").await, "127.42.3.2");
    eventually("the first is left", async || std::net::UdpSocket::bind((first, DNS)).is_ok()).await;
}

#[tokio::test]
async fn who_holds_the_port_is_named_and_the_agent_listens_when_it_is_free() {
    let gateway = "127.42.4.1";
    let db = group(PROD, "db", "1");
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::new(vec![instance(&db, 1, "127.42.4.2")]);
    let holder = std::net::UdpSocket::bind((gateway, DNS)).unwrap();
    let agent = Start::new(directory.path(), &engine).start().await;
    let accepted = agent.client.put_directives(&directives(1, gateway, &[&db], &[])).await.unwrap();
    let error = accepted.listening[0].error.clone().unwrap();
    assert!(error.contains(&format!("{gateway}:{DNS}")), "{error}");
    assert!(error.contains(&format!("(process {}) has the port", std::process::id())), "{error}");
    drop(holder);
    eventually("it listens", async || agent.client.info().await.unwrap().listening[0].error.is_none()).await;
    assert_eq!(addresses("127.42.4.2", gateway, "db.").await, "127.42.4.2");
}

#[tokio::test]
async fn a_damaged_file_of_directives_does_not_keep_the_agent_from_starting() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("directives.json"), b"{\"number\": 3, \"envir").unwrap();
    std::fs::write(directory.path().join("known.json"), b"\0").unwrap();
    let db = group(PROD, "db", "1");
    let mut one = instance(&db, 1, "127.42.5.2");
    one.discovery.check = quick(Probe::Running);
    let engine = Engine::new(vec![one]);
    let agent = Start::new(directory.path(), &engine).start().await;
    assert_eq!(agent.client.info().await.unwrap().directives, 0);
    agent.client.put_directives(&directives(1, "127.42.5.1", &[&db], &[])).await.unwrap();
    assert_eq!(addresses("127.42.5.2", "127.42.5.1", "db.").await, "127.42.5.2");
}
