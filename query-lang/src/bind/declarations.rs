//! Binding of `declare` statements, `restrict` and `alias`.

use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Argument, Expr, ExprKind, Name};
use crate::literal;
use crate::operators::fits;
use crate::plan;
use crate::span::Span;
use crate::statement::declare::{Pattern, QueryParameters, Restrict};
use crate::statement::{Parameter, ParameterType};
use crate::types::{Type, Value};

use super::Binder;
use super::scope::{Definition, Env, Scope};
use super::tabular::Tabular;

impl Binder<'_> {
    /// Binds `declare query_parameters`: each name becomes a constant.
    pub(super) fn query_parameters(&mut self, declared: &QueryParameters, env: &Env) -> Env {
        let mut env = env.clone();
        for param in &declared.params {
            let ParameterType::Scalar(ty) = param.ty else { continue };
            let value = self.parameter_value(param, ty, &env);
            env = env.with(param.name.text.clone(), Definition::Scalar(value));
        }
        env
    }

    /// The value given from outside, read as a literal of the parameter's type; else its default.
    fn parameter_value(&mut self, param: &Parameter, ty: Type, env: &Env) -> plan::Expr {
        let name = &param.name;
        if let Some(text) = self.host.query_parameter(&name.text) {
            return match literal::of_type(ty, &text) {
                Some(value) => plan::Expr::literal(value),
                None => {
                    let message = format!("`{text}` is no {ty}, which the parameter `{}` is", name.text);
                    self.poison(Diagnostic::error("bad-parameter", name.span, message))
                }
            };
        }
        match &param.default {
            Some(default) => {
                let bound = self.expr(default, &Scope::constants(env));
                bound.to(ty)
            }
            None => {
                let message = format!("the query parameter `{}` has no value", name.text);
                let error = Diagnostic::error("no-parameter", name.span, message);
                self.refuse_to_run(error.help(format!("give it one: `--param {}=VALUE`", name.text)));
                plan::Expr::literal(Value::missing(ty))
            }
        }
    }

    /// Finds the case of a pattern that a call means: `App("a").Path`.
    pub(super) fn pattern_call(
        &mut self,
        pattern: &Pattern,
        name: &Name,
        arguments: &[Argument],
        path: Option<&str>,
        env: &Env,
        span: Span,
    ) -> Tabular {
        let values: Vec<Option<String>> = arguments
            .iter()
            .map(|argument| {
                let bound = self.expr(&argument.value, &Scope::constants(env));
                self.constant(&bound).and_then(|value| value.as_str().map(str::to_owned))
            })
            .collect();
        let case = pattern.cases.iter().find(|case| {
            let same = case.values.iter().map(Some).eq(values.iter().map(Option::as_ref));
            same && case.path.as_deref() == path
        });
        let Some(case) = case else {
            let message = format!("the pattern `{}` has no case for these arguments", name.text);
            self.report(Diagnostic::error("unknown-case", span, message).kusto("KS188"));
            return Tabular::broken();
        };
        let called = self.user_table(&name.text, &case.body, env, &[], None, span, &Scope::constants(env));
        called.unwrap_or_else(|| {
            let message = format!("the pattern `{}` gives a value here, a table is expected", name.text);
            self.report(Diagnostic::error("value-as-table", span, message).kusto("KS220"));
            Tabular::broken()
        })
    }

    /// Binds `restrict`: tables that it does not name are out of sight.
    pub(super) fn restrict(&mut self, restrict: &Restrict) {
        self.visible = Some(restrict.names.clone());
    }

    /// Tells whether a table of the evidence is in sight: neither dropped nor left out by `restrict`.
    pub(crate) fn is_visible(&self, name: &str) -> bool {
        let allowed = self.visible.as_ref().is_none_or(|names| names.iter().any(|pattern| fits(pattern, name)));
        allowed && !self.hidden.iter().any(|hidden| hidden == name)
    }

    /// A table behind a dot: `database().T`, a case of a pattern, or a table of a place outside of the evidence.
    pub(super) fn qualified_table(&mut self, base: &Expr, name: &Name, span: Span, scope: &Scope) -> Option<Tabular> {
        let ExprKind::Call(called, arguments) = root(base) else { return None };
        if let Some(Definition::Pattern(pattern)) = scope.env.find(&called.text) {
            let pattern = Rc::clone(pattern);
            return Some(self.pattern_call(&pattern, called, arguments, Some(&name.text), scope.env, span));
        }
        if called.text == "database" && arguments.is_empty() {
            let found = Expr { kind: ExprKind::Name(name.clone()), span: name.span };
            return Some(self.table(&found, scope.env));
        }
        if !OUTSIDE.contains(&called.text.as_str()) {
            return None;
        }
        let message = format!("`{}(...)` names a place of the service, outside of the evidence", called.text);
        let error = Diagnostic::error("service-only", base.span, message).kusto("KS208");
        self.report(error.help(format!("load its data here and write `{}` alone", name.text)));
        Some(Tabular::broken())
    }
}

/// Functions that name clusters, databases and workspaces.
const OUTSIDE: &[&str] = &["adx", "app", "arg", "cluster", "database", "resource", "workspace"];

/// The call that a chain of members begins with: `cluster("c").database("d")`.
fn root(expr: &Expr) -> &ExprKind {
    match &expr.kind {
        ExprKind::Member(base, _) => root(base),
        kind => kind,
    }
}
