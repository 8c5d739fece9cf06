//! Text to tokens, with nom over `&str`. It never fails: what it does not know becomes an `Unknown` token.
//!
//! There are no keyword kinds: a word means what its place says. Words may begin with a digit (`3ds` is a
//! column, `1d` a timespan), so a whole run is read first and classified then.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::anychar;
use nom::combinator::{map, not, opt, recognize, verify};
use nom::sequence::terminated;
use nom::{IResult, Parser};

use crate::span::Span;
use crate::time::parse_timespan;
use crate::types::Value;

/// A token and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
    /// Whether it follows the token before it without a blank.
    pub glued: bool,
}

/// The kinds of token.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenKind {
    /// A name, a keyword, a unit: any run of letters, digits and `_`.
    Word,
    /// A number or a timespan such as `1.5h`.
    Number(Value),
    /// A string literal, decoded.
    Text(String),
    /// An operator or bracket, as it is spelled in [`SYMBOLS`].
    Symbol(&'static str),
    /// A string whose end is missing.
    OpenText,
    /// Anything else: a typographic quote, letters beyond ASCII, a number that does not fit, a string with an escape
    /// that does not exist.
    Unknown,
    /// The end of the query.
    End,
}

/// Symbols, longest first.
pub const SYMBOLS: &[&str] = &[
    "<|", "==", "!=", "<>", "<=", ">=", "=~", "!~", "=>", "..", "&&", "||", "-->", "<--", "--", "[", "]", "(", ")",
    "{", "}", "|", ";", ",", ":", ".", "=", "<", ">", "+", "-", "*", "/", "%", "!", "~", "@", "?", "$",
];

/// A comment: where it stands, its `//` included, the line break not.
pub type Comment = Span;

/// Splits a query into tokens, the last of which is `End`, and its comments.
pub fn tokens(text: &str) -> (Vec<Token>, Vec<Comment>) {
    let (mut all, mut comments) = (Vec::new(), Vec::new());
    let mut rest = text;
    let mut glued = false;
    loop {
        let start = text.len() - rest.len();
        if rest.is_empty() {
            all.push(Token { kind: TokenKind::End, span: Span::new(start, start), glued });
            return (all, comments);
        }
        if let Ok((after, _)) = blank(rest) {
            rest = after;
            glued = false;
            continue;
        }
        if let Ok((after, comment)) = comment(rest) {
            comments.push(Span::new(start, start + comment.len()));
            rest = after;
            glued = false;
            continue;
        }
        // `anychar` is the last resort of `token`, and text is left: it cannot fail.
        let Ok((after, kind)) = token(rest) else { return (all, comments) };
        all.push(Token { kind, span: Span::new(start, text.len() - after.len()), glued });
        rest = after;
        glued = true;
    }
}

fn blank(i: &str) -> IResult<&str, &str> {
    // Text copied from a web page carries spaces of no width.
    take_while1(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}'))(i)
}

fn comment(i: &str) -> IResult<&str, &str> {
    recognize((tag("//"), take_while(|c| c != '\n' && c != '\r'))).parse(i)
}

fn token(i: &str) -> IResult<&str, TokenKind> {
    alt((text_literal, number_or_word, dollar_word, symbol, foreign_word, map(anychar, |_| TokenKind::Unknown)))
        .parse(i)
}

fn symbol(i: &str) -> IResult<&str, TokenKind> {
    let known = SYMBOLS.iter().find(|s| i.starts_with(**s));
    match known {
        // `--` is two signs but for graph patterns, which are read from single signs.
        Some(s) if matches!(*s, "--" | "-->" | "<--") => {
            let one = if i.starts_with('<') { "<" } else { "-" };
            Ok((&i[1..], TokenKind::Symbol(one)))
        }
        Some(s) => Ok((&i[s.len()..], TokenKind::Symbol(s))),
        None => fail(i),
    }
}

