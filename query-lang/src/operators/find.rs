//! `find [withsource=name] [in (A, B*)] where predicate [project-smart | project a, b: string, pack_all()]`: rows of
//! all tables for which a predicate holds. `source_` says which table a row comes from.
//! learn.microsoft.com/kusto/query/find-operator

use std::rc::Rc;

use super::parameters::{self, Parameter};
use super::terms::{matching, referenced};
use super::union::{Leg, bind_legs, every_table, legs, unite};
use super::{Operate, OperatorSpec, done, keyword, type_name};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, Name};
use crate::expr::parse::{expr, separated};
use crate::library::Example;
use crate::name;
use crate::plan::{self, Node};
use crate::span::Span;
use crate::types::{Column, Type, Value};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "find [withsource=name] in (T, ...) where predicate [project-smart | project name[:type], ... [, pack_all()]]\n\
             find predicate [project-smart | project ...]",
    summary: "The rows of all tables for which a predicate holds: the columns it names and those all tables have, and the rest in a bag `pack_`. Tables without a column it names are left out.",
    example: Example {
        query: "let A = view () { datatable(a:long, b:string)[1, 'x', 2, 'y'] }; find in (A) where b == 'y'",
        answer: "A | 2 | y",
    },
    ..OperatorSpec::either(parse)
};

/// The bag of what is not shown.
const PACK: &str = "pack_";

/// What begins the names of sources that have none.
const UNNAMED: &str = "find_arg";

#[derive(Debug)]
struct Find {
    parameters: Vec<Parameter>,
    /// The tables named; nothing for all.
    legs: Option<(Vec<Leg>, Span)>,
    predicate: Expr,
    output: Output,
    span: Span,
}

#[derive(Debug)]
enum Output {
    /// What the predicate names and what all tables have; the rest is packed.
    Smart,
    /// These columns.
    Columns(Vec<Item>),
}

#[derive(Debug)]
enum Item {
    Column(Name, Option<Type>),
    Pack,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, parameters) = parameters::read(c, &["withsource", "with_source", "datascope"])?;
    let (at, legs) = legs(at)?;
    let at = match (at.eat_word("where"), &legs) {
        (Some(after), _) => after,
        (None, Some(_)) => at.word("where")?.0,
        (None, None) => at,
    };
    let (at, predicate) = expr(at)?;
    let (after, output) = match keyword(at) {
        Some((after, "project-smart")) => (after, Output::Smart),
        Some((after, "project")) => {
            let (after, items) = separated(after, item)?;
            (after, Output::Columns(items))
        }
        _ => {
            let _ = at.word("project");
            (at, Output::Smart)
        }
    };
    done(after, Find { parameters, legs, predicate, output, span: after.since(c) })
}

fn item(c: Cursor) -> Parsed<Item> {
    if ["pack", "pack_all"].contains(&c.text()) && c.next().is("(") {
        let at = c.next().next();
        let (after, _) = at.eat("*").unwrap_or(at).symbol(")")?;
        return Ok((after, Item::Pack));
    }
    let (at, name) = name::reference(c)?;
    let Some(after) = at.eat(":") else { return Ok((at, Item::Column(name, None))) };
    let (after, (ty, _)) = type_name(after)?;
    Ok((after, Item::Column(name, Some(ty))))
}

/// A column that is shown.
struct Shown {
    name: String,
    ty: Type,
    /// Columns of other types are converted to it.
    convert: bool,
}

impl Find {
    fn shown(&self, tables: &[Vec<Column>], referenced: &[String], binder: &mut Binder) -> Vec<Shown> {
        let columns = || tables.iter().flatten().filter(|c| c.ty != Type::Unknown);
        let mut shown: Vec<Shown> = Vec::new();
        match &self.output {
            Output::Smart => {
                let everywhere = |name: &str| tables.iter().all(|table| table.iter().any(|c| c.name == name));
                let common = columns().filter(|c| everywhere(&c.name));
                for c in common.chain(columns().filter(|c| referenced.contains(&c.name))) {
                    if !shown.iter().any(|s| s.name == c.name && s.ty == c.ty) {
                        shown.push(Shown { name: c.name.clone(), ty: c.ty, convert: false });
                    }
                }
            }
            Output::Columns(items) => {
                for item in items {
                    let Item::Column(name, wanted) = item else { continue };
                    let mut types: Vec<Type> = columns().filter(|c| c.name == name.text).map(|c| c.ty).collect();
                    types.sort();
                    types.dedup();
                    let ty = match (wanted, types.as_slice()) {
                        (_, []) => {
                            let all: Vec<Column> = columns().cloned().collect();
                            let no_lets = Env::default();
                            let scope = Scope { row: &all, ..Scope::constants(&no_lets) };
                            binder.unknown_column(name, &scope);
                            continue;
                        }
                        (Some(ty), _) | (None, [ty]) => *ty,
                        (None, [ty, ..]) => {
                            let message = format!("`{}` has several types in these tables", name.text);
                            let error = Diagnostic::error("ambiguous-type", name.span, message);
                            binder.report(error.help(format!("write the one wanted, such as `{}: {ty}`", name.text)));
                            *ty
                        }
                    };
                    shown.push(Shown { name: name.text.clone(), ty, convert: true });
                }
            }
        }
        shown
    }

