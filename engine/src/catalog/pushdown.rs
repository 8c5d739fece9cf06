//! Filters on a table as filters on a file: in the file's own time type and without conversions, so that statistics
//! prune, and exactly the same rows are kept.

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, lit};
use rehunt_lang::time::UNIX_EPOCH;

use super::merged::ident;
use super::natural::scale;

/// How a file holds a column of the table.
#[derive(Clone, Debug)]
pub(super) enum Held {
    /// As the engine does; the name in the file.
    AsIs(String),
    /// As text in which null stands for `""`, too.
    Text(String),
    /// As times of a unit.
    Time(String, DataType),
    /// Otherwise; `cheap` says that computing it twice does not matter.
    Computed {
        /// Whether a filter may compute it.
        cheap: bool,
    },
}

/// A column of the table as the file gives it.
#[derive(Clone, Debug)]
pub(super) struct Mapped {
    /// The column's name.
    pub name: String,
    /// The column over the file's columns.
    pub expr: Expr,
    /// How the file holds it.
    pub held: Held,
}

/// Translates a filter; nothing where that would not keep exactly the same rows, or cost too much.
pub(super) fn translate(filter: &Expr, columns: &[Mapped]) -> Option<Expr> {
    let mapped = |name: &str| columns.iter().find(|c| c.name == name);
    native(filter, &mapped).or_else(|| substituted(filter, &mapped))
}

/// Puts translated filters together for rows that are read late: each conjunct is a step of its own, which reads its
/// columns for the rows that the steps before have left. Bounds come first, since they skip pages and whole groups; all
/// that skips nothing is one step.
pub(super) fn in_steps(filters: Vec<Expr>) -> Option<Expr> {
    let parts = filters.into_iter().flat_map(split_conjunction_owned);
    let (mut skipping, testing): (Vec<Expr>, Vec<Expr>) = parts.partition(|part| skips(part).is_some());
    skipping.sort_by_key(skips);
    let test = match testing.len() {
        0 | 1 => conjunction(testing),
        // Of a plain conjunction each part would be a step again.
        _ => conjunction(testing).map(|all| all.is_true()),
    };
    conjunction(skipping.into_iter().chain(test))
}

/// The turn of a filter that statistics can answer for whole pages; nothing for others.
fn skips(filter: &Expr) -> Option<u8> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (&**left, op, &**right) {
            (Expr::Column(_), Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq, Expr::Literal(..)) => {
                Some(0)
            }
            (Expr::Column(_), Operator::Eq, Expr::Literal(..)) => Some(1),
            _ => None,
        },
        Expr::InList(list) => (!list.negated && matches!(*list.expr, Expr::Column(_))).then_some(1),
        _ => None,
    }
}

/// Translates what a column of the file can be compared with itself.
fn native<'m>(filter: &Expr, mapped: &impl Fn(&str) -> Option<&'m Mapped>) -> Option<Expr> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
            let part = |e: &Expr| native(e, mapped).or_else(|| substituted(e, mapped));
            Some(Expr::BinaryExpr(BinaryExpr::new(Box::new(part(left)?), *op, Box::new(part(right)?))))
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (&**left, &**right) {
            (Expr::Column(column), Expr::Literal(value, _)) => compare(&mapped(&column.name)?.held, *op, value),
            (Expr::Literal(value, _), Expr::Column(column)) => compare(&mapped(&column.name)?.held, op.swap()?, value),
            _ => None,
        },
        Expr::Between(between) if !between.negated => {
            let (Expr::Column(column), Expr::Literal(low, _), Expr::Literal(high, _)) =
                (&*between.expr, &*between.low, &*between.high)
            else {
                return None;
            };
            let held = &mapped(&column.name)?.held;
            Some(compare(held, Operator::GtEq, low)?.and(compare(held, Operator::LtEq, high)?))
        }
        Expr::InList(list) if !list.negated => {
            let Expr::Column(column) = &*list.expr else { return None };
            let (Held::AsIs(name) | Held::Text(name)) = &mapped(&column.name)?.held else { return None };
            let plain =
                list.list.iter().all(|item| matches!(item, Expr::Literal(v, _) if !v.is_null() && !is_empty(v)));
            plain.then(|| Expr::InList(InList::new(Box::new(ident(name)), list.list.clone(), false)))
        }
        _ => None,
    }
}

/// Compares a column with a constant.
fn compare(held: &Held, op: Operator, value: &ScalarValue) -> Option<Expr> {
    if value.is_null() {
        return None;
    }
    let binary = |name: &str| {
        Expr::BinaryExpr(BinaryExpr::new(Box::new(ident(name)), op, Box::new(Expr::Literal(value.clone(), None))))
    };
    let comparison =
        matches!(op, Operator::Eq | Operator::NotEq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq);
    match held {
        Held::AsIs(name) if comparison => Some(binary(name)),
        // A null in the file is `""`: it equals nothing else, and differs from all else.
        Held::Text(name) if op == Operator::Eq && !is_empty(value) => Some(binary(name)),
        Held::Text(name) if op == Operator::NotEq && !is_empty(value) => Some(binary(name).or(ident(name).is_null())),
        Held::Time(name, ty) => match value {
            ScalarValue::Int64(Some(ticks)) => time(name, ty, op, *ticks),
            _ => None,
        },
        _ => None,
    }
}

