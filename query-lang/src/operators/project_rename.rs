//! `project-rename new = old, ...`: columns renamed in place.
//! learn.microsoft.com/kusto/query/project-rename-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::columns::duplicate;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::Name;
use crate::expr::parse::separated;
use crate::library::Example;
use crate::name;
use crate::plan::{Expr, Node};
use crate::types::Column;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | project-rename new = old, ...",
    summary: "Gives columns other names; they keep their place.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | project-rename c = a | where c == 1",
        answer: "1 | x",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Rename {
    pairs: Vec<(Name, Name)>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, pairs) = separated(c, pair)?;
    done(after, Rename { pairs })
}

fn pair(c: Cursor) -> Parsed<(Name, Name)> {
    let (at, new) = name::declaration(c)?;
    let (at, _) = at.symbol("=")?;
    let (at, old) = name::reference(at)?;
    Ok((at, (new, old)))
}

impl Operate for Rename {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let scope = Scope::row(&input, env);
        let mut columns: Vec<Column> = input.rel.columns.clone();
        for (new, old) in &self.pairs {
            let Some(at) = input.rel.columns.iter().position(|c| c.name == old.text) else {
                if !scope.open {
                    binder.unknown_column(old, &scope);
                }
                continue;
            };
            columns[at].name = new.text.clone();
        }
        for (i, (new, _)) in self.pairs.iter().enumerate() {
            let taken = columns.iter().filter(|c| c.name == new.text).count() > 1;
            if taken && !self.pairs.iter().take(i).any(|(n, _)| n.text == new.text) {
                binder.report(duplicate(&new.text, new.span));
            }
        }
        let exprs = input.rel.columns.iter().map(Expr::column).collect();
        input.with(columns, |input| Node::Project { input, exprs })
    }
}
