//! `pivot(column [, aggregate] [, key, ...])`: the values of a column become columns, filled with an aggregate of the rows
//! that have the value. Without a schema behind `:` the values are those that the data has, as they appear.
//! learn.microsoft.com/kusto/query/pivot-plugin

use crate::bind::Pending;
use crate::bind::columns::Names;
use crate::bind::data::{Answer, Question};
use crate::bind::scope::Scope;
use crate::bind::tabular::Tabular;
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{self, Argument, ExprKind, Name};
use crate::library::{Accepts, Example};
use crate::plan::{self, Aggregate, BinaryOp, Expr, Node, Rel};
use crate::types::{Column, ColumnId, Type, Value};

use super::call::{OutputSchema, Param};
use super::{Call, PluginSpec};

pub(super) static SPEC: PluginSpec = PluginSpec {
    name: "pivot",
    syntax: "T | evaluate pivot(column [, aggregate(...)] [, key, ...]) [: (name: type, ...)]",
    summary: "Makes a column of each value of a column, filled with an aggregate of its rows (`count()` unless another is \
              given), a row for each combination of the keys. Without a schema behind `:` the rows before it are read \
              twice: once to learn the columns.",
    example: Example {
        query: "datatable(a:string, b:string)['x', 'p', 'x', 'q', 'y', 'p', 'x', 'p'] | evaluate pivot(b) | sort by a asc",
        answer: "x | 2 | 1\ny | 1 | 0",
    },
    ..PluginSpec::new(bind)
};

/// So many columns a pivot may make.
const MOST_VALUES: usize = 1000;

struct Pivot {
    column: Column,
    /// The aggregate, without a filter.
    aggregate: Aggregate,
    ty: Type,
    keys: Vec<Column>,
}

fn bind(call: &mut Call) -> Option<Tabular> {
    let pivot = read(call)?;
    if let Some(schema) = call.schema.take() {
        return Some(pivot.with_schema(call, schema));
    }
    match (call.input.open, pivot.values(call)) {
        (false, Some(values)) => pivot.with_values(call, values),
        _ => {
            let exprs = pivot.keys.iter().map(Expr::column).collect();
            let open = Tabular { open: true, ..std::mem::replace(&mut call.input, Tabular::broken()) };
            Some(open.unordered(pivot.keys, |input| Node::Project { input, exprs }))
        }
    }
}

fn read(call: &mut Call) -> Option<Pivot> {
    let Some((first, mut rest)) = call.arguments.split_first() else {
        call.wrong_count(1, None);
        return None;
    };
    let column = call.argument(Param::Column("pivotColumn", Accepts::NotDynamic), &first.value).expr;
    let counted = match rest.split_first() {
        Some((Argument { value, .. }, keys)) if matches!(value.kind, ExprKind::Call(..)) => {
            rest = keys;
            aggregate(call, value)?
        }
        _ => {
            let name = Name { text: "count".to_owned(), span: call.span, bracketed: false };
            aggregate(call, &ast::Expr { kind: ExprKind::Call(name, Vec::new()), span: call.span })?
        }
    };
    let column = column_by(&column, &call.input)?;
    let mut keys = Vec::new();
    for key in rest {
        let read = call.argument(Param::Column("column", Accepts::Scalar), &key.value).expr;
        keys.push(column_by(&read, &call.input)?);
    }
    let (aggregate, ty) = counted;
    if rest.is_empty() {
        // All columns but the one that is pivoted and those that are aggregated.
        let mut used: Vec<ColumnId> = vec![column.id];
        for argument in &aggregate.args {
            argument.any(&mut |e| {
                if let plan::ExprKind::Column(id) = e.kind {
                    used.push(id);
                }
                false
            });
        }
        keys.extend(call.input.rel.columns.iter().filter(|c| !used.contains(&c.id)).cloned());
    }
    Some(Pivot { column, aggregate, ty, keys })
}

fn column_by(expr: &Expr, input: &Tabular) -> Option<Column> {
    match expr.kind {
        plan::ExprKind::Column(id) => input.rel.columns.iter().find(|c| c.id == id).cloned(),
        _ => None,
    }
}

