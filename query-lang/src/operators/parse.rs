//! `parse [kind=simple|regex|relaxed] [flags=i] text with * "a=" a "," b:long *`, and `parse-where`, which keeps
//! the rows that match: parts of a text become columns.
//! learn.microsoft.com/kusto/query/parse-operator, learn.microsoft.com/kusto/query/parse-where-operator

use std::rc::Rc;

use super::parameters::{self, Parameter};
use super::{Operate, OperatorSpec, done, type_name};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, Name};
use crate::expr::parse::expr;
use crate::lexer::TokenKind;
use crate::library::Example;
use crate::literal;
use crate::name;
use crate::plan::{Node, PatternKind, PatternPart, TextParser, TextPattern};
use crate::span::Span;
use crate::types::Type;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | parse [kind=simple|regex|relaxed] [flags=flags] text with [*] \"text\" name[:type] [*] ...",
    summary: "Parts of a text become columns: what stands where the pattern has their names. A row that does not match keeps them empty.",
    example: Example {
        query: "print s = 'user=ann, id=7' | parse s with 'user=' user ', id=' id:long | project user, id",
        answer: "ann | 7",
    },
    ..OperatorSpec::piped(parse)
};

pub(super) const WHERE: OperatorSpec = OperatorSpec {
    syntax: "T | parse-where [kind=simple|regex] [flags=flags] text with [*] \"text\" name[:type] [*] ...",
    summary: "As `parse`, and only rows that match stay.",
    example: Example {
        query: "datatable(s:string)['id=7', 'id=x', '7'] | parse-where s with 'id=' id:long",
        answer: "id=7 | 7",
    },
    ..OperatorSpec::piped(parse_where)
};

#[derive(Debug)]
struct Parse {
    parameters: Vec<Parameter>,
    text: Expr,
    parts: Vec<Part>,
    matched_only: bool,
}

#[derive(Debug)]
enum Part {
    Star(Span),
    Text(String, Span),
    Column(Name, Type),
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, parse) = body(c)?;
    done(after, parse)
}

fn parse_where(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, parse) = body(c)?;
    done(after, Parse { matched_only: true, ..parse })
}

fn body(c: Cursor) -> Parsed<Parse> {
    let (at, parameters) = parameters::read(c, &["kind", "flags"])?;
    let (at, text) = expr(at)?;
    let (mut at, _) = at.word("with")?;
    let mut parts = Vec::new();
    loop {
        let (after, part) = match &at.token().kind {
            TokenKind::Symbol("*") => (at.next(), Part::Star(at.span())),
            TokenKind::Text(_) => {
                let (after, (text, span)) = literal::text(at)?;
                (after, Part::Text(text, span))
            }
            TokenKind::Word | TokenKind::Symbol("[") => column(at)?,
            _ => break,
        };
        parts.push(part);
        at = after;
    }
    for what in ["*", "a string", "a name"] {
        let _ = at.expected::<()>(what);
    }
    Ok((at, Parse { parameters, text, parts, matched_only: false }))
}

fn column(c: Cursor) -> Parsed<Part> {
    let (at, name) = name::declaration(c)?;
    let Some(after) = at.eat(":") else { return Ok((at, Part::Column(name, Type::String))) };
    let (after, (ty, _)) = type_name(after)?;
    Ok((after, Part::Column(name, ty)))
}

impl Parse {
    fn kind(&self, binder: &mut Binder) -> PatternKind {
        let parameter = |name: &str| self.parameters.iter().rev().find(|p| p.name == name);
        let kind = match parameter("kind") {
            Some(p) if p.value == "regex" => {
                return PatternKind::Regex(parameter("flags").map(|p| p.value.clone()).unwrap_or_default());
            }
            Some(p) if p.value == "relaxed" => {
                if self.matched_only {
                    // The service's SEM0477; its analyser is silent.
                    let message = "`parse-where` cannot be `relaxed`, only `simple` or `regex`";
                    binder.report(Diagnostic::error("unknown-word", p.span, message));
                }
                PatternKind::Relaxed
            }
            Some(p) if p.value != "simple" => {
                binder.report(parameters::unknown_value(p, &["regex", "relaxed", "simple"]));
                PatternKind::Simple
            }
            _ => PatternKind::Simple,
        };
        if let Some(flags) = parameter("flags") {
            // The service's SEM0472.
            let error = Diagnostic::error("wrong-place", flags.span, "`flags` are for regexes only");
            binder.report(error.help("add `kind=regex`"));
        }
        kind
    }

