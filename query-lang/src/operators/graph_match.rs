//! `graph-match [cycles=all|none|unique_edges] (a)-[e]->(b), ... [where condition] project expression, ...` and
//! `graph-shortest-paths [output=any|all] (a)-[e*1..5]->(b) [where condition] project expression, ...`.
//! learn.microsoft.com/kusto/query/graph-match-operator, learn.microsoft.com/kusto/query/graph-shortest-paths-operator

use std::collections::HashMap;
use std::rc::Rc;

use super::graph_pattern::{Pattern, pattern};
use super::parameters::{self, Parameter, unknown_value};
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::graph::{Asked, Graph, OpenPattern};
use crate::bind::scope::{Env, NamedRow, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, ExprKind, NamedExpr};
use crate::expr::parse::{expr, named_list};
use crate::library::Example;
use crate::plan::{self, Cycles, Fold, GraphOutput, GraphSearch, GraphSearchKind, Node, Operation, Rel};
use crate::types::{Column, ColumnId, Type};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "G | graph-match [cycles=all|none|unique_edges] (node)-[edge]->(node)<-[edge*min..max]-(node), ... [where condition] project [name =] expression, ...",
    summary: "All places of a graph where a pattern fits, one row each. `map`, `all` and `any` look along edges of variable length.",
    example: Example {
        query: "datatable(a:string, b:string)['x', 'y', 'y', 'z'] | make-graph a --> b with_node_id=n | graph-match (p)-[e*1..2]->(q) where q.n == 'z' project p.n, path = map(e, b) | sort by p_n asc",
        answer: "x | [\"y\",\"z\"]\ny | [\"z\"]",
    },
    ..OperatorSpec::piped(parse)
};

pub(super) const SHORTEST: OperatorSpec = OperatorSpec {
    syntax: "G | graph-shortest-paths [output=any|all] (node)-[edge*min..max]->(node) [where condition] project [name =] expression, ...",
    summary: "A shortest path between each pair of nodes that a pattern connects, or all the shortest.",
    example: Example {
        query: "datatable(a:string, b:string)['x', 'y', 'y', 'z', 'x', 'z'] | make-graph a --> b with_node_id=n | graph-shortest-paths (p)-[e*1..5]->(q) where p.n == 'x' and q.n == 'z' project path = map(e, b)",
        answer: "[\"z\"]",
    },
    ..OperatorSpec::piped(parse_shortest)
};

#[derive(Debug)]
struct GraphMatch {
    shortest: bool,
    parameters: Vec<Parameter>,
    pattern: Pattern,
    condition: Option<Expr>,
    items: Vec<NamedExpr>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, parameters) = parameters::read(c, &["cycles"])?;
    rest(at, parameters, false)
}

fn parse_shortest(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, parameters) = parameters::read(c, &["output"])?;
    rest(at, parameters, true)
}

fn rest(c: Cursor, parameters: Vec<Parameter>, shortest: bool) -> Parsed<Rc<dyn Operate>> {
    let (at, pattern) = pattern(c)?;
    let (at, condition) = match at.eat_word("where") {
        Some(after) => {
            let (after, condition) = expr(after)?;
            (after, Some(condition))
        }
        None => {
            let _ = at.word("where");
            (at, None)
        }
    };
    let (at, _) = at.word("project")?;
    let (after, items) = named_list(at)?;
    done(after, GraphMatch { shortest, parameters, pattern, condition, items })
}

impl Operate for GraphMatch {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let Some(graph) = input.and_then(|input| input.graph) else { return Tabular::broken() };
        let kind = self.kind(binder);
        let Some(shape) = self.pattern.shape(self.shortest, binder) else { return Tabular::broken() };
        let mut rows: Vec<NamedRow> = Vec::new();
        // Where each column of those rows comes from.
        let mut origins: HashMap<ColumnId, (Part, usize)> = HashMap::new();
        for (name, part) in shape.parts() {
            let of = match part {
                Part::Node(_) => graph.node_properties(),
                Part::Edge(_) => graph.edge_properties(),
            };
            let columns: Vec<Column> = of.iter().map(|c| binder.column(c.name.clone(), c.ty)).collect();
            origins.extend(columns.iter().enumerate().map(|(at, c)| (c.id, (part, at))));
            rows.push(NamedRow { name: name.to_owned(), columns });
        }
        binder.pattern = Some(OpenPattern {
            nodes: shape.node_names.clone(),
            edges: shape.edge_names.clone(),
            node_properties: graph.node_properties().to_vec(),
            edge_properties: graph.edge_properties().to_vec(),
            asked: Vec::new(),
        });
        let scope = Scope { named: &rows, ..Scope::constants(env) };
        let conditions = self.conditions(&shape, &graph, &scope, binder);
        let (mut columns, exprs) = self.projected(&shape, &graph, &scope, binder);
        let asked = binder.pattern.take().map(|p| p.asked).unwrap_or_default();
        if conditions.iter().chain(&exprs).any(|e| e.ty == Type::Unknown) {
            for column in &mut columns {
                column.id = binder.fresh();
            }
            return Tabular { open: true, ..Tabular::new(Rel { columns, ..Tabular::broken().rel }) };
        }
        let search = Search::new(&graph, kind, &shape);
        Tabular::new(search.run(
            conditions,
            (columns, exprs),
            &origins,
            asked,
            self.condition.as_ref().map(|c| c.span),
            binder,
        ))
    }
}

