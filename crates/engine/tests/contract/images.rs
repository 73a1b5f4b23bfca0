//! Images: what is known of them, getting them, building them.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use landfall_engine::{BuildEvent, BuildRequest, Builder, Error};

use crate::subject::Subject;

pub(crate) async fn images_are_told(subject: &Subject) {
    let facts = subject.engine.image(&subject.image).await.unwrap().unwrap();
    assert_eq!(facts.id, subject.image);
    assert!(facts.healthcheck);
    assert_eq!(facts.environment.get("BASE").map(String::as_str), Some("yes"));
    assert_eq!(subject.engine.image("landfall-contract/nothing:here").await.unwrap(), None);
}

pub(crate) async fn an_image_that_nobody_has_is_not_pulled(subject: &Subject) {
    // A registry at a port where nothing listens.
    let reference = "127.0.0.1:9/landfall-contract/nothing:here";
    let pulled = subject.engine.pull(reference).try_collect::<Vec<_>>().await;
    let Err(Error::NoImage { reference: named, source }) = pulled else { panic!("{pulled:?}") };
    assert_eq!(named, reference);
    assert!(source.is_some(), "it says why");
}

/// A build of a Dockerfile and a file beside it, under a tag that the test's clean-up removes.
fn request(subject: &Subject, builder: Builder, dockerfile: &str) -> BuildRequest {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, text) in [("Dockerfile", dockerfile), ("file", "from the context\n")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    BuildRequest {
        image: "app".to_owned(),
        tag: format!("landfall-contract/{}:built", subject.environment.landscape),
        context: archive.into_inner().unwrap().into(),
        dockerfile: "Dockerfile".to_owned(),
        args: BTreeMap::new(),
        target: None,
        labels: BTreeMap::new(),
        secrets: BTreeMap::new(),
        builder,
    }
}

async fn build(subject: &Subject, request: &BuildRequest) -> Result<Vec<BuildEvent>, Error> {
    subject.engine.build(request.clone()).try_collect().await
}

fn steps(events: &[BuildEvent]) -> Vec<(&str, bool)> {
    let step = |event| match event {
        &BuildEvent::Step { ref text, cached, .. } => Some((text.as_str(), cached)),
        _ => None,
    };
    events.iter().filter_map(step).collect()
}

fn says(events: &[BuildEvent], line: &str) -> bool {
    events.contains(&BuildEvent::Output(line.to_owned()))
}

const BUILDERS: [Builder; 2] = [Builder::Classic, Builder::BuildKit];

pub(crate) async fn images_are_built(subject: &Subject) {
    for builder in BUILDERS {
        let dockerfile = "FROM landfall-contract/probe:latest AS first\nARG WORD\nENV BUILT=$WORD\nCOPY file /file\n\
                          RUN [\"/probe\", \"say\", \"one\", \"!two\"]\nFROM first AS second\nENV SECOND=yes\n";
        let mut request = request(subject, builder, dockerfile);
        // Nothing of another test's run may come from the cache.
        request.args.insert("WORD".to_owned(), format!("{}{builder:?}", subject.environment.landscape));
        request.labels.insert("landfall.image".to_owned(), "app".to_owned());
        request.target = Some("first".to_owned());
        let events = build(subject, &request).await.unwrap();
        let run = steps(&events).into_iter().find(|(text, _)| text.contains("RUN"));
        assert!(run.is_some_and(|(_, cached)| !cached), "{events:?}");
        assert!(says(&events, "one") && says(&events, "two"), "{events:?}");
        let Some(BuildEvent::Built(facts)) = events.last() else { panic!("{events:?}") };
        assert_eq!(subject.engine.image(&request.tag).await.unwrap().as_ref(), Some(facts));
        assert_eq!(facts.environment.get("BUILT"), request.args.get("WORD"));
        assert!(!facts.environment.contains_key("SECOND"), "only the target is built");
        let mut shape = subject.shape(&["stat", "/file"]);
        shape.image.clone_from(&facts.id);
        assert_eq!(subject.run(shape).await.1, ["/file 644 0:0 from the context|"]);

        let again = build(subject, &request).await.unwrap();
        assert!(steps(&again).iter().any(|(text, cached)| text.contains("RUN") && *cached), "{again:?}");
        assert_eq!(again.last(), events.last());
    }
}

pub(crate) async fn a_failed_build_says_where(subject: &Subject) {
    for builder in BUILDERS {
        let dockerfile =
            "FROM landfall-contract/probe:latest\nRUN [\"/probe\", \"stat\", \"/a\", \"/b\"]\nENV NEVER=1\n";
        let failed = build(subject, &request(subject, builder, dockerfile)).await;
        let Err(Error::Build { image, step, message, output }) = failed else { panic!("{failed:?}") };
        assert_eq!(image, "app");
        assert!(step.as_ref().is_some_and(|step| step.contains("/probe")), "{builder:?} {step:?}");
        assert!(message.contains('1'), "the exit code: {message}");
        assert_eq!(output, ["/a: No such file or directory", "/b: No such file or directory"], "{builder:?}");

        let wrong =
            build(subject, &request(subject, builder, "FROM landfall-contract/probe:latest\nNONSENSE\n"))
                .await;
        let Err(Error::Build { message, .. }) = wrong else { panic!("{wrong:?}") };
        assert!(message.contains("NONSENSE"), "{message}");
    }
}

pub(crate) async fn secrets_are_in_no_layer(subject: &Subject) {
    let word = format!("hush-{}", subject.environment.landscape);
    let dockerfile = format!(
        "FROM landfall-contract/probe:latest\nENV ONCE={}\n\
         RUN --mount=type=secret,id=key [\"/probe\", \"stat\", \"/run/secrets/key\"]\n",
        subject.environment.landscape
    );
    let mut request = request(subject, Builder::BuildKit, &dockerfile);
    request.secrets.insert("key".to_owned(), word.clone());
    let events = build(subject, &request).await.unwrap();
    assert!(
        says(&events, &format!("/run/secrets/key 400 0:0 {word}")),
        "it is there while the step runs: {events:?}"
    );
    let saved = subject.hands.saved(&request.tag).await;
    assert!(saved.len() > 100_000, "the whole image");
    assert!(!contains(&saved, word.as_bytes()));
    assert!(contains(&saved, b"/run/secrets/key"), "the search finds what is there: the step's own words");

    let classic = build(subject, &BuildRequest { builder: Builder::Classic, ..request }).await;
    let Err(Error::Unsupported { what }) = classic else { panic!("{classic:?}") };
    assert!(what.contains("key") && !what.contains(&word), "{what}");
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}
