//! A file with several queries: the portal's editor takes each run of lines between blank lines as a query of its
//! own. learn.microsoft.com/defender-xdr/advanced-hunting-query-language

use crate::host::Host;
use crate::lexer::{self, TokenKind};
use crate::{compile, parse};

/// Returns the queries of a text that is not one query but several, parted by blank lines; nothing where the text
/// reads as one query, or where a part has no result of its own.
pub fn separate<'t>(text: &'t str, host: &dyn Host) -> Option<Vec<&'t str>> {
    if !parse(text).diagnostics.iter().any(|d| d.is_error()) {
        return None;
    }
    let parts = blocks(text);
    let whole = |part: &&str| {
        let bound = compile(part, host);
        bound.is_ok() && !bound.results.is_empty()
    };
    (parts.len() > 1 && parts.iter().all(whole)).then_some(parts)
}

/// Cuts a text where a blank line stands between two tokens; comments are no blank lines.
pub(crate) fn blocks(text: &str) -> Vec<&str> {
    let (tokens, _) = lexer::tokens(text);
    let mut parts = Vec::new();
    let mut start = 0;
    for pair in tokens.windows(2) {
        let [before, after] = pair else { continue };
        let gap = text.get(before.span.end..after.span.start).unwrap_or_default();
        if after.kind != TokenKind::End && has_blank_line(gap) {
            // A comment behind the last token is of its part.
            let end = before.span.end + gap.find('\n').unwrap_or(0);
            parts.extend(text.get(start..end));
            start = end;
        }
    }
    parts.extend(text.get(start..));
    parts.retain(|part| !part.trim().is_empty());
    parts
}

fn has_blank_line(gap: &str) -> bool {
    // The first piece ends a token's line, the last begins another's.
    let pieces: Vec<&str> = gap.split('\n').collect();
    pieces.len() > 2 && pieces[1..pieces.len() - 1].iter().any(|line| line.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tables;

    #[test]
    fn blank_lines_part_queries_where_the_text_is_not_one() {
        let parts = |text| separate(text, &Tables::mail());
        let two = "EmailEvents\n| count\n\n// the second\nEmailEvents\n| take 1\n";
        assert_eq!(parts(two).map(|p| p.len()), Some(2));
        assert_eq!(parts("EmailEvents\n\n| count"), None, "a blank line within a query is nothing");
        assert_eq!(parts("let n = 1;\n\nEmailEvents | take n"), None);
        assert_eq!(parts("EmailEvents | count\nEmailEvents | take 1"), None, "no blank line");
        assert_eq!(parts("EmailEvents | count\n// a comment\nEmailEvents | take 1"), None);
        assert_eq!(parts("EmailEvents | count\n\nEmailEvents | wher 1"), None, "a part with an error");
    }
}
