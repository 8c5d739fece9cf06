//! The Kusto Query Language: text to tokens, tree, and a bound, typed core plan.
//!
//! This crate is the *language*: it resolves names, chooses overloads, inserts conversions and names
//! columns exactly as Kusto does, for any backend. It knows no Arrow, no DataFusion, no files, no
//! threads. What the backend knows (tables, functions, constant folding) comes in through [`host::Host`].

pub mod bind;
pub mod blocks;
pub mod complete;
pub mod cursor;
pub mod declared;
pub mod diagnostic;
mod expectation;
pub mod expr;
pub mod format;
pub mod host;
pub mod known;
pub mod lexer;
pub mod library;
pub mod lint;
pub mod literal;
pub mod name;
pub mod operators;
pub mod plan;
pub mod plugins;
pub mod repair;
#[cfg(test)]
mod robustness;
pub mod similar;
mod slip;
pub mod span;
pub mod statement;
#[cfg(test)]
mod testing;
pub mod time;
pub mod types;

pub use declared::parse_create_tables;
pub use format::format;
use statement::ParsedQuery;

/// Reads the text of a query: its statements, and all that is wrong with it. Never fails.
pub fn parse(text: &str) -> ParsedQuery {
    let (tokens, _) = lexer::tokens(text);
    let notes = cursor::Notes::new(text, &tokens);
    let query = statement::query(cursor::Cursor::new(&notes));
    let diagnostics = notes.into_diagnostics();
    let stumbles = diagnostics.iter().filter(|d| d.code == "syntax").filter_map(|d| end_before(&tokens, d.span.start));
    let mut stumbles: Vec<usize> = stumbles.collect();
    stumbles.sort_unstable();
    let lints = lint::of_tokens(&tokens);
    ParsedQuery { query, stumbles, diagnostics, lints }
}

/// Where the token ends that stands before an offset.
fn end_before(tokens: &[lexer::Token], offset: usize) -> Option<usize> {
    let next = tokens.partition_point(|token| token.span.start < offset);
    next.checked_sub(1).and_then(|last| tokens.get(last)).map(|last| last.span.end)
}

/// Tells whether a text stops where it may stop; otherwise more is to come: the rest of an operator, a bracket, a
/// string. A text with other errors is complete: more of it would not mend them.
pub fn is_complete(text: &str) -> bool {
    !parse(text).diagnostics.iter().any(|d| d.code == "unfinished")
}

/// Reads and binds a query in one go; the diagnostics of both are in the result.
pub fn compile(text: &str, host: &dyn host::Host) -> plan::Bound {
    compile_told(text, host, &bind::data::Told::default())
}

/// Reads and binds a query, of which some columns depend on data, with what data has told.
pub fn compile_told(text: &str, host: &dyn host::Host, told: &bind::data::Told) -> plan::Bound {
    let parsed = parse(text);
    let mut bound = bind::bind(&parsed.query, host, told);
    // What could not be read was reported already; what follows from it is not worth saying. In `State = 'a'` the
    // parser stops behind `State`, and that `State` alone is no condition is nobody's fault.
    bound.diagnostics.retain(|d| parsed.stumbles.binary_search(&d.span.end).is_err());
    bound.lints.extend(parsed.lints);
    bound.lints.sort_by_key(|d| (d.span.start, d.span.end));
    bound.diagnostics.extend(parsed.diagnostics);
    bound.diagnostics.sort_by_key(|d| (d.span.start, d.span.end));
    bound
}
