//! Management commands that make sense on evidence: what there is, and tables and functions of the session.
//! learn.microsoft.com/kusto/management

use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::Name;
use crate::expr::parse::close;
use crate::lexer::TokenKind;
use crate::name;
use crate::operators::{self, Pipeline};
use crate::span::Span;
use crate::types::Field;

use super::{FunctionDefinition, definition};

/// A command, with the operators piped behind it.
#[derive(Clone, Debug)]
pub struct Command {
    /// What it does.
    pub action: Action,
    /// The operators on its rows; `source` is missing.
    pub operators: Pipeline,
    /// All of it.
    pub span: Span,
}

/// What a command does.
#[derive(Clone, Debug)]
pub enum Action {
    /// `.show tables`
    ShowTables,
    /// `.show table T schema`, `.show table T cslschema`, `.show table T schema as json`
    ShowTable {
        /// The table.
        name: Name,
        /// Whether the schema is shown as JSON.
        json: bool,
    },
    /// `.show functions`
    ShowFunctions,
    /// `.show function f`
    ShowFunction(Name),
    /// `.create table T (a: long)`
    CreateTable {
        /// The table.
        name: Name,
        /// Its columns.
        fields: Vec<Field>,
    },
    /// `.create function f() { ... }`, `.create-or-alter function f() { ... }`
    CreateFunction {
        /// The function.
        name: Name,
        /// What it is.
        function: FunctionDefinition,
        /// Its text, from the first bracket on.
        text: String,
    },
    /// `.drop table T`
    DropTable {
        /// The table.
        name: Name,
        /// Whether it is no error that it does not exist.
        if_exists: bool,
    },
    /// `.drop function f`
    DropFunction {
        /// The function.
        name: Name,
        /// Whether it is no error that it does not exist.
        if_exists: bool,
    },
}

/// The commands as they begin, for messages.
const KNOWN: &str = "`.show tables`, `.show table T schema`, `.show functions`, `.create table`, \
                     `.create-or-alter function`, `.drop table` and `.drop function`";

/// Reads a command from its dot on.
pub(super) fn command(c: Cursor) -> Parsed<Command> {
    let (at, verb) = verb(c.next());
    let Some(rule) = rule(verb, at) else {
        let span = c.span().to(at.next().last_span());
        let message = format!("the command `.{verb} {}` does not work on evidence", at.text());
        c.report(Diagnostic::error("unknown-command", span, message).help(format!("there are {KNOWN}")));
        return Err(nom::Err::Error(crate::cursor::Stop));
    };
    let (at, action) = rule(at.next())?;
    let (after, operators) = operators::piped_on(at)?;
    Ok((after, Command { action, operators, span: after.since(c) }))
}

type Rule = for<'t> fn(Cursor<'t>) -> Parsed<'t, Action>;

fn rule(verb: &str, what: Cursor) -> Option<Rule> {
    Some(match (verb, what.text()) {
        ("show", "tables") => |c| Ok((c, Action::ShowTables)),
        ("show", "table") => show_table,
        ("show", "functions") => |c| Ok((c, Action::ShowFunctions)),
        ("show", "function") => |c| name::reference(c).map(|(c, name)| (c, Action::ShowFunction(name))),
        ("create" | "create-merge", "table") => create_table,
        ("create" | "create-or-alter" | "alter", "function") => create_function,
        ("drop", "table") => |c| drop(c, |name, if_exists| Action::DropTable { name, if_exists }),
        ("drop", "function") => |c| drop(c, |name, if_exists| Action::DropFunction { name, if_exists }),
        _ => return None,
    })
}

/// A word with hyphens: `create-or-alter`.
fn verb<'t>(c: Cursor<'t>) -> (Cursor<'t>, &'t str) {
    let mut at = c.next();
    while at.is("-") && at.next().token().kind == TokenKind::Word {
        at = at.next().next();
    }
    (at, at.since(c).of(c.source()))
}

fn show_table(c: Cursor) -> Parsed<Action> {
    let (at, name) = name::reference(c)?;
    if let Some(after) = at.eat_word("cslschema") {
        return Ok((after, Action::ShowTable { name, json: false }));
    }
    let (at, _) = at.word("schema")?;
    let Some(form) = at.eat_word("as") else { return Ok((at, Action::ShowTable { name, json: false })) };
    match form.text() {
        "json" => Ok((form.next(), Action::ShowTable { name, json: true })),
        "csl" => Ok((form.next(), Action::ShowTable { name, json: false })),
        _ => form.expected("`json` or `csl`"),
    }
}

fn create_table(c: Cursor) -> Parsed<Action> {
    let (at, name) = name::declaration(c)?;
    let (at, fields) = operators::schema(at)?;
    let after = with_properties(at)?;
    Ok((after, Action::CreateTable { name, fields: fields.into_iter().map(|(field, _)| field).collect() }))
}

fn create_function(c: Cursor) -> Parsed<Action> {
    let c = c.eat_word("ifnotexists").unwrap_or(c);
    let at = with_properties(c)?;
    let (at, name) = name::declaration(at)?;
    let (after, function) = definition(at)?;
    let text = after.since(at).of(c.source()).to_owned();
    Ok((after, Action::CreateFunction { name, function, text }))
}

/// `with (docstring = "...", folder = "...")`: read, and of no use here.
fn with_properties(c: Cursor<'_>) -> Result<Cursor<'_>, nom::Err<crate::cursor::Stop>> {
    let Some(at) = c.eat_word("with") else { return Ok(c) };
    let (mut at, open) = at.symbol("(")?;
    while !at.is(")") && !at.at_end() {
        at = at.next();
    }
    close(at, ")", open).map(|(after, _)| after)
}

fn drop(c: Cursor<'_>, action: fn(Name, bool) -> Action) -> Parsed<'_, Action> {
    let (at, name) = name::reference(c)?;
    Ok(match at.eat_word("ifexists") {
        Some(after) => (after, action(name, true)),
        None => (at, action(name, false)),
    })
}
