//! Names follow health, generations and what the engine says.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;
use landfall_model::check::{Health, Probe};

use crate::fixture::{group, instance};
use crate::world::*;

#[tokio::test]
async fn an_unhealthy_instance_leaves_the_answers_and_comes_back() {
    let (gateway, first, second) = ("127.41.1.1", "127.41.1.2", "127.41.1.3");
    let db = group(PROD, "db", "1");
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::new(vec![web(&db, 1, first), web(&db, 2, second)]);
    let (_one, two) = (answering(first, 204).await, answering(second, 200).await);
    let agent = Start::new(directory.path(), &engine).start().await;
    let accepted = agent.client.put_directives(&directives(1, gateway, &[&db], &[])).await.unwrap();
    assert_eq!(accepted.listening.len(), 1);
    assert_eq!(accepted.listening[0].error, None);
    let both = format!("{first} {second}");
    eventually("both are answered", async || addresses(first, gateway, "db.").await == both).await;
    assert_eq!(show(&ask_tcp(gateway, "db.prod.lidar.landfall.", RecordType::A).await.unwrap()), both);

    two.store(503, Ordering::SeqCst);
    eventually("only the healthy one is answered", async || addresses(first, gateway, "db.").await == first)
        .await;
    let view = agent.client.catalog().await.unwrap();
    let Some(Health::Failing { reason }) = view.health(&web(&db, 2, second).id) else { panic!("{view:?}") };
    assert_eq!(reason, "http :18080/healthz: it answered 503 Service Unavailable");

    two.store(200, Ordering::SeqCst);
    eventually("both are answered again", async || addresses(first, gateway, "db.").await == both).await;

    engine.change(|instances| instances.clear());
    eventually("nobody is", async || addresses(first, gateway, "db.").await == "Non-Existent Domain").await;
    agent.shutdown.cancel();
}

#[tokio::test]
async fn answers_are_turned_and_not_to_be_kept() {
    let gateway = "127.41.2.1";
    let db = group(PROD, "db", "1");
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::new((2..5).map(|n| instance(&db, n, &format!("127.41.2.{n}"))).collect());
    let agent = Start::new(directory.path(), &engine).start().await;
    agent.client.put_directives(&directives(1, gateway, &[&db], &[])).await.unwrap();
    let mut firsts = BTreeSet::new();
    for _ in 0..200 {
        let answer = ask("127.41.2.2", gateway, "db.", RecordType::A).await;
        assert!(answer.metadata.authoritative && answer.answers.iter().all(|record| record.ttl == 0));
        firsts.insert(answer.answers[0].data.to_string());
        // The look-ups of most programs ask for both; that must not decide which instance comes first.
        let none = ask("127.41.2.2", gateway, "db.", RecordType::AAAA).await;
        assert_eq!(none.metadata.response_code, ResponseCode::NoError);
        assert_eq!(none.authorities.len(), 1);
    }
    assert_eq!(firsts.len(), 3, "every instance comes first some time");
}

#[tokio::test]
async fn a_flip_changes_names_at_once_and_the_pending_see_themselves_before() {
    let gateway = "127.41.3.1";
    let (old, new, shared) = (group(PROD, "api", "old"), group(PROD, "api", "new"), group(PROD, "db", "1"));
    let directory = tempfile::tempdir().unwrap();
    let (at_old, at_new, at_db) = ("127.41.3.2", "127.41.3.3", "127.41.3.4");
    let instances = vec![instance(&old, 1, at_old), instance(&new, 1, at_new), instance(&shared, 1, at_db)];
    let engine = Engine::new(instances);
    let agent = Start::new(directory.path(), &engine).start().await;
    agent.client.put_directives(&directives(1, gateway, &[&old, &shared], &[&new, &shared])).await.unwrap();
    assert_eq!(addresses(at_old, gateway, "api.").await, at_old);
    assert_eq!(addresses(at_new, gateway, "api.").await, at_new);
    assert_eq!(addresses(at_db, gateway, "api.").await, at_old);
    assert_eq!(addresses(at_old, gateway, "api.g12.prod.lidar.landfall.").await, at_new);

    agent.client.put_directives(&directives(2, gateway, &[&new, &shared], &[])).await.unwrap();
    for from in [at_old, at_new, at_db] {
        assert_eq!(addresses(from, gateway, "api.").await, at_new, "{from}");
        assert_eq!(addresses(from, gateway, "api.g11.prod.lidar.landfall.").await, at_new, "{from}");
    }
}

