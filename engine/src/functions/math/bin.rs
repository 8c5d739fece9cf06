//! `bin`, `bin_at`: values rounded down to a multiple.

use std::sync::Arc;

use arrow::datatypes::{Float64Type, Int64Type, i256};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Naming, Overload, Param, Returns};
use rehunt_lang::plan::BinaryOp;
use rehunt_lang::time;
use rehunt_lang::types::Type;

use crate::functions::signature::{datetime, number, signature, timespan};
use crate::functions::{Args, Body, Function};
use crate::operators::decimal;

/// `bin(value, size)`: learn.microsoft.com/kusto/query/bin-function. Times are counted from 0001-01-01, a Monday.
pub static BIN: Function = Function {
    spec: FunctionSpec {
        name: "bin",
        aliases: &["floor"],
        overloads: &[
            Overload::new(&[number("value"), number("roundTo")], Returns::Widest),
            signature(&[timespan("value"), timespan("roundTo")], Type::Timespan),
            signature(&[datetime("value"), timespan("roundTo")], Type::Datetime),
            signature(&[datetime("value"), datetime("roundTo")], Type::Datetime),
        ],
        naming: Naming::FirstArgument,
        summary: "Rounds a value down to a multiple of a size; datetimes count from the year 1.",
        examples: &[
            Example { query: "print bin(4.5, 1), bin(-7, 5), bin(time(16d), 7d)", answer: "4.0 | -10 | 14.00:00:00" },
            Example { query: "print bin(datetime(1955-11-05 06:15:00), 7d)", answer: "1955-10-31T00:00:00.0000000Z" },
        ],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(bin),
};

fn bin(args: &Args) -> Result<ColumnarValue> {
    match args.returns {
        Type::Real => {
            let (value, size) = (args.real(0)?, args.real(1)?);
            args.result(Arc::new(args.zip::<_, _, Float64Type>(&value, &size, |v, s| (v / s).floor() * s)?))
        }
        Type::Decimal => {
            let (value, size) = (args.decimal(0)?, args.decimal(1)?);
            args.result(decimal::column(args.zip_some(&value, &size, decimal_floor))?)
        }
        Type::Datetime | Type::Timespan => {
            let (value, size) = (args.long(0)?, args.long(1)?);
            args.result(Arc::new(args.zip_some::<_, _, Int64Type>(&value, &size, time_floor)))
        }
        _ => {
            let (value, size) = (args.long(0)?, args.long(1)?);
            args.result(Arc::new(args.zip_some::<_, _, Int64Type>(&value, &size, long_floor)))
        }
    }
}

/// A negative size rounds up, zero gives null: measured on rows of the engine, whose page says null for both.
fn long_floor(value: i64, size: i64) -> Option<i64> {
    if size == 0 {
        return None;
    }
    let quotient = value.wrapping_div(size);
    let inexact = value.wrapping_rem(size) != 0 && (value < 0) != (size < 0);
    Some(quotient.wrapping_sub(i64::from(inexact)).wrapping_mul(size))
}

/// Sizes of time below one tick give null.
fn time_floor(value: i64, size: i64) -> Option<i64> {
    if size > 0 { value.checked_sub(value.rem_euclid(size)) } else { None }
}

fn decimal_floor(value: i256, size: i256) -> Option<i256> {
    value.checked_sub(decimal::arithmetic(BinaryOp::Modulo, value, size)?)
}

const SIZE: Param = Param::new("bin_size", Accepts::Summable);

/// `bin_at(value, size, fixed_point)`: learn.microsoft.com/kusto/query/bin-at-function.
pub static BIN_AT: Function = Function {
    spec: FunctionSpec {
        name: "bin_at",
        overloads: &[
            Overload::new(&[number("value"), number("bin_size"), number("fixed_point")], Returns::Widest),
            signature(&[timespan("value"), SIZE, timespan("fixed_point")], Type::Timespan),
            signature(&[datetime("value"), SIZE, datetime("fixed_point")], Type::Datetime),
        ],
        naming: Naming::FirstArgument,
        summary: "Rounds a value down to a multiple of a size, counted from a fixed point in either direction.",
        examples: &[
            Example { query: "print bin_at(6.5, 2.5, 7), bin_at(12, 5, 1)", answer: "4.5 | 11" },
            Example {
                query: "print bin_at(datetime(2023-03-12 07:30), 1d, datetime(1970-01-01 12:00))",
                answer: "2023-03-11T12:00:00.0000000Z",
            },
        ],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(bin_at),
};

fn bin_at(args: &Args) -> Result<ColumnarValue> {
    match args.returns {
        Type::Real => {
            let (value, size, point) = (args.real(0)?, args.real(1)?, args.real(2)?);
            args.reals(|row| {
                let (size, point) = (size.at(row)?, point.at(row)?);
                Some(point + ((value.at(row)? - point) / size).floor() * size)
            })
        }
        Type::Decimal => {
            let (value, size, point) = (args.decimal(0)?, args.decimal(1)?, args.decimal(2)?);
            args.decimals(|row| {
                let point = point.at(row)?;
                decimal_floor(value.at(row)?.checked_sub(point)?, size.at(row)?)?.checked_add(point)
            })
        }
        _ => {
            let (value, size, point) = (args.long(0)?, args.long(1)?, args.long(2)?);
            args.longs(|row| {
                let point = point.at(row)?;
                let distance = value.at(row)?.checked_sub(point)?;
                let place = time_floor(distance, size.at(row)?)?.checked_add(point)?;
                if args.returns == Type::Datetime { time::in_range(place) } else { Some(place) }
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::call;

    #[test]
    fn longs_floor_to_multiples_of_either_sign() {
        let bin = |v, s| call("bin", &[Value::Long(v), Value::Long(s)], Type::Long);
        assert_eq!([bin(7, 5), bin(-7, 5), bin(7, -5)], [5, -10, 10].map(Value::Long));
        assert_eq!(bin(7, 0), Value::Null(Type::Long));
        assert_eq!(bin(i64::MIN, -1), Value::Long(i64::MIN));
    }

    #[test]
    fn times_take_no_negative_size() {
        let bin = |v, s| call("bin", &[Value::Datetime(v), Value::Timespan(s)], Type::Datetime);
        assert_eq!(bin(1234, 100), Value::Datetime(1200));
        assert_eq!([bin(1234, -100), bin(1234, 0)], [Value::Null(Type::Datetime), Value::Null(Type::Datetime)]);
    }

    #[test]
    fn decimals_floor_exactly() {
        let decimal = |t: &str| Value::Decimal(t.into());
        assert_eq!(call("bin", &[decimal("-2.5"), decimal("1")], Type::Decimal), decimal("-3"));
    }

    #[test]
    fn a_fixed_point_counts_both_ways() {
        let bin_at = |v| call("bin_at", &[Value::Long(v), Value::Long(5), Value::Long(1)], Type::Long);
        assert_eq!([bin_at(12), bin_at(1), bin_at(0)], [11, 1, -4].map(Value::Long));
    }
}