    /// Whether what is not shown is packed.
    fn packs(&self, tables: &[Vec<Column>], shown: &[Shown]) -> bool {
        match &self.output {
            Output::Smart => tables.iter().flatten().any(|c| place(shown, c).is_none()),
            Output::Columns(items) => items.iter().any(|item| matches!(item, Item::Pack)),
        }
    }
}

/// The place of a table's column among those shown.
fn place(shown: &[Shown], column: &Column) -> Option<usize> {
    shown.iter().position(|s| s.name == column.name && (s.convert || s.ty == column.ty))
}

/// Shows a table's columns in the order of all that is shown, and packs the rest.
fn arranged(table: Tabular, own: &[Column], shown: &[Shown], packs: bool, binder: &mut Binder) -> Tabular {
    let (mut columns, mut exprs) = (Vec::new(), Vec::new());
    for s in shown {
        let column = own.iter().find(|c| c.name == s.name && (s.convert || c.ty == s.ty));
        columns.push(binder.column(s.name.clone(), s.ty));
        exprs.push(match column {
            Some(column) => plan::Expr::column(column).to(s.ty),
            None => plan::Expr::literal(Value::missing(s.ty)),
        });
    }
    if packs {
        columns.push(binder.column(PACK, Type::Dynamic));
        let rest: Vec<&Column> = own.iter().filter(|c| place(shown, c).is_none()).collect();
        exprs.push(match binder.host.library().function("bag_pack") {
            Some(function) if !rest.is_empty() => {
                let slot = |c: &&Column| [plan::Expr::literal(Value::String(c.name.clone())), plan::Expr::column(c)];
                let args = rest.iter().flat_map(slot).collect();
                plan::Expr { ty: Type::Dynamic, kind: plan::ExprKind::Call { function, args } }
            }
            _ => plan::Expr::literal(Value::Dynamic("{}".to_owned())),
        });
    }
    let label = table.label.clone();
    Tabular { label, ..table.unordered(columns, |input| Node::Project { input, exprs }) }
}

impl Operate for Find {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        if input.is_some() {
            let error = Diagnostic::error("wrong-place", self.span, "`find` begins a query and takes no rows");
            binder.report(error.help("use `where`, or `search` for terms in any column"));
            return Tabular::broken();
        }
        let tables = match &self.legs {
            Some((legs, _)) => Some(bind_legs(legs, env, false, binder)),
            None => every_table(self.predicate.span, env, binder),
        };
        let Some(mut tables) = tables else { return Tabular::broken() };
        let referenced = referenced(&tables, &self.predicate);
        if !referenced.is_empty() {
            let has = |table: &Tabular| table.columns().iter().any(|c| referenced.contains(&c.name));
            tables.retain(|table| table.open || has(table));
        }
        let own: Vec<Vec<Column>> = tables.iter().map(|table| table.rel.columns.clone()).collect();
        let found = matching(tables, UNNAMED, &self.predicate, false, env, binder);
        let found = own.into_iter().zip(found).filter_map(|(own, table)| Some((own, table?)));
        let (own, found): (Vec<Vec<Column>>, Vec<Tabular>) = found.unzip();
        if found.is_empty() {
            return Tabular::broken();
        }
        let shown = self.shown(&own, &referenced, binder);
        let packs = self.packs(&own, &shown);
        let found = own.iter().zip(found).map(|(own, table)| arranged(table, own, &shown, packs, binder)).collect();
        let source =
            self.parameters.iter().find(|p| p.name.starts_with("with")).map_or("source_", |p| p.value.as_str());
        unite(found, false, Some((source, UNNAMED)), binder)
    }
}
