//! `project-away a, b*` and `project-keep a, b*`: all columns but these, or only these; their order stays.
//! learn.microsoft.com/kusto/query/project-away-operator and .../project-keep-operator

use std::rc::Rc;

use super::wildcard::{Pattern, pattern};
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::Name;
use crate::expr::parse::separated;
use crate::library::Example;
use crate::plan::{Expr, Node};
use crate::types::Column;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | project-away name, ...",
    summary: "All columns but these; a name may have `*` in it.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | project-away a | take 1",
        answer: "x",
    },
    ..OperatorSpec::piped(parse)
};

pub(super) const KEEP: OperatorSpec = OperatorSpec {
    syntax: "T | project-keep name, ...",
    summary: "Only these columns, in the order they had; a name may have `*` in it.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | project-keep b* | take 1",
        answer: "x",
    },
    ..OperatorSpec::piped(parse_keep)
};

#[derive(Debug)]
struct Choose {
    patterns: Vec<Pattern>,
    keep: bool,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, patterns) = separated(c, pattern)?;
    done(after, Choose { patterns, keep: false })
}

fn parse_keep(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, patterns) = separated(c, pattern)?;
    done(after, Choose { patterns, keep: true })
}

impl Operate for Choose {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        check_names(&self.patterns, &Scope::row(&input, env), binder);
        let fits = |c: &&Column| self.patterns.iter().any(|p| p.fits(&c.name)) == self.keep;
        let columns: Vec<Column> = input.rel.columns.iter().filter(fits).cloned().collect();
        let exprs = columns.iter().map(Expr::column).collect();
        input.with(columns, |input| Node::Project { input, exprs })
    }
}

/// Reports plain names that are no column; a pattern may fit none.
pub(super) fn check_names(patterns: &[Pattern], scope: &Scope, binder: &mut Binder) {
    for pattern in patterns.iter().filter(|p| !p.wild && !scope.open) {
        if scope.column(&pattern.text).is_none() {
            let name = Name { text: pattern.text.clone(), span: pattern.span, bracketed: false };
            let no_lets = Env::default();
            binder.unknown_column(&name, &Scope { env: &no_lets, ..*scope });
        }
    }
}
