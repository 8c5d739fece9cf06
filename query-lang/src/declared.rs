//! Schemas of tables as data: `.create table` commands, the one management command that is read here.

use crate::cursor::{Cursor, Notes, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expectation::report_expected;
use crate::expr::parse::close;
use crate::lexer::tokens;
use crate::literal;
use crate::name;
use crate::span::Span;
use crate::types::{Field, Type};

/// A table with its documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTable {
    /// Its name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<DocumentedField>,
    /// What it holds: its `docstring`, else the comment before the command; empty without both.
    pub docstring: String,
    /// Where a catalogue shows it; empty without `folder`.
    pub folder: String,
}

/// A column with its documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentedField {
    /// Name and type.
    pub field: Field,
    /// The comment before it, or behind it on its line; empty without one.
    pub doc: String,
}

impl CreateTable {
    /// Returns the columns without their documentation.
    pub fn fields(&self) -> Vec<Field> {
        self.columns.iter().map(|c| c.field.clone()).collect()
    }
}

/// Reads commands `.create table Name (a: string, b: long) with (docstring="...", folder="...")`, one after the
/// other; those that could not be read are missing, their diagnostics are not.
/// learn.microsoft.com/kusto/management/create-table-command
pub fn parse_create_tables(text: &str) -> (Vec<CreateTable>, Vec<Diagnostic>) {
    let (all, comments) = tokens(text);
    let notes = Notes::new(text, &all);
    let docs = Docs { text, comments: &comments };
    let mut tables = Vec::new();
    let mut c = Cursor::new(&notes);
    while !c.at_end() {
        c.forget();
        let reported = c.reported();
        c = match command(c, &docs) {
            Ok((after, table)) => {
                tables.push(table);
                after
            }
            Err(_) => {
                report_expected(c, reported);
                next_command(c.next())
            }
        };
        while let Some(after) = c.eat(";") {
            c = after;
        }
    }
    (tables, notes.into_diagnostics())
}

/// Goes to the next `.create`.
fn next_command(c: Cursor) -> Cursor {
    let mut c = c;
    while !(c.at_end() || c.is(".") && c.next().is_word("create")) {
        c = c.next();
    }
    c
}

fn command<'t>(c: Cursor<'t>, docs: &Docs) -> Parsed<'t, CreateTable> {
    let (at, _) = c.symbol(".")?;
    let (at, _) = at.word("create")?;
    let (at, _) = at.word("table")?;
    let (at, name) = name::declaration(at)?;
    let (mut at, open) = at.symbol("(")?;
    let mut columns = Vec::new();
    while !at.is(")") {
        let start = at.span();
        let (after, name) = name::declaration(at)?;
        let (after, _) = after.symbol(":")?;
        let Some(ty) = Type::from_name(after.text()) else { return after.expected("a type") };
        let end = after.span();
        at = after.next();
        columns.push(DocumentedField { field: Field::new(name.text, ty), doc: docs.of(start, end) });
        match at.eat(",") {
            Some(after) => at = after,
            None => break,
        }
    }
    let (at, _) = close(at, ")", open)?;
    let (at, properties) = match at.is_word("with") {
        true => properties(at.next())?,
        false => (at, Vec::new()),
    };
    let property = |wanted: &str| properties.iter().find(|(name, _)| name == wanted).map(|(_, text)| text.clone());
    let docstring = property("docstring").unwrap_or_else(|| docs.before(c.span()));
    let folder = property("folder").unwrap_or_default();
    Ok((at, CreateTable { name: name.text, columns, docstring, folder }))
}

/// `(name = "text", ...)`
fn properties(c: Cursor) -> Parsed<Vec<(String, String)>> {
    let (mut at, open) = c.symbol("(")?;
    let mut all = Vec::new();
    while !at.is(")") {
        let (after, name) = name::step(at)?;
        let (after, _) = after.symbol("=")?;
        let (after, (text, _)) = literal::text(after)?;
        all.push((name.text, text));
        at = after;
        match at.eat(",") {
            Some(after) => at = after,
            None => break,
        }
    }
    let (at, _) = close(at, ")", open)?;
    Ok((at, all))
}

/// The comments of the text, as documentation of what they stand beside.
struct Docs<'t> {
    text: &'t str,
    comments: &'t [Span],
}

impl Docs<'_> {
    /// Returns what is said about a declaration: in the lines before it, else behind it on its line.
    fn of(&self, start: Span, end: Span) -> String {
        let before = self.before(start);
        if !before.is_empty() {
            return before;
        }
        let behind = self.comments.iter().find(|c| c.start >= end.end);
        behind.filter(|c| !self.between(end.end, c.start).contains('\n')).map(|c| self.words(*c)).unwrap_or_default()
    }

    /// Returns the comments that stand on lines of their own right before a place, joined by blanks.
    fn before(&self, place: Span) -> String {
        let mut lines = Vec::new();
        let mut end = place.start;
        for comment in self.comments.iter().rev().filter(|c| c.end <= place.start) {
            let line = self.between(0, comment.start).rsplit('\n').next().unwrap_or("");
            let apart = self.between(comment.end, end);
            if !line.trim().is_empty() || !apart.trim().is_empty() || apart.matches('\n').count() > 1 {
                break;
            }
            lines.push(self.words(*comment));
            end = comment.start;
        }
        lines.reverse();
        lines.join(" ")
    }

    fn between(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or("")
    }

    fn words(&self, comment: Span) -> String {
        comment.of(self.text).trim_start_matches('/').trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_carry_the_comment_before_or_behind_them() {
        let (tables, problems) = parse_create_tables(
            "// Mail.\n.create table Mail (\n  // When.\n  // In UTC.\n  Timestamp: datetime,\n  Subject: string, // what\n\
             \n  ['from']: string\n)\n\n.create table B (a: long) with (docstring=\"b's\", folder='x')",
        );
        assert_eq!(problems, []);
        let docs: Vec<_> = tables[0].columns.iter().map(|c| (c.field.name.as_str(), c.doc.as_str())).collect();
        assert_eq!(docs, [("Timestamp", "When. In UTC."), ("Subject", "what"), ("from", "")]);
        assert_eq!((tables[0].docstring.as_str(), tables[1].docstring.as_str()), ("Mail.", "b's"));
        assert_eq!(tables[1].folder, "x");
    }

    #[test]
    fn a_broken_command_is_reported_and_the_next_is_read() {
        let (tables, problems) = parse_create_tables(".create table A (a: text)\n.create table B (b: int)");
        assert_eq!(tables.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["B"]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].message.contains("a type"));
    }
}