/// A part of a pattern by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A node.
    Node(usize),
    /// An edge.
    Edge(usize),
}

/// A pattern whose names are resolved.
pub(super) struct Shape {
    /// The named nodes.
    pub node_names: Vec<(String, usize)>,
    /// The named edges.
    pub edge_names: Vec<(String, usize)>,
    /// The edges of variable length.
    pub variable: Vec<usize>,
    pub nodes: usize,
    pub edges: usize,
    pub paths: Vec<plan::PatternPath>,
}

impl Shape {
    /// The named parts; edges of variable length left out, as they are many edges.
    fn parts(&self) -> impl Iterator<Item = (&str, Part)> {
        let nodes = self.node_names.iter().map(|(name, n)| (name.as_str(), Part::Node(*n)));
        let single = self.edge_names.iter().filter(|(_, n)| !self.variable.contains(n));
        nodes.chain(single.map(|(name, n)| (name.as_str(), Part::Edge(*n))))
    }

    /// The edge of variable length whose properties an expression reads bare, as `e.property`.
    fn along(&self, expr: &Expr) -> Option<usize> {
        match &expr.kind {
            ExprKind::Member(base, _) => match &base.kind {
                ExprKind::Name(name) => {
                    let found = self.edge_names.iter().find(|(own, n)| *own == name.text && self.variable.contains(n));
                    found.map(|(_, n)| *n)
                }
                _ => self.along(base),
            },
            ExprKind::Index(base, index) => self.along(base).or_else(|| self.along(index)),
            ExprKind::Call(name, _) if matches!(name.text.as_str(), "map" | "all" | "any") => None,
            ExprKind::Call(_, arguments) => arguments.iter().find_map(|a| self.along(&a.value)),
            ExprKind::Sign(_, inner) => self.along(inner),
            ExprKind::Binary(binary) => self.along(&binary.left).or_else(|| self.along(&binary.right)),
            ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().find_map(|p| self.along(p)),
            ExprKind::Between(between) => {
                [&between.value, &between.low, &between.high].into_iter().find_map(|p| self.along(p))
            }
            ExprKind::In(list) => std::iter::once(&list.value).chain(&list.items).find_map(|p| self.along(p)),
            _ => None,
        }
    }
}

impl GraphMatch {
    fn kind(&self, binder: &mut Binder) -> GraphSearchKind {
        let Some(written) = self.parameters.first() else {
            return match self.shortest {
                true => GraphSearchKind::Shortest { all: false },
                false => GraphSearchKind::Match(Cycles::UniqueEdges),
            };
        };
        let known: &[&str] = if self.shortest { &["any", "all"] } else { &["none", "all", "unique_edges"] };
        match (self.shortest, written.value.as_str()) {
            (true, "all") => GraphSearchKind::Shortest { all: true },
            (false, "all") => GraphSearchKind::Match(Cycles::All),
            (false, "none") => GraphSearchKind::Match(Cycles::None),
            (shortest, value) => {
                if !known.contains(&value) {
                    binder.report(unknown_value(written, known));
                }
                match shortest {
                    true => GraphSearchKind::Shortest { all: false },
                    false => GraphSearchKind::Match(Cycles::UniqueEdges),
                }
            }
        }
    }

    /// The conditions that must all hold.
    fn conditions(&self, shape: &Shape, graph: &Graph, scope: &Scope, binder: &mut Binder) -> Vec<plan::Expr> {
        let parts: Vec<&Expr> = match &self.condition {
            Some(Expr { kind: ExprKind::And(parts), .. }) => parts.iter().collect(),
            Some(one) => vec![one],
            None => Vec::new(),
        };
        parts
            .into_iter()
            .map(|part| match shape.along(part) {
                // A property of an edge of variable length: it holds for each of the edges.
                Some(edge) => each_edge(part, edge, Fold::All, shape, graph, scope, binder),
                None => binder.predicate(part, scope),
            })
            .collect()
    }

