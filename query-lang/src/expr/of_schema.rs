//! Calls that see the names of columns or the options of the query rather than values: answered while binding.

use crate::bind::Binder;
use crate::bind::scope::Scope;
use crate::diagnostic::Diagnostic;
use crate::literal::json_string;
use crate::plan;
use crate::span::Span;
use crate::types::{Type, Value};

use super::ast::{Argument, ExprKind, Name};

impl Binder<'_> {
    /// `column_names_of(T)`: the names of a table's columns. `learn.microsoft.com/kusto/query/column-names-of-function`
    pub(super) fn column_names_of(&mut self, arguments: &[Argument], span: Span, scope: &Scope) -> plan::Expr {
        let [argument] = arguments else { return self.one_argument("column_names_of", arguments, span) };
        let Some(table) = self.as_table(&argument.value, scope) else {
            let message = "`column_names_of` takes a table, found a value";
            return self.poison(Diagnostic::error("value-as-table", argument.value.span, message).kusto("KS107"));
        };
        if table.open {
            return plan::Expr::poison();
        }
        let mut names = String::from("[");
        for (i, column) in table.rel.columns.iter().enumerate() {
            if i > 0 {
                names.push(',');
            }
            json_string(&column.name, &mut names);
        }
        names.push(']');
        plan::Expr::literal(Value::Dynamic(names))
    }

    /// `iscolumnexists("name")`: whether the row has the column.
    pub(super) fn column_exists(&mut self, arguments: &[Argument], span: Span, scope: &Scope) -> plan::Expr {
        let [argument] = arguments else { return self.one_argument("iscolumnexists", arguments, span) };
        let ExprKind::Literal(Value::String(column)) = &argument.value.kind else {
            let message = "the column of `iscolumnexists` must be a literal string";
            return self.poison(Diagnostic::error("not-constant", argument.value.span, message).kusto("KS109"));
        };
        plan::Expr::literal(Value::Bool(scope.column(column).is_some()))
    }

    /// `bin_auto(x)` is `bin_at(x, size, at)` with what the options of the query say; `at` is 0 if none does.
    /// `learn.microsoft.com/kusto/query/bin-auto-function`
    pub(super) fn bin_auto(&mut self, name: &Name, arguments: &[Argument], span: Span, scope: &Scope) -> plan::Expr {
        let [argument] = arguments else { return self.one_argument("bin_auto", arguments, span) };
        let value = self.expr(&argument.value, scope);
        let option = |wanted: &str| self.options.iter().rev().find(|(name, _)| name == wanted).map(|(_, v)| v.clone());
        let Some(size) = option("query_bin_auto_size") else {
            let error = Diagnostic::error("unsupported", name.span, "`bin_auto` has no size of bins");
            self.refuse_to_run(error.help("put `set query_bin_auto_size = 1h;` before the query"));
            return value;
        };
        let at = option("query_bin_auto_at").unwrap_or(match value.ty {
            Type::Datetime => Value::Datetime(0),
            Type::Timespan => Value::Timespan(0),
            _ => Value::Long(0),
        });
        let Some(bin_at) = self.host.library().function("bin_at").filter(|_| value.ty != Type::Unknown) else {
            return plan::Expr::poison();
        };
        let bound = vec![value, plan::Expr::literal(size), plan::Expr::literal(at)];
        match self.resolve("bin_auto", bin_at.overloads, name.span, arguments, bound) {
            Some((args, ty)) if args.iter().any(|a| a.ty == Type::Unknown) => plan::Expr::poison_of(ty),
            Some((args, ty)) => plan::Expr { ty, kind: plan::ExprKind::Call { function: bin_at, args } },
            None => plan::Expr::poison(),
        }
    }

    fn one_argument(&mut self, name: &str, found: &[Argument], span: Span) -> plan::Expr {
        let message = format!("`{name}` takes 1 argument, found {}", found.len());
        self.poison(Diagnostic::error("argument-count", span, message).kusto("KS119"))
    }
}
