//! `union A, B`, `T | union (U | where ...)`: rows of all. Columns by name in order of first appearance; one
//! name with several types becomes one column a type. `withsource=` names the input of each row.
//! learn.microsoft.com/kusto/query/union-operator

use std::collections::HashMap;
use std::rc::Rc;

use super::parameters::{self, Parameter};
use super::wildcard::{Pattern, pattern};
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::columns::Names;
use crate::bind::scope::{Definition, Env};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, ExprKind, Name};
use crate::expr::parse::{close, expr, separated};
use crate::library::Example;
use crate::plan::{Node, Rel, UnionColumn, UnionInput};
use crate::span::Span;
use crate::types::{Column, Type, Value};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "[T |] union [kind=inner|outer] [withsource=name] [isfuzzy=true|false] U, ...",
    summary: "The rows of all tables. Columns go by name; a name with several types becomes a column for each.",
    example: Example { query: "union (print a = 1), (print a = 2, b = 'x') | sort by a asc", answer: "1 | \n2 | x" },
    ..OperatorSpec::either(parse)
};

#[derive(Debug)]
struct Union {
    parameters: Vec<Parameter>,
    legs: Vec<Leg>,
}

/// What is united: the tables of a pattern of names, or one table.
#[derive(Debug)]
pub(super) enum Leg {
    Names(Pattern),
    Table(Expr),
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, parameters) = parameters::read(c, &["kind", "withsource", "with_source", "isfuzzy"])?;
    let (at, legs) = separated(at, leg)?;
    done(at, Union { parameters, legs })
}

fn leg(c: Cursor) -> Parsed<Leg> {
    if let Ok((after, pattern)) = pattern(c)
        && pattern.wild
    {
        return Ok((after, Leg::Names(pattern)));
    }
    let (after, table) = expr(c)?;
    Ok((after, Leg::Table(table)))
}

impl Union {
    fn parameter(&self, names: &[&str]) -> Option<&str> {
        self.parameters.iter().find(|p| names.contains(&p.name.as_str())).map(|p| p.value.as_str())
    }
}

/// `in (T, U*, ...)`, with the place of the brackets, if it stands here.
pub(super) fn legs(c: Cursor) -> Parsed<Option<(Vec<Leg>, Span)>> {
    let Some(at) = c.eat_word("in").filter(|at| at.is("(")) else {
        let _ = c.word("in");
        return Ok((c, None));
    };
    let (at, open) = at.symbol("(")?;
    let (at, legs) = separated(at, leg)?;
    let (after, _) = close(at, ")", open)?;
    Ok((after, Some((legs, open.to(after.last_span())))))
}

/// Binds what is united. With `fuzzy` what does not exist is left out.
pub(super) fn bind_legs(legs: &[Leg], env: &Env, fuzzy: bool, binder: &mut Binder) -> Vec<Tabular> {
    let mut all = Vec::new();
    for leg in legs {
        match leg {
            Leg::Table(expr) => {
                if fuzzy && is_missing(expr, env, binder) {
                    let message = "a table that does not exist is left out of the union";
                    binder.report(Diagnostic::warning("fuzzy-union", expr.span, message).kusto("KS205"));
                    continue;
                }
                all.push(binder.table(expr, env));
            }
            Leg::Names(pattern) => {
                let fitting = tables(|name| pattern.fits(name), pattern.span, env, binder);
                if fitting.is_empty() && !fuzzy {
                    let message = format!("no table fits `{}`", pattern.text);
                    binder.report(Diagnostic::error("unknown-table", pattern.span, message).kusto("KS204"));
                    all.push(Tabular::broken());
                }
                all.extend(fitting);
            }
        }
    }
    all
}

/// The tables of the host and the views of the query whose names fit, by name.
fn tables(fits: impl Fn(&str) -> bool, span: Span, env: &Env, binder: &mut Binder) -> Vec<Tabular> {
    let mut names = binder.host.table_names();
    names.extend(views(env));
    names.retain(|name| fits(name));
    names.sort();
    names.dedup();
    let named = |text| Expr { kind: ExprKind::Name(Name { text, span, bracketed: true }), span };
    names.into_iter().map(|name| binder.table(&named(name), env)).collect()
}

/// All tables and views; nothing, and an error, where there are none.
pub(super) fn every_table(span: Span, env: &Env, binder: &mut Binder) -> Option<Vec<Tabular>> {
    let all = tables(|_| true, span, env, binder);
    if all.is_empty() {
        let error = Diagnostic::error("unknown-table", span, "there is no table to search").kusto("KS204");
        binder.report(error.help("load evidence first: `rehunt -d PATH`, or `:open PATH` at the prompt"));
        return None;
    }
    Some(all)
}

/// The names of the query's own `view` functions: patterns see them beside tables.
fn views(env: &Env) -> impl Iterator<Item = String> + '_ {
    env.iter()
        .filter(|(_, d)| matches!(d, Definition::Function(f, _) if f.view && f.params.is_empty()))
        .map(|(name, _)| name.to_owned())
}

