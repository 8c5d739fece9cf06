//! `+ - * / %` and unary minus. Nothing here fails: integers wrap at 64 bits, integers divided by zero and times out of
//! range are null, reals follow IEEE. `%` is never negative: learn.microsoft.com/kusto/query/numerical-operators.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::{Float64Type, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::plan::BinaryOp;
use rehunt_lang::time;
use rehunt_lang::types::Type;

use super::decimal;
use crate::functions::kernel::Column;
use crate::functions::{Args, Prepared};

/// Returns the kernel of an arithmetic operator; the binder's `returns` decides in which type it computes.
pub(super) fn kernel(op: BinaryOp, types: [Type; 2], returns: Type) -> Option<Prepared> {
    let is_time = |ty: Type| matches!(ty, Type::Datetime | Type::Timespan);
    let fractional = |ty: Type| matches!(ty, Type::Real | Type::Decimal | Type::Dynamic);
    Some(match returns {
        Type::Int | Type::Long => Arc::new(move |args| {
            let (l, r) = (args.long(0)?, args.long(1)?);
            args.result(integers(op, args, &l, &r)?)
        }),
        Type::Real if types.into_iter().all(is_time) => ratio_of_times(op)?,
        Type::Real => Arc::new(move |args| {
            let (l, r) = (args.real(0)?, args.real(1)?);
            args.result(Arc::new(args.zip::<_, _, Float64Type>(&l, &r, |l, r| reals(op, l, r))?))
        }),
        Type::Decimal => Arc::new(move |args| {
            let (l, r) = (args.decimal(0)?, args.decimal(1)?);
            args.result(decimal::column(args.zip_some(&l, &r, |l, r| decimal::arithmetic(op, l, r)))?)
        }),
        // A time scaled by a number with a fraction; the ticks stay exact as long as a real can hold them.
        Type::Datetime | Type::Timespan if types.into_iter().any(fractional) => Arc::new(move |args| {
            let (l, r) = (args.real(0)?, args.real(1)?);
            let ticks = |v: f64| (v.abs() < 9.3e18).then_some(v.round() as i64).and_then(|v| in_range(v, args.returns));
            args.result(Arc::new(args.zip_some::<_, _, Int64Type>(&l, &r, |l, r| ticks(reals(op, l, r)))))
        }),
        Type::Datetime | Type::Timespan => Arc::new(move |args| {
            let (l, r) = (args.long(0)?, args.long(1)?);
            let ticks = |l, r| checked(op, l, r).and_then(|v| in_range(v, args.returns));
            args.result(Arc::new(args.zip_some::<_, _, Int64Type>(&l, &r, ticks)))
        }),
        Type::Dynamic => Arc::new(move |args| dynamics(op, args)),
        _ => return None,
    })
}

/// Returns the kernel of unary minus.
pub(super) fn negate(returns: Type) -> Option<Prepared> {
    Some(match returns {
        Type::Int | Type::Long => Arc::new(|args| {
            let x = args.long(0)?;
            args.longs(|row| Some(x.at(row)?.wrapping_neg()))
        }),
        Type::Timespan => Arc::new(|args| {
            let x = args.long(0)?;
            args.longs(|row| x.at(row)?.checked_neg())
        }),
        Type::Real => Arc::new(|args| {
            let x = args.real(0)?;
            args.reals(|row| Some(-x.at(row)?))
        }),
        Type::Decimal => Arc::new(|args| {
            let x = args.decimal(0)?;
            args.decimals(|row| Some(x.at(row)?.wrapping_neg()))
        }),
        _ => return None,
    })
}

/// Returns ticks if they are a datetime between the years 1 and 9999, or any timespan.
fn in_range(ticks: i64, ty: Type) -> Option<i64> {
    if ty == Type::Datetime { time::in_range(ticks) } else { Some(ticks) }
}

fn integers(op: BinaryOp, args: &Args, l: &Column<Int64Array>, r: &Column<Int64Array>) -> Result<ArrayRef> {
    Ok(Arc::new(match op {
        BinaryOp::Add => args.zip(l, r, i64::wrapping_add)?,
        BinaryOp::Subtract => args.zip(l, r, i64::wrapping_sub)?,
        BinaryOp::Multiply => args.zip(l, r, i64::wrapping_mul)?,
        BinaryOp::Divide => args.zip_some::<_, _, Int64Type>(l, r, divided),
        _ => args.zip_some::<_, _, Int64Type>(l, r, remainder),
    }))
}

fn divided(l: i64, r: i64) -> Option<i64> {
    (r != 0).then(|| l.wrapping_div(r))
}

/// Euclid's remainder: between 0 and |r|.
fn remainder(l: i64, r: i64) -> Option<i64> {
    (r != 0).then(|| l.wrapping_rem_euclid(r))
}

