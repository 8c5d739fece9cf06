//! `print a = 1, 2`: one row of computed cells; those without a name are `print_0`, `print_1` by their place.
//! learn.microsoft.com/kusto/query/print-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::columns::{Names, duplicate};
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::ast::NamedExpr;
use crate::expr::parse::named_list;
use crate::library::Example;
use crate::plan::{Node, Rel};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "print [name =] expression, ...",
    summary: "One row of computed cells.",
    example: Example { query: "print a = 1 + 1, b = strcat('x', 'y')", answer: "2 | xy" },
    ..OperatorSpec::source(parse)
};

#[derive(Debug)]
struct Print {
    items: Vec<NamedExpr>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, items) = named_list(c)?;
    done(after, Print { items })
}

impl Operate for Print {
    fn bind(&self, _: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let scope = Scope::constants(env);
        let mut names = Names::default();
        let (mut columns, mut exprs) = (Vec::new(), Vec::new());
        for (i, item) in self.items.iter().enumerate() {
            let mut given = binder.columns_of(item, &scope);
            if item.tuple {
                // Here the values without names are left out.
                given.truncate(item.names.len());
            }
            let several = given.len() > 1;
            for given in given {
                let name = match (given.declared, given.inferred) {
                    (Some(name), _) => match names.declare_beside(&name.text) {
                        Some(claimed) => claimed,
                        None => {
                            binder.report(duplicate(&name.text, name.span));
                            continue;
                        }
                    },
                    (None, Some(name)) if several => names.infer(&name),
                    (None, _) => names.infer(&format!("print_{i}")),
                };
                columns.push(binder.column(name, given.value.ty));
                exprs.push(given.value);
            }
        }
        Tabular::new(Rel { columns, node: Node::Row { exprs } })
    }
}
