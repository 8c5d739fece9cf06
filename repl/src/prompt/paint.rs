//! Colours of a query while it is typed.

use super::language::{Word, words};

const KEYWORD: &str = "\x1b[1;34m";
const STRING: &str = "\x1b[32m";
const NUMBER: &str = "\x1b[36m";
const COMMENT: &str = "\x1b[90m";
const COMMAND: &str = "\x1b[35m";
const PLAIN: &str = "\x1b[0m";

/// Returns the text with colours put in; nothing else changes, so it is as wide as before.
pub fn paint(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let command = match text.trim_start().starts_with(':') {
        true => text
            .trim_start()
            .find(char::is_whitespace)
            .map_or(text.len(), |at| at + text.len() - text.trim_start().len()),
        false => 0,
    };
    let (name, query) = text.split_at(command); // a border: found by `find`, or one of the ends
    coloured(name, COMMAND, &mut out);
    let mut end = 0;
    for (span, word) in words(query) {
        out.push_str(query.get(end..span.start).unwrap_or(""));
        let color = match word {
            Word::Keyword => KEYWORD,
            Word::String => STRING,
            Word::Number => NUMBER,
            Word::Comment => COMMENT,
        };
        coloured(span.of(query), color, &mut out);
        end = span.end;
    }
    out.push_str(query.get(end..).unwrap_or(""));
    out
}

fn coloured(text: &str, color: &str, out: &mut String) {
    if text.is_empty() || color.is_empty() {
        return out.push_str(text);
    }
    out.push_str(color);
    out.push_str(text);
    out.push_str(PLAIN);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_change_nothing_but_the_colour() {
        for text in ["", ":explain T | where x == 'é'", "T | where", "日本 // 本", "print 'open", " :q"] {
            let painted = paint(text);
            let mut plain = String::new();
            let mut rest = painted.as_str();
            while let Some((before, after)) = rest.split_once('\x1b') {
                plain.push_str(before);
                rest = after.split_once('m').map_or("", |(_, rest)| rest);
            }
            plain.push_str(rest);
            assert_eq!(plain, text);
        }
    }
}