fn checked(op: BinaryOp, l: i64, r: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => l.checked_add(r),
        BinaryOp::Subtract => l.checked_sub(r),
        BinaryOp::Multiply => l.checked_mul(r),
        BinaryOp::Divide => l.checked_div(r),
        _ => l.checked_rem_euclid(r),
    }
}

fn reals(op: BinaryOp, l: f64, r: f64) -> f64 {
    match op {
        BinaryOp::Add => l + r,
        BinaryOp::Subtract => l - r,
        BinaryOp::Multiply => l * r,
        BinaryOp::Divide => l / r,
        _ => l.rem_euclid(r),
    }
}

/// `1h / 1m` is 60.0. Other operators on two times have a time as their result.
fn ratio_of_times(op: BinaryOp) -> Option<Prepared> {
    (op == BinaryOp::Divide).then(|| {
        let kernel: Prepared = Arc::new(|args| {
            let (l, r) = (args.long(0)?, args.long(1)?);
            args.result(Arc::new(args.zip::<_, _, Float64Type>(&l, &r, |l, r| l as f64 / r as f64)?))
        });
        kernel
    })
}

/// Two dynamics: whole numbers stay whole, anything but two numbers is null.
fn dynamics(op: BinaryOp, args: &Args) -> Result<ColumnarValue> {
    use std::fmt::Write;
    let (left, right) = (args.json(0)?, args.json(1)?);
    args.texts(|row, out| {
        let (l, r) = (left.at(row)?, right.at(row)?);
        match (l.parse::<i64>(), r.parse::<i64>()) {
            (Ok(l), Ok(r)) => {
                let v = match op {
                    BinaryOp::Add => l.wrapping_add(r),
                    BinaryOp::Subtract => l.wrapping_sub(r),
                    BinaryOp::Multiply => l.wrapping_mul(r),
                    BinaryOp::Divide => divided(l, r)?,
                    _ => remainder(l, r)?,
                };
                write!(out, "{v}").ok()
            }
            _ => {
                let v = reals(op, l.parse().ok()?, r.parse().ok()?);
                v.is_finite().then(|| write!(out, "{v:?}").ok())?
            }
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::binary;

    #[test]
    fn integers_wrap_divide_to_zero_and_never_fail() {
        let long = |op, l, r| binary(op, Value::Long(l), Value::Long(r), Type::Long);
        assert_eq!(long(BinaryOp::Add, i64::MAX, 1), Value::Long(i64::MIN));
        assert_eq!(long(BinaryOp::Divide, -7, 2), Value::Long(-3));
        assert_eq!(long(BinaryOp::Divide, i64::MIN, -1), Value::Long(i64::MIN));
        assert_eq!(long(BinaryOp::Divide, 1, 0), Value::Null(Type::Long));
        assert_eq!(long(BinaryOp::Modulo, 1, 0), Value::Null(Type::Long));
    }

    #[test]
    fn remainders_are_never_negative() {
        let long = |l, r| binary(BinaryOp::Modulo, Value::Long(l), Value::Long(r), Type::Long);
        assert_eq!([long(-7, 3), long(7, -3), long(-7, -3)], [Value::Long(2), Value::Long(1), Value::Long(2)]);
        let real = binary(BinaryOp::Modulo, Value::Real(-7.5), Value::Long(2), Type::Real);
        assert_eq!(real, Value::Real(0.5));
    }

    #[test]
    fn times_overflow_to_null() {
        let day = 864_000_000_000;
        let add = |l, r| binary(BinaryOp::Add, Value::Datetime(l), Value::Timespan(r), Type::Datetime);
        assert_eq!(add(time::MAX_DATETIME, 1), Value::Null(Type::Datetime));
        assert_eq!(add(day, -day), Value::Datetime(0));
        assert_eq!(add(0, -1), Value::Null(Type::Datetime));
    }

    #[test]
    fn a_span_scales_by_a_real_and_divides_by_a_span() {
        let day = Value::Timespan(864_000_000_000);
        let scaled = binary(BinaryOp::Multiply, day.clone(), Value::Real(1.5), Type::Timespan);
        assert_eq!(scaled, Value::Timespan(1_296_000_000_000));
        assert_eq!(binary(BinaryOp::Divide, day, Value::Timespan(36_000_000_000), Type::Real), Value::Real(24.0));
    }

    #[test]
    fn dynamics_keep_whole_numbers_whole() {
        let add =
            |l: &str, r: &str| binary(BinaryOp::Add, Value::Dynamic(l.into()), Value::Dynamic(r.into()), Type::Dynamic);
        assert_eq!(add("1", "2"), Value::Dynamic("3".into()));
        assert_eq!(add("1", "2.0"), Value::Dynamic("3.0".into()));
        assert_eq!(add("1", "\"2\""), Value::Null(Type::Dynamic));
    }
}
