//! What decides an image: equal inputs are the same image, whatever builds it and whenever.

use std::collections::BTreeMap;

use landfall_model::name::Name;
use landfall_model::{ContentHash, label};
use serde::Serialize;

/// Raised when equal inputs would no longer give the same image.
const VERSION: u32 = 1;

/// Everything that goes into an image. Secrets' values don't: an image must not depend on them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inputs {
    /// The hash of the context's content.
    pub context: ContentHash,
    /// The Dockerfile's path within the context.
    pub dockerfile: String,
    /// Build arguments, without the `BASE` that `from` gives.
    pub args: BTreeMap<String, String>,
    /// The stage that is built.
    pub target: Option<String>,
    /// The id of the image that it is built on, where that is built here too.
    pub parent: Option<String>,
    /// The ids of the other images that its Dockerfile names.
    pub bases: BTreeMap<String, String>,
    /// The secrets that its build may read.
    pub secrets: Vec<Name>,
}

impl Inputs {
    /// The hash of it all.
    pub fn hash(&self) -> ContentHash {
        ContentHash::of(&(VERSION, self))
    }
}

/// The tag of an image: `landfall/LANDSCAPE/IMAGE:` and the first sixteen digits of its inputs' hash.
pub fn tag(landscape: &Name, image: &Name, inputs: &ContentHash) -> String {
    format!("landfall/{landscape}/{image}:{}", inputs.as_str().get(..16).unwrap_or_default())
}

/// The labels of an image.
pub fn labels(landscape: &Name, image: &Name, inputs: &ContentHash) -> BTreeMap<String, String> {
    let labels = [
        (label::LANDSCAPE, landscape.as_str()),
        (label::IMAGE, image.as_str()),
        (label::INPUTS, inputs.as_str()),
    ];
    labels.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs() -> Inputs {
        Inputs {
            context: ContentHash::of_bytes(b"files"),
            dockerfile: "Dockerfile".to_owned(),
            args: BTreeMap::from([("A".to_owned(), "1".to_owned())]),
            target: None,
            parent: None,
            bases: BTreeMap::from([("debian".to_owned(), "sha256:1".to_owned())]),
            secrets: Vec::new(),
        }
    }

    #[test]
    fn each_input_decides() {
        let changes: [fn(&mut Inputs); 7] = [
            |inputs| inputs.context = ContentHash::of_bytes(b"others"),
            |inputs| inputs.dockerfile = "app.Dockerfile".to_owned(),
            |inputs| drop(inputs.args.insert("A".to_owned(), "2".to_owned())),
            |inputs| inputs.target = Some("x".to_owned()),
            |inputs| inputs.parent = Some("sha256:2".to_owned()),
            |inputs| drop(inputs.bases.insert("debian".to_owned(), "sha256:2".to_owned())),
            |inputs| inputs.secrets.push(Name::new("token").expect("valid")),
        ];
        let mut hashes = vec![inputs().hash()];
        for change in changes {
            let mut changed = inputs();
            change(&mut changed);
            hashes.push(changed.hash());
        }
        assert_eq!(inputs().hash(), hashes[0]);
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), 8);
    }

    #[test]
    fn tags_and_labels() {
        let (lidar, app) = (Name::new("lidar").expect("valid"), Name::new("app").expect("valid"));
        let hash = ContentHash::of_bytes(b"x");
        assert_eq!(tag(&lidar, &app, &hash), "landfall/lidar/app:2d711642b726b044");
        assert_eq!(labels(&lidar, &app, &hash)["landfall.inputs"], hash.as_str());
    }
}
