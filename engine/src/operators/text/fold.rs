//! Case folding as Kusto's insensitive operators see it: one character becomes one character (`É` is `é`, `ß` is
//! not `ss`), whatever the language.

/// Folds a character: equal results mean equal but for case.
pub fn fold(c: char) -> char {
    match c {
        'A'..='Z' => c.to_ascii_lowercase(),
        '\0'..='\x7f' => c,
        // Dotless i is a letter of its own, though its capital is I.
        'ı' => c,
        // Through the capital, so that `ſ` meets `s` and `ς` meets `σ`.
        _ => single(single(c, c.to_uppercase()), single(c, c.to_uppercase()).to_lowercase()),
    }
}

/// Returns the only character of a mapping, or the original where there are several.
pub(crate) fn single(original: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(c), None) => c,
        _ => original,
    }
}

/// Adds the folded text to a buffer.
pub fn fold_into(text: &str, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(text.as_bytes());
    // In range: `start` was the length a line ago.
    let added = &mut out[start..];
    if added.is_ascii() {
        added.make_ascii_lowercase();
        return;
    }
    out.truncate(start);
    let mut bytes = [0; 4];
    for c in text.chars() {
        out.extend_from_slice(fold(c).encode_utf8(&mut bytes).as_bytes());
    }
}

/// Returns the folded text.
pub fn folded(text: &str) -> String {
    text.chars().map(fold).collect()
}

/// Tells whether two texts are equal but for case.
pub fn equal(a: &str, b: &str) -> bool {
    match a.is_ascii() && b.is_ascii() {
        true => a.eq_ignore_ascii_case(b),
        false => a.chars().map(fold).eq(b.chars().map(fold)),
    }
}

/// Tells whether a text begins with another but for case.
pub fn starts_with(text: &str, start: &str) -> bool {
    match text.as_bytes().get(..start.len()) {
        Some(head) if head.is_ascii() && start.is_ascii() => head.eq_ignore_ascii_case(start.as_bytes()),
        _ => leads(text.chars(), start.chars()),
    }
}

/// Tells whether a text ends with another but for case.
pub fn ends_with(text: &str, end: &str) -> bool {
    let tail = text.len().checked_sub(end.len()).and_then(|at| text.as_bytes().get(at..));
    match tail {
        Some(tail) if tail.is_ascii() && end.is_ascii() => tail.eq_ignore_ascii_case(end.as_bytes()),
        _ => leads(text.chars().rev(), end.chars().rev()),
    }
}

fn leads(mut text: impl Iterator<Item = char>, part: impl Iterator<Item = char>) -> bool {
    part.map(fold).all(|wanted| text.next().map(fold) == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_by_single_characters() {
        assert!(equal("ÉCOLE", "école"));
        assert!(equal("ΣΊΣΥΦΟΣ", "σίσυφος"));
        assert!(equal("\u{212a}", "k"), "the Kelvin sign");
        assert!(!equal("straße", "STRASSE"));
        assert!(!equal("ı", "I") && !equal("İ", "i"));
    }

    #[test]
    fn ends_may_differ_in_bytes() {
        assert!(starts_with("\u{212a}elvin", "kel") && ends_with("mar\u{212a}", "ARK"));
        assert!(!starts_with("ke", "kel") && !ends_with("el", "kel"));
    }
}
