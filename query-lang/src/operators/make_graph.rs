//! `make-graph source --> target [with nodes on id, ...] [with_node_id = name]`: a graph of edges, and of nodes that
//! are given or only met as ends of edges.
//! learn.microsoft.com/kusto/query/make-graph-operator

use std::rc::Rc;

use super::parameters::{self, Parameter};
use super::{Operate, OperatorSpec, Pipeline, body, done};
use crate::bind::Binder;
use crate::bind::columns::Names;
use crate::bind::graph::Graph;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::{Diagnostic, unsupported};
use crate::expr::ast::{Expr, Name};
use crate::expr::parse::{close, expr, separated};
use crate::library::Example;
use crate::name;
use crate::plan::{self, Aggregate, ExprKind, JoinKind, Node, Rel, UnionColumn, UnionInput};
use crate::span::Span;
use crate::types::{Column, Type};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "Edges | make-graph source --> target [with Nodes on id, ...]\nEdges | make-graph source --> target [with_node_id = name]",
    summary: "Makes a graph of a table of edges. Nodes are given as tables, or are what the edges lead to and from.",
    example: Example {
        query: "datatable(a:string, b:string)['x', 'y', 'y', 'z'] | make-graph a --> b with_node_id=n | graph-match (p)-->(q)-->(r) project p.n, r.n",
        answer: "x | z",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct MakeGraph {
    source: Name,
    target: Name,
    nodes: Vec<Nodes>,
    node_id: Option<Parameter>,
    /// `partitioned-by column (operators)`
    partitioned: Option<Span>,
    /// Kept so that it is read; it does not run yet.
    _body: Option<Pipeline>,
}

/// `table on column`
#[derive(Debug)]
struct Nodes {
    table: Expr,
    id: Name,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let at = parameters::skip(c)?;
    let (at, source) = name::reference(at)?;
    let (at, ()) = arrow(at)?;
    let (at, target) = name::reference(at)?;
    let (at, nodes) = match at.eat_word("with") {
        Some(after) => separated(after, nodes)?,
        None => {
            let _ = at.word("with");
            (at, Vec::new())
        }
    };
    let (at, mut node_id) = parameters::read(at, &["with_node_id"])?;
    let node_id = node_id.pop();
    let mut made = MakeGraph { source, target, nodes, node_id, partitioned: None, _body: None };
    let Some((after, "partitioned-by")) = super::keyword(at) else { return done(at, made) };
    let (after, _) = name::reference(after)?;
    let (inside, open) = after.symbol("(")?;
    let (after, inner) = body(inside)?;
    let (after, _) = close(after, ")", open)?;
    made.partitioned = Some(after.since(at));
    made._body = Some(inner);
    done(after, made)
}

/// `-->`, which is read sign by sign.
fn arrow(c: Cursor) -> Parsed<()> {
    match c.is("-") && c.next().is("-") && c.next().next().is(">") {
        true => Ok((c.next().next().next(), ())),
        false => c.expected("-->"),
    }
}

fn nodes(c: Cursor) -> Parsed<Nodes> {
    let (at, table) = expr(c)?;
    let (at, _) = at.word("on")?;
    let (after, id) = name::reference(at)?;
    Ok((after, Nodes { table, id }))
}

impl Operate for MakeGraph {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        if let Some(span) = self.partitioned {
            binder.report(unsupported(span, "`partitioned-by` of `make-graph`"));
            return Tabular::broken();
        }
        let ends = [&self.source, &self.target].map(|name| column(name, &input, env, binder));
        let tables: Vec<(Tabular, &Nodes)> =
            self.nodes.iter().map(|nodes| (binder.table(&nodes.table, env), nodes)).collect();
        let ids: Vec<Option<Column>> =
            tables.iter().map(|(table, nodes)| column(&nodes.id, table, env, binder)).collect();
        let [Some(source), Some(target)] = ends else { return Tabular::broken() };
        let Some(ids) = ids.into_iter().collect::<Option<Vec<Column>>>() else { return Tabular::broken() };
        if self.nodes.len() > 2 {
            let span = self.nodes.last().map_or(self.source.span, |n| n.table.span);
            binder.report(Diagnostic::error("too-many-tables", span, "a graph is made of at most 2 tables of nodes"));
            return Tabular::broken();
        }
        let Some(ty) = self.key_type(&source, &target, &ids, binder) else { return Tabular::broken() };
        if tables.iter().any(|(table, _)| table.open) || input.open {
            return Tabular::broken();
        }
        let edges = self.edges(input.rel, &source, &target, ty, binder);
        let tables = tables.into_iter().zip(ids).map(|((table, _), id)| (table.rel, id)).collect();
        let nodes = self.node_rel(&edges, tables, ty, binder);
        let graph = Graph { nodes: binder.shared(nodes), edges };
        Tabular::of_graph(graph)
    }
}

