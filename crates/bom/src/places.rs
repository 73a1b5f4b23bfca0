//! Where in the file each part of a landscape stands.

use std::collections::BTreeMap;
use std::ops::Range;

/// Places by path: `services.api.ports.0.port` is the number of the first port of `api`.
///
/// Items of lists have their index, from 0; variables have their name in both spellings of `environment`.
/// A path that isn't in the file, because a short spelling was used, has the place of what it is written in.
#[derive(Clone, Debug, Default)]
pub struct Places(BTreeMap<String, Place>);

#[derive(Clone, Debug)]
struct Place {
    key: Option<Range<usize>>,
    value: Range<usize>,
}

impl Places {
    /// The bytes of the value at `path`, or of what it is written in.
    pub fn value(&self, path: &str) -> Option<Range<usize>> {
        self.nearest(path).map(|place| place.value.clone())
    }

    /// The bytes of the key at `path`, or of the value where that is an item of a list.
    pub fn key(&self, path: &str) -> Option<Range<usize>> {
        self.nearest(path).map(|place| place.key.clone().unwrap_or_else(|| place.value.clone()))
    }

    /// Whether the file has exactly this path.
    pub fn contains(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    pub(crate) fn add(&mut self, path: String, key: Option<Range<usize>>, value: Range<usize>) {
        self.0.entry(path).or_insert(Place { key, value });
    }

    fn nearest(&self, path: &str) -> Option<&Place> {
        let mut path = path;
        loop {
            match (self.0.get(path), path.rsplit_once('.')) {
                (Some(place), _) => return Some(place),
                (None, Some((around, _))) => path = around,
                (None, None) => return self.0.get(""),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_not_there_has_the_place_around_it() {
        let mut places = Places::default();
        places.add("services.api.ports.0".to_owned(), None, 10..14);
        assert_eq!(places.value("services.api.ports.0.port"), Some(10..14));
        assert_eq!(places.key("services.api.ports.0"), Some(10..14));
        assert_eq!(places.value("services"), None);
        assert!(!places.contains("services.api.ports.0.port"));
    }
}