/// Binds the aggregate, which must give one column.
fn aggregate(call: &mut Call, value: &ast::Expr) -> Option<(Aggregate, Type)> {
    let ExprKind::Call(name, arguments) = &value.kind else { return None };
    let Some((spec, filtered)) = call.binder.host.library().aggregate(&name.text) else {
        let message = format!("`pivot` takes an aggregate, `{}` is none", name.text);
        call.binder.report(Diagnostic::error("argument-type", value.span, message).kusto("KS107"));
        return None;
    };
    let outer = call.binder.aggregates.replace(Pending::default());
    let scope = Scope::row(&call.input, call.env);
    let columns = call.binder.aggregate_call(name, spec, filtered, arguments, value.span, &scope);
    let pending = std::mem::replace(&mut call.binder.aggregates, outer)?;
    let bound = pending.list.into_iter().next()?;
    let [column] = columns.as_slice() else {
        let message = format!("`pivot` needs one value a cell, `{}` gives {}", name.text, columns.len());
        call.binder.report(Diagnostic::error("argument-type", value.span, message).kusto("KS107"));
        return None;
    };
    Some((bound.aggregate, column.ty))
}

impl Pivot {
    fn values(&self, call: &mut Call) -> Option<Vec<Value>> {
        if call.input.open {
            return None;
        }
        let columns = vec![call.binder.column(self.column.name.clone(), self.column.ty)];
        let exprs = vec![Expr::column(&self.column)];
        let node = Node::Project { input: Box::new(call.input.rel.clone()), exprs };
        match call.binder.ask(Question::Values, Rel { columns, node }, call.span) {
            Some(Answer::Values(values)) => Some(values),
            _ => None,
        }
    }

    /// The keys, then a column for each value, named after it.
    fn with_values(&self, call: &mut Call, values: Vec<Value>) -> Option<Tabular> {
        if values.len() > MOST_VALUES {
            let message = format!("`{}` has {} values: too many to be columns", self.column.name, values.len());
            let error = Diagnostic::error("too-large", call.span, message);
            call.binder.report(error.help("say behind `:` which columns to make"));
            return None;
        }
        let mut names = Names::of(self.keys.iter().map(|k| k.name.as_str()));
        let (mut columns, mut aggregates) = (Vec::new(), Vec::new());
        for value in values {
            let text = call.binder.constant(&Expr::literal(value.clone()).to(Type::String));
            let name = match text.as_ref().and_then(Value::as_str) {
                Some("") | None => names.unnamed(),
                Some(text) => names.infer(text),
            };
            let filter = self.equals(call, value)?;
            columns.push(call.binder.column(name, self.ty));
            aggregates.push(Aggregate { filter: Some(filter), ..self.aggregate.clone() });
        }
        Some(self.grouped(call, &self.keys, columns, aggregates))
    }

    /// The columns that the schema declares: those that are no key are values of the column, as text.
    fn with_schema(&self, call: &mut Call, schema: &OutputSchema) -> Tabular {
        let (mut columns, mut aggregates) = (Vec::new(), Vec::new());
        for (field, _) in &schema.fields {
            if self.keys.iter().any(|k| k.name == field.name) {
                continue;
            }
            columns.push(call.binder.column(field.name.clone(), self.ty));
            let filter = Expr {
                ty: Type::Bool,
                kind: plan::ExprKind::Binary {
                    op: BinaryOp::Equal,
                    left: Box::new(Expr::column(&self.column).to(Type::String)),
                    right: Box::new(Expr::literal(Value::String(field.name.clone()))),
                },
            };
            aggregates.push(Aggregate { filter: Some(filter), ..self.aggregate.clone() });
        }
        let made = self.grouped(call, &self.keys, columns, aggregates);
        call.conform(made, schema)
    }

    fn equals(&self, call: &Call, value: Value) -> Option<Expr> {
        let column = Expr::column(&self.column);
        let kind = match value {
            Value::Null(_) => {
                plan::ExprKind::Call { function: call.binder.host.library().function("isnull")?, args: vec![column] }
            }
            value => plan::ExprKind::Binary {
                op: BinaryOp::Equal,
                left: Box::new(column),
                right: Box::new(Expr::literal(value)),
            },
        };
        Some(Expr { ty: Type::Bool, kind })
    }

    fn grouped(&self, call: &mut Call, keys: &[Column], values: Vec<Column>, aggregates: Vec<Aggregate>) -> Tabular {
        let mut columns: Vec<Column> = keys.iter().map(|k| call.binder.column(k.name.clone(), k.ty)).collect();
        columns.extend(values);
        let keys = keys.iter().map(Expr::column).collect();
        let input = std::mem::replace(&mut call.input, Tabular::broken());
        input.unordered(columns, |input| Node::Aggregate { input, keys, aggregates })
    }
}