/// Tells whether a leg begins with a name that no table has, or a call of a function that nobody defined.
fn is_missing(expr: &Expr, env: &Env, binder: &Binder) -> bool {
    match &expr.kind {
        ExprKind::Pipeline(pipeline) => pipeline.source.as_ref().is_some_and(|s| is_missing(s, env, binder)),
        ExprKind::Name(name) => {
            !matches!(env.find(&name.text), Some(Definition::Table(_) | Definition::Function(..)))
                && binder.host.table(&name.text).is_none()
                && binder.host.stored_function(&name.text).is_none()
        }
        ExprKind::Call(name, _) => {
            env.find(&name.text).is_none()
                && !matches!(name.text.as_str(), "table" | "materialize" | "view")
                && !crate::known::is_function(&name.text)
                && binder.host.library().function(&name.text).is_none()
                && binder.host.stored_function(&name.text).is_none()
        }
        _ => false,
    }
}

impl Operate for Union {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let fuzzy = self.parameter(&["isfuzzy"]).is_some_and(|v| v.eq_ignore_ascii_case("true") || v == "1");
        let inner = match self.parameter(&["kind"]) {
            None | Some("outer") => false,
            Some("inner") => true,
            Some(_) => {
                if let Some(kind) = self.parameters.iter().find(|p| p.name == "kind") {
                    binder.report(parameters::unknown_value(kind, &["inner", "outer"]));
                }
                false
            }
        };
        let mut legs: Vec<Tabular> = input.into_iter().collect();
        legs.extend(bind_legs(&self.legs, env, fuzzy, binder));
        if legs.is_empty() {
            let message = "no table fits this union";
            let span = self.parameters.first().map_or_else(Default::default, |p| p.span);
            let error = Diagnostic::error("unknown-table", span, message).kusto("KS204");
            // A fuzzy union of nothing binds, open, and has nothing to run on.
            if fuzzy {
                binder.refuse_to_run(error)
            } else {
                binder.report(error)
            }
            return Tabular::broken();
        }
        let source = self.parameter(&["withsource", "with_source"]);
        unite(legs, inner, source.map(|name| (name, "union_arg")), binder)
    }
}

/// Unites rows under the columns of all, or with `inner` those that all have. `source` is the name of a column that
/// says where a row comes from, and what begins the names of sources without one.
pub(super) fn unite(legs: Vec<Tabular>, inner: bool, source: Option<(&str, &str)>, binder: &mut Binder) -> Tabular {
    let open = legs.iter().any(|l| l.open);
    let mut merged = merge(&legs, inner);
    let mut columns: Vec<Column> = Vec::new();
    let mut names = Names::default();
    if let Some((name, _)) = source {
        names.declare(name);
        columns.push(binder.column(name, Type::String));
    }
    // Real columns keep their names; generated ones are numbered around them.
    let generated: Vec<bool> = merged.iter().map(|m| m.generated.is_some()).collect();
    for m in merged.iter().filter(|m| m.generated.is_none()) {
        names.declare(&m.name);
    }
    for (m, generated) in merged.iter_mut().zip(generated) {
        let name = match (&m.generated, generated) {
            (Some(suffixed), true) => names.infer(suffixed),
            _ => m.name.clone(),
        };
        columns.push(binder.column(name, m.ty));
    }
    let places: HashMap<(&str, Type), usize> =
        merged.iter().enumerate().map(|(place, m)| ((m.name.as_str(), m.ty), place)).collect();
    let inputs = legs.into_iter().enumerate().map(|(n, leg)| {
        let label = || leg.label.clone().unwrap_or_else(|| format!("{}{n}", source.map_or("", |(_, prefix)| prefix)));
        let mut from = vec![UnionColumn::Missing; columns.len()];
        let generated = usize::from(source.is_some());
        if let Some(first) = from.first_mut().filter(|_| source.is_some()) {
            *first = UnionColumn::Constant(Value::String(label()));
        }
        // The first column of a name and type is the one. `union *` meets hundreds of tables with thousands of
        // columns: each table is asked for its own only.
        for column in leg.rel.columns.iter().rev() {
            let place = places.get(&(column.name.as_str(), column.ty)).map(|place| place + generated);
            if let Some(place) = place.and_then(|place| from.get_mut(place)) {
                *place = UnionColumn::From(column.id);
            }
        }
        UnionInput { rel: leg.rel, columns: from }
    });
    let inputs = inputs.collect();
    Tabular { open, ..Tabular::new(Rel { columns, node: Node::Union { inputs } }) }
}

/// A column of the result.
struct Merged {
    name: String,
    ty: Type,
    /// The name it gets because others of its name have another type.
    generated: Option<String>,
}

/// Columns by first appearance; types of one name side by side at its first place.
fn merge(legs: &[Tabular], inner: bool) -> Vec<Merged> {
    let mut by_name: Vec<(String, Vec<Type>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for column in legs.iter().flat_map(|l| &l.rel.columns).filter(|c| c.ty != Type::Unknown) {
        let place = *places.entry(&column.name).or_insert(by_name.len());
        match by_name.get_mut(place) {
            Some((_, types)) if types.contains(&column.ty) => {}
            Some((_, types)) => types.push(column.ty),
            None => by_name.push((column.name.clone(), vec![column.ty])),
        }
    }
    if inner {
        by_name.retain(|(name, _)| legs.iter().all(|l| l.rel.columns.iter().any(|c| c.name == *name)));
    }
    by_name
        .into_iter()
        .flat_map(|(name, types)| {
            let several = types.len() > 1;
            types.into_iter().map(move |ty| Merged {
                generated: several.then(|| format!("{name}_{ty}")),
                name: name.clone(),
                ty,
            })
        })
        .collect()
}
