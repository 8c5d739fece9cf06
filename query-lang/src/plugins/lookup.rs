//! `ipv4_lookup`, `ipv6_lookup`: a join of addresses with networks. `geo_*_lookup` bind and do not run yet.
//! learn.microsoft.com/kusto/query/ipv4-lookup-plugin and its kin

use crate::bind::scope::Scope;
use crate::bind::tabular::Tabular;
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{self, ExprKind, Name};
use crate::library::{Accepts, Example};
use crate::operators::joined;
use crate::plan::{Expr, Node, Operation, Rel};
use crate::types::{Column, Type, Value};

use super::call::Param;
use super::{Call, PluginSpec, Runs};

pub(super) static IPV4: PluginSpec = PluginSpec {
    name: "ipv4_lookup",
    syntax: "T | evaluate ipv4_lookup(U, address, network [, key, ...] [, return_unmatched = true|false])",
    summary: "Joins each IPv4 address with the rows of U whose network holds it; further keys must be equal on both sides.",
    example: Example {
        query: "let U = datatable(net:string, name:string)['10.0.0.0/8', 'inside']; print ip = '10.1.2.3' | evaluate ipv4_lookup(U, ip, net)",
        answer: "10.1.2.3 | 10.0.0.0/8 | inside",
    },
    ..PluginSpec::new(ipv4)
};

pub(super) static IPV6: PluginSpec = PluginSpec {
    name: "ipv6_lookup",
    syntax: "T | evaluate ipv6_lookup(U, address, network [, return_unmatched = true|false])",
    summary: "Joins each IPv6 address with the rows of U whose network holds it; the columns of U come first.",
    example: Example {
        query: "let U = datatable(net:string, name:string)['2001:db8::/32', 'inside']; print ip = '2001:db8::1' | evaluate ipv6_lookup(U, ip, net)",
        answer: "2001:db8::/32 | inside | 2001:db8::1",
    },
    ..PluginSpec::new(ipv6)
};

pub(super) static GEO_LINE: PluginSpec =
    PluginSpec { name: "geo_line_lookup", runs: Runs::NotYet, ..PluginSpec::new(geo_line) };

pub(super) static GEO_POLYGON: PluginSpec =
    PluginSpec { name: "geo_polygon_lookup", runs: Runs::NotYet, ..PluginSpec::new(geo_polygon) };

/// The tables and keys of a lookup.
struct Lookup {
    table: Tabular,
    /// The address, then the network.
    keys: [Expr; 2],
    /// Pairs of columns that must be equal.
    extra: Vec<[Expr; 2]>,
    return_unmatched: Expr,
}

fn ipv4(call: &mut Call) -> Option<Tabular> {
    let lookup = read(call, true)?;
    let extra: Vec<_> = lookup.extra.iter().map(|[_, right]| right.clone()).collect();
    let is_key = |c: &&Column| extra.iter().any(|k| matches!(k.kind, crate::plan::ExprKind::Column(id) if id == c.id));
    let right: Vec<Column> = lookup.table.rel.columns.iter().filter(|c| !is_key(c)).cloned().collect();
    let columns = joined(&call.input.rel.columns, &right);
    Some(matched(call, lookup, columns))
}

/// The columns of the lookup table come first: so the engine answers.
fn ipv6(call: &mut Call) -> Option<Tabular> {
    let lookup = read(call, false)?;
    let columns = joined(&lookup.table.rel.columns, &call.input.rel.columns);
    Some(matched(call, lookup, columns))
}

/// The node: exprs are both keys, whether to keep rows without a match, and the pairs of further keys.
fn matched(call: &mut Call, lookup: Lookup, columns: Vec<Column>) -> Tabular {
    let input = std::mem::replace(&mut call.input, Tabular::broken());
    let open = input.open || lookup.table.open;
    let mut exprs = Vec::from(lookup.keys);
    exprs.push(lookup.return_unmatched);
    exprs.extend(lookup.extra.into_iter().flatten());
    let operation = Operation::Plugin(call.spec.name);
    let node = Node::Whole { operation, inputs: vec![input.rel, lookup.table.rel], exprs, locals: Vec::new() };
    Tabular { open, ..Tabular::new(Rel { columns, node }) }
}

