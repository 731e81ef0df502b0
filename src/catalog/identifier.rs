//! Names of tables and columns in SQL.

/// A name, or `schema.name`, each part between quotes.
pub(super) fn quoted(name: &str, quote: char) -> String {
    let parts: Vec<String> = name.split('.').map(|part| column(part, quote)).collect();
    parts.join(".")
}

/// Columns between quotes, in parentheses; nothing if there are none.
pub(super) fn columns(names: &[String], quote: char) -> String {
    if names.is_empty() {
        return String::new();
    }
    let quoted: Vec<String> = names.iter().map(|name| column(name, quote)).collect();
    format!(" ({})", quoted.join(", "))
}

fn column(name: &str, quote: char) -> String {
    let doubled = format!("{quote}{quote}");
    format!("{quote}{}{quote}", name.replace(quote, &doubled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_every_part() {
        assert_eq!(quoted("shop.People", '"'), "\"shop\".\"People\"");
        assert_eq!(
            columns(&["a`b".to_owned(), "c".to_owned()], '`'),
            " (`a``b`, `c`)"
        );
        assert_eq!(columns(&[], '`'), "");
    }
}
