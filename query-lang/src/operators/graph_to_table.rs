//! `graph-to-table nodes [with_node_id = name]`, `graph-to-table edges [with_source_id = name] [with_target_id = name]`,
//! or both under names: `graph-to-table nodes as N, edges as E;`.
//! learn.microsoft.com/kusto/query/graph-to-table-operator

use std::rc::Rc;

use super::parameters::{self, Parameter};
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::columns::duplicate;
use crate::bind::scope::{Definition, Env};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::{Diagnostic, unsupported};
use crate::expr::ast::Name;
use crate::expr::parse::separated;
use crate::library::Example;
use crate::name;
use crate::plan::{Expr, ExprKind, Node, Rel};
use crate::span::Span;
use crate::types::{Column, Type};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "G | graph-to-table nodes [with_node_id = name]\nG | graph-to-table edges [with_source_id = name] [with_target_id = name]\nG | graph-to-table nodes as Name, edges as Name; ...",
    summary: "The nodes or the edges of a graph as a table; both get names that later statements read.",
    example: Example {
        query: "datatable(a:string, b:string)['x', 'y', 'y', 'z'] | make-graph a --> b with_node_id=n | graph-to-table nodes | sort by n asc",
        answer: "x\ny\nz",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct GraphToTable {
    outputs: Vec<Output>,
    span: Span,
}

#[derive(Debug)]
struct Output {
    nodes: bool,
    name: Option<Name>,
    parameters: Vec<Parameter>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, outputs) = separated(c, output)?;
    done(after, GraphToTable { outputs, span: after.since(c) })
}

fn output(c: Cursor) -> Parsed<Output> {
    let (at, nodes) = match (c.eat_word("nodes"), c.eat_word("edges")) {
        (Some(after), _) => (after, true),
        (_, Some(after)) => (after, false),
        _ => return c.expected("nodes or edges"),
    };
    let known: &[&str] = if nodes { &["with_node_id"] } else { &["with_source_id", "with_target_id"] };
    let (at, mut parameters) = parameters::read(at, known)?;
    let (at, name) = match at.eat_word("as") {
        Some(after) => name::declaration(after).map(|(after, name)| (after, Some(name)))?,
        None => (at, None),
    };
    let (after, more) = parameters::read(at, known)?;
    parameters.extend(more);
    Ok((after, Output { nodes, name, parameters }))
}

impl Operate for GraphToTable {
    fn bind(&self, input: Option<Tabular>, _: &mut Env, binder: &mut Binder) -> Tabular {
        let Some(graph) = input.and_then(|input| input.graph) else { return Tabular::broken() };
        let mut last = Tabular::broken();
        for output in &self.outputs {
            let (rel, keys) = if output.nodes { (&graph.nodes, 1) } else { (&graph.edges, 2) };
            let rel = binder.again(rel);
            last = Tabular::new(output.table(rel, keys, binder));
            if let Some(name) = &output.name {
                let named = Tabular { label: Some(name.text.clone()), ..last.clone() };
                binder.named_tables.push((name.text.clone(), Definition::Table(Rc::new(named))));
            } else if self.outputs.len() > 1 {
                let message = "both tables of a graph need a name to be read by";
                let error = Diagnostic::error("unnamed-table", self.span, message);
                binder.report(error.help("write `nodes as N, edges as E;`"));
                return Tabular::broken();
            }
        }
        last
    }
}

impl Output {
    /// The properties, behind the hashes of keys that are asked for.
    fn table(&self, rel: Rel, keys: usize, binder: &mut Binder) -> Rel {
        let (mut columns, mut exprs) = (Vec::<Column>::new(), Vec::new());
        let properties = rel.columns.get(keys..).unwrap_or_default();
        for parameter in &self.parameters {
            let key = rel.columns.get(usize::from(parameter.name == "with_target_id"));
            let Some(hash) = key.and_then(|key| hash(key, binder)) else {
                binder.report(unsupported(parameter.span, "ids of nodes"));
                continue;
            };
            if properties.iter().chain(&columns).any(|c| c.name == parameter.value) {
                binder.report(duplicate(&parameter.value, parameter.span));
            }
            columns.push(binder.column(parameter.value.clone(), Type::Long));
            exprs.push(hash);
        }
        for property in properties {
            columns.push(binder.column(property.name.clone(), property.ty));
            exprs.push(Expr::column(property));
        }
        Rel { columns, node: Node::Project { input: Box::new(rel), exprs } }
    }
}

/// The id of a node: the hash of its key.
fn hash(key: &Column, binder: &Binder) -> Option<Expr> {
    let function = binder.host.library().function("hash")?;
    let kind = ExprKind::Call { function, args: vec![Expr::column(key)] };
    Some(Expr { ty: Type::Long, kind })
}
