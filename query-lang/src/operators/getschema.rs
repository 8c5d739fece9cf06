//! `getschema`: one row a column: its name, place, .NET type and KQL type. With `kind=csl` one row for all of them,
//! as a schema is written.
//! learn.microsoft.com/kusto/query/getschema-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done, parameters};
use crate::bind::Binder;
use crate::bind::scope::Env;
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::library::Example;
use crate::plan::{Node, Rel};
use crate::types::{Type, Value};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | getschema [kind=csl]",
    summary: "One row a column: its name, its place, its .NET type and its KQL type.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | getschema",
        answer: "a | 0 | System.Int64 | long\nb | 1 | System.String | string",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Getschema {
    /// All in one text.
    csl: bool,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, parameters) = parameters::read(c, &["kind"])?;
    done(after, Getschema { csl: parameters.last().is_some_and(|kind| kind.value == "csl") })
}

/// Returns a schema as `.create table` takes it: `a:long,['b c']:string`.
pub fn csl_schema<'a>(columns: impl IntoIterator<Item = (&'a str, Type)>) -> String {
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let columns = columns.into_iter().map(|(name, ty)| match plain(name) {
        true => format!("{name}:{ty}"),
        false => format!("['{name}']:{ty}"),
    });
    columns.collect::<Vec<_>>().join(",")
}

/// Returns the .NET name of a type, as `getschema` shows it.
pub fn net_type(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "System.SByte",
        Type::Int => "System.Int32",
        Type::Long => "System.Int64",
        Type::Real => "System.Double",
        Type::Decimal => "System.Data.SqlTypes.SqlDecimal",
        Type::Datetime => "System.DateTime",
        Type::Timespan => "System.TimeSpan",
        Type::String => "System.String",
        Type::Guid => "System.Guid",
        Type::Dynamic | Type::Unknown => "System.Object",
    }
}

impl Operate for Getschema {
    fn bind(&self, input: Option<Tabular>, _: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        if self.csl {
            let columns = vec![binder.column("Schema", Type::String)];
            let rows = vec![vec![Value::String(csl_schema(input.columns().iter().map(|c| (c.name.as_str(), c.ty))))]];
            return Tabular { open: input.open, ..Tabular::new(Rel { columns, node: Node::Values { rows } }) };
        }
        let fields = [
            ("ColumnName", Type::String),
            ("ColumnOrdinal", Type::Int),
            ("DataType", Type::String),
            ("ColumnType", Type::String),
        ];
        let columns = fields.iter().map(|(name, ty)| binder.column(*name, *ty)).collect();
        let rows = input
            .rel
            .columns
            .iter()
            .enumerate()
            .map(|(i, c)| {
                vec![
                    Value::String(c.name.clone()),
                    Value::Int(i32::try_from(i).unwrap_or(i32::MAX)),
                    Value::String(net_type(c.ty).to_owned()),
                    Value::String(c.ty.name().to_owned()),
                ]
            })
            .collect();
        Tabular { open: input.open, ..Tabular::new(Rel { columns, node: Node::Values { rows } }) }
    }
}
