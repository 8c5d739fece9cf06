//! The usual slips of somebody who knows another language, or types in haste, and what to write instead.

use crate::cursor::Cursor;
use crate::expr::parse::is_between_values;
use crate::known;
use crate::lexer::TokenKind;
use crate::name::is_readable;
use crate::operators::is_operator;
use crate::time::parse_timespan;

/// Typographic quotes.
const QUOTES: [char; 4] = ['\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}'];

/// Words of the grammar that stand nowhere as names, to be recognised in capitals.
const WORDS: [&str; 12] = ["and", "asc", "between", "by", "desc", "first", "in", "last", "nulls", "of", "on", "or"];

const COMMENT: &str = "a comment begins with `//` and ends with its line";

/// Tells what to write instead of what stands at a token where something else was expected.
pub(crate) fn slip(at: Cursor, expected: &[&str]) -> Option<String> {
    let before = at.jump(at.position().saturating_sub(1));
    let behind_value = matches!(before.token().kind, TokenKind::Word | TokenKind::Number(_) | TokenKind::Text(_))
        || matches!(before.text(), ")" | "]" | "}");
    match &at.token().kind {
        TokenKind::Symbol(symbol) => symbol_slip(symbol, at, before, behind_value, expected),
        TokenKind::Unknown => unknown_slip(at.text()),
        TokenKind::Word => word_slip(at, before, behind_value, expected),
        TokenKind::Text(_) | TokenKind::Number(_) if behind_value && expected.contains(&",") => {
            Some(format!("a `,` is missing before `{}`", at.text()))
        }
        _ => None,
    }
}

fn unknown_slip(text: &str) -> Option<String> {
    match text {
        "#" => Some(COMMENT.into()),
        "^" => Some("write `pow(x, y)`".into()),
        _ if text.starts_with(QUOTES) => Some("replace the typographic quotes with `\"` or `'`".into()),
        _ => None,
    }
}

fn symbol_slip(symbol: &str, at: Cursor, before: Cursor, behind_value: bool, expected: &[&str]) -> Option<String> {
    let begins = at.position() == 0;
    Some(match symbol {
        "=" if behind_value || before.is("==") => "compare with `==`".into(),
        "==" if expected.contains(&"=") => "give a name with one `=`".into(),
        "&&" => "write `and`".into(),
        "||" if matches!(before.token().kind, TokenKind::Text(_)) => {
            "write `or` between conditions, `strcat(...)` to join texts".into()
        }
        "||" => "write `or`".into(),
        "!" if at.next().token().kind == TokenKind::Word => {
            format!("write `!{}` without a blank, or `not(...)`", at.next().text())
        }
        "~" => format!("write `{}~` without a blank", before.text()),
        "|" if before.is("|") => "remove one of the pipes".into(),
        "|" if before.is(",") => "remove the `,` before it".into(),
        "|" if before.is(";") => "remove the `;` before it: it ends the query".into(),
        "|" if begins => "begin with a table".into(),
        "." => "a command such as `.show` is not a query".into(),
        "/" if at.next().is("*") => COMMENT.into(),
        "?" => "write `iff(condition, a, b)`".into(),
        "*" if before.is("*") => "write `pow(x, y)`".into(),
        "[" if before.is_word("in") => "write the list in round brackets: `in (a, b)`".into(),
        "," if expected.contains(&"..") => "write both ends as `between (low .. high)`".into(),
        "," if !expected.contains(&",") && matches!(before.token().kind, TokenKind::Text(_) | TokenKind::Number(_)) => {
            "write `in (a, b)` for several values".into()
        }
        "(" if expected.contains(&"=") => "write `let f = (x: type) { ... }`".into(),
        "{" if before.is(")") => "say the type of each parameter: `(x: type) { ... }`".into(),
        "==" | "!=" | "=~" | "!~" | "<" | ">" | "<=" | ">=" if matches!(before.text(), "and" | "or") => {
            format!("repeat the left side after `{}`", before.text())
        }
        _ => return None,
    })
}

