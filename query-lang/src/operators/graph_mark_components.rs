//! `graph-mark-components [kind = weak|strong] [with_component_id = name]`: numbers the parts of a graph that hang
//! together, and gives each node the number of its part.
//! learn.microsoft.com/kusto/query/graph-mark-components-operator

use std::rc::Rc;

use super::parameters::{self, Parameter, unknown_value};
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::columns::duplicate;
use crate::bind::graph::Graph;
use crate::bind::scope::Env;
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::library::Example;
use crate::plan::{Expr, Node, Operation, Rel};
use crate::types::Type;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "G | graph-mark-components [kind=weak|strong] [with_component_id=name]",
    summary: "Numbers the connected parts of a graph; each node gets the number of its part as a property.",
    example: Example {
        query: "datatable(a:string, b:string)['x', 'y', 'p', 'q'] | make-graph a --> b with_node_id=n | graph-mark-components with_component_id=c | graph-to-table nodes | summarize dcount(c)",
        answer: "2",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct MarkComponents {
    parameters: Vec<Parameter>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, parameters) = parameters::read(c, &["kind", "with_component_id"])?;
    done(after, MarkComponents { parameters })
}

impl Operate for MarkComponents {
    fn bind(&self, input: Option<Tabular>, _: &mut Env, binder: &mut Binder) -> Tabular {
        let Some(graph) = input.and_then(|input| input.graph) else { return Tabular::broken() };
        let parameter = |name: &str| self.parameters.iter().find(|p| p.name == name);
        let strong = match parameter("kind") {
            Some(kind) if kind.value == "strong" => true,
            Some(kind) if kind.value != "weak" => {
                binder.report(unknown_value(kind, &["weak", "strong"]));
                false
            }
            _ => false,
        };
        let name = parameter("with_component_id").map_or("ComponentId", |p| p.value.as_str());
        if let Some(written) =
            parameter("with_component_id").filter(|_| graph.node_properties().iter().any(|c| c.name == name))
        {
            binder.report(duplicate(name, written.span));
        }
        let nodes = binder.again(&graph.nodes);
        let ends: Vec<Expr> = graph.edges.columns.iter().take(2).map(Expr::column).collect();
        let columns = ends.iter().map(|e| binder.column("", e.ty)).collect();
        let edges = Rel { columns, node: Node::Project { input: Box::new(graph.edges.clone()), exprs: ends } };
        let edges = binder.again(&edges);
        let mut columns = nodes.columns.clone();
        columns.push(binder.column(name, Type::Long));
        let operation = Operation::GraphComponents { strong };
        let node = Node::Whole { operation, inputs: vec![nodes, edges], exprs: Vec::new(), locals: Vec::new() };
        let marked = Graph { nodes: binder.shared(Rel { columns, node }), edges: graph.edges.clone() };
        Tabular::of_graph(marked)
    }
}