#[tokio::test]
async fn a_container_that_asks_at_once_is_waited_for() {
    let gateway = "127.41.4.1";
    let (old, new) = (group(PROD, "api", "old"), group(PROD, "api", "new"));
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::new(vec![instance(&old, 1, "127.41.4.2")]);
    let agent = Start::new(directory.path(), &engine).start().await;
    agent.client.put_directives(&directives(1, gateway, &[&old], &[&new])).await.unwrap();
    // There is no event: the question itself makes the agent look.
    engine.change_silently(|instances| instances.push(instance(&new, 1, "127.41.4.3")));
    assert_eq!(addresses("127.41.4.3", gateway, "api.").await, "127.41.4.3");
    // Nobody will ever be at this address: the gateway's environment is what is left.
    assert_eq!(addresses("127.41.4.9", gateway, "api.").await, "127.41.4.2");
}

#[tokio::test]
async fn commands_are_asked_through_the_engine() {
    let gateway = "127.41.5.1";
    let db = group(PROD, "db", "1");
    let directory = tempfile::tempdir().unwrap();
    let mut one = instance(&db, 1, "127.41.5.2");
    one.discovery.check = quick(Probe::Command { words: vec!["pg_isready".into()] });
    let id = one.id.clone();
    let engine = Engine::new(vec![one]);
    engine.exit_code.store(2, Ordering::SeqCst);
    let agent = Start::new(directory.path(), &engine).start().await;
    agent.client.put_directives(&directives(1, gateway, &[&db], &[])).await.unwrap();
    let last = Health::Starting { last: Some("command pg_isready: exit code 2".into()) };
    eventually("it is known", async || agent.client.catalog().await.unwrap().health(&id) == Some(&last))
        .await;
    assert_eq!(addresses("127.41.5.2", gateway, "db.").await, "Non-Existent Domain");
    engine.exit_code.store(0, Ordering::SeqCst);
    eventually("it is answered", async || addresses("127.41.5.2", gateway, "db.").await == "127.41.5.2")
        .await;
}

#[tokio::test]
async fn watch_wakes_when_health_changes_and_waits_when_nothing_does() {
    let (gateway, at) = ("127.41.6.1", "127.41.6.2");
    let db = group(PROD, "db", "1");
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::new(vec![web(&db, 1, at)]);
    let status = answering(at, 500).await;
    let agent = Start::new(directory.path(), &engine).start().await;
    agent.client.put_directives(&directives(1, gateway, &[&db], &[])).await.unwrap();
    let starting = |health: Option<&Health>| matches!(health, Some(Health::Starting { last: Some(last) }) if last.contains("500"));
    let id = web(&db, 1, at).id;
    eventually("it was probed", async || starting(agent.client.catalog().await.unwrap().health(&id))).await;
    let before = agent.client.catalog().await.unwrap();
    let same = agent.client.watch(before.index, Duration::from_millis(300)).await.unwrap();
    assert_eq!(same, before, "the reason is the same every time, so nobody is woken");

    let client = agent.client.clone();
    let woken =
        tokio::spawn(async move { client.watch(before.index, Duration::from_secs(60)).await.unwrap() });
    status.store(200, Ordering::SeqCst);
    let after = tokio::time::timeout(Duration::from_secs(20), woken).await.unwrap().unwrap();
    assert!(after.index > same.index);
    assert_eq!(after.health(&id), Some(&Health::Passing));
}

#[tokio::test]
async fn observe_answers_when_the_catalog_knows() {
    let db = group(PROD, "db", "1");
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::new(Vec::new());
    let agent = Start::new(directory.path(), &engine).start().await;
    engine.change_silently(|instances| instances.push(instance(&db, 1, "127.41.7.2")));
    let looked = agent.client.observe().await.unwrap();
    let view = agent.client.catalog().await.unwrap();
    assert!(view.index >= looked.index);
    assert_eq!(view.instances.len(), 1);

    engine.down.store(true, Ordering::SeqCst);
    let refused = agent.client.observe().await.unwrap_err();
    assert!(refused.to_string().contains("the engine is down"), "{refused}");
    assert_eq!(agent.client.catalog().await.unwrap(), view, "the last catalog stays");
    assert_eq!(agent.client.info().await.unwrap().engine.as_deref(), Some("the engine is down"));
    engine.down.store(false, Ordering::SeqCst);
    engine.change_silently(Vec::clear);
    eventually("it goes on by itself", async || agent.client.catalog().await.unwrap().instances.is_empty())
        .await;
}
