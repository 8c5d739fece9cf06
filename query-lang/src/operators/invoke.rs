//! `invoke f(arguments)`: calls a function of the user with the rows so far as its first table.
//! learn.microsoft.com/kusto/query/invoke-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Definition, Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Argument, Name};
use crate::expr::parse::arguments;
use crate::library::Example;
use crate::name;
use crate::plan::{Node, Rel};
use crate::span::Span;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | invoke function(argument, ...)",
    summary: "Calls a function with the rows so far as its first table.",
    example: Example {
        query: "let twice = (t:(a:long)) { t | extend c = a + a }; print a = 4 | invoke twice()",
        answer: "4 | 8",
    },
    ..OperatorSpec::piped(parse)
};

/// Advanced Hunting's own functions, which look a column of each row up: `invoke FileProfile(SHA1, 1000)`. Any
/// other function sees constants only. learn.microsoft.com/defender-xdr/advanced-hunting-fileprofile-function
const ENRICHING: &[&str] = &["DeviceFromIP", "FileProfile"];

#[derive(Debug)]
struct Invoke {
    name: Name,
    arguments: Vec<Argument>,
    span: Span,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, name) = name::step(c)?;
    let (after, arguments) = arguments(at)?;
    done(after, Invoke { name, arguments, span: after.since(c) })
}

impl Operate for Invoke {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let found = match env.find(&self.name.text) {
            Some(Definition::Function(function, env)) => Some((Rc::clone(function), env.clone())),
            _ => binder.called_function(&self.name),
        };
        let Some((function, closure)) = found else {
            binder.unknown_function(&self.name);
            return Tabular::broken();
        };
        let name = &self.name.text;
        let row = Tabular {
            rel: Rel { columns: input.rel.columns.clone(), node: Node::Values { rows: Vec::new() } },
            ..Tabular::broken()
        };
        let scope = match ENRICHING.contains(&name.as_str()) {
            true => Scope { open: input.open, ..Scope::row(&row, env) },
            false => Scope::constants(env),
        };
        let called = binder.user_table(name, &function, &closure, &self.arguments, Some(input), self.span, &scope);
        called.unwrap_or_else(|| {
            let message = format!("`invoke` needs a function that gives a table, `{name}` gives a value");
            binder.report(Diagnostic::error("value-as-table", self.span, message));
            Tabular::broken()
        })
    }
}
