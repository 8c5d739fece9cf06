//! Functions that give several values: `extend (slope, rest) = series_fit_line(s)`.
//!
//! In a list of expressions each value is a column; anywhere else an index takes one: `f(x)[2]`. What such a function's
//! kernel gives is one array, of which the values are elements.

use crate::bind::Binder;
use crate::bind::columns::{Names, duplicate};
use crate::bind::scope::Scope;
use crate::diagnostic::Diagnostic;
use crate::library::{Fields, FunctionSpec};
use crate::plan::{self, PathStep};
use crate::types::Type;

use super::ast::{Argument, Expr, ExprKind, Name, NamedExpr};
use super::auto_name::auto_name;

/// A column that an item of a list gives, its name not settled yet.
pub(crate) struct Given<'i> {
    /// The name it was given.
    pub declared: Option<&'i Name>,
    /// The name of the column that the item is, and nothing else.
    pub plain: Option<&'i Name>,
    /// The name it has otherwise; nothing where Kusto says `ColumnN`.
    pub inferred: Option<String>,
    /// Whether it is a value of a tuple.
    pub field: bool,
    /// Its value.
    pub value: plan::Expr,
}

/// One value of a tuple, and the name it has by itself.
pub(crate) struct Field {
    pub name: String,
    pub value: plan::Expr,
}

impl Binder<'_> {
    /// Binds an item of a list of expressions: one column, or one for each value of a tuple.
    pub(crate) fn columns_of<'i>(&mut self, item: &'i NamedExpr, scope: &Scope) -> Vec<Given<'i>> {
        let Some(fields) = self.tuple(&item.value, scope) else {
            let value = self.expr(&item.value, scope);
            self.check_names(item, 1);
            let plain = match &item.value.kind {
                ExprKind::Name(name) => Some(name),
                _ => None,
            };
            let inferred = auto_name(&item.value, scope, self.host);
            return vec![Given { declared: item.names.first(), plain, inferred, field: false, value }];
        };
        self.check_names(item, fields.len());
        let given = |(i, field): (usize, Field)| Given {
            declared: item.names.get(i),
            plain: None,
            inferred: Some(field.name),
            field: true,
            value: field.value,
        };
        fields.into_iter().enumerate().map(given).collect()
    }

    /// Refuses more names than there are values.
    pub(crate) fn check_names(&mut self, item: &NamedExpr, values: usize) {
        let Some(extra) = item.names.get(values).filter(|_| item.tuple) else { return };
        self.report(match values {
            1 => Diagnostic::error("tuple-names", item.value.span, "the expression gives one value, for several names")
                .kusto("KS149"),
            _ => Diagnostic::error(
                "tuple-names",
                extra.span,
                format!("there is no value for `{}`: the expression gives {values}", extra.text),
            )
            .kusto("KS150"),
        });
    }

    /// Settles the name of a new column: as declared, else as inferred, numbered where it is taken.
    pub(crate) fn settle_name(&mut self, given: &Given, names: &mut Names) -> Option<String> {
        match (given.declared.or(given.plain), &given.inferred) {
            (Some(name), _) => {
                let declared = names.declare_beside(&name.text);
                if declared.is_none() {
                    self.report(duplicate(&name.text, name.span));
                }
                declared
            }
            (None, Some(name)) => Some(names.infer(name)),
            (None, None) => Some(names.unnamed()),
        }
    }

    /// Binds a call of a function that gives several values; nothing for any other expression.
    pub(crate) fn tuple(&mut self, expr: &Expr, scope: &Scope) -> Option<Vec<Field>> {
        let ExprKind::Call(name, arguments) = &expr.kind else { return None };
        if scope.env.find(&name.text).is_some() {
            return None;
        }
        let spec = self.host.library().function(&name.text).filter(|f| f.fields != Fields::One)?;
        let call = self.call_of(spec, name, arguments, scope);
        let first = arguments.first().and_then(|a| auto_name(&a.value, scope, self.host)).unwrap_or_default();
        Some(match spec.fields {
            Fields::One => Vec::new(),
            Fields::Named(fields) => fields
                .iter()
                .enumerate()
                .map(|(i, (field, _))| Field {
                    name: format!("{}_{first}_{field}", name.text),
                    value: field_of(spec, call.clone(), i),
                })
                .collect(),
            Fields::Sorted => {
                let own = |argument: &Argument| auto_name(&argument.value, scope, self.host);
                let names = arguments.iter().enumerate().map(|(i, a)| own(a).unwrap_or_else(|| format!("array{i}")));
                let arrays = arrays_of(&call).max(usize::from(call.ty == Type::Unknown));
                names
                    .take(arrays)
                    .enumerate()
                    .map(|(i, own)| Field { name: format!("{own}_sorted"), value: field_of(spec, call.clone(), i) })
                    .collect()
            }
        })
    }

    /// Refuses several values where one is expected, as learn.microsoft.com/kusto/query/series-fit-2lines-function says.
    pub(super) fn single(&mut self, spec: &FunctionSpec, name: &Name, call: plan::Expr) -> plan::Expr {
        let values = match spec.fields {
            Fields::One => 1,
            Fields::Named(fields) => fields.len(),
            Fields::Sorted => arrays_of(&call),
        };
        if values < 2 || call.ty == Type::Unknown {
            return field_of(spec, call, 0);
        }
        let message = format!("`{}` gives {values} values where one is expected", name.text);
        let error = Diagnostic::error("tuple-as-value", name.span, message).kusto("KS234");
        self.poison(error.help(format!("take one by its index, `{}(...)[0]`, or name them in `extend`", name.text)))
    }
}

/// One value of a bound call.
fn field_of(spec: &FunctionSpec, call: plan::Expr, at: usize) -> plan::Expr {
    if call.ty == Type::Unknown {
        return call;
    }
    let element = |call: plan::Expr| call.step(PathStep::Index(i64::try_from(at).unwrap_or(0)));
    match spec.fields {
        Fields::One => call,
        Fields::Sorted if arrays_of(&call) < 2 => call,
        Fields::Sorted => element(call),
        Fields::Named(fields) => match fields.get(at) {
            Some((_, ty)) => element(call).to(*ty),
            None => plan::Expr::poison(),
        },
    }
}

/// Counts the arrays that a call is given.
fn arrays_of(call: &plan::Expr) -> usize {
    match &call.kind {
        plan::ExprKind::Call { args, .. } => args.iter().filter(|a| a.ty == Type::Dynamic).count(),
        _ => 0,
    }
}
