//! Binding of tables: sources, pipelines, and what counts as a table where a value could stand.

use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Argument, Expr, ExprKind, Name};
use crate::host::watchlist_table;
use crate::operators::{Operator, Pipeline};
use crate::plan::{self, Node, Prelude, Rel};
use crate::similar::nearest;
use crate::span::Span;
use crate::types::{Column, Type, Value};

use super::Binder;
use super::graph::Graph;
use super::scope::{Definition, Env, Scope};

/// A bound table on its way through a pipeline.
#[derive(Clone, Debug)]
pub struct Tabular {
    /// Its rows.
    pub rel: Rel,
    /// Whether its rows have a defined order.
    pub serialized: bool,
    /// Whether it may have columns nobody knows, because of an error already reported.
    pub open: bool,
    /// The name `union withsource=` shows: that of a table or view, nothing for other sources.
    pub label: Option<String>,
    /// The graph, where it is one: then there are no rows.
    pub graph: Option<Rc<Graph>>,
    /// How it asked to be drawn, once `render` was met.
    pub render: Option<plan::Render>,
    /// What the result is called, where a query has several.
    pub title: Option<String>,
    /// The results that come after this one: `facet` and `fork` have several.
    pub more: Vec<Tabular>,
}

impl Tabular {
    /// Makes a table whose rows have no order.
    pub fn new(rel: Rel) -> Self {
        Self {
            rel,
            serialized: false,
            open: false,
            label: None,
            graph: None,
            render: None,
            title: None,
            more: Vec::new(),
        }
    }

    /// Makes the table that stands for an error.
    pub fn broken() -> Self {
        let rel = Rel { columns: Vec::new(), node: Node::Values { rows: Vec::new() } };
        Self { open: true, ..Self::new(rel) }
    }

    /// Makes several results one after another.
    pub fn group(results: Vec<Tabular>) -> Self {
        let mut results = results.into_iter();
        match results.next() {
            Some(first) => Self { more: results.collect(), ..first },
            None => Self::broken(),
        }
    }

    /// Makes a graph, which is a table of no columns to those who do not know better.
    pub fn of_graph(graph: Graph) -> Self {
        Self { open: false, graph: Some(Rc::new(graph)), ..Self::broken() }
    }

    /// Puts another relation in place, keeping order and openness.
    pub fn with(self, columns: Vec<Column>, node: impl FnOnce(Box<Rel>) -> Node) -> Self {
        Self { rel: Rel { columns, node: node(Box::new(self.rel)) }, label: None, ..self }
    }

    /// As [`Tabular::with`], for operators after which rows have no order any more.
    pub fn unordered(self, columns: Vec<Column>, node: impl FnOnce(Box<Rel>) -> Node) -> Self {
        Self { serialized: false, ..self.with(columns, node) }
    }

    /// Returns the columns.
    pub fn columns(&self) -> &[Column] {
        &self.rel.columns
    }
}

