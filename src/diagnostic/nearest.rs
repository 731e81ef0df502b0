//! The nearest right name for a misspelt one.

/// The candidate that `name` was probably meant to be, if one is near enough to be worth naming.
///
/// Near enough is an edit distance (with transpositions) of a third of the name's length, at least one edit.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_misspelt_name() {
        assert_eq!(
            nearest("enviroment", ["image", "environment"]),
            Some("environment")
        );
        assert_eq!(nearest("prots", ["ports", "post"]), Some("ports"));
    }

    #[test]
    fn stays_silent_when_nothing_is_near() {
        assert_eq!(nearest("zebra", ["image", "environment"]), None);
    }
}
