//! Statements: `let`, `set`, `declare` and their kin, commands, and the expressions that give results.

pub mod command;
pub mod declare;

use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expectation::{begins_line, report_expected};
use crate::expr::ast::{Expr, ExprKind, Name};
use crate::expr::parse::{close, expr};
use crate::lexer::TokenKind;
use crate::literal;
use crate::name;
use crate::operators::{self, Pipeline, value_or_pipeline};
use crate::span::Span;
use crate::types::{Field, Type, Value};

/// A query: its statements in order.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// The statements; those that could not be read are missing, their diagnostics are not.
    pub statements: Vec<Statement>,
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `let name = ...`
    Let(Let),
    /// `set name = value`
    Set(Set),
    /// `declare query_parameters(...)`
    QueryParameters(declare::QueryParameters),
    /// `declare pattern ...`
    Pattern(declare::Pattern),
    /// `restrict access to (...)`
    Restrict(declare::Restrict),
    /// `alias database ...`
    Alias(declare::Alias),
    /// `.show tables` and its kin.
    Command(command::Command),
    /// An expression: one result.
    Expression(Pipeline),
}

/// `let name = value`. learn.microsoft.com/kusto/query/let-statement
#[derive(Clone, Debug)]
pub struct Let {
    /// The name.
    pub name: Name,
    /// What it stands for.
    pub value: LetValue,
    /// All of it.
    pub span: Span,
}

/// The right side of a `let`.
#[derive(Clone, Debug)]
pub enum LetValue {
    /// A scalar, a table's name or a pipeline.
    Expr(Expr),
    /// A function.
    Function(FunctionDefinition),
}

/// `(parameters) { body }`
#[derive(Clone, Debug)]
pub struct FunctionDefinition {
    /// Its parameters.
    pub params: Vec<Parameter>,
    /// The `let`s of its body.
    pub lets: Vec<Let>,
    /// What it gives; nothing after an error.
    pub result: Option<Expr>,
    /// `view () { ... }`
    pub view: bool,
    /// Whether its text is not that of the query: places in it mean nothing there.
    pub stored: bool,
    /// From the first bracket to the last brace.
    pub span: Span,
}

/// A parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: ParameterType,
    /// Its default.
    pub default: Option<Expr>,
}

/// The type of a parameter.
#[derive(Clone, Debug)]
pub enum ParameterType {
    /// `x: long`
    Scalar(Type),
    /// `T: (a: long)`; no columns for `T: (*)`, any table.
    Table(Vec<Field>),
}

/// `set name = value` or `set name`. learn.microsoft.com/kusto/query/set-statement
#[derive(Clone, Debug)]
pub struct Set {
    /// The option.
    pub name: Name,
    /// Its value; true where none is given.
    pub value: Value,
}

/// A query and everything that is wrong with its text.
#[derive(Clone, Debug, Default)]
pub struct ParsedQuery {
    /// The tree.
    pub query: Query,
    /// The findings, in text order.
    pub diagnostics: Vec<Diagnostic>,
    /// Where the last token ends that was understood before each syntax error.
    pub stumbles: Vec<usize>,
    /// What is legal but probably not meant, as far as the text alone shows it.
    pub lints: Vec<Diagnostic>,
}

/// Reads all statements; after an error goes on at the next `;`, or where a line begins like a statement.
pub(crate) fn query(c: Cursor) -> Query {
    let mut statements = Vec::new();
    let mut c = c;
    loop {
        while let Some(after) = c.eat(";") {
            c = after;
        }
        if c.at_end() {
            return Query { statements };
        }
        c.forget();
        let reported = c.reported();
        c = match statement(c) {
            Ok((after, statement)) => {
                statements.extend(statement);
                if after.at_end() || after.is(";") {
                    after
                } else {
                    let _ = (after.symbol("|"), after.symbol(";"));
                    report_expected(after, reported);
                    if begins_line(after) && after.token().kind == TokenKind::Word {
                        after
                    } else {
                        skip_statement(after)
                    }
                }
            }
            Err(_) => {
                report_expected(c, reported);
                statements.extend(unread(c));
                skip_statement(c.jump(c.furthest().0.max(c.position())))
            }
        };
    }
}

/// What a `let` that could not be read leaves: its name, so that its uses are no errors of their own.
fn unread(c: Cursor) -> Option<Statement> {
    let (after, name) = name::step(c.eat_word("let")?).ok()?;
    let value = LetValue::Expr(Expr { kind: ExprKind::Missing, span: name.span });
    after.is("=").then_some(Statement::Let(Let { span: after.since(c), name, value }))
}

/// Goes to the next `;` outside of brackets.
fn skip_statement(c: Cursor) -> Cursor {
    let mut c = c;
    let mut depth = 0_usize;
    while !c.at_end() {
        match &c.token().kind {
            TokenKind::Symbol("(" | "[" | "{") => depth += 1,
            TokenKind::Symbol(")" | "]" | "}") => depth = depth.saturating_sub(1),
            TokenKind::Symbol(";") if depth == 0 => return c,
            _ => {}
        }
        c = c.next();
    }
    c
}