impl Binder<'_> {
    /// Binds a pipeline that gives one table; `input` feeds the first operator where the text has no source of its
    /// own.
    pub(crate) fn pipeline(&mut self, pipeline: &Pipeline, input: Option<Tabular>, env: &Env) -> Tabular {
        let table = self.results_of(pipeline, input, env);
        if let (false, Some(operator)) = (table.more.is_empty(), pipeline.operators.last()) {
            self.several_results(operator);
            return Tabular::broken();
        }
        table
    }

    fn several_results(&mut self, operator: &Operator) {
        let message = format!("`{}` gives several results, which can only end a query", operator.keyword);
        self.report(Diagnostic::error("several-results", operator.span, message));
    }

    /// Binds a pipeline that may give several tables.
    pub(crate) fn results_of(&mut self, pipeline: &Pipeline, input: Option<Tabular>, env: &Env) -> Tabular {
        let mut env = env.clone();
        let mut table = match &pipeline.source {
            Some(source) => Some(self.table(source, &env)),
            None => input,
        };
        let mut before: Option<&Operator> = None;
        for operator in &pipeline.operators {
            if let (Some(Tabular { more, .. }), Some(several)) = (&table, before.replace(operator))
                && !more.is_empty()
            {
                self.several_results(several);
                return Tabular::broken();
            }
            if self.exhausted() {
                self.report(Diagnostic::error("too-large", operator.span, "the query is too large"));
                return Tabular::broken();
            }
            table = Some(self.operator(operator, table, &mut env));
        }
        table.unwrap_or_else(Tabular::broken)
    }

    /// Binds an expression that must be a table.
    pub(crate) fn table(&mut self, expr: &Expr, env: &Env) -> Tabular {
        if let Some(table) = self.as_table(expr, &Scope::constants(env)) {
            return table;
        }
        match &expr.kind {
            ExprKind::Name(name) => self.unknown_table(name, env),
            ExprKind::Missing => {}
            ExprKind::Call(name, arguments) => {
                let before = self.diagnostics.len();
                let value = self.call(name, arguments, expr.span, &Scope::constants(env));
                if self.diagnostics.len() == before && value.ty != Type::Unknown {
                    let message = format!("a table is expected here, `{}` gives a {}", name.text, value.ty);
                    self.report(Diagnostic::error("value-as-table", expr.span, message).kusto("KS220"));
                }
            }
            _ => self.report(Diagnostic::error("value-as-table", expr.span, "a table is expected here").kusto("KS220")),
        }
        Tabular::broken()
    }

    /// Binds an expression as a table if it is one: a pipeline, the name of a table, a call that gives one.
    pub(crate) fn as_table(&mut self, expr: &Expr, scope: &Scope) -> Option<Tabular> {
        match &expr.kind {
            ExprKind::Pipeline(pipeline) => Some(self.pipeline(pipeline, None, scope.env)),
            ExprKind::Name(name) => self.named_table(name, scope),
            ExprKind::Call(name, arguments) => self.called_table(name, arguments, expr.span, scope),
            ExprKind::Member(base, name) => self.qualified_table(base, name, expr.span, scope),
            ExprKind::Index(base, index) => {
                let ExprKind::Literal(Value::String(text)) = &index.kind else { return None };
                let name = Name { text: text.clone(), span: index.span, bracketed: true };
                self.qualified_table(base, &name, expr.span, scope)
            }
            _ => None,
        }
    }

    fn named_table(&mut self, name: &Name, scope: &Scope) -> Option<Tabular> {
        if scope.column(&name.text).is_some() {
            return None;
        }
        match scope.env.find(&name.text) {
            Some(Definition::Table(table)) => {
                let table = Rc::clone(table);
                return Some(self.fresh_copy(&table));
            }
            Some(Definition::Function(function, env)) if function.params.is_empty() => {
                let (function, env) = (function.clone(), env.clone());
                return self.user_table(&name.text, &function, &env, &[], None, name.span, scope);
            }
            Some(_) => return None,
            None => {}
        }
        if let Some(fields) = self.host.table(&name.text).filter(|_| self.is_visible(&name.text)) {
            let columns = fields.into_iter().map(|f| self.column(f.name, f.ty)).collect();
            let rel = Rel { columns, node: Node::Table { name: name.text.clone() } };
            return Some(Tabular { label: Some(name.text.clone()), ..Tabular::new(rel) });
        }
        let (function, env) = self.called_function(name)?;
        self.user_table(&name.text, &function, &env, &[], None, name.span, scope)
    }

    fn called_table(&mut self, name: &Name, arguments: &[Argument], span: Span, scope: &Scope) -> Option<Tabular> {
        match (name.text.as_str(), arguments) {
            ("materialize", [argument]) => return Some(self.materialize(argument, scope)),
            ("table", [argument, ..]) => return Some(self.table_of_name(&argument.value, scope)),
            // Without a file it is the service's function, which binds and has no data.
            ("_GetWatchlist", _) if scope.env.find(&name.text).is_none() => {
                if let Some(table) = self.watchlist(arguments, scope) {
                    return Some(table);
                }
            }
            _ => {}
        }
        match scope.env.find(&name.text) {
            Some(Definition::Function(function, env)) => {
                let (function, env) = (function.clone(), env.clone());
                self.user_table(&name.text, &function, &env, arguments, None, span, scope)
            }
            Some(Definition::Table(table)) if arguments.is_empty() => {
                let table = Rc::clone(table);
                Some(self.fresh_copy(&table))
            }
            Some(Definition::Pattern(pattern)) => {
                let pattern = Rc::clone(pattern);
                Some(self.pattern_call(&pattern, name, arguments, None, scope.env, span))
            }
            Some(_) => None,
            None if self.host.library().function(&name.text).is_some() => None,
            None => {
                let (function, env) = self.called_function(name)?;
                self.user_table(&name.text, &function, &env, arguments, None, span, scope)
            }
        }
    }

    /// `table("T")`: the name is any constant text, such as an argument of the function around it.
    fn table_of_name(&mut self, name: &Expr, scope: &Scope) -> Tabular {
        let bound = self.expr(name, scope);
        let Some(Value::String(text)) = self.constant(&bound) else {
            if bound.ty != Type::Unknown {
                let error = Diagnostic::error("not-constant", name.span, "the name of a table must be a constant text");
                self.report(error.kusto("KS109"));
            }
            return Tabular::broken();
        };
        let named = Name { text, span: name.span, bracketed: true };
        self.named_table(&named, &Scope::constants(scope.env)).unwrap_or_else(|| {
            self.unknown_table(&named, scope.env);
            Tabular::broken()
        })
    }

    /// Binds `_GetWatchlist("alias")` where a file of the evidence has its items.
    /// learn.microsoft.com/azure/sentinel/watchlists-queries
    fn watchlist(&mut self, arguments: &[Argument], scope: &Scope) -> Option<Tabular> {
        let bound = self.expr(&arguments.first()?.value, scope);
        let Some(Value::String(alias)) = self.constant(&bound) else { return None };
        let name = Name { text: watchlist_table(&alias), span: arguments.first()?.value.span, bracketed: true };
        let table = self.named_table(&name, scope)?;
        if let Some(second) = arguments.get(1) {
            // The page does not say what it selects by; to leave it out would give too many rows.
            self.not_yet(second.value.span, "a second argument of `_GetWatchlist`");
        }
        Some(table)
    }

    /// Returns the table under column ids of its own, so that it can meet itself in a join.
    pub(crate) fn fresh_copy(&mut self, table: &Tabular) -> Tabular {
        let rel = table.rel.renumbered(&mut || self.fresh());
        Tabular { rel, ..table.clone() }
    }

    fn materialize(&mut self, argument: &Argument, scope: &Scope) -> Tabular {
        let table = self.table(&argument.value, scope.env);
        if table.open || matches!(table.rel.node, Node::Shared(_)) {
            return table;
        }
        let columns: Vec<(String, Type)> = table.rel.columns.iter().map(|c| (c.name.clone(), c.ty)).collect();
        let id = self.prelude(Prelude::Table(table.rel));
        let columns = columns.into_iter().map(|(name, ty)| self.column(name, ty)).collect();
        Tabular { serialized: table.serialized, ..Tabular::new(Rel { columns, node: Node::Shared(id) }) }
    }

    fn unknown_table(&mut self, name: &Name, env: &Env) {
        match env.find(&name.text) {
            Some(Definition::Scalar(value)) if value.ty == Type::Unknown => return,
            Some(Definition::Scalar(value)) => {
                let message = format!("a table is expected here, `{}` is a {}", name.text, value.ty);
                self.report(Diagnostic::error("value-as-table", name.span, message).kusto("KS220"));
                return;
            }
            _ => {}
        }
        let mut names = self.host.table_names();
        names.extend(env.iter().filter(|(_, d)| matches!(d, Definition::Table(_))).map(|(n, _)| n.to_owned()));
        let message = format!("no table is named `{}`", name.text);
        let mut error = Diagnostic::error("unknown-table", name.span, message).kusto("KS204");
        if let Some(near) = nearest(&name.text, names.iter().map(String::as_str)) {
            error = error.help(format!("did you mean `{near}`?"));
        } else if names.is_empty() {
            error = error.help("load evidence first: `rehunt -d PATH`, or `:open PATH` at the prompt");
        }
        self.report(error);
    }
}
