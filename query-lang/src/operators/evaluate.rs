//! `evaluate [hint.distribution=...] plugin(arguments) [: (schema)]`: rows that a plugin makes of those so far, or of
//! its arguments alone. What each plugin takes and gives is under [`crate::plugins`].
//! learn.microsoft.com/kusto/query/evaluate-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done, parameters};
use crate::bind::Binder;
use crate::bind::scope::Env;
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Argument, Expr, ExprKind, Name};
use crate::expr::parse::{argument, close};
use crate::library::Example;
use crate::name;
use crate::plugins::{self, Call, OutputSchema};
use crate::similar::nearest;
use crate::span::Span;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "[T |] evaluate plugin(argument, ...) [: ([*,] name: type, ...)]",
    summary: "What a plugin makes of the rows so far. The columns behind `:` are what it gives, where they would \
              depend on the data; `*` stands for those of the input.",
    example: Example { query: "print a = 'x', b = 2 | evaluate narrow()", answer: "0 | a | x\n0 | b | 2" },
    ..OperatorSpec::either(parse)
};

#[derive(Debug)]
struct Evaluate {
    plugin: Name,
    arguments: Vec<Argument>,
    schema: Option<OutputSchema>,
    /// The plugin with its arguments.
    span: Span,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let c = parameters::skip(c)?;
    let (at, plugin) = name::step(c)?;
    let (at, (arguments, typeof_schema)) = arguments(at)?;
    let span = at.since(c);
    let (after, clause) = match at.eat(":") {
        Some(at) => {
            let (after, schema) = output_schema(at)?;
            (after, Some(schema))
        }
        None => {
            let _ = at.symbol(":");
            (at, None)
        }
    };
    done(after, Evaluate { plugin, arguments, schema: clause.or(typeof_schema), span })
}

/// `(a, name = b)`; among them may be the schema of the result, `typeof(*, a: long)`.
fn arguments(c: Cursor) -> Parsed<(Vec<Argument>, Option<OutputSchema>)> {
    let (at, open) = c.symbol("(")?;
    let (mut at, ()) = at.deeper()?;
    let (mut all, mut schema) = (Vec::new(), None);
    while !at.is(")") {
        let after = match typeof_schema(at) {
            Some(inside) => {
                let (after, read) = output_schema(inside)?;
                schema = Some(read);
                let value = Expr { kind: ExprKind::Missing, span: after.since(at) };
                all.push(Argument { name: None, value });
                after
            }
            None => {
                let (after, read) = argument(at)?;
                all.push(read);
                after
            }
        };
        at = after;
        match at.eat(",") {
            Some(after) => at = after,
            None => break,
        }
    }
    let (after, _) = close(at, ")", open)?;
    Ok((after.at_depth_of(c), (all, schema)))
}

/// Where the schema of `typeof(*, a: long)` begins; a plain `typeof(long)` has none.
fn typeof_schema(c: Cursor<'_>) -> Option<Cursor<'_>> {
    let open = c.eat_word("typeof").filter(|at| at.is("("))?;
    let inside = open.next();
    let named = name::step(inside).is_ok_and(|(after, _)| after.is(":"));
    (inside.is("*") || named).then_some(open)
}

/// `(*, a: long, b: string)`
fn output_schema(c: Cursor) -> Parsed<OutputSchema> {
    let (at, open) = c.symbol("(")?;
    let (at, star) = match at.eat("*") {
        Some(after) => (after.eat(",").unwrap_or(after), true),
        None => (at, false),
    };
    let (at, fields) = super::datatable::fields(at)?;
    let (after, _) = close(at, ")", open)?;
    Ok((after, OutputSchema { star, fields }))
}

impl Operate for Evaluate {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let Some(spec) = plugins::find(&self.plugin.text) else {
            binder.report(unknown(&self.plugin));
            return Tabular::broken();
        };
        if spec.source == input.is_some() && spec.source {
            let message = format!("`{}` makes rows of its own and takes none", spec.name);
            binder.report(Diagnostic::error("misplaced-plugin", self.span, message));
            return Tabular::broken();
        }
        if input.is_none() && !spec.source {
            let message = format!("`{}` needs rows: pipe a table into `evaluate`", spec.name);
            binder.report(Diagnostic::error("misplaced-plugin", self.span, message));
            return Tabular::broken();
        }
        let open = input.as_ref().is_some_and(|i| i.open);
        let call = Call {
            binder,
            env,
            spec,
            span: self.span,
            input: input.unwrap_or_else(Tabular::broken),
            arguments: &self.arguments,
            schema: self.schema.as_ref(),
        };
        let made = plugins::bind(call);
        Tabular { open: made.open || open, ..made }
    }
}

fn unknown(plugin: &Name) -> Diagnostic {
    let message = format!("no plugin is named `{}`", plugin.text);
    let error = Diagnostic::error("unknown-plugin", plugin.span, message).kusto("KS124");
    match nearest(&plugin.text, plugins::names()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    }
}