    /// Reports what the parts of a pattern may not be side by side.
    fn check(&self, binder: &mut Binder) {
        let text = |part: Option<&Part>| matches!(part, Some(Part::Text(..)));
        for (i, part) in self.parts.iter().enumerate() {
            let (before, after) = (i.checked_sub(1).and_then(|i| self.parts.get(i)), self.parts.get(i + 1));
            match part {
                Part::Star(span) => {
                    if let Some(Part::Column(name, Type::String)) = before {
                        let message = format!("`*` after `{}` could begin anywhere", name.text);
                        let error = Diagnostic::error("ambiguous-pattern", *span, message).kusto("KS103");
                        binder
                            .report(error.help("put the text between them, or give the column a type such as `long`"));
                    }
                    if after.is_some() && !text(after) {
                        let error = Diagnostic::error("ambiguous-pattern", *span, "a string must follow `*`");
                        binder.report(error.kusto("KS102").help("write where the skipped part ends"));
                    }
                }
                Part::Column(name, _) if before.is_some() && !text(before) => {
                    let message = format!("a string must stand before `{}`", name.text);
                    let error = Diagnostic::error("ambiguous-pattern", name.span, message).kusto("KS101");
                    binder.report(error.help("write the text that separates it from what is before"));
                }
                // The service's SEM0476; its analyser is silent.
                Part::Text(text, span) if text.is_empty() => {
                    binder.report(Diagnostic::error(
                        "ambiguous-pattern",
                        *span,
                        "a string of a pattern cannot be empty",
                    ));
                }
                _ => {}
            }
        }
    }
}

impl Operate for Parse {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let text = binder.expr(&self.text, &Scope::row(&input, env)).to(Type::String);
        let kind = self.kind(binder);
        self.check(binder);
        let columns = self.parts.iter().filter_map(|part| match part {
            Part::Column(name, ty) => Some((name, *ty)),
            _ => None,
        });
        let (columns, captures) = captured(columns, &input, binder);
        let parts = self.parts.iter().map(|part| match part {
            Part::Star(_) => PatternPart::Skip,
            Part::Text(text, _) => PatternPart::Text(text.clone()),
            Part::Column(_, ty) => PatternPart::Capture(*ty),
        });
        let parser = TextParser::Pattern(TextPattern { kind, parts: parts.collect() });
        let matched_only = self.matched_only;
        input.with(columns, |input| Node::Parse { input, text, parser, captures, matched_only })
    }
}

/// The columns after a text is taken apart: one of a name that exists is replaced in place, others follow.
pub(super) fn captured<'a>(
    names: impl Iterator<Item = (&'a Name, Type)>,
    input: &Tabular,
    binder: &mut Binder,
) -> (Vec<crate::types::Column>, Vec<crate::types::ColumnId>) {
    let mut columns = input.rel.columns.clone();
    let (mut captures, mut declared): (Vec<_>, Vec<&str>) = (Vec::new(), Vec::new());
    for (name, ty) in names {
        if declared.contains(&name.text.as_str()) {
            binder.report(crate::bind::columns::duplicate(&name.text, name.span));
        }
        declared.push(&name.text);
        let column = binder.column(name.text.clone(), ty);
        captures.push(column.id);
        match columns.iter_mut().find(|c| c.name == column.name) {
            Some(replaced) => *replaced = column,
            None => columns.push(column),
        }
    }
    (columns, captures)
}