    fn projected(
        &self,
        shape: &Shape,
        graph: &Graph,
        scope: &Scope,
        binder: &mut Binder,
    ) -> (Vec<Column>, Vec<plan::Expr>) {
        let mut names = crate::bind::columns::Names::default();
        let (mut columns, mut exprs) = (Vec::new(), Vec::new());
        for item in &self.items {
            let value = match shape.along(&item.value) {
                Some(edge) => each_edge(&item.value, edge, Fold::List, shape, graph, scope, binder),
                None => binder.expr(&item.value, scope),
            };
            let name = match item.names.first() {
                Some(name) => match names.declare(&name.text) {
                    true => name.text.clone(),
                    false => {
                        binder.report(crate::bind::columns::duplicate(&name.text, name.span));
                        continue;
                    }
                },
                None => match crate::expr::auto_name::auto_name(&item.value, scope, binder.host) {
                    Some(name) => names.infer(&name),
                    None => names.unnamed(),
                },
            };
            columns.push(binder.column(name, value.ty));
            exprs.push(value);
        }
        (columns, exprs)
    }
}

/// An expression over each of the edges that one of variable length stands for.
fn each_edge(
    expr: &Expr,
    edge: usize,
    fold: Fold,
    shape: &Shape,
    graph: &Graph,
    scope: &Scope,
    binder: &mut Binder,
) -> plan::Expr {
    let name = shape.edge_names.iter().find(|(_, n)| *n == edge).map(|(name, _)| name.clone()).unwrap_or_default();
    let rows = [NamedRow { name, columns: graph.edge_properties().to_vec() }];
    binder.along(edge, false, fold, expr, &Scope { named: &rows, ..*scope })
}

/// The search as it grows: inputs with the columns that are needed of them.
struct Search<'g> {
    graph: &'g Graph,
    spec: GraphSearch,
    nodes: Vec<plan::Expr>,
    edges: Vec<plan::Expr>,
    columns: Vec<Column>,
}

impl<'g> Search<'g> {
    fn new(graph: &'g Graph, kind: GraphSearchKind, shape: &Shape) -> Self {
        let keys = |rel: &Rel, n: usize| rel.columns.iter().take(n).map(plan::Expr::column).collect();
        let spec = GraphSearch {
            kind,
            nodes: shape.nodes,
            edges: shape.edges,
            paths: shape.paths.clone(),
            node_tests: Vec::new(),
            edge_tests: Vec::new(),
            inner_tests: Vec::new(),
            outputs: Vec::new(),
        };
        Self { graph, spec, nodes: keys(&graph.nodes, 1), edges: keys(&graph.edges, 2), columns: Vec::new() }
    }

    fn run(
        mut self,
        conditions: Vec<plan::Expr>,
        (columns, exprs): (Vec<Column>, Vec<plan::Expr>),
        origins: &HashMap<ColumnId, (Part, usize)>,
        asked: Vec<(Asked, Column)>,
        span: Option<crate::span::Span>,
        binder: &mut Binder,
    ) -> Rel {
        let mut rest = Vec::new();
        for condition in conditions {
            if !self.test(&condition, origins, &asked) {
                rest.push(condition);
            }
        }
        if let (GraphSearchKind::Shortest { .. }, Some(span)) = (self.spec.kind, span) {
            // What is tested afterwards must not decide which path is the shortest: it may look at the ends only.
            let path = self.spec.paths.first();
            let ends = path.map(|p| (p.start, p.hops.last().map_or(p.start, |h| h.to)));
            let of_ends = |part: &Part| matches!((part, ends), (Part::Node(n), Some((a, b))) if *n == a || *n == b);
            let foreign = rest.iter().any(|e| {
                e.any(&mut |e| match &e.kind {
                    plan::ExprKind::Column(id) => !origins.get(id).is_some_and(|(part, _)| of_ends(part)),
                    _ => false,
                })
            });
            if foreign {
                binder.not_yet(span, "this condition of `graph-shortest-paths`");
            }
        }
        for (id, (part, at)) in read(rest.iter().chain(&exprs), origins) {
            let output = match part {
                Part::Node(node) => {
                    GraphOutput::Node { node, column: self.node(plan::Expr::column(&self.graph.node_properties()[at])) }
                }
                Part::Edge(edge) => {
                    GraphOutput::Edge { edge, column: self.edge(plan::Expr::column(&self.graph.edge_properties()[at])) }
                }
            };
            let ty = match part {
                Part::Node(_) => self.graph.node_properties()[at].ty,
                Part::Edge(_) => self.graph.edge_properties()[at].ty,
            };
            self.output(output, Column { id, name: String::new(), ty });
        }
        for (what, column) in asked {
            let output = match what {
                Asked::Edges { edge, value, fold } => GraphOutput::Edges { edge, column: self.edge(value), fold },
                Asked::InnerNodes { edge, value, fold } => {
                    GraphOutput::InnerNodes { edge, column: self.node(value), fold }
                }
                Asked::Degree { node, incoming } => GraphOutput::Degree { node, incoming },
            };
            self.output(output, column);
        }
        let Self { graph, spec, nodes, edges, columns: found, .. } = self;
        let inputs = vec![wanted(&graph.nodes, nodes, binder), wanted(&graph.edges, edges, binder)];
        let operation = Operation::GraphSearch(spec);
        let mut rel = Rel {
            columns: found.clone(),
            node: Node::Whole { operation, inputs, exprs: Vec::new(), locals: Vec::new() },
        };
        if !rest.is_empty() {
            rel = Rel { columns: found, node: Node::Filter { input: Box::new(rel), predicate: plan::Expr::all(rest) } };
        }
        Rel { columns, node: Node::Project { input: Box::new(rel), exprs } }
    }

