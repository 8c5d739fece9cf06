//! Graphs on their way through a pipeline, and the functions that see the parts of a pattern.

use crate::diagnostic::{Diagnostic, unsupported};
use crate::expr::ast::{Argument, Expr, ExprKind, Name};
use crate::plan::{self, Fold, Node, Prelude, Rel};
use crate::span::Span;
use crate::types::{Column, Type};

use super::Binder;
use super::scope::Scope;

/// A graph: what `make-graph` gives.
#[derive(Clone, Debug)]
pub struct Graph {
    /// The nodes, one row each: the key, then the properties.
    pub nodes: Rel,
    /// The edges: the keys of source and target, then the properties.
    pub edges: Rel,
}

impl Graph {
    /// The properties of the nodes.
    pub fn node_properties(&self) -> &[Column] {
        self.nodes.columns.get(1..).unwrap_or_default()
    }

    /// The properties of the edges.
    pub fn edge_properties(&self) -> &[Column] {
        self.edges.columns.get(2..).unwrap_or_default()
    }
}

/// A pattern whose expressions are being bound.
#[derive(Debug, Default)]
pub(crate) struct OpenPattern {
    /// The named nodes, by their number.
    pub nodes: Vec<(String, usize)>,
    /// The named edges, by their number.
    pub edges: Vec<(String, usize)>,
    /// The properties of the graph's nodes and edges.
    pub node_properties: Vec<Column>,
    pub edge_properties: Vec<Column>,
    /// What is asked of a path, and the column that will hold it.
    pub asked: Vec<(Asked, Column)>,
}

/// A value that a function of the graph asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    /// An expression over the edges that one of the pattern stands for.
    Edges { edge: usize, value: plan::Expr, fold: Fold },
    /// An expression over the nodes between them.
    InnerNodes { edge: usize, value: plan::Expr, fold: Fold },
    /// The number of edges of a node.
    Degree { node: usize, incoming: bool },
}

impl Binder<'_> {
    /// Computes a relation once for several uses.
    pub(crate) fn shared(&mut self, rel: Rel) -> Rel {
        let columns = rel.columns.iter().map(|c| self.column(c.name.clone(), c.ty)).collect();
        let id = self.prelude(Prelude::Table(rel));
        Rel { columns, node: Node::Shared(id) }
    }

    /// The same rows under column ids of their own.
    pub(crate) fn again(&mut self, rel: &Rel) -> Rel {
        rel.renumbered(&mut || self.fresh())
    }

    /// Binds a function that sees parts of a pattern, if this is one.
    pub(crate) fn graph_call(
        &mut self,
        name: &Name,
        arguments: &[Argument],
        span: Span,
        scope: &Scope,
    ) -> Option<plan::Expr> {
        let fold = match name.text.as_str() {
            "map" => Fold::List,
            "all" => Fold::All,
            "any" => Fold::Any,
            "node_degree_in" | "node_degree_out" => return Some(self.degree(name, arguments, span)),
            "inner_nodes" => {
                let message = "`inner_nodes` stands in `map`, `all` and `any` only";
                return Some(self.poison(Diagnostic::error("misplaced-function", span, message)));
            }
            "labels" | "node_id" => {
                return Some(self.poison(unsupported(name.span, format!("function `{}` of a graph", name.text))));
            }
            _ => return None,
        };
        let [of, value] = arguments else {
            let message = format!("`{}` takes 2 arguments, found {}", name.text, arguments.len());
            return Some(self.poison(Diagnostic::error("argument-count", span, message).kusto("KS119")));
        };
        let (inner, of) = match &of.value.kind {
            ExprKind::Call(function, arguments) if function.text == "inner_nodes" => match arguments.as_slice() {
                [only] => (true, &only.value),
                _ => (true, &of.value),
            },
            _ => (false, &of.value),
        };
        let pattern = self.pattern.as_ref()?;
        let Some(edge) = edge_of(&pattern.edges, of) else {
            let message = format!("`{}` needs an edge of the pattern", name.text);
            return Some(self.poison(Diagnostic::error("argument-type", of.span, message).kusto("KS107")));
        };
        let row = if inner { pattern.node_properties.clone() } else { pattern.edge_properties.clone() };
        Some(self.along(edge, inner, fold, &value.value, &Scope { row: &row, named: &[], serialized: false, ..*scope }))
    }

    /// An expression over the parts of a path.
    pub(crate) fn along(&mut self, edge: usize, inner: bool, fold: Fold, value: &Expr, scope: &Scope) -> plan::Expr {
        // Within it there is no pattern: its functions do not nest.
        let pattern = self.pattern.take();
        let bound = match fold {
            Fold::List => self.expr(value, scope),
            Fold::All | Fold::Any => self.predicate(value, scope),
        };
        self.pattern = pattern;
        if bound.ty == Type::Unknown {
            return bound;
        }
        let (ty, bound) = match fold {
            Fold::List => match self.host.library().function("pack_array") {
                Some(function) => {
                    let kind = plan::ExprKind::Call { function, args: vec![bound] };
                    (Type::Dynamic, plan::Expr { ty: Type::Dynamic, kind })
                }
                None => return self.poison(unsupported(value.span, "`map` of a graph")),
            },
            Fold::All | Fold::Any => (Type::Bool, bound),
        };
        let asked = match inner {
            true => Asked::InnerNodes { edge, value: bound, fold },
            false => Asked::Edges { edge, value: bound, fold },
        };
        self.ask_graph(asked, ty)
    }

    fn degree(&mut self, name: &Name, arguments: &[Argument], span: Span) -> plan::Expr {
        let node = match (arguments, &self.pattern) {
            ([only], Some(pattern)) => edge_of(&pattern.nodes, &only.value),
            _ => None,
        };
        match node {
            Some(node) => self.ask_graph(Asked::Degree { node, incoming: name.text == "node_degree_in" }, Type::Long),
            None => {
                let message = format!("`{}` needs a node of the pattern", name.text);
                self.poison(Diagnostic::error("argument-type", span, message).kusto("KS107"))
            }
        }
    }

    fn ask_graph(&mut self, asked: Asked, ty: Type) -> plan::Expr {
        let column = self.column("", ty);
        if let Some(pattern) = &mut self.pattern {
            pattern.asked.push((asked, column.clone()));
        }
        plan::Expr::column(&column)
    }
}

/// The number of the part of a pattern that an expression names.
fn edge_of(parts: &[(String, usize)], expr: &Expr) -> Option<usize> {
    let ExprKind::Name(name) = &expr.kind else { return None };
    parts.iter().find(|(own, _)| *own == name.text).map(|(_, n)| *n)
}
