//! No input makes the reader panic, and what it says about any input has a place.

use proptest::prelude::*;

use crate::documents;
use crate::judge::judge;
use crate::mutate::{Numbers, mutate};

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]
    #[test]
    fn any_text_is_answered(text in any::<String>(), yaml in "[-a-z:{}\\[\\]&*!|>'\"%@,#? \n\t]{0,200}") {
        for text in [text, yaml] {
            judge("landfall.yaml", &text);
            judge("landfall.json", &text);
        }
    }
}

#[test]
fn changed_documents_are_answered() {
    let documents: Vec<_> = [documents("cases"), documents("valid")].concat();
    let texts: Vec<_> = documents.iter().map(|(_, text)| text.as_str()).collect();
    let mut numbers = Numbers::new(1);
    for _ in 0..600 {
        let text = mutate(&mut numbers, &texts);
        judge("landfall.yaml", &text);
        judge("landfall.json", &text);
    }
}
