//! Binding of calls: functions of the query, of the library, and the few that see tables or names.

use crate::bind::Binder;
use crate::bind::scope::{Definition, Scope};
use crate::diagnostic::{Diagnostic, unsupported};
use crate::known;
use crate::library::{Accepts, FunctionSpec, Must, Overload, Param, Rows};
use crate::lint::Sight;
use crate::plan::{self, PreludeId};
use crate::similar::nearest;
use crate::span::Span;
use crate::types::{Type, Value};

use super::ast::{Argument, Expr, ExprKind, Name};
use super::foreign;
use super::overload::{self, Given};

impl Binder<'_> {
    /// Binds `name(arguments)` where a value is expected.
    pub(crate) fn call(&mut self, name: &Name, arguments: &[Argument], span: Span, scope: &Scope) -> plan::Expr {
        if let Some(Definition::Function(function, env)) = scope.env.find(&name.text) {
            let (function, env) = (function.clone(), env.clone());
            return self.user_scalar(&name.text, &function, &env, arguments, span, scope);
        }
        if self.pattern.is_some()
            && let Some(value) = self.graph_call(name, arguments, span, scope)
        {
            return value;
        }
        if name.text == "ago"
            && let Some(value) = self.ago_of_row(arguments, scope)
        {
            return value;
        }
        match name.text.as_str() {
            "bin_auto" => return self.bin_auto(name, arguments, span, scope),
            "column_names_of" => return self.column_names_of(arguments, span, scope),
            "iscolumnexists" => return self.column_exists(arguments, span, scope),
            "toscalar" => return self.toscalar(name, arguments, span, scope),
            "column_ifexists" | "columnifexists" => return self.column_ifexists(name, arguments, span, scope),
            "pack_all" => return self.pack_all(name, arguments, span, scope),
            "bag_pack_columns" => return self.bag_pack_columns(name, arguments, scope),
            "materialize" => {
                let error = Diagnostic::error("table-as-value", span, "`materialize` gives a table, not a value");
                return self.poison(error.kusto("KS260"));
            }
            _ => {}
        }
        if self.aggregates.is_some()
            && let Some((spec, filtered)) = self.host.library().aggregate(&name.text)
        {
            return self.aggregate_value(name, spec, filtered, arguments, span, scope);
        }
        if let Some(spec) = self.host.library().function(&name.text) {
            let call = self.call_of(spec, name, arguments, scope);
            return self.single(spec, name, call);
        }
        if self.host.library().aggregate(&name.text).is_some() || known::is_aggregate(&name.text) {
            let message = format!("`{}` is an aggregate: it stands in `summarize` only", name.text);
            return self.poison(Diagnostic::error("misplaced-aggregate", span, message).kusto("KS144"));
        }
        if let Some((function, env)) = self.called_function(name) {
            return self.user_scalar(&name.text, &function, &env, arguments, span, scope);
        }
        self.unknown_function(name)
    }

    /// Reports a function that is not there, or not there yet.
    pub(crate) fn unknown_function(&mut self, name: &Name) -> plan::Expr {
        if known::is_function(&name.text) || known::is_aggregate(&name.text) {
            let refusal = unsupported(name.span, format!("function `{}`", name.text));
            return self.poison(match known::is_of_service(&name.text) {
                true => refusal.help("it reads what only a Kusto service holds: load the data and name its table"),
                false => refusal,
            });
        }
        let message = format!("no function is named `{}`", name.text);
        let mut error = Diagnostic::error("unknown-function", name.span, message).kusto("KS211");
        let names: Vec<&str> = self.host.library().names().chain(known::names()).collect();
        let near = nearest(&name.text, names);
        if let Some(near) = near.filter(|near| near.eq_ignore_ascii_case(&name.text)) {
            error = error.help(format!("did you mean `{near}`?"));
        } else if let Some(here) = foreign::here(&name.text) {
            error = error.help(format!("KQL says `{here}`"));
        } else if let Some(near) = near {
            error = error.help(format!("did you mean `{near}`?"));
        }
        self.poison(error)
    }

    /// Binds a call of a function of the library; one that gives several values gives them as an array here.
    pub(super) fn call_of(
        &mut self,
        spec: &'static FunctionSpec,
        name: &Name,
        arguments: &[Argument],
        scope: &Scope,
    ) -> plan::Expr {
        let bound: Vec<plan::Expr> = arguments.iter().map(|a| self.expr(&a.value, scope)).collect();
        if let Some(named) = arguments.iter().find_map(|a| a.name.as_ref()) {
            let message =
                format!("`{}` takes its arguments by position: the name `{}` is ignored", name.text, named.text);
            self.report(Diagnostic::warning("named-argument", named.span, message).help("remove the name and its `=`"));
        }
        if spec.rows == Rows::Serialized && !scope.serialized && !scope.open {
            let message = format!("`{}` needs rows in a defined order", name.text);
            let error = Diagnostic::error("not-serialized", name.span, message);
            return self.poison(error.help("put `| serialize` or `| sort by ...` before"));
        }
        let Some((args, returns)) = self.resolve(&name.text, spec.overloads, name.span, arguments, bound) else {
            return plan::Expr::poison();
        };
        if args.iter().any(|arg| arg.ty == Type::Unknown) {
            return plan::Expr::poison_of(returns);
        }
        if !spec.supported {
            let refusal = unsupported(name.span, format!("function `{}`", name.text));
            self.refuse_to_run(if spec.instead.is_empty() { refusal } else { refusal.help(spec.instead) });
        }
        self.look(&Sight::Call { name: &name.text, span: name.span, args: &args });
        // A conversion of what has the type already is the thing itself: `tostring(s)` is `s`.
        if let ([only], true) = (args.as_slice(), is_conversion(spec, returns))
            && only.ty == returns
        {
            return only.clone();
        }
        let call = plan::Expr { ty: returns, kind: plan::ExprKind::Call { function: spec, args } };
        self.may_run(&name.text, name.span, call)
    }

    /// Chooses a signature and brings the arguments to it; `None` after an error. Poisoned arguments stay poisoned,
    /// and the type is that of the call without them, unknown where it hangs on them.
    pub(crate) fn resolve(
        &mut self,
        name: &str,
        overloads: &'static [Overload],
        span: Span,
        arguments: &[Argument],
        bound: Vec<plan::Expr>,
    ) -> Option<(Vec<plan::Expr>, Type)> {
        let given: Vec<Given> = bound.iter().map(given).collect();
        if !overloads.iter().any(|o| overload::takes(o, given.len())) {
            self.report(wrong_count(name, overloads, given.len(), span));
            return None;
        }
        let (index, choice) = match overload::choose(overloads, &given) {
            Ok(found) => found,
            Err(at) => {
                self.report(wrong_argument(name, overloads, at, &given, arguments, span));
                return None;
            }
        };
        let overload = overloads.get(index)?;
        let count = bound.len();
        let mut args = Vec::with_capacity(count);
        for (i, (expr, target)) in bound.into_iter().zip(&choice.arguments).enumerate() {
            let param = overload::parameter(overload, i, count)?;
            let at = arguments.get(i).map_or(span, |a| a.value.span);
            let expr = if param.accepts == Accepts::Typeof { expr } else { expr.to(*target) };
            args.push(self.settle(name, param, expr, at));
        }
        Some((args, choice.returns))
    }

    /// Folds an argument that must be constant and checks it against the words a parameter takes.
    fn settle(&mut self, name: &str, param: &Param, expr: plan::Expr, span: Span) -> plan::Expr {
        if param.must == Must::Be || expr.ty == Type::Unknown || matches!(expr.kind, plan::ExprKind::Typeof(_)) {
            return expr;
        }
        if expr.any(&mut |e| matches!(e.kind, plan::ExprKind::Column(_))) {
            let message = format!("`{}` of `{name}` must be a constant", param.name);
            return self.poison(Diagnostic::error("not-constant", span, message).kusto("KS108"));
        }
        let Some(value) = self.constant(&expr) else { return expr };
        if let (Value::String(text), false) = (&value, param.values.is_empty())
            && !param.values.iter().any(|v| v.eq_ignore_ascii_case(text))
        {
            let message = format!("`{text}` is no {} of `{name}`", param.name);
            let error = Diagnostic::error("unknown-word", span, message);
            return self.poison(error.help(format!("one of {}", param.values.join(", "))));
        }
        plan::Expr { ty: expr.ty, kind: plan::ExprKind::Literal(value) }
    }

    fn toscalar(&mut self, name: &Name, arguments: &[Argument], span: Span, scope: &Scope) -> plan::Expr {
        let [argument] = arguments else {
            return self
                .poison(Diagnostic::error("argument-count", span, "`toscalar` takes 1 argument").kusto("KS119"));
        };
        let Some(table) = self.as_table(&argument.value, scope) else {
            // `toscalar` of a value is that value (Microsoft's analyser accepts it).
            return self.expr(&argument.value, scope);
        };
        let Some(first) = table.rel.columns.first().filter(|_| !table.open) else {
            if !table.open {
                self.report(Diagnostic::error("no-columns", name.span, "`toscalar` needs a table with a column"));
            }
            return plan::Expr::poison();
        };
        let ty = first.ty;
        let id: PreludeId = self.prelude(plan::Prelude::Scalar(table.rel));
        plan::Expr { ty, kind: plan::ExprKind::Scalar(id) }
    }

    fn column_ifexists(&mut self, name: &Name, arguments: &[Argument], span: Span, scope: &Scope) -> plan::Expr {
        self.look(&Sight::Call { name: &name.text, span: name.span, args: &[] });
        let [wanted, default] = arguments else {
            let message = format!("`{}` takes 2 arguments, found {}", name.text, arguments.len());
            return self.poison(Diagnostic::error("argument-count", span, message).kusto("KS119"));
        };
        let named = self.expr(&wanted.value, scope);
        let Some(Value::String(column)) = self.constant(&named) else {
            if named.ty == Type::Unknown {
                return named;
            }
            let message = format!("the column of `{}` must be a constant string", name.text);
            return self.poison(Diagnostic::error("not-constant", wanted.value.span, message).kusto("KS109"));
        };
        match scope.column(&column) {
            Some(found) => plan::Expr::column(found),
            None => self.expr(&default.value, scope),
        }
    }

    /// `bag_pack_columns(a, b)` is `bag_pack("a", a, "b", b)`.
    fn bag_pack_columns(&mut self, name: &Name, arguments: &[Argument], scope: &Scope) -> plan::Expr {
        let Some(pack) = self.host.library().function("bag_pack") else {
            return self.poison(unsupported(name.span, "function `bag_pack_columns`"));
        };
        let mut args = Vec::with_capacity(2 * arguments.len());
        for argument in arguments {
            let ExprKind::Name(column) = &argument.value.kind else {
                let message = "`bag_pack_columns` takes columns";
                return self.poison(Diagnostic::error("argument-type", argument.value.span, message).kusto("KS107"));
            };
            args.push(plan::Expr::literal(Value::String(column.text.clone())));
            args.push(self.expr(&argument.value, scope));
        }
        plan::Expr { ty: Type::Dynamic, kind: plan::ExprKind::Call { function: pack, args } }
    }

    fn pack_all(&mut self, name: &Name, arguments: &[Argument], span: Span, scope: &Scope) -> plan::Expr {
        // `pack_all(true)` leaves out nulls and empty strings.
        let function = match arguments {
            [] => "bag_pack",
            [only] => match only.value.kind {
                ExprKind::Literal(Value::Bool(true)) => "pack_all",
                ExprKind::Literal(Value::Bool(false)) => "bag_pack",
                _ => {
                    let message = "the argument of `pack_all` must be a literal bool";
                    return self.poison(Diagnostic::error("not-constant", only.value.span, message).kusto("KS109"));
                }
            },
            _ => {
                let message = format!("`pack_all` takes at most 1 argument, found {}", arguments.len());
                return self.poison(Diagnostic::error("argument-count", span, message).kusto("KS119"));
            }
        };
        let Some(pack) = self.host.library().function(function) else {
            return self.poison(unsupported(name.span, "function `pack_all`"));
        };
        let args = scope
            .row
            .iter()
            .flat_map(|c| [plan::Expr::literal(Value::String(c.name.clone())), plan::Expr::column(c)])
            .collect();
        plan::Expr { ty: Type::Dynamic, kind: plan::ExprKind::Call { function: pack, args } }
    }
}