fn is_empty(value: &ScalarValue) -> bool {
    matches!(value.try_as_str(), Some(Some("")))
}

/// Compares times of the file with ticks. A time within a unit of the file lies between two of its values: bounds move
/// to the one or the other, and nothing equals it.
fn time(name: &str, ty: &DataType, op: Operator, ticks: i64) -> Option<Expr> {
    let DataType::Timestamp(unit, zone) = ty else { return None };
    let (times, parts) = scale(*unit);
    let since = i128::from(ticks) - i128::from(UNIX_EPOCH);
    let (times, parts) = (i128::from(times), i128::from(parts));
    // The file's values that are this tick or later, and those that are later.
    let at_least = i64::try_from(ceil(since, times) * parts).ok()?;
    let above = i64::try_from((since.div_euclid(times) + 1) * parts).ok()?;
    let bound = |op: Operator, value: i64| {
        let value = match unit {
            TimeUnit::Second => ScalarValue::TimestampSecond(Some(value), zone.clone()),
            TimeUnit::Millisecond => ScalarValue::TimestampMillisecond(Some(value), zone.clone()),
            TimeUnit::Microsecond => ScalarValue::TimestampMicrosecond(Some(value), zone.clone()),
            TimeUnit::Nanosecond => ScalarValue::TimestampNanosecond(Some(value), zone.clone()),
        };
        Expr::BinaryExpr(BinaryExpr::new(Box::new(ident(name)), op, Box::new(Expr::Literal(value, None))))
    };
    Some(match op {
        Operator::GtEq => bound(Operator::GtEq, at_least),
        Operator::Gt => bound(Operator::GtEq, above),
        Operator::Lt => bound(Operator::Lt, at_least),
        Operator::LtEq => bound(Operator::Lt, above),
        Operator::Eq => bound(Operator::GtEq, at_least).and(bound(Operator::Lt, above)),
        Operator::NotEq => bound(Operator::Lt, at_least).or(bound(Operator::GtEq, above)),
        _ => return None,
    })
}

fn ceil(value: i128, by: i128) -> i128 {
    -(-value).div_euclid(by)
}

/// Tells whether a call works on the result of another, as paths into parsed text do. Several filters then often
/// share the inner call; above the scan it is made once for all of them.
fn has_nested_calls(filter: &Expr) -> bool {
    let is_call = |e: &Expr| Ok(matches!(e, Expr::ScalarFunction(_)));
    let nested = filter.exists(|e| match e {
        Expr::ScalarFunction(call) => Ok(call.args.iter().any(|argument| argument.exists(is_call).unwrap_or(true))),
        _ => Ok(false),
    });
    nested.unwrap_or(true)
}

/// Puts for each column of the table what it is in the file.
fn substituted<'m>(filter: &Expr, mapped: &impl Fn(&str) -> Option<&'m Mapped>) -> Option<Expr> {
    if filter.is_volatile() || has_nested_calls(filter) {
        return None;
    }
    let mut whole = true;
    let replaced = filter.clone().transform(|expr| {
        Ok(match expr {
            Expr::Column(column) => match mapped(&column.name) {
                Some(m) if !matches!(m.held, Held::Computed { cheap: false }) => Transformed::yes(m.expr.clone()),
                _ => {
                    whole = false;
                    Transformed::no(lit(true))
                }
            },
            Expr::ScalarSubquery(_)
            | Expr::InSubquery(_)
            | Expr::Exists(_)
            | Expr::OuterReferenceColumn(..)
            | Expr::Placeholder(_) => {
                whole = false;
                Transformed::no(expr)
            }
            other => Transformed::no(other),
        })
    });
    replaced.ok().filter(|_| whole).map(|t| t.data)
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::col;

    use super::*;

    #[test]
    fn bounds_come_first_and_the_rest_is_one_step() {
        let is_a = col("a").eq(lit("a"));
        let tests = [col("b").not_eq(lit("b")), col("c").is_null().or(is_a.clone())];
        let bound = col("t").gt_eq(lit(5_i64));
        let [first, second] = &tests;
        let filters = vec![first.clone(), is_a.clone().and(second.clone()), bound.clone()];
        let expected = bound.clone().and(is_a.clone()).and(first.clone().and(second.clone()).is_true());
        assert_eq!(in_steps(filters), Some(expected));
        assert_eq!(in_steps(vec![first.clone(), bound.clone()]), Some(bound.and(first.clone())));
        assert_eq!(in_steps(Vec::new()), None);
    }
}