fn fail<T>(i: &str) -> IResult<&str, T> {
    Err(nom::Err::Error(nom::error::Error::new(i, nom::error::ErrorKind::Tag)))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// A run of letters beyond ASCII: a name that lacks its brackets.
fn foreign_word(i: &str) -> IResult<&str, TokenKind> {
    map(take_while1(|c: char| is_word(c) || (!c.is_ascii() && c.is_alphanumeric())), |_| TokenKind::Unknown).parse(i)
}

/// `$left`, `$right`, `$table` are words too.
fn word(i: &str) -> IResult<&str, &str> {
    recognize((opt(tag("$")), take_while1(is_word))).parse(i)
}

/// `$left`, `$right`, `$table`: names that only the language gives.
fn dollar_word(i: &str) -> IResult<&str, TokenKind> {
    map((tag("$"), word), |_| TokenKind::Word).parse(i)
}

/// Reads the whole run and decides then: `1d2h` is a name, `1d` a timespan, `1e-3` a real.
fn number_or_word(i: &str) -> IResult<&str, TokenKind> {
    let starts_with_digit = i.starts_with(|c: char| c.is_ascii_digit());
    let (after, run) = word(i)?;
    if !starts_with_digit {
        return Ok((after, TokenKind::Word));
    }
    let whole = run.bytes().all(|b| b.is_ascii_digit());
    if whole && let Ok((after, _)) = trailing_dot(after) {
        return Ok((after, real_or_timespan(run).map_or(TokenKind::Word, TokenKind::Number)));
    }
    // Before anything but a digit a dot does not join a number, so that `1..5` stays a range.
    if whole && let Ok((after, fraction)) = fraction(after) {
        let (after, exponent) = match fraction.ends_with(['e', 'E']) {
            true => opt(signed_exponent).parse(after)?,
            false => (after, None),
        };
        let text = format!("{run}{fraction}{}", exponent.unwrap_or_default());
        if let Some(value) = real_or_timespan(&text) {
            return Ok((after, TokenKind::Number(value)));
        }
    }
    if let Some(value) = whole_number(run) {
        return Ok((after, TokenKind::Number(value)));
    }
    let mantissa = run.strip_suffix(['e', 'E']).filter(|m| m.bytes().all(|b| b.is_ascii_digit()));
    if mantissa.is_some()
        && let (after, Some(exponent)) = opt(signed_exponent).parse(after)?
        && let Ok(value) = format!("{run}{exponent}").parse()
    {
        return Ok((after, TokenKind::Number(Value::Real(value))));
    }
    if whole || is_hex(run) {
        // More than 64 bits hold.
        return Ok((after, TokenKind::Unknown));
    }
    match real_or_timespan(run) {
        Some(value) => Ok((after, TokenKind::Number(value))),
        None => Ok((after, TokenKind::Word)),
    }
}

/// `1.` is a real, unless a range or a step follows.
fn trailing_dot(i: &str) -> IResult<&str, &str> {
    terminated(tag("."), not(verify(anychar, |c| is_word(*c) || matches!(c, '.' | '[')))).parse(i)
}

fn is_hex(run: &str) -> bool {
    let digits = run.strip_prefix("0x").or_else(|| run.strip_prefix("0X"));
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// `.5`, `.5h`, `.5e`
fn fraction(i: &str) -> IResult<&str, &str> {
    recognize((tag("."), verify(word, |w: &str| w.starts_with(|c: char| c.is_ascii_digit())))).parse(i)
}

fn signed_exponent(i: &str) -> IResult<&str, &str> {
    recognize((alt((tag("+"), tag("-"))), take_while1(|c: char| c.is_ascii_digit()))).parse(i)
}

fn whole_number(run: &str) -> Option<Value> {
    if let Some(hex) = run.strip_prefix("0x").or_else(|| run.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).ok().map(|n| Value::Long(n as i64));
    }
    run.parse().ok().map(Value::Long)
}

fn real_or_timespan(run: &str) -> Option<Value> {
    if run.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-')) {
        return run.parse().ok().map(Value::Real);
    }
    parse_timespan(run).map(Value::Timespan)
}

/// Any string literal: plain, verbatim (`@`), obfuscated (`h`), over several lines.
fn text_literal(i: &str) -> IResult<&str, TokenKind> {
    let (after, _) = opt(alt((tag("h"), tag("H")))).parse(i)?;
    for fence in ["```", "~~~"] {
        if let Some(body) = after.strip_prefix(fence) {
            return Ok(match body.find(fence) {
                Some(end) => (&body[end + fence.len()..], TokenKind::Text(body[..end].to_owned())),
                None => ("", TokenKind::OpenText),
            });
        }
    }
    let (after, verbatim) = opt(tag("@")).parse(after)?;
    let (after, quote) = alt((tag("\""), tag("'"))).parse(after)?;
    let quote = if quote == "\"" { '"' } else { '\'' };
    Ok(if verbatim.is_some() { verbatim_body(after, quote) } else { escaped_body(after, quote) })
}