/// The table, both keys, then columns that both sides have, and at the end or by name whether to keep what does not match.
fn read(call: &mut Call, extra_keys: bool) -> Option<Lookup> {
    let [table, source, network, rest @ ..] = call.arguments else {
        call.wrong_count(3, (!extra_keys).then_some(4));
        return None;
    };
    let table = call.binder.table(&table.value, call.env);
    let address = call.argument(Param::Column("address", Accepts::Scalar), &source.value).expr.to(Type::String);
    let network = key_of(call, &network.value, &table).to(Type::String);
    let mut return_unmatched = Expr::literal(Value::Bool(false));
    let mut extra = Vec::new();
    for (i, argument) in rest.iter().enumerate() {
        let named = argument.name.as_ref();
        if let Some(name) = named.filter(|n| n.text != "return_unmatched") {
            call.no_parameter(name);
            return None;
        }
        let is_flag = named.is_some() || matches!(argument.value.kind, ExprKind::Literal(Value::Bool(_)));
        match &argument.value.kind {
            _ if is_flag && i + 1 == rest.len() => {
                return_unmatched = call.binder.expr_of(&argument.value, Type::Bool, &Scope::constants(call.env));
            }
            ExprKind::Name(name) if extra_keys => {
                let [left, right] = [call.column_of(name, None), call.column_of(name, Some(&table))];
                if left.ty != right.ty && left.ty != Type::Unknown && right.ty != Type::Unknown {
                    let message = format!("the key is a {} in the input and a {} in the table", left.ty, right.ty);
                    let error = Diagnostic::error("key-types", name.span, message).kusto("KS227");
                    call.binder.report(error.help("convert one side before"));
                }
                extra.push([left, right]);
            }
            _ => {
                call.wrong_count(3, (!extra_keys).then_some(4));
                return None;
            }
        }
    }
    Some(Lookup { table, keys: [address, network], extra, return_unmatched })
}

/// The key of the lookup table.
fn key_of(call: &mut Call, value: &ast::Expr, table: &Tabular) -> Expr {
    match &value.kind {
        ExprKind::Name(name) => call.column_of(name, Some(table)),
        _ => {
            call.not_a_column("network", value.span);
            Expr::poison()
        }
    }
}

fn geo_polygon(call: &mut Call) -> Option<Tabular> {
    geo(call, &["radius", "return_unmatched", "lookup_area_radius", "return_lookup_key"])
}

fn geo_line(call: &mut Call) -> Option<Tabular> {
    geo(call, &["radius", "return_unmatched", "lookup_area_radius", "return_lookup_key"])
}

/// The input's columns, then those of the table; its shape only where `return_lookup_key` asks for it.
fn geo(call: &mut Call, options: &[&str]) -> Option<Tabular> {
    let options = call.named(4, options)?;
    let [table, shape, longitude, latitude, ..] = call.arguments else {
        call.wrong_count(4, Some(8));
        return None;
    };
    let table = call.binder.table(&table.value, call.env);
    key_of(call, &shape.value, &table);
    for side in [longitude, latitude] {
        call.argument(Param::Column("coordinate", Accepts::Scalar), &side.value);
    }
    let with_key =
        matches!(options.last(), Some(Some(flag)) if matches!(flag.kind, ExprKind::Literal(Value::Bool(true))));
    let is_shape = |c: &&Column| matches!(&shape.value.kind, ExprKind::Name(Name { text, .. }) if *text == c.name);
    let right: Vec<Column> = table.rel.columns.iter().filter(|c| with_key || !is_shape(c)).cloned().collect();
    let columns = joined(&call.input.rel.columns, &right);
    let open = call.input.open || table.open;
    let inputs = vec![call.input.rel.clone(), table.rel];
    Some(Tabular { open, ..Tabular::new(Rel { columns, node: Node::NotYet { inputs } }) })
}