fn given(expr: &plan::Expr) -> Given {
    match expr.kind {
        plan::ExprKind::Typeof(ty) => Given::Typeof(ty),
        _ => Given::Value(expr.ty),
    }
}

fn is_conversion(spec: &FunctionSpec, returns: Type) -> bool {
    let aliases: &[&str] = match returns {
        Type::String => &["tostring"],
        Type::Long => &["tolong"],
        Type::Int => &["toint"],
        Type::Real => &["toreal", "todouble"],
        Type::Bool => &["tobool"],
        Type::Datetime => &["todatetime"],
        Type::Timespan => &["totimespan"],
        Type::Guid => &["toguid"],
        Type::Decimal => &["todecimal"],
        Type::Dynamic => &["todynamic", "parse_json"],
        Type::Unknown => &[],
    };
    aliases.contains(&spec.name)
}

fn wrong_count(name: &str, overloads: &[Overload], found: usize, span: Span) -> Diagnostic {
    let fixed = |o: &Overload| o.required.len() + o.last.len();
    let least = overloads.iter().map(fixed).min().unwrap_or(0);
    let most = overloads.iter().map(|o| fixed(o) + o.optional.len()).max().unwrap_or(0);
    let endless = overloads.iter().any(|o| !o.repeated.is_empty());
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    let takes = if endless {
        format!("at least {least} argument{}", plural(least))
    } else if least == most {
        format!("{least} argument{}", plural(least))
    } else {
        format!("{least} to {most} arguments")
    };
    Diagnostic::error("argument-count", span, format!("`{name}` takes {takes}, found {found}")).kusto("KS119")
}

