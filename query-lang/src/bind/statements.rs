//! Binding of a query's statements, in order: each `let` is seen by those after it.

use std::collections::HashSet;
use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, ExprKind, Name};
use crate::plan::BoundResult;
use crate::statement::{Let, LetValue, Query, Statement};

use super::Binder;
use super::scope::{Definition, Env, Scope};
use super::tabular::Tabular;

impl Binder<'_> {
    /// Binds a query: its results. Its options are kept in the binder.
    pub(crate) fn query(&mut self, query: &Query) -> Vec<BoundResult> {
        let mut env = Env::default();
        let mut named: HashSet<&str> = HashSet::new();
        let mut results = Vec::new();
        for statement in &query.statements {
            match statement {
                Statement::Let(definition) => {
                    self.name_once(&mut named, &definition.name);
                    env = self.let_statement(definition, &env);
                }
                Statement::QueryParameters(declared) => {
                    declared.params.iter().for_each(|param| self.name_once(&mut named, &param.name));
                    env = self.query_parameters(declared, &env);
                }
                Statement::Pattern(pattern) => {
                    self.name_once(&mut named, &pattern.name);
                    env = env.with(pattern.name.text.clone(), Definition::Pattern(Rc::new(pattern.clone())));
                }
                Statement::Restrict(names) => self.restrict(names),
                // What an alias names lies outside of the evidence; using it is refused where it is used.
                Statement::Alias(_) => {}
                Statement::Command(command) => {
                    let shown = self.command(command, &mut env);
                    results.push(BoundResult { rel: shown.rel, render: shown.render, name: None, span: command.span });
                }
                Statement::Set(set) => self.options.push((set.name.text.clone(), set.value.clone())),
                Statement::Expression(pipeline) => {
                    results.extend(self.results(pipeline, &env));
                    for (name, table) in std::mem::take(&mut self.named_tables) {
                        env = env.with(name, table);
                    }
                }
            }
        }
        results
    }

    fn name_once<'q>(&mut self, named: &mut HashSet<&'q str>, name: &'q Name) {
        if !named.insert(&name.text) {
            let message = format!("`{}` is defined twice", name.text);
            self.report(Diagnostic::error("duplicate-let", name.span, message).kusto("KS201"));
        }
    }

    /// An expression statement is a table, or several of `facet` and `fork`; a bare value is shown as `print` shows it.
    fn results(&mut self, pipeline: &crate::operators::Pipeline, env: &Env) -> Vec<BoundResult> {
        if let (Some(source), []) = (&pipeline.source, pipeline.operators.as_slice())
            && self.as_value_statement(source, env)
        {
            let error = Diagnostic::error("value-as-table", source.span, "a table is expected here, found a value");
            self.report(error.help("write `print ...`"));
            return Vec::new();
        }
        let named = self.named_tables.len();
        let mut first = self.results_of(pipeline, None, env);
        if first.graph.is_some() {
            let error = Diagnostic::error("graph-result", pipeline.span, "a graph is no result: it has no rows");
            self.report(error.help("go on with a graph operator such as `graph-match` or `graph-to-table`"));
            return Vec::new();
        }
        if self.named_tables.len() > named {
            // `graph-to-table nodes as N, edges as E;` shows nothing: later statements read the names.
            return Vec::new();
        }
        let more = std::mem::take(&mut first.more);
        let result = |table: Tabular| BoundResult {
            rel: table.rel,
            render: table.render,
            name: table.title,
            span: pipeline.span,
        };
        std::iter::once(first).chain(more).map(result).collect()
    }

    fn as_value_statement(&self, source: &Expr, env: &Env) -> bool {
        match &source.kind {
            ExprKind::Name(name) => {
                matches!(env.find(&name.text), Some(Definition::Scalar(v)) if v.ty != crate::types::Type::Unknown)
            }
            ExprKind::Literal(_) | ExprKind::Binary(_) | ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Sign(..) => {
                true
            }
            _ => false,
        }
    }

    /// Binds one `let` and returns what is in sight after it.
    pub(crate) fn let_statement(&mut self, definition: &Let, env: &Env) -> Env {
        let meaning = match &definition.value {
            LetValue::Function(function) => Definition::Function(Rc::new(function.clone()), env.clone()),
            LetValue::Expr(value) => self.let_value(value, env),
        };
        env.with(definition.name.text.clone(), meaning)
    }

    fn let_value(&mut self, value: &Expr, env: &Env) -> Definition {
        let scope = Scope::constants(env);
        if let Some(table) = self.as_table(value, &scope) {
            return Definition::Table(Rc::new(table));
        }
        let bound = self.expr(value, &scope);
        Definition::Scalar(self.of_bounded_height(bound, value.span))
    }
}
