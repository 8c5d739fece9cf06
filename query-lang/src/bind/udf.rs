//! Functions of the user: a call is bound as the body with the arguments in the place of the parameters.

use std::rc::Rc;

use crate::cursor::{Cursor, Notes};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Argument, Name};
use crate::lexer;
use crate::plan;
use crate::span::Span;
use crate::statement::{self, FunctionDefinition, ParameterType};
use crate::types::Type;

use super::scope::{Definition, Env, Scope};
use super::tabular::Tabular;
use super::{Binder, MAX_CALL_DEPTH};

impl Binder<'_> {
    /// Calls a function where a value is expected.
    pub(crate) fn user_scalar(
        &mut self,
        name: &str,
        function: &FunctionDefinition,
        env: &Env,
        arguments: &[Argument],
        span: Span,
        scope: &Scope,
    ) -> plan::Expr {
        let Some(inner) = self.parameters(name, function, env, arguments, None, span, scope) else {
            return plan::Expr::poison();
        };
        let Some(result) = &function.result else { return plan::Expr::poison() };
        self.enter(name, function, span, |binder| {
            let inner = function.lets.iter().fold(inner, |env, l| binder.let_statement(l, &env));
            // The body sees its parameters and closure, not the row of the caller.
            binder.expr(result, &Scope::constants(&inner))
        })
        .unwrap_or_else(plan::Expr::poison)
    }

    /// Calls a function where a table is expected; `None` if it gives a value. `piped` is the table that
    /// `invoke` hands to the first parameter.
    #[expect(clippy::too_many_arguments, reason = "a call with all that surrounds it")]
    pub(crate) fn user_table(
        &mut self,
        name: &str,
        function: &FunctionDefinition,
        env: &Env,
        arguments: &[Argument],
        piped: Option<Tabular>,
        span: Span,
        scope: &Scope,
    ) -> Option<Tabular> {
        let result = function.result.as_ref()?;
        // Ask on trial whether the body is a table at all; what the trial reports does not count.
        let (reported, was_piped) = (self.diagnostics.len(), piped.is_some());
        let Some(inner) = self.parameters(name, function, env, arguments, piped, span, scope) else {
            return (was_piped || function.is_tabular()).then(Tabular::broken);
        };
        let table = self.enter(name, function, span, |binder| {
            let inner = function.lets.iter().fold(inner, |env, l| binder.let_statement(l, &env));
            binder.as_table(result, &Scope::constants(&inner))
        });
        match table {
            Some(Some(table)) => {
                let label = function.view.then(|| name.to_owned());
                Some(Tabular { label, ..table })
            }
            Some(None) => {
                self.diagnostics.truncate(reported);
                None
            }
            None => Some(Tabular::broken()),
        }
    }

    /// Runs a step of binding one call deeper.
    fn enter<T>(
        &mut self,
        name: &str,
        function: &FunctionDefinition,
        span: Span,
        step: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        self.copy(1, span)?;
        if self.call_depth >= MAX_CALL_DEPTH {
            self.report(Diagnostic::error("too-deep", span, "functions call each other too deeply"));
            return None;
        }
        self.call_depth += 1;
        // A body stands by itself: the aggregates of a `summarize` around the call are not its business.
        let aggregates = self.aggregates.take();
        let (reported, unbuilt) = (self.diagnostics.len(), self.not_yet.len());
        self.abroad += usize::from(function.stored);
        let result = step(self);
        if function.stored {
            self.abroad -= 1;
            self.bring_home(name, span, reported, unbuilt);
        }
        self.aggregates = aggregates;
        self.call_depth -= 1;
        Some(result)
    }

    /// Moves what was found in the body of a stored function to the call, as its text is not the query's: the first
    /// error, and what cannot run yet.
    fn bring_home(&mut self, name: &str, span: Span, reported: usize, unbuilt: usize) {
        let error = self.diagnostics.split_off(reported).into_iter().find(Diagnostic::is_error);
        if let Some(found) = error {
            let message = format!("the stored function `{name}` has an error: {}", found.message);
            self.report(Diagnostic { kusto_code: found.kusto_code, ..Diagnostic::error(found.code, span, message) });
        }
        for found in self.not_yet.iter_mut().skip(unbuilt) {
            found.span = span;
        }
    }

    /// Binds arguments to parameters: by name where named, else by position, else the default.
    #[expect(clippy::too_many_arguments, reason = "a call with all that surrounds it")]
    fn parameters(
        &mut self,
        name: &str,
        function: &FunctionDefinition,
        env: &Env,
        arguments: &[Argument],
        piped: Option<Tabular>,
        span: Span,
        scope: &Scope,
    ) -> Option<Env> {
        let mut inner = env.clone();
        let mut positional = arguments.iter().filter(|a| a.name.is_none());
        let mut piped = piped;
        let count = arguments.len() + usize::from(piped.is_some());
        if count > function.params.len() {
            let takes = function.params.len();
            let plural = if takes == 1 { "" } else { "s" };
            let message = format!("`{name}` takes {takes} argument{plural}, found {count}");
            self.report(Diagnostic::error("argument-count", span, message).kusto("KS119"));
            return None;
        }
        for named in arguments.iter().filter_map(|a| a.name.as_ref()) {
            if !function.params.iter().any(|p| p.name.text == named.text) {
                let message = format!("`{name}` has no parameter `{}`", named.text);
                self.report(Diagnostic::error("unknown-parameter", named.span, message));
                return None;
            }
        }
        for param in &function.params {
            let given = arguments
                .iter()
                .find(|a| a.name.as_ref().is_some_and(|n| n.text == param.name.text))
                .or_else(|| if piped.is_some() && is_table(&param.ty) { None } else { positional.next() });
            let meaning = match (&param.ty, given) {
                (ParameterType::Table(_), None) if piped.is_some() => {
                    let table = piped.take()?;
                    Definition::Table(Rc::new(table))
                }
                (ParameterType::Table(_), Some(argument)) => {
                    Definition::Table(Rc::new(self.table(&argument.value, scope.env)))
                }
                (ParameterType::Scalar(ty), Some(argument)) => {
                    Definition::Scalar(self.scalar_argument(&argument.value, *ty, scope))
                }
                (ParameterType::Scalar(ty), None) if param.default.is_some() => {
                    let default = param.default.as_ref()?;
                    Definition::Scalar(self.scalar_argument(default, *ty, &Scope::constants(env)))
                }
                _ => {
                    let message = format!("`{name}` needs an argument for `{}`", param.name.text);
                    self.report(Diagnostic::error("argument-count", span, message).kusto("KS119"));
                    return None;
                }
            };
            inner = inner.with(param.name.text.clone(), meaning);
        }
        Some(inner)
    }

    /// Arguments of user functions are converted to the type of their parameter.
    fn scalar_argument(&mut self, value: &crate::expr::ast::Expr, ty: Type, scope: &Scope) -> plan::Expr {
        let bound = self.expr(value, scope);
        bound.to(ty)
    }

    /// Returns a stored function that is called by name; without its data the query cannot run.
    pub(crate) fn called_function(&mut self, name: &Name) -> Option<(Rc<FunctionDefinition>, Env)> {
        let found = self.stored_function(&name.text)?;
        if self.host.lacks_data(&name.text) {
            let message = format!("`{}` reads what only the service knows: there is no data for it", name.text);
            let help = match name.text.as_str() {
                "_GetWatchlist" => {
                    "put its items into `watchlists/NAME.csv` in the folder of evidence, or map a file: \
                     `--map \"_GetWatchlist('NAME')=FILE\"`"
                        .to_owned()
                }
                name => {
                    format!("put data of your own in its place: `--map {name}=FILE`, or `.create function {name} ...`")
                }
            };
            if self.host.outside_is_empty() {
                self.report(Diagnostic::warning("no-data", name.span, format!("{message}, what it gives is empty")));
            } else {
                self.refuse_to_run(Diagnostic::error("no-data", name.span, message).help(help));
            }
        }
        Some(found)
    }

    /// Reads the text of a stored function. It sees the names at the place of the call; here: none.
    pub(crate) fn stored_function(&mut self, name: &str) -> Option<(Rc<FunctionDefinition>, Env)> {
        let text = self.host.stored_function(name)?;
        let (tokens, _) = lexer::tokens(&text);
        let notes = Notes::new(&text, &tokens);
        let (_, definition) = statement::definition(Cursor::new(&notes)).ok()?;
        Some((Rc::new(FunctionDefinition { stored: true, ..definition }), Env::default()))
    }
}

fn is_table(ty: &ParameterType) -> bool {
    matches!(ty, ParameterType::Table(_))
}

impl FunctionDefinition {
    /// Tells whether the text alone shows that the function gives a table.
    fn is_tabular(&self) -> bool {
        matches!(self.result.as_ref().map(|r| &r.kind), Some(crate::expr::ast::ExprKind::Pipeline(_)))
    }
}
