//! The nearest right name for a misspelt one.

/// How many candidates of about the right length are compared: a generated manifest may have any number.
const COMPARED: usize = 100;
/// Names that are longer, in bytes, are not misspelt but no names at all.
const LONGEST: usize = 200;

/// The candidate that `name` was probably meant to be, if one is near enough to be worth naming.
///
/// Near enough is an edit distance (with transpositions) of a third of the name's length, at least one edit. Of very many
/// candidates the first are looked at.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let length = name.chars().count();
    let limit = (length / 3).max(1);
    candidates
        .into_iter()
        .take(100 * COMPARED)
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= limit)
        .take(COMPARED)
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