fn statement(c: Cursor) -> Parsed<Option<Statement>> {
    if let Some(after) = c.eat_word("let")
        && after.token().kind != TokenKind::End
        && !after.is("|")
    {
        let (after, statement) = let_statement(c)?;
        return Ok((after, Some(Statement::Let(statement))));
    }
    if let Some(after) = c.eat_word("set")
        && after.token().kind == TokenKind::Word
    {
        let (after, set) = set_statement(after)?;
        return Ok((after, Some(Statement::Set(set))));
    }
    if let Some(found) = declaration(c) {
        return found.map(|(after, statement)| (after, Some(statement)));
    }
    if c.is(".") && c.next().token().kind == TokenKind::Word {
        let (after, command) = command::command(c)?;
        return Ok((after, Some(Statement::Command(command))));
    }
    let (after, pipeline) = operators::pipeline(c)?;
    Ok((after, Some(Statement::Expression(pipeline))))
}

/// The statements that begin with two words of their own, if one stands here.
fn declaration(c: Cursor<'_>) -> Option<Parsed<'_, Statement>> {
    let after = c.next().next();
    let read = match (c.text(), c.next().text()) {
        ("declare", "query_parameters") => {
            declare::query_parameters(after).map(|(c, s)| (c, Statement::QueryParameters(s)))
        }
        ("declare", "pattern") => declare::pattern(after).map(|(c, s)| (c, Statement::Pattern(s))),
        ("restrict", "access") => declare::restrict(c.next()).map(|(c, s)| (c, Statement::Restrict(s))),
        ("alias", "database") => declare::alias(c.next()).map(|(c, s)| (c, Statement::Alias(s))),
        _ => return None,
    };
    Some(read)
}

fn let_statement(c: Cursor) -> Parsed<Let> {
    let (at, _) = c.word("let")?;
    let (at, name) = name::declaration(at)?;
    let (at, _) = at.symbol("=")?;
    let (after, value) = match function(at) {
        Some(found) => found?,
        None => {
            let (after, value) = value_or_pipeline(at)?;
            (after, LetValue::Expr(value))
        }
    };
    Ok((after, Let { name, value, span: after.since(c) }))
}

/// `(a: long) { ... }` if that is what stands here.
fn function(c: Cursor<'_>) -> Option<Parsed<'_, LetValue>> {
    let view = c.eat_word("view");
    let at = view.unwrap_or(c);
    let first = at.eat("(")?;
    let second = name::step(first).ok().map(|(after, _)| after);
    let begins = first.is(")") && first.next().is("{") || second.is_some_and(|after| after.is(":"));
    begins.then(|| {
        let (after, mut definition) = definition(at)?;
        definition.view = view.is_some();
        Ok((after, LetValue::Function(definition)))
    })
}

/// `(parameters) { body }`: also the text of a stored function.
pub(crate) fn definition(c: Cursor) -> Parsed<FunctionDefinition> {
    let (mut at, open) = c.symbol("(")?;
    let mut params = Vec::new();
    while !at.is(")") {
        let (after, param) = parameter(at)?;
        params.push(param);
        at = after;
        match at.eat(",") {
            Some(after) => at = after,
            None => break,
        }
    }
    let (at, _) = close(at, ")", open)?;
    body(at, params, c)
}

/// `{ let a = ...; expression }`, the body of a function that began at `c`.
fn body<'t>(at: Cursor<'t>, params: Vec<Parameter>, c: Cursor<'t>) -> Parsed<'t, FunctionDefinition> {
    let brace = at.span();
    let (at, _) = at.symbol("{")?;
    let (mut at, ()) = at.deeper()?;
    let (mut lets, mut result) = (Vec::new(), None);
    loop {
        while let Some(after) = at.eat(";") {
            at = after;
        }
        if at.is("}") {
            break;
        }
        if at.is_word("let") {
            let (after, statement) = let_statement(at)?;
            lets.push(statement);
            at = after;
        } else {
            let (after, body) = value_or_pipeline(at)?;
            result = Some(body);
            at = after;
        }
        if !at.is(";") {
            break;
        }
    }
    let (after, _) = close(at.at_depth_of(c), "}", brace)?;
    Ok((after, FunctionDefinition { params, lets, result, view: false, stored: false, span: after.since(c) }))
}

fn parameter(c: Cursor) -> Parsed<Parameter> {
    let (at, name) = name::declaration(c)?;
    let (at, _) = at.symbol(":")?;
    let (at, ty) = match at.is("(") {
        true => {
            let (at, fields) = operators::schema(at)?;
            (at, ParameterType::Table(fields.into_iter().map(|(field, _)| field).collect()))
        }
        false => {
            let (at, (ty, _)) = operators::type_name(at)?;
            (at, ParameterType::Scalar(ty))
        }
    };
    let (at, default) = match at.eat("=") {
        Some(after) => {
            let (after, value) = expr(after)?;
            (after, Some(value))
        }
        None => (at, None),
    };
    Ok((at, Parameter { name, ty, default }))
}

fn set_statement(c: Cursor) -> Parsed<Set> {
    let (at, name) = name::step(c)?;
    let Some(at) = at.eat("=") else { return Ok((at, Set { name, value: Value::Bool(true) })) };
    if at.token().kind == TokenKind::Word
        && let Err(_) = literal::typed(at)
        && !matches!(at.text(), "true" | "false")
    {
        return Ok((at.next(), Set { name, value: Value::String(at.text().to_owned()) }));
    }
    let (after, value) = expr(at)?;
    let value = match value.kind {
        ExprKind::Literal(value) => value,
        _ => Value::Null(Type::String),
    };
    Ok((after, Set { name, value }))
}