fn column(name: &Name, table: &Tabular, env: &Env, binder: &mut Binder) -> Option<Column> {
    let scope = Scope::row(table, env);
    let found = scope.column(&name.text).cloned();
    if found.is_none() && !table.open {
        binder.unknown_column(name, &scope);
    }
    found
}

impl MakeGraph {
    /// The type of the keys: one for all, ints among longs aside.
    fn key_type(&self, source: &Column, target: &Column, ids: &[Column], binder: &mut Binder) -> Option<Type> {
        let mut ty = source.ty;
        let others = std::iter::once((target, &self.target)).chain(ids.iter().zip(self.nodes.iter().map(|n| &n.id)));
        for (column, name) in others {
            ty = match (ty, column.ty) {
                (a, b) if a == b => a,
                (a, b) if a.is_integer() && b.is_integer() => Type::Long,
                (a, b) => {
                    let message = format!("the key is a {b}, `{}` is a {a}", self.source.text);
                    binder.report(Diagnostic::error("key-types", name.span, message).kusto("KS227"));
                    return None;
                }
            };
        }
        if ty == Type::Dynamic {
            let error = Diagnostic::error("dynamic-key", self.source.span, "a dynamic cannot be the key of a node");
            binder.report(error.kusto("KS116").help("convert it, such as with `tostring(...)`"));
            return None;
        }
        Some(ty)
    }

    fn edges(&self, input: Rel, source: &Column, target: &Column, ty: Type, binder: &mut Binder) -> Rel {
        let mut columns = vec![binder.column("", ty), binder.column("", ty)];
        let mut exprs = vec![plan::Expr::column(source).to(ty), plan::Expr::column(target).to(ty)];
        for property in &input.columns {
            columns.push(binder.column(property.name.clone(), property.ty));
            exprs.push(plan::Expr::column(property));
        }
        let edges = Rel { columns, node: Node::Project { input: Box::new(input), exprs } };
        binder.shared(edges)
    }

    /// All nodes: those of the tables with their properties, then those that only edges know.
    fn node_rel(&self, edges: &Rel, tables: Vec<(Rel, Column)>, ty: Type, binder: &mut Binder) -> Rel {
        let met = met(edges, ty, binder);
        let mut tables = tables.into_iter().map(|(rel, id)| by_key(rel, &id, ty, binder)).collect::<Vec<_>>();
        let second = if tables.len() > 1 { tables.pop() } else { None };
        let Some((given, keys)) = tables.pop().map(|first| match second {
            Some(second) => merged(first, second, binder),
            None => first,
        }) else {
            let mut columns = vec![binder.column("", ty)];
            let mut exprs: Vec<plan::Expr> = met.columns.iter().map(plan::Expr::column).collect();
            if let Some(id) = &self.node_id {
                columns.push(binder.column(id.value.clone(), ty));
                exprs.extend(exprs.clone());
            }
            return Rel { columns, node: Node::Project { input: Box::new(met), exprs } };
        };
        let given = binder.shared(given);
        let known = binder.again(&given);
        let on = met.columns.iter().zip(&known.columns).map(|(l, r)| (l.id, r.id)).collect();
        let columns = met.columns.clone();
        let join = Node::Join { kind: JoinKind::LeftAnti, left: Box::new(met), right: Box::new(known), on };
        let unknown = Rel { columns, node: join };
        let columns = given.columns.iter().map(|c| binder.column(c.name.clone(), c.ty)).collect();
        let key = unknown.columns.first().map(|c| c.id);
        let of_unknown = (0..given.columns.len()).map(|at| match key {
            Some(key) if at == 0 || keys.contains(&at) => UnionColumn::From(key),
            _ => UnionColumn::Missing,
        });
        let of_unknown = UnionInput { columns: of_unknown.collect(), rel: unknown };
        let of_given =
            UnionInput { columns: given.columns.iter().map(|c| UnionColumn::From(c.id)).collect(), rel: given };
        Rel { columns, node: Node::Union { inputs: vec![of_given, of_unknown] } }
    }
}

