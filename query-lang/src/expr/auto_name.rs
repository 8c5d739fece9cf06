//! The name of a column whose expression was given none.

use crate::bind::scope::Scope;
use crate::host::Host;
use crate::library::{FunctionSpec, Naming};
use crate::types::Value;

use super::ast::{Argument, Expr, ExprKind};
use super::overload;

/// Returns the name Kusto gives an expression, or nothing where it says `ColumnN`.
/// `learn.microsoft.com/kusto/query/projectoperator` has the outline; the rest is as the analyser does it.
pub fn auto_name(expr: &Expr, scope: &Scope, host: &dyn Host) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.text.clone()),
        ExprKind::Member(base, name) => Some(match auto_name(base, scope, host) {
            Some(base) => format!("{base}_{}", name.text),
            None => name.text.clone(),
        }),
        ExprKind::Index(base, index) => {
            let key = index_text(index);
            Some(match (auto_name(base, scope, host), key) {
                (Some(base), key) => format!("{base}_{}", key.unwrap_or_default()),
                (None, key) => key?,
            })
        }
        ExprKind::Call(name, arguments) => {
            // A name before an argument is no parameter's, but it names the column: `toint(n = dcount(x))`.
            let first = || {
                let argument = arguments.first()?;
                argument.name.as_ref().map_or_else(|| auto_name(&argument.value, scope, host), |n| Some(n.text.clone()))
            };
            if name.text == "column_ifexists" || name.text == "columnifexists" {
                return first_literal(arguments).filter(|n| scope.column(n).is_some());
            }
            // `tdigest_merge` and some others are functions of several sketches, and aggregates of one.
            let takes = |f: &&FunctionSpec| f.overloads.iter().any(|o| overload::takes(o, arguments.len()));
            let function = host.library().function(&name.text);
            let is_aggregate = host.library().aggregate(&name.text).is_some();
            let naming = match function.filter(|f| !is_aggregate || takes(f)) {
                Some(function) => function.naming,
                None => {
                    let (aggregate, filtered) = host.library().aggregate(&name.text)?;
                    if filtered { aggregate.filtered_naming } else { aggregate.naming }
                }
            };
            match naming {
                Naming::Nothing => None,
                Naming::FirstArgument => first(),
                Naming::NameAndFirstArgument => Some(format!("{}_{}", name.text, first().unwrap_or_default())),
                Naming::PrefixAndFirstArgument(prefix) => Some(format!("{prefix}_{}", first().unwrap_or_default())),
                Naming::PrefixAndArguments(prefix) => {
                    // The predicate of a twin stands last and gives no name.
                    let filtered = host.library().aggregate(&name.text).is_some_and(|(_, filtered)| filtered);
                    let named = arguments.len().saturating_sub(usize::from(filtered));
                    Some(joined(prefix, arguments.iter().take(named), scope, host))
                }
                Naming::Fixed(fixed) => Some(fixed.to_owned()),
                Naming::OnlyArgument => (arguments.len() == 1).then(first).flatten(),
            }
        }
        _ => None,
    }
}

/// A word and the names of arguments; what has none is left out with nothing between its `_`.
pub(super) fn joined<'a>(
    prefix: &str,
    arguments: impl Iterator<Item = &'a Argument>,
    scope: &Scope,
    host: &dyn Host,
) -> String {
    let name = |a: &Argument| auto_name(&a.value, scope, host).unwrap_or_default();
    arguments.fold(prefix.to_owned(), |joined, a| format!("{joined}_{}", name(a)))
}

fn first_literal(arguments: &[Argument]) -> Option<String> {
    match &arguments.first()?.value.kind {
        ExprKind::Literal(Value::String(text)) => Some(text.clone()),
        _ => None,
    }
}

fn index_text(index: &Expr) -> Option<String> {
    match &index.kind {
        ExprKind::Literal(Value::String(text)) => Some(text.clone()),
        ExprKind::Literal(Value::Long(n)) => Some(n.to_string()),
        ExprKind::Literal(Value::Int(n)) => Some(n.to_string()),
        ExprKind::Sign(super::ast::Sign::Minus, inner) => index_text(inner).map(|t| format!("-{t}")),
        _ => None,
    }
}
