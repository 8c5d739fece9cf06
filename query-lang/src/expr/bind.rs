//! Binding of scalar expressions.

use crate::bind::Binder;
use crate::bind::scope::{Definition, Scope};
use crate::diagnostic::Diagnostic;
use crate::lint::Sight;
use crate::plan::{self, BinaryOp, PathStep, TextOp};
use crate::similar::nearest;
use crate::span::Span;
use crate::types::{Type, Value};

use super::ast::{Between, Binary, Expr, ExprKind, Name, Sign};
use super::operator_types::{self, Meeting};

impl Binder<'_> {
    /// Binds an expression where it stands.
    pub(crate) fn expr(&mut self, expr: &Expr, scope: &Scope) -> plan::Expr {
        match &expr.kind {
            ExprKind::Literal(value) => plan::Expr::literal(value.clone()),
            ExprKind::Name(name) => self.name(name, scope),
            ExprKind::Star => self.poison(Diagnostic::error("misplaced-star", expr.span, "`*` cannot stand here")),
            ExprKind::Member(base, name) => self.member(base, name, scope),
            ExprKind::Index(base, index) => self.index(base, index, scope),
            ExprKind::Call(name, arguments) => self.call(name, arguments, expr.span, scope),
            ExprKind::Sign(sign, inner) => self.sign(*sign, inner, scope),
            ExprKind::Binary(binary) => self.binary(binary, scope),
            ExprKind::And(parts) => plan::Expr::all(self.bools(parts, "and", scope)),
            ExprKind::Or(parts) => plan::Expr::any_of(self.bools(parts, "or", scope)),
            ExprKind::Between(between) => self.between(between, scope),
            ExprKind::In(membership) => self.membership(membership, scope),
            ExprKind::Typeof(ty) => plan::Expr { ty: Type::String, kind: plan::ExprKind::Typeof(*ty) },
            ExprKind::Pipeline(pipeline) => {
                let table = self.pipeline(pipeline, None, scope.env);
                match table.open {
                    true => plan::Expr::poison(),
                    false => self.poison(
                        Diagnostic::error("table-as-value", expr.span, "a value is expected here, found a table")
                            .help("use `toscalar(...)` to take its first value"),
                    ),
                }
            }
            ExprKind::Missing => plan::Expr::poison(),
        }
    }

    /// Binds an expression that must be of a type, converting a number or a dynamic to it.
    pub(crate) fn expr_of(&mut self, expr: &Expr, wanted: Type, scope: &Scope) -> plan::Expr {
        let bound = self.expr(expr, scope);
        if bound.ty.is_number() && wanted.is_number() && bound.ty <= wanted || bound.ty == Type::Dynamic {
            return bound.to(wanted);
        }
        if bound.ty == wanted || bound.ty == Type::Unknown {
            return bound;
        }
        let message = format!("expected a {wanted}, found a {}", bound.ty);
        self.poison(Diagnostic::error("wrong-type", expr.span, message).kusto("KS141"))
    }

    /// Binds the predicate of `where` and its kin: exactly a bool.
    pub(crate) fn predicate(&mut self, expr: &Expr, scope: &Scope) -> plan::Expr {
        let bound = self.expr(expr, scope);
        if matches!(bound.ty, Type::Bool | Type::Unknown) {
            return bound;
        }
        let error = Diagnostic::error("wrong-type", expr.span, format!("expected a bool, found a {}", bound.ty));
        let error = error.kusto("KS141");
        self.poison(match bound.ty {
            Type::Dynamic => error.help("convert it with `tobool(...)`, or compare it with a value"),
            _ => error.help("compare it with a value"),
        })
    }

    fn name(&mut self, name: &Name, scope: &Scope) -> plan::Expr {
        if let Some(column) = scope.column(&name.text) {
            if self.aggregates.is_some() {
                let error = Diagnostic::error(
                    "column-outside-aggregate",
                    name.span,
                    format!("`{}` must be inside an aggregate such as `take_any({})`", name.text, name.text),
                );
                return self.poison(error.kusto("KS236").help("or group by it, after `by`"));
            }
            if matches!(scope.env.find(&name.text), Some(Definition::Scalar(_))) {
                self.look(&Sight::HiddenVariable { name: &name.text, span: name.span });
            }
            return plan::Expr::column(column);
        }
        match scope.env.find(&name.text) {
            Some(Definition::Scalar(expr)) => {
                let size = crate::bind::measure(expr).0;
                return match self.copy(size, name.span) {
                    Some(()) => expr.clone(),
                    None => plan::Expr::poison(),
                };
            }
            Some(Definition::Function(function, env)) if function.params.is_empty() => {
                let (function, env) = (function.clone(), env.clone());
                return self.user_scalar(&name.text, &function, &env, &[], name.span, scope);
            }
            Some(Definition::Function(..)) => {
                let message = format!("`{}` is a function and needs its arguments", name.text);
                return self.poison(Diagnostic::error("function-as-value", name.span, message));
            }
            Some(Definition::Table(_) | Definition::Pattern(_)) => return self.table_as_value(name),
            None => {}
        }
        if self.host.table(&name.text).is_some() {
            return self.table_as_value(name);
        }
        if scope.open {
            return self.unseen();
        }
        self.unknown_column(name, scope)
    }

    /// The value of a column that a table may have, of which nobody has seen rows: not known, unless all that could be
    /// asked has been answered and what lies outside is taken as empty.
    fn unseen(&self) -> plan::Expr {
        match self.host.outside_is_empty() && self.asks.is_empty() {
            true => plan::Expr::literal(Value::Null(Type::Dynamic)),
            false => plan::Expr::poison(),
        }
    }

    fn table_as_value(&mut self, name: &Name) -> plan::Expr {
        let message = format!("a value is expected here, `{}` is a table", name.text);
        self.poison(
            Diagnostic::error("table-as-value", name.span, message)
                .help(format!("use `toscalar({})` to take its first value", name.text)),
        )
    }

    /// Reports a name that nothing in scope has, with the one that was probably meant.
    pub(crate) fn unknown_column(&mut self, name: &Name, scope: &Scope) -> plan::Expr {
        if name.text.bytes().all(|b| b.is_ascii_digit()) && !name.bracketed {
            let message = format!("`{}` is too large for a long", name.text);
            return self.poison(Diagnostic::error("number-range", name.span, message));
        }
        let lets: Vec<String> = scope.env.iter().map(|(n, _)| n.to_owned()).collect();
        let candidates = scope.row.iter().map(|c| c.name.as_str()).chain(lets.iter().map(String::as_str));
        let near = nearest(&name.text, candidates).map(str::to_owned);
        let message = format!("no column or variable is named `{}`", name.text);
        let mut error = Diagnostic::error("unknown-column", name.span, message).kusto("KS142");
        if let Some(near) = near {
            error = error.help(format!("did you mean `{near}`?"));
        } else if name.text.eq_ignore_ascii_case("null") {
            error = error.help("write `isnull(...)` or `isempty(...)`");
        } else if self.host.library().function(&name.text).is_some() {
            error = error.help(format!("`{0}` is a function: write `{0}(...)`", name.text));
        }
        self.poison(error)
    }

    fn member(&mut self, base: &Expr, name: &Name, scope: &Scope) -> plan::Expr {
        if let Some(row) = scope.named_row(base) {
            let inner = Scope { row: &row.columns, ..*scope };
            return match inner.column(&name.text) {
                Some(column) => plan::Expr::column(column),
                None if scope.open => self.unseen(),
                None => self.unknown_column(name, &inner),
            };
        }
        let bound = self.expr(base, scope);
        match bound.ty {
            Type::Unknown => plan::Expr::poison(),
            Type::Dynamic => bound.step(PathStep::Key(name.text.clone())),
            ty => {
                let message = format!("a {ty} has no member `{}`", name.text);
                let error = Diagnostic::error("no-member", name.span, message).kusto("KS142");
                self.poison(match ty {
                    Type::String => error.help("parse the text first: `todynamic(...)`"),
                    _ => error,
                })
            }
        }
    }

    fn index(&mut self, base: &Expr, index: &Expr, scope: &Scope) -> plan::Expr {
        if let Some(mut values) = self.tuple(base, scope).filter(|values| values.len() > 1) {
            let key = self.expr(index, scope);
            let at = self.constant(&key).and_then(|n| usize::try_from(n.as_long()?).ok());
            if let Some(at) = at.filter(|at| *at < values.len()) {
                return values.swap_remove(at).value;
            }
            let message = format!("one of {} values is chosen by a constant index from 0", values.len());
            return self.poison(Diagnostic::error("tuple-index", index.span, message).kusto("KS147"));
        }
        let bound = self.expr(base, scope);
        let key = self.expr(index, scope);
        match bound.ty {
            Type::Unknown => return plan::Expr::poison(),
            Type::Dynamic => {}
            ty => {
                let message = format!("a {ty} cannot be indexed");
                return self.poison(Diagnostic::error("not-indexable", base.span, message).kusto("KS147"));
            }
        }
        let step = match (&self.constant(&key), key.ty) {
            (Some(Value::String(text)), _) => PathStep::Key(text.clone()),
            (Some(Value::Long(n)), _) => PathStep::Index(*n),
            (Some(Value::Int(n)), _) => PathStep::Index(i64::from(*n)),
            (_, Type::Int) => PathStep::Computed(Box::new(key.to(Type::Long))),
            (_, Type::Long | Type::String | Type::Dynamic) => PathStep::Computed(Box::new(key)),
            (_, Type::Unknown) => return plan::Expr::poison(),
            (_, ty) => {
                let message = format!("an index is a string or a whole number, found a {ty}");
                return self.poison(Diagnostic::error("wrong-type", index.span, message).kusto("KS147"));
            }
        };
        bound.step(step)
    }

    fn sign(&mut self, sign: Sign, inner: &Expr, scope: &Scope) -> plan::Expr {
        let bound = self.expr(inner, scope);
        let negative = match (sign, bound.as_literal()) {
            (Sign::Minus, Some(Value::Long(n))) => n.checked_neg().map(Value::Long),
            (Sign::Minus, Some(Value::Int(n))) => n.checked_neg().map(Value::Int),
            (Sign::Minus, Some(Value::Real(n))) => Some(Value::Real(-n)),
            (Sign::Minus, Some(Value::Timespan(n))) => n.checked_neg().map(Value::Timespan),
            _ => None,
        };
        if let Some(value) = negative {
            return plan::Expr::literal(value);
        }
        let bound = match bound.ty {
            Type::Unknown => return bound,
            Type::Int => bound.to(Type::Long),
            Type::Dynamic => bound.to(Type::Real),
            Type::Long | Type::Real | Type::Decimal | Type::Timespan => bound,
            ty => {
                let message = format!("a sign cannot stand before a {ty}");
                return self.poison(Diagnostic::error("wrong-type", inner.span, message).kusto("KS106"));
            }
        };
        match sign {
            Sign::Plus => bound,
            Sign::Minus => plan::Expr { ty: bound.ty, kind: plan::ExprKind::Negate(Box::new(bound)) },
        }
    }

    fn bools(&mut self, parts: &[Expr], word: &str, scope: &Scope) -> Vec<plan::Expr> {
        parts
            .iter()
            .map(|part| {
                let bound = self.expr(part, scope);
                match bound.ty {
                    Type::Bool | Type::Unknown => bound,
                    Type::Dynamic => bound.to(Type::Bool),
                    ty => {
                        let message = format!("`{word}` joins bools, found a {ty}");
                        let error = Diagnostic::error("wrong-type", part.span, message).kusto("KS106");
                        self.poison(error.help("compare it with a value; for several values write `in (a, b)`"))
                    }
                }
            })
            .collect()
    }

    fn binary(&mut self, binary: &Binary, scope: &Scope) -> plan::Expr {
        if let Some(op) = operator_types::text_operator(binary.op) {
            return self.text_test(binary, op, scope);
        }
        if matches!(binary.op, ":" | ":cs") {
            return self.term(binary, scope);
        }
        let left = self.expr(&binary.left, scope);
        let right = self.expr(&binary.right, scope);
        if left.ty == Type::Unknown || right.ty == Type::Unknown {
            let compares = matches!(binary.op, "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=");
            return if compares { plan::Expr::poison_of(Type::Bool) } else { plan::Expr::poison() };
        }
        let Some(op) = operator_types::plain_operator(binary.op) else {
            return self.poison(crate::diagnostic::unsupported(binary.op_span, format!("operator `{}`", binary.op)));
        };
        self.look(&Sight::Comparison { op: binary.op, span: binary.op_span, sides: [&left, &right] });
        let meeting = match op {
            BinaryOp::Equal | BinaryOp::NotEqual => match operator_types::equality(left.ty, right.ty) {
                None if (left.ty, right.ty) != (Type::Dynamic, Type::Dynamic) => {
                    match self.unlike(binary.op, binary.op_span, &left, &right) {
                        None => return self.incomparable(binary.op, binary.op_span, left.ty, right.ty),
                        meeting => meeting,
                    }
                }
                meeting => meeting,
            },
            BinaryOp::Less | BinaryOp::LessOrEqual | BinaryOp::Greater | BinaryOp::GreaterOrEqual => {
                operator_types::order(left.ty, right.ty)
            }
            _ => operator_types::arithmetic(op, left.ty, right.ty),
        };
        match meeting {
            Some(meeting) => combine(op, left, right, meeting),
            None => self.mismatch(binary.op, binary.op_span, &left, &right, (&binary.left, &binary.right)),
        }
    }

    fn mismatch(
        &mut self,
        op: &str,
        op_span: Span,
        left: &plan::Expr,
        right: &plan::Expr,
        sides: (&Expr, &Expr),
    ) -> plan::Expr {
        let message = format!("`{op}` is not defined between {} and {}", left.ty, right.ty);
        let mut error = Diagnostic::error("operator-types", op_span, message)
            .kusto("KS106")
            .label(sides.0.span, format!("a {}", left.ty))
            .label(sides.1.span, format!("a {}", right.ty));
        if op == "+" && (left.ty == Type::String || right.ty == Type::String) {
            error = error.help("join texts with `strcat(...)`");
        } else if (left.ty, right.ty) == (Type::Dynamic, Type::Dynamic) {
            error = error.help("convert one side, such as with `tostring(...)`");
        } else if [left.ty, right.ty].contains(&Type::Datetime) && matches!(op, "+" | "-") {
            error = error.help("write the distance as a timespan, such as `7d`");
        } else if left.ty == Type::Datetime && matches!(right.ty, Type::Long | Type::String) {
            error = error.help("write the time as `datetime(2024-12-31)`");
        } else if left.ty == Type::Dynamic && right.ty == Type::Datetime {
            error = error.help("convert it with `todatetime(...)`");
        }
        self.poison(error)
    }

    fn text_test(&mut self, binary: &Binary, op: TextOp, scope: &Scope) -> plan::Expr {
        if matches!(binary.left.kind, ExprKind::Star) {
            return self.any_column(binary, op, scope);
        }
        let left = self.text_side(&binary.left, binary.op, scope);
        let right = self.text_side(&binary.right, binary.op, scope);
        self.look(&Sight::Text { spelling: binary.op, op, span: binary.op_span, sides: [&left, &right] });
        self.may_run(binary.op, binary.op_span, text_expr(op, left, right))
    }

    /// `* has "x"`: any column, as its text.
    fn any_column(&mut self, binary: &Binary, op: TextOp, scope: &Scope) -> plan::Expr {
        let right = self.text_side(&binary.right, binary.op, scope);
        let tests =
            scope.row.iter().map(|c| text_expr(op, plan::Expr::column(c).to(Type::String), right.clone())).collect();
        match op.negated {
            true => plan::Expr::all(tests),
            false => plan::Expr::any_of(tests),
        }
    }

    pub(super) fn text_side(&mut self, side: &Expr, op: &str, scope: &Scope) -> plan::Expr {
        let bound = self.expr(side, scope);
        match bound.ty {
            Type::String | Type::Unknown => bound,
            Type::Dynamic => bound.to(Type::String),
            ty => {
                let message = format!("`{op}` compares texts, found a {ty}");
                let error = Diagnostic::error("wrong-type", side.span, message).kusto("KS106");
                self.poison(error.help("convert it with `tostring(...)`"))
            }
        }
    }

    fn between(&mut self, between: &Between, scope: &Scope) -> plan::Expr {
        let value = self.expr(&between.value, scope);
        let low = self.expr(&between.low, scope);
        let mut high = self.expr(&between.high, scope);
        if [value.ty, low.ty, high.ty].contains(&Type::Unknown) {
            return plan::Expr::poison_of(Type::Bool);
        }
        // `t between (start .. 3d)`: the end is start + 3d (learn.microsoft.com/kusto/query/between-operator).
        if low.ty == Type::Datetime && high.ty == Type::Timespan {
            high = combine(
                BinaryOp::Add,
                low.clone(),
                high,
                Meeting { left: Type::Datetime, right: Type::Timespan, result: Type::Datetime },
            );
        }
        if let (Some(low), Some(high)) = (self.constant(&low), self.constant(&high)) {
            self.look(&Sight::Range { span: between.low.span.to(between.high.span), ends: [low, high] });
        }
        let (at_least, at_most, word) = match between.negated {
            false => (BinaryOp::GreaterOrEqual, BinaryOp::LessOrEqual, "between"),
            true => (BinaryOp::Less, BinaryOp::Greater, "!between"),
        };
        let (Some(down), Some(up)) =
            (operator_types::order(value.ty, low.ty), operator_types::order(value.ty, high.ty))
        else {
            let message = format!("`{word}` is not defined for a {} and {} .. {}", value.ty, low.ty, high.ty);
            return self.poison(Diagnostic::error("operator-types", between.op_span, message).kusto("KS106"));
        };
        let sides = vec![combine(at_least, value.clone(), low, down), combine(at_most, value, high, up)];
        if between.negated { plan::Expr::any_of(sides) } else { plan::Expr::all(sides) }
    }
}

/// Joins two sides by an operator, converting each to where they meet.
pub(crate) fn combine(op: BinaryOp, left: plan::Expr, right: plan::Expr, meeting: Meeting) -> plan::Expr {
    plan::Expr {
        ty: meeting.result,
        kind: plan::ExprKind::Binary {
            op,
            left: Box::new(left.to(meeting.left)),
            right: Box::new(right.to(meeting.right)),
        },
    }
}

pub(super) fn text_expr(op: TextOp, left: plan::Expr, right: plan::Expr) -> plan::Expr {
    if left.ty == Type::Unknown || right.ty == Type::Unknown {
        return plan::Expr::poison_of(Type::Bool);
    }
    let kind = plan::ExprKind::Binary { op: BinaryOp::Text(op), left: Box::new(left), right: Box::new(right) };
    plan::Expr { ty: Type::Bool, kind }
}
