//! `schema_merge([PreserveOrder])`: one schema of several, each as `getschema` gives it.
//! learn.microsoft.com/kusto/query/schema-merge-plugin

use crate::bind::scope::Scope;
use crate::bind::tabular::Tabular;
use crate::expr::ast::Name;
use crate::library::Example;
use crate::plan::Expr;
use crate::types::{Type, Value};

use super::{Call, PluginSpec};

pub(super) static SPEC: PluginSpec = PluginSpec {
    name: "schema_merge",
    syntax: "T | evaluate schema_merge([PreserveOrder = true|false])",
    summary: "Merges schemas as `getschema` gives them into one; a column that cannot be merged says why.",
    example: Example {
        query: "let a = print x = 1 | getschema; let b = print x = 2, y = '' | getschema; union a, b | evaluate schema_merge()",
        answer: "x | 0 | System.Int64 | long\ny | 1 | System.String | string",
    },
    ..PluginSpec::new(bind)
};

fn bind(call: &mut Call) -> Option<Tabular> {
    let preserve_order = match call.named(0, &["PreserveOrder"])?.pop().flatten() {
        Some(value) => call.binder.expr_of(value, Type::Bool, &Scope::constants(call.env)),
        None => Expr::literal(Value::Bool(true)),
    };
    let span = call.span;
    let mut exprs: Vec<Expr> = ["ColumnName", "ColumnOrdinal", "ColumnType"]
        .into_iter()
        .map(|text| call.column_of(&Name { text: text.to_owned(), span, bracketed: true }, None))
        .collect();
    if let Some(ordinal) = exprs.get_mut(1) {
        *ordinal = ordinal.clone().to(Type::Long);
    }
    exprs.push(preserve_order);
    // The ordinal is a long here and an int in `getschema`: so the engine answers.
    let columns = call.columns([
        ("ColumnName", Type::String),
        ("ColumnOrdinal", Type::Long),
        ("DataType", Type::String),
        ("ColumnType", Type::String),
    ]);
    Some(call.whole(columns, exprs))
}