/// Up to the closing quote; a doubled quote stands for one.
fn verbatim_body(body: &str, quote: char) -> (&str, TokenKind) {
    let mut out = String::new();
    let mut chars = body.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote && chars.peek().is_some_and(|(_, next)| *next == quote) => {
                chars.next();
                out.push(quote);
            }
            c if c == quote => return (&body[at + 1..], TokenKind::Text(out)),
            '\n' | '\r' => return (&body[at..], TokenKind::OpenText),
            c => out.push(c),
        }
    }
    ("", TokenKind::OpenText)
}

/// Up to the closing quote, escapes decoded; an escape Kusto does not know makes the whole unknown.
fn escaped_body(body: &str, quote: char) -> (&str, TokenKind) {
    let mut out = String::new();
    let mut valid = true;
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => {
                let kind = if valid { TokenKind::Text(out) } else { TokenKind::Unknown };
                return (&body[at + 1..], kind);
            }
            '\n' | '\r' => return (&body[at..], TokenKind::OpenText),
            '\\' => match escape(&body[at + 1..]) {
                Some((decoded, length)) => {
                    out.push(decoded);
                    for _ in 0..length {
                        chars.next();
                    }
                }
                None => {
                    valid = false;
                    chars.next();
                }
            },
            c => out.push(c),
        }
    }
    ("", TokenKind::OpenText)
}

/// Decodes what follows a backslash: the character and how many characters were read.
fn escape(rest: &str) -> Option<(char, usize)> {
    let hex = |digits: usize| {
        let code = rest.get(1..=digits).and_then(|h| u32::from_str_radix(h, 16).ok())?;
        char::from_u32(code).map(|c| (c, digits + 1))
    };
    let simple = match rest.chars().next()? {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '\\' => '\\',
        '"' => '"',
        '\'' => '\'',
        'u' => return hex(4),
        'U' => return hex(8),
        'x' => return hex(2),
        '0'..='7' => {
            let digits = rest.chars().take(3).take_while(|c| ('0'..='7').contains(c)).count();
            let code = u32::from_str_radix(rest.get(..digits)?, 8).ok()?;
            return char::from_u32(code).map(|c| (c, digits));
        }
        _ => return None,
    };
    Some((simple, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        tokens(text).0.into_iter().map(|t| t.kind).collect()
    }

    #[test]
    fn runs_are_classified_as_a_whole() {
        use TokenKind::*;
        assert_eq!(kinds("3ds 1d2h"), [Word, Word, End]);
        assert_eq!(kinds("1. 99999999999999999999"), [Number(Value::Real(1.0)), Unknown, End]);
        assert_eq!(kinds("1..5"), [Number(Value::Long(1)), Symbol(".."), Number(Value::Long(5)), End]);
        assert_eq!(kinds("1.5h"), [Number(Value::Timespan(54_000_000_000)), End]);
        assert_eq!(kinds("1e3 1.5e-3"), [Number(Value::Real(1000.0)), Number(Value::Real(0.0015)), End]);
        assert_eq!(kinds("0xff"), [Number(Value::Long(255)), End]);
        assert_eq!(kinds("1L 1us"), [Word, Word, End]);
    }

    #[test]
    fn strings_are_decoded_in_every_form() {
        use TokenKind::*;
        assert_eq!(kinds(r#""a\tb" 'it''s'"#)[0], Text("a\tb".into()));
        assert_eq!(kinds(r#"@"c:\x ""y""" h'secret'"#), [Text(r#"c:\x "y""#.into()), Text("secret".into()), End]);
        assert_eq!(kinds("```two\nlines```"), [Text("two\nlines".into()), End]);
        assert_eq!(kinds("\"open\n1"), [OpenText, Number(Value::Long(1)), End]);
        assert_eq!(kinds(r#""a\qb""#), [Unknown, End]);
    }

    #[test]
    fn comments_and_blanks_are_no_tokens() {
        let (tokens, comments) = tokens("a // b\n!in(c)");
        assert_eq!(tokens.len(), 7);
        assert!(tokens[2].glued && !tokens[1].glued);
        assert_eq!(comments, [Span::new(2, 6)]);
    }
}
