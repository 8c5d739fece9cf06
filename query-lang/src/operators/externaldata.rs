//! `externaldata (a: string, b: long) ["file.csv", ...] with (format="csv", ignoreFirstRecord=true)`: the rows of
//! files, under columns that the query declares. learn.microsoft.com/kusto/query/externaldata-operator

use std::rc::Rc;

use super::parameters::{self, Property};
use super::{Operate, OperatorSpec, done, schema};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::Expr;
use crate::expr::parse::{close, expr};
use crate::library::Example;
use crate::plan::{External, Node, Rel};
use crate::span::Span;
use crate::types::{Field, Value};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "externaldata (name:type, ...) [file, ...] [with (format=format [, ignoreFirstRecord=true] [, ingestionMapping=text])]",
    summary: "The rows of files on this machine, under columns that the query declares. A URL is read from the copy it is mapped to.",
    example: Example { query: "", answer: "" },
    ..OperatorSpec::source(parse)
};

#[derive(Debug)]
struct Externaldata {
    fields: Vec<(Field, Span)>,
    uris: Vec<Expr>,
    properties: Vec<Property>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, fields) = schema(c)?;
    let open = at.span();
    let (mut at, _) = at.symbol("[")?;
    let mut uris = Vec::new();
    while !at.is("]") {
        let (after, uri) = expr(at)?;
        uris.push(uri);
        at = after;
        match at.eat(",") {
            Some(after) => at = after,
            None => break,
        }
    }
    let (at, _) = close(at, "]", open)?;
    let (after, properties) = parameters::properties(at)?;
    done(after, Externaldata { fields, uris, properties })
}

impl Externaldata {
    fn uri(&self, uri: &Expr, env: &Env, binder: &mut Binder) -> Option<String> {
        let bound = binder.expr(uri, &Scope::constants(env));
        match binder.constant(&bound) {
            Some(Value::String(uri)) => Some(uri),
            _ if bound.ty == crate::types::Type::Unknown => None,
            _ => {
                let error =
                    Diagnostic::error("not-constant", uri.span, "the place of a file must be a constant string");
                binder.report(error.kusto("KS108"));
                None
            }
        }
    }
}

impl Operate for Externaldata {
    fn bind(&self, _: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let mut columns: Vec<crate::types::Column> = Vec::new();
        for (field, span) in &self.fields {
            match columns.iter().any(|c| c.name == field.name) {
                true => binder.report(crate::bind::columns::duplicate(&field.name, *span)),
                false => columns.push(binder.column(field.name.clone(), field.ty)),
            }
        }
        let uris = self.uris.iter().filter_map(|uri| self.uri(uri, env, binder)).collect();
        let mut external = External { uris, format: None, ignore_first_record: false, mapping: None };
        for property in &self.properties {
            let text = property.value.as_ref().and_then(Value::as_str).map(str::to_owned);
            match (property.name.text.to_ascii_lowercase().as_str(), &property.value) {
                ("format", _) => external.format = text,
                ("ingestionmapping", _) => external.mapping = text,
                ("ignorefirstrecord", Some(Value::Bool(ignore))) => external.ignore_first_record = *ignore,
                ("ignorefirstrecord", Some(Value::Long(ignore))) => external.ignore_first_record = *ignore != 0,
                ("ignorefirstrecord", _) => {
                    external.ignore_first_record = text.is_some_and(|text| text.eq_ignore_ascii_case("true"));
                }
                _ => {
                    let message = format!("the property `{}` has no effect here", property.name.text);
                    binder.report(Diagnostic::warning("unknown-word", property.span, message));
                }
            }
        }
        Tabular::new(Rel { columns, node: Node::External(external) })
    }
}