/// The keys that edges have.
fn met(edges: &Rel, ty: Type, binder: &mut Binder) -> Rel {
    let inputs = [0, 1].map(|end| {
        let rel = binder.again(edges);
        UnionInput { columns: rel.columns.get(end).map(|c| UnionColumn::From(c.id)).into_iter().collect(), rel }
    });
    let column = binder.column("", ty);
    let ends = Rel { columns: vec![column.clone()], node: Node::Union { inputs: inputs.into() } };
    let key = plan::Expr::column(&column);
    let node = Node::Aggregate { input: Box::new(ends), keys: vec![key], aggregates: Vec::new() };
    Rel { columns: vec![binder.column("", ty)], node }
}

/// A table of nodes with one row a key: the key, then the columns of one of its rows. Returns which of the columns
/// hold the key as a property.
fn by_key(rel: Rel, id: &Column, ty: Type, binder: &mut Binder) -> (Rel, Vec<usize>) {
    let key = plan::Expr::column(id).to(ty);
    let property = rel.columns.iter().position(|c| c.id == id.id).map(|at| at + 1);
    let mut columns = vec![binder.column("", ty)];
    columns.extend(rel.columns.iter().map(|c| binder.column(c.name.clone(), c.ty)));
    let aggregates = match binder.host.library().aggregate("take_any") {
        Some((aggregate, _)) => vec![Aggregate {
            aggregate,
            args: rel.columns.iter().map(plan::Expr::column).collect(),
            filter: None,
            types: rel.columns.iter().map(|c| c.ty).collect(),
        }],
        None => Vec::new(),
    };
    let node = Node::Aggregate { input: Box::new(rel), keys: vec![key], aggregates };
    (Rel { columns, node }, property.into_iter().collect())
}

/// Two tables of nodes as one: a node that both have has the properties of both.
fn merged(first: (Rel, Vec<usize>), second: (Rel, Vec<usize>), binder: &mut Binder) -> (Rel, Vec<usize>) {
    let (left, mut keys) = first;
    let (right, other_keys) = second;
    let mut names = Names::of(left.columns.iter().map(|c| c.name.as_str()));
    let mut exprs: Vec<plan::Expr> = left.columns.iter().map(plan::Expr::column).collect();
    let mut columns: Vec<Column> = left.columns.iter().map(|c| binder.column(c.name.clone(), c.ty)).collect();
    for (at, own) in right.columns.iter().enumerate() {
        let value = plan::Expr::column(own);
        let same = left.columns.iter().position(|c| c.name == own.name && c.ty == own.ty);
        match same {
            Some(same) => exprs[same] = either(exprs[same].clone(), value, binder),
            None => {
                if other_keys.contains(&at) {
                    keys.push(columns.len());
                }
                columns.push(binder.column(names.infer(&own.name), own.ty));
                exprs.push(value);
            }
        }
    }
    let on = left.columns.first().zip(right.columns.first()).map(|(l, r)| (l.id, r.id)).into_iter().collect();
    let all = left.columns.iter().chain(&right.columns).cloned().collect();
    let join = Node::Join { kind: JoinKind::FullOuter, left: Box::new(left), right: Box::new(right), on };
    let both = Rel { columns: all, node: join };
    (Rel { columns, node: Node::Project { input: Box::new(both), exprs } }, keys)
}

/// The first of two values that is there.
fn either(first: plan::Expr, second: plan::Expr, binder: &Binder) -> plan::Expr {
    match binder.host.library().function("coalesce") {
        Some(function) => plan::Expr { ty: first.ty, kind: ExprKind::Call { function, args: vec![first, second] } },
        None => first,
    }
}
