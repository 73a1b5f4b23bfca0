//! The nearest of the words that could have been meant.

/// The word among `known` that `text` was most likely meant to be, if one is near enough.
pub(crate) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = text.chars().count();
    // Longer texts are no mistyped names, and comparing them takes time.
    if length == 0 || length > 64 {
        return None;
    }
    let allowed = (length / 3).clamp(1, 4);
    let lower = text.to_lowercase();
    let distance = |word: &str| {
        if length >= 3 && word.starts_with(&lower) { 1 } else { strsim::damerau_levenshtein(&lower, word) }
    };
    known
        .into_iter()
        .filter(|word| word.len() <= 256)
        .map(|word| (distance(word), word))
        .filter(|(distance, word)| *distance <= allowed && *distance < word.chars().count())
        .min()
        .map(|(_, word)| word)
}

/// "did you mean `x`?", if something is near enough.
pub(crate) fn did_you_mean<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(text, known).map(|word| format!("did you mean `{word}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_mistakes_are_near_and_other_words_are_not() {
        let known = ["services", "secrets", "environment", "depends_on"];
        assert_eq!(nearest("servces", known), Some("services"));
        assert_eq!(nearest("Secrets", known), Some("secrets"));
        assert_eq!(nearest("env", known), Some("environment"));
        assert_eq!(nearest("depend_on", known), Some("depends_on"));
        assert_eq!(nearest("networks", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("b", ["a"]), None);
    }
}