    /// Makes a condition on one part of the pattern a test of that part, so that the search need not go on there.
    fn test(
        &mut self,
        condition: &plan::Expr,
        origins: &HashMap<ColumnId, (Part, usize)>,
        asked: &[(Asked, Column)],
    ) -> bool {
        if let plan::ExprKind::Column(id) = &condition.kind
            && let Some((Asked::Edges { edge, value, fold: Fold::All }, _)) = asked.iter().find(|(_, c)| c.id == *id)
        {
            let column = self.edge(value.clone());
            self.spec.edge_tests.push((*edge, column));
            return true;
        }
        if let plan::ExprKind::Column(id) = &condition.kind
            && let Some((Asked::InnerNodes { edge, value, fold: Fold::All }, _)) =
                asked.iter().find(|(_, c)| c.id == *id)
        {
            let column = self.node(value.clone());
            self.spec.inner_tests.push((*edge, column));
            return true;
        }
        let mut parts = Vec::new();
        let mut foreign = false;
        condition.any(&mut |e| {
            if let plan::ExprKind::Column(id) = &e.kind {
                match origins.get(id) {
                    Some((part, _)) if !parts.contains(part) => parts.push(*part),
                    Some(_) => {}
                    None => foreign = true,
                }
            }
            false
        });
        let [part] = parts.as_slice() else { return false };
        if foreign {
            return false;
        }
        let properties = match part {
            Part::Node(_) => self.graph.node_properties(),
            Part::Edge(_) => self.graph.edge_properties(),
        };
        let own = origins.iter().filter(|(_, (p, _))| p == part);
        let ids = own.filter_map(|(id, (_, at))| properties.get(*at).map(|c| (*id, c.id))).collect();
        let mut test = condition.clone();
        test.rename(&ids);
        match part {
            Part::Node(node) => {
                let column = self.node(test);
                self.spec.node_tests.push((*node, column));
            }
            Part::Edge(edge) => {
                let column = self.edge(test);
                self.spec.edge_tests.push((*edge, column));
            }
        }
        true
    }

    fn node(&mut self, expr: plan::Expr) -> usize {
        self.nodes.push(expr);
        self.nodes.len() - 1
    }

    fn edge(&mut self, expr: plan::Expr) -> usize {
        self.edges.push(expr);
        self.edges.len() - 1
    }

    fn output(&mut self, output: GraphOutput, column: Column) {
        self.spec.outputs.push(output);
        self.columns.push(column);
    }
}

/// The columns of named parts that expressions read.
fn read<'e>(
    exprs: impl Iterator<Item = &'e plan::Expr>,
    origins: &HashMap<ColumnId, (Part, usize)>,
) -> Vec<(ColumnId, (Part, usize))> {
    let mut found: Vec<(ColumnId, (Part, usize))> = Vec::new();
    for expr in exprs {
        expr.any(&mut |e| {
            if let plan::ExprKind::Column(id) = &e.kind
                && let Some(origin) = origins.get(id)
                && !found.iter().any(|(other, _)| other == id)
            {
                found.push((*id, *origin));
            }
            false
        });
    }
    found
}

/// The keys and what is needed of nodes or edges, under column ids of its own.
fn wanted(rel: &Rel, exprs: Vec<plan::Expr>, binder: &mut Binder) -> Rel {
    let columns = exprs.iter().map(|e| binder.column("", e.ty)).collect();
    let made = Rel { columns, node: Node::Project { input: Box::new(rel.clone()), exprs } };
    binder.again(&made)
}

/// Reports an operator of graphs that has a table before it.
pub(super) fn needs_graph(keyword: &str, span: crate::span::Span) -> Diagnostic {
    let error = Diagnostic::error("graph-expected", span, format!("`{keyword}` needs a graph, found a table"));
    error.help("make one with `make-graph`")
}

/// Reports an operator of tables that has a graph before it.
pub(super) fn needs_table(keyword: &str, span: crate::span::Span) -> Diagnostic {
    let error = Diagnostic::error("table-expected", span, format!("`{keyword}` needs a table, found a graph"));
    error.help("go on with a graph operator such as `graph-match` or `graph-to-table`")
}
