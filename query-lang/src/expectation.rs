//! Words for what the grammar expected and did not find.

use crate::cursor::Cursor;
use crate::diagnostic::Diagnostic;
use crate::lexer::TokenKind;
use crate::slip::slip;
use crate::span::Span;

/// Says what was expected at the furthest token that was reached, unless a rule said something better since
/// `reported` findings. Code `unfinished` where the query ends there, else `syntax`.
pub(crate) fn report_expected(c: Cursor, reported: usize) {
    if c.reported() > reported {
        return;
    }
    let (furthest, mut expected) = c.furthest();
    if furthest < c.position() {
        expected.clear(); // what was expected further back was found
    }
    let at = c.jump(furthest.max(c.position()));
    expected.sort_unstable_by_key(|e| (is_bracket(e), *e));
    let open = at.innermost_open().map(|open| (open.text(), open.span()));
    if is_bracket(at.text()) && at.token().kind != TokenKind::End && open.is_none() {
        let message = format!("`{}` closes nothing", at.text());
        c.report(
            Diagnostic::error("unbalanced", at.span(), message).kusto("KS006").help("remove it, or open it before"),
        );
        return;
    }
    let (code, found) = match at.at_end() {
        true => ("unfinished", "the end of the query".to_owned()),
        false => ("syntax", format!("`{}`", shortened(at.text()))),
    };
    let listed: Vec<String> = expected.iter().map(|e| spelled(e)).collect();
    let message = match listed.as_slice() {
        [] => format!("unexpected {found}"),
        [only] => format!("expected {only}, found {found}"),
        [first @ .., last] => format!("expected {} or {last}, found {found}", first.join(", ")),
    };
    let mut error = Diagnostic::error(code, at.span(), message).kusto("KS006");
    if let Some((_, span)) = open.filter(|(bracket, _)| expected.contains(&closing(bracket))) {
        error = error.label(span, "opened here");
    }
    c.report(match slip(at, &expected) {
        Some(help) => error.help(help),
        None => error,
    });
}

fn is_bracket(symbol: &str) -> bool {
    matches!(symbol, ")" | "]" | "}")
}

fn closing(bracket: &str) -> &'static str {
    match bracket {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

/// Words of the grammar are shown in backticks, descriptions are not.
fn spelled(expected: &str) -> String {
    match expected.contains(' ') {
        true => expected.to_owned(),
        false => format!("`{expected}`"),
    }
}

/// The first line of a token, and not too much of it.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    match line.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or("")),
        None => line.to_owned(),
    }
}

/// Tells whether a token is the first of its line.
pub(crate) fn begins_line(at: Cursor) -> bool {
    let Some(last) = at.position().checked_sub(1) else { return true };
    let gap = Span::new(at.jump(last).span().end, at.span().start);
    gap.of(at.source()).contains(['\n', '\r'])
}

#[cfg(test)]
mod tests {
    use crate::parse;

    /// Code, the text it points at, message and help of each finding.
    fn findings(text: &str) -> Vec<String> {
        let found = parse(text).diagnostics.into_iter();
        found
            .map(|d| format!("{} {:?}: {} ({})", d.code, d.span.of(text), d.message, d.help.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn usual_slips_get_the_fix() {
        for (text, fix) in [
            ("T | where b == 2 and a = 1", "compare with `==`"),
            ("T | where a == 1 && b == 2", "write `and`"),
            ("T | where a == 1 || b == 2", "write `or`"),
            ("T | where a == 1 AND b == 2", "keywords are written small: `and`"),
            ("T | WHERE a == 1", "did you mean `where`?"),
            ("T | sort BY a", "keywords are written small: `by`"),
            ("T | where a == \u{201c}x\u{201d}", "replace the typographic quote"),
            ("T | where a not in (1, 2)", "write `!in`"),
            ("T | where a ! has 'x'", "write `!has` without a blank"),
            ("T | where a in ~ ('x')", "without a blank"),
            ("T | where a like 'x'", "write `contains`"),
            ("T | where a is null", "write `isnull(...)`"),
            ("T || take 1", "write `or`"),
            ("T | | take 1", "remove one of the pipes"),
            ("T | project a, | take 1", "remove the `,` before it"),
            ("T | select a", "KQL says `project`"),
            ("let a = 1\nT | take a", "end the statement before it with `;`"),
            ("T | where c:\\x == 'a\\q'", ""),
            ("T | where a == 'c:\\q'", "write it verbatim"),
            ("T | extend title = 1, between = 2", "write `['between']`"),
            ("T | where \u{8a73}\u{7d30} == 1", "write a name like this in brackets"),
            ("T | where a == 99999999999999999999", "add `.0`"),
        ] {
            let found = findings(text);
            assert!(found.len() == 1 && found[0].contains(fix), "{text}: {found:#?}");
        }
    }

    #[test]
    fn brackets_are_told_with_their_partner() {
        let text = "T | where (a == 1 | take 5";
        let found = parse(text).diagnostics;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            found[0].labels.iter().map(|l| (l.span.start, l.text.as_str())).collect::<Vec<_>>(),
            [(10, "opened here")]
        );
        let unfinished = parse("T | where f(a, (b").diagnostics;
        assert_eq!(unfinished[0].code, "unfinished");
        assert_eq!(unfinished[0].labels[0].span.start, 15);
        assert_eq!(
            findings("T | where a == 1) | take 1"),
            ["unbalanced \")\": `)` closes nothing (remove it, or open it before)"]
        );
    }

    #[test]
    fn each_statement_and_operator_has_its_own_error_once() {
        let text = "let a = ; let b = 1 2; T | wher x | take | project a b; U | count as";
        let codes: Vec<_> = parse(text).diagnostics.iter().map(|d| (d.code, d.span.of(text).to_owned())).collect();
        let expected = [
            ("syntax", ";"),
            ("syntax", "2"),
            ("unknown-operator", "wher"),
            ("syntax", "|"),
            ("syntax", "b"),
            ("unfinished", ""),
        ];
        assert_eq!(codes, expected.map(|(code, text)| (code, text.to_owned())));
    }

    #[test]
    fn what_is_known_but_not_built_is_named() {
        let found = findings("T | execute-and-cache");
        let named =
            |finding: &String| finding.starts_with("unsupported") && finding.contains("operator `execute-and-cache`");
        assert!(found.len() == 1 && found.iter().all(named), "{found:#?}");
    }
}
