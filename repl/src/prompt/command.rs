//! The commands of the prompt: what a line that begins with `:` asks for.

use std::path::PathBuf;

use clap::ValueEnum;
use rehunt_lang::similar::nearest;
use rehunt_lang::time::parse_datetime;

use crate::output::Format;

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// What can be typed, or what a function or operator does.
    Help(Option<String>),
    /// What is loaded.
    Tables,
    /// The columns of a table.
    Schema(String),
    /// Load a file or folder.
    Open(PathBuf),
    /// Fix the clock, or let it run.
    Now(Option<i64>),
    /// Choose the form of results.
    Format(Format),
    /// The plan of a query.
    Explain(String),
    /// Leave.
    Quit,
}

/// One row a command: name, argument, what it does.
pub const COMMANDS: &[(&str, &str, &str)] = &[
    ("explain", "QUERY", "shows the plan of a query"),
    ("format", "FORMAT", "shows results as table, csv, json, jsonl or markdown"),
    ("help", "[NAME]", "lists the commands, or describes a function"),
    ("now", "TIME", "fixes what now() returns; `:now real` lets the clock run again"),
    ("open", "PATH", "loads a file or folder of evidence"),
    ("quit", "", "leaves"),
    ("schema", "TABLE", "lists the columns of a table"),
    ("tables", "", "lists what is loaded"),
];

/// Reads a line that begins with `:`. A name may be shortened as long as it means one command.
///
/// # Errors
/// One sentence about what is wrong.
pub fn parse(line: &str) -> Result<Command, String> {
    let line = line.trim().trim_start_matches(':');
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let (name, argument, _) = named(word)?;
    match (argument.is_empty(), rest.is_empty(), argument.starts_with('[')) {
        (true, false, _) => return Err(format!("`:{name}` takes nothing after it")),
        (false, true, false) => return Err(format!("`:{name}` needs more: `:{name} {argument}`")),
        _ => {}
    }
    Ok(match *name {
        "explain" => Command::Explain(rest.to_owned()),
        "format" => Command::Format(format(rest)?),
        "help" => Command::Help((!rest.is_empty()).then(|| rest.to_owned())),
        "now" => Command::Now(clock(rest)?),
        "open" => Command::Open(unquoted(rest).into()),
        "schema" => Command::Schema(rest.trim_end_matches(';').trim_end().to_owned()),
        "tables" => Command::Tables,
        _ => Command::Quit,
    })
}

fn named(word: &str) -> Result<&'static (&'static str, &'static str, &'static str), String> {
    let fits: Vec<_> = COMMANDS.iter().filter(|(name, ..)| !word.is_empty() && name.starts_with(word)).collect();
    match fits.as_slice() {
        [one] => Ok(one),
        _ => Err(match nearest(word, COMMANDS.iter().map(|(name, ..)| *name)) {
            Some(name) => format!("no command `:{word}`; did you mean `:{name}`?"),
            None => format!("no command `:{word}`; `:help` lists them"),
        }),
    }
}

fn format(text: &str) -> Result<Format, String> {
    match Format::from_str(text, true) {
        Ok(Format::Parquet) => Err("Parquet is not for a terminal: run the query with `rehunt -o FILE`".into()),
        Ok(format) => Ok(format),
        Err(_) => Err(format!("no format `{text}`; there are table, csv, json, jsonl and markdown")),
    }
}

fn clock(text: &str) -> Result<Option<i64>, String> {
    if text == "real" {
        return Ok(None);
    }
    let text = text.strip_prefix("datetime(").and_then(|t| t.strip_suffix(')')).unwrap_or(text);
    match parse_datetime(unquoted(text)) {
        Some(now) => Ok(Some(now)),
        None => Err(format!("`{text}` is no time; write it as 2025-06-16 or 2025-06-16T12:00:00Z, or `real`")),
    }
}

/// Paths are often pasted or dropped with quotes around them.
fn unquoted(text: &str) -> &str {
    let inside = |quote| text.strip_prefix(quote).and_then(|t: &str| t.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_may_be_shortened_while_they_are_clear() {
        assert_eq!(parse(":q"), Ok(Command::Quit));
        assert_eq!(parse(":sch T"), Ok(Command::Schema("T".into())));
        assert_eq!(parse(":tabels"), Err("no command `:tabels`; did you mean `:tables`?".into()));
        assert!(parse(":").is_err());
    }

    #[test]
    fn arguments_are_required_or_refused() {
        assert!(parse(":schema").unwrap_err().contains(":schema TABLE"));
        assert!(parse(":quit now").is_err());
        assert_eq!(parse(":help"), Ok(Command::Help(None)));
        assert_eq!(parse(":open 'a b'"), Ok(Command::Open("a b".into())));
        assert!(parse(":format parquet").is_err());
    }

    #[test]
    fn the_clock_can_be_fixed_and_freed() {
        assert_eq!(parse(":now datetime(2025-06-16)"), Ok(Command::Now(parse_datetime("2025-06-16"))));
        assert_eq!(parse(":now real"), Ok(Command::Now(None)));
        assert!(parse(":now soon").is_err());
    }
}
