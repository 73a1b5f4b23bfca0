//! Images: what is known of them, getting them, building them.

use futures_util::TryStreamExt;
use landfall_engine::Error;

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