fn word_slip(at: Cursor, before: Cursor, behind_value: bool, expected: &[&str]) -> Option<String> {
    let (word, small) = (at.text(), at.text().to_ascii_lowercase());
    let is_grammar = |word: &str| WORDS.contains(&word) || is_between_values(word);
    if small != word && (expected.contains(&small.as_str()) || is_grammar(&small)) {
        return Some(format!("keywords are written small: `{small}`"));
    }
    if statement_word(at).eq_ignore_ascii_case("select") {
        return Some("begin with the table: `T | where ... | project ...`".into());
    }
    if before.text().eq_ignore_ascii_case("not") {
        return Some(match is_between_values(&format!("!{small}")) {
            true => format!("write `!{small}`"),
            false => "write `not(...)`".into(),
        });
    }
    if crate::expectation::begins_line(at) && behind_value {
        return Some(match line(at).contains('\t') {
            true => "remove the rows of a result that were pasted with the query".into(),
            false => "end the statement before it with `;`, or begin the line with `|`".into(),
        });
    }
    if at.token().glued && matches!(before.token().kind, TokenKind::Text(_)) {
        return Some("write a quote within a string as `\\\"` or `\\'`".into());
    }
    if let TokenKind::Number(_) = before.token().kind
        && parse_timespan(&format!("{}{word}", before.text())).is_some()
    {
        return Some(format!("write `{}{word}` without a blank", before.text()));
    }
    if let Some(help) = foreign_word(&small, at, before, expected) {
        return Some(help);
    }
    if behind_value && (known::is_function(before.text()) || known::is_aggregate(before.text())) {
        return Some(format!("write `{}(...)`", before.text()));
    }
    let is_keyword = is_operator(word) || (is_operator(&small) && word == word.to_ascii_uppercase());
    if expected.contains(&"|") && is_keyword && behind_value {
        return Some(format!("put a `|` before `{word}`"));
    }
    if !is_readable(word) && (expected.contains(&"a name") || expected.contains(&"an expression")) {
        return Some(format!("write `['{word}']` if that is a name"));
    }
    if behind_value && known::is_function(word) {
        return Some(format!("write `{word}(...)` around it"));
    }
    (behind_value && expected.contains(&",")).then(|| format!("a `,` is missing before `{word}`"))
}

/// Words of other languages.
fn foreign_word(small: &str, at: Cursor, before: Cursor, expected: &[&str]) -> Option<String> {
    Some(match (small, before.text()) {
        ("not", _) => {
            let next = at.next().text().to_ascii_lowercase();
            format!("write `!{next}`, or `not(...)` around it")
        }
        ("is", _) => "write `isnull(...)`, `isempty(...)` or `==`".into(),
        ("like", _) => "write `contains`, `startswith` or `matches regex`".into(),
        ("matches", _) => "write `matches regex`".into(),
        ("regex", _) => "write `matches regex`".into(),
        ("equals" | "eq", _) => "compare with `==`".into(),
        ("from", _) => "begin with the table: `T | project ...`".into(),
        ("group", _) => "write `summarize ... by ...`".into(),
        ("as", _) if expected.contains(&",") => "write the name first: `name = value`".into(),
        ("when", _) => "write `case(condition, value, else)`".into(),
        ("all", "*") => COMMENT.into(),
        (_, "*") if before.token().glued && at.jump(before.position().saturating_sub(1)).is("/") => COMMENT.into(),
        (_, "def" | "var" | "const" | "define" | "LET" | "Let") => "a definition begins with `let`".into(),
        (kind, "kind") => format!("write `kind={kind}`"),
        ("ago" | "datetime" | "now", "between" | "!between") => "write both ends as `between (low .. high)`".into(),
        ("and", _) if expected.contains(&"..") => "write both ends as `between (low .. high)`".into(),
        _ => return None,
    })
}

/// The first word of the statement that a token is in, if that is near.
fn statement_word(at: Cursor<'_>) -> &str {
    let mut first = at.position();
    while first > at.position().saturating_sub(20) && !at.jump(first - 1).is(";") {
        first -= 1;
    }
    at.jump(first).text()
}

/// The line that a token begins.
fn line(at: Cursor<'_>) -> &str {
    let rest = at.source().get(at.span().start..).unwrap_or("");
    rest.lines().next().unwrap_or("")
}
