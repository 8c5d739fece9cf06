//! Binding of aggregate calls, which stand in `summarize` and its kin only.

use crate::bind::Binder;
use crate::bind::PendingAggregate;
use crate::bind::scope::Scope;
use crate::diagnostic::Diagnostic;
use crate::library::{AggregateShape, AggregateSpec, Naming, Overload};
use crate::lint::Sight;
use crate::plan::{self, Aggregate};
use crate::span::Span;
use crate::types::{Column, Type, Value};

use super::ast::{Argument, Name};
use super::auto_name::{auto_name, joined};
use super::call::is_star;
use super::overload;

impl Binder<'_> {
    /// Binds an aggregate inside a larger expression: its first column stands for it.
    pub(crate) fn aggregate_value(
        &mut self,
        name: &Name,
        spec: &'static AggregateSpec,
        filtered: bool,
        arguments: &[Argument],
        span: Span,
        scope: &Scope,
    ) -> plan::Expr {
        let columns = self.aggregate_call(name, spec, filtered, arguments, span, scope);
        columns.first().map_or_else(plan::Expr::poison, plan::Expr::column)
    }

    /// Binds an aggregate and returns the columns it gives, named as Kusto names them when nobody else does;
    /// none after an error.
    pub(crate) fn aggregate_call(
        &mut self,
        name: &Name,
        spec: &'static AggregateSpec,
        filtered: bool,
        arguments: &[Argument],
        span: Span,
        scope: &Scope,
    ) -> Vec<Column> {
        // Arguments see rows: while they are bound, no aggregate may stand in them.
        let Some(pending) = self.aggregates.take() else { return Vec::new() };
        let call = self.aggregate_arguments(name, spec, filtered, arguments, span, scope, &pending.keys);
        self.aggregates = Some(pending);
        let Some((aggregate, columns)) = call else { return Vec::new() };
        if let Some(pending) = &mut self.aggregates {
            pending.list.push(PendingAggregate { aggregate, columns: columns.clone() });
        }
        columns
    }

    #[expect(clippy::too_many_arguments, reason = "a call with all that surrounds it, used once")]
    fn aggregate_arguments(
        &mut self,
        name: &Name,
        spec: &'static AggregateSpec,
        filtered: bool,
        arguments: &[Argument],
        span: Span,
        scope: &Scope,
        keys: &[crate::types::ColumnId],
    ) -> Option<(Aggregate, Vec<Column>)> {
        if !spec.supported {
            self.not_yet(name.span, format!("aggregate `{}`", name.text));
        }
        if let (AggregateShape::One, [only]) = (spec.shape, arguments)
            && is_star(&only.value)
        {
            let message = format!("`{}` takes no `*`", name.text);
            let error = Diagnostic::error("misplaced-star", only.value.span, message);
            self.report(if spec.name == "count" { error.help("write `count()`") } else { error });
            return None;
        }
        let first = arguments.first();
        let mut arguments: Vec<&Argument> = arguments.iter().collect();
        let filter = match filtered {
            false => None,
            true => {
                let at = filter_position(spec, arguments.len());
                if at >= arguments.len() {
                    let message = format!("`{}` needs a predicate", name.text);
                    self.report(Diagnostic::error("argument-count", span, message).kusto("KS119"));
                    return None;
                }
                let predicate = arguments.remove(at);
                Some(self.expr_of(&predicate.value, Type::Bool, scope))
            }
        };
        if filter.as_ref().is_some_and(|f| f.ty == Type::Unknown) {
            return None;
        }
        let (args, columns) = match spec.shape {
            AggregateShape::Arg => self.arg_columns(name, spec, &arguments, span, scope, keys)?,
            AggregateShape::Any => self.any_columns(name, spec, &arguments, span, scope, keys)?,
            AggregateShape::One | AggregateShape::Percentiles | AggregateShape::WeightedPercentiles => {
                self.plain_columns(name, spec, filtered.then_some(first).flatten(), &arguments, span, scope)?
            }
        };
        self.look(&Sight::Call { name: &name.text, span: name.span, args: &args });
        let types = columns.iter().map(|c| c.ty).collect();
        let aggregate = Aggregate { aggregate: spec, args, filter, types };
        if let Some(why) = self.host.refusal_of_aggregate(&aggregate) {
            self.refuse_value(&name.text, name.span, why);
        }
        Some((aggregate, columns))
    }

    fn plain_columns(
        &mut self,
        name: &Name,
        spec: &'static AggregateSpec,
        filtered: Option<&Argument>,
        arguments: &[&Argument],
        span: Span,
        scope: &Scope,
    ) -> Option<(Vec<plan::Expr>, Vec<Column>)> {
        let bound: Vec<plan::Expr> = arguments.iter().map(|a| self.expr(&a.value, scope)).collect();
        let owned: Vec<Argument> = arguments.iter().map(|a| (*a).clone()).collect();
        let (args, ty) = self.resolve(&name.text, spec.overloads, span, &owned, bound)?;
        // `countif(p)` is named after its predicate, as that is its first argument.
        let first = filtered.or(arguments.first().copied());
        let first = first.and_then(|a| argument_name(a, scope, self.host)).unwrap_or_default();
        let before = match spec.shape {
            AggregateShape::Percentiles => Some(1),
            AggregateShape::WeightedPercentiles => Some(2),
            _ => None,
        };
        if let Some(before) = before {
            let percentiles = args.iter().skip(before);
            let columns: Vec<Column> =
                percentiles.map(|p| self.column(format!("percentile_{first}_{}", percent_text(p)), ty)).collect();
            return Some((args, columns));
        }
        let naming = if filtered.is_some() { spec.filtered_naming } else { spec.naming };
        let column = match naming {
            Naming::PrefixAndFirstArgument(prefix) => format!("{prefix}_{first}"),
            Naming::NameAndFirstArgument => format!("{}_{first}", name.text),
            Naming::FirstArgument => first,
            Naming::PrefixAndArguments(prefix) => joined(prefix, arguments.iter().copied(), scope, self.host),
            Naming::Fixed(fixed) => fixed.to_owned(),
            Naming::Nothing | Naming::OnlyArgument => String::new(),
        };
        Some((args, vec![self.column(column, ty)]))
    }

    /// `arg_max(by, returned ...)`: the compared value, then what is returned with it. `*` stands for every
    /// column that is neither a key nor named already.
    fn arg_columns(
        &mut self,
        name: &Name,
        spec: &'static AggregateSpec,
        arguments: &[&Argument],
        span: Span,
        scope: &Scope,
        keys: &[crate::types::ColumnId],
    ) -> Option<(Vec<plan::Expr>, Vec<Column>)> {
        let Some((by, returned)) = arguments.split_first() else {
            self.report(no_argument(&name.text, span));
            return None;
        };
        // The obsolete `argmax(t, s)` names its columns `max_t` and `max_t_s`.
        let (prefix, obsolete) = match spec.naming {
            Naming::PrefixAndFirstArgument(prefix) => (prefix, true),
            _ => (spec.name.trim_start_matches("arg_"), false),
        };
        let compared = self.expr(&by.value, scope);
        if !compared.ty.is_orderable() {
            let message = format!("`{}` compares values that have an order, found a {}", name.text, compared.ty);
            self.report(Diagnostic::error("argument-type", by.value.span, message).kusto("KS107"));
            return None;
        }
        let by_name = argument_name(by, scope, self.host);
        let mut args = vec![compared];
        let mut names = vec![by_name.clone().unwrap_or_else(|| format!("{prefix}_"))];
        for (n, argument) in returned.iter().enumerate() {
            if is_star(&argument.value) {
                let named: Vec<String> = names.clone();
                for column in scope.row.iter().filter(|c| !keys.contains(&c.id) && !named.contains(&c.name)) {
                    args.push(plan::Expr::column(column));
                    names.push(column.name.clone());
                }
                continue;
            }
            args.push(self.expr(&argument.value, scope));
            names.push(
                argument_name(argument, scope, self.host)
                    .unwrap_or_else(|| format!("{prefix}_{}_arg{}", by_name.as_deref().unwrap_or_default(), n + 1)),
            );
        }
        if let Some(by) = by_name.filter(|_| obsolete) {
            for (n, own) in names.iter_mut().enumerate() {
                *own = if n == 0 { format!("{prefix}_{by}") } else { format!("{prefix}_{by}_{own}") };
            }
        }
        self.named_columns(args, names)
    }

    /// `take_any(a, b, *)`: one column an argument, all from one row.
    fn any_columns(
        &mut self,
        name: &Name,
        spec: &'static AggregateSpec,
        arguments: &[&Argument],
        span: Span,
        scope: &Scope,
        keys: &[crate::types::ColumnId],
    ) -> Option<(Vec<plan::Expr>, Vec<Column>)> {
        if arguments.is_empty() {
            self.report(no_argument(&name.text, span));
            return None;
        }
        // The obsolete spellings `any` and `anyif` name their columns with a prefix.
        let naming = if spec.filtered == Some(&name.text) { spec.filtered_naming } else { spec.naming };
        let prefix = match naming {
            Naming::PrefixAndFirstArgument(prefix) => format!("{prefix}_"),
            _ => String::new(),
        };
        let (mut args, mut names) = (Vec::new(), Vec::new());
        for (n, argument) in arguments.iter().enumerate() {
            if is_star(&argument.value) {
                for column in scope.row.iter().filter(|c| !keys.contains(&c.id)) {
                    args.push(plan::Expr::column(column));
                    names.push(format!("{prefix}{}", column.name));
                }
                continue;
            }
            args.push(self.expr(&argument.value, scope));
            names.push(match argument_name(argument, scope, self.host) {
                Some(own) => format!("{prefix}{own}"),
                None => format!("any_arg{n}"),
            });
        }
        self.named_columns(args, names)
    }

    fn named_columns(&mut self, args: Vec<plan::Expr>, names: Vec<String>) -> Option<(Vec<plan::Expr>, Vec<Column>)> {
        // A column of an open table has no type that is known, but it is there.
        let columns = args.iter().zip(names).map(|(a, n)| self.column(n, a.ty)).collect();
        Some((args, columns))
    }
}

fn no_argument(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error("argument-count", span, format!("`{name}` takes at least 1 argument")).kusto("KS119")
}

fn argument_name(argument: &Argument, scope: &Scope, host: &dyn crate::host::Host) -> Option<String> {
    match &argument.name {
        Some(name) => Some(name.text.clone()),
        None => auto_name(&argument.value, scope, host),
    }
}

/// The predicate of an `*if` twin stands after the required arguments: `sumif(x, p)`, `countif(p)`,
/// `make_set_if(x, p, max)`.
fn filter_position(spec: &AggregateSpec, count: usize) -> usize {
    let required = |o: &Overload| o.required.len();
    let fewest = spec.overloads.iter().map(required).min().unwrap_or(0);
    spec.overloads.iter().filter(|o| overload::takes(o, count.saturating_sub(1))).map(required).min().unwrap_or(fewest)
}

fn percent_text(percentile: &plan::Expr) -> String {
    match percentile.as_literal() {
        Some(Value::Real(p)) => p.to_string().replace('.', "_"),
        Some(Value::Long(p)) => p.to_string(),
        Some(Value::Int(p)) => p.to_string(),
        _ => String::new(),
    }
}