fn wrong_argument(
    name: &str,
    overloads: &[Overload],
    at: usize,
    given: &[Given],
    arguments: &[Argument],
    span: Span,
) -> Diagnostic {
    let found = match given.get(at) {
        Some(Given::Value(ty)) => format!("a {ty}"),
        Some(Given::Typeof(_)) => "a type".to_owned(),
        None => "nothing".to_owned(),
    };
    let param = overloads
        .iter()
        .filter(|o| overload::takes(o, given.len()))
        .find_map(|o| overload::parameter(o, at, given.len()));
    let (what, wanted) = param.map_or(("an argument", "another type".to_owned()), |p| (p.name, accepted(p.accepts)));
    let message = format!("`{what}` of `{name}` takes {wanted}, found {found}");
    let span = arguments.get(at).map_or(span, |a| a.value.span);
    Diagnostic::error("argument-type", span, message).kusto("KS107")
}

/// Says in words what a parameter accepts.
pub(crate) fn accepted(accepts: Accepts) -> String {
    match accepts {
        Accepts::Scalar => "any value".into(),
        Accepts::Exactly(ty) => format!("a {ty}"),
        Accepts::OneOf(types) => format!("a {}", types.iter().map(|t| t.name()).collect::<Vec<_>>().join(" or ")),
        Accepts::Number => "a number".into(),
        Accepts::Integer => "a whole number".into(),
        Accepts::Summable => "a number, datetime or timespan".into(),
        Accepts::Orderable => "a value that has an order".into(),
        Accepts::NotDynamic => "any value but a dynamic".into(),
        Accepts::StringOrDynamic => "a string or dynamic".into(),
        Accepts::Array => "a dynamic array".into(),
        Accepts::Bag => "a dynamic bag".into(),
        Accepts::Common | Accepts::CommonOrDynamic => "the type of the other branches".into(),
        Accepts::Typeof => "a `typeof(...)`".into(),
    }
}

/// Tells whether an argument is `*`.
pub(crate) fn is_star(argument: &Expr) -> bool {
    matches!(argument.kind, ExprKind::Star)
}
