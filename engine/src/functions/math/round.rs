//! `round`, `ceiling`, `abs`, `sign`.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Naming, Overload, Returns};
use rehunt_lang::types::Type;

use crate::functions::signature::{integer, long, number, signature, timespan};
use crate::functions::{Args, Body, Function};
use crate::operators::decimal;

/// `round(number [, precision])`: learn.microsoft.com/kusto/query/round-function.
pub static ROUND: Function = Function {
    spec: FunctionSpec {
        name: "round",
        overloads: &[Overload::new(&[number("number")], Returns::Same(0)).optional(&[long("precision").constant()])],
        naming: Naming::FirstArgument,
        summary: "Rounds to so many digits after the point, halves away from zero; negative precision rounds tens.",
        examples: &[Example {
            query: "print round(2.98765, 3), round(2.5), round(-2.5), round(1234.5, -2)",
            answer: "2.988 | 3.0 | -3.0 | 1200.0",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(round),
};

fn round(args: &Args) -> Result<ColumnarValue> {
    let precision = if args.len() > 1 { Some(args.long(1)?) } else { None };
    let digits = |row| precision.as_ref().map_or(Some(0), |p| p.at(row));
    match args.returns {
        Type::Real => {
            let number = args.real(0)?;
            args.reals(|row| Some(rounded(number.at(row)?, digits(row)?)))
        }
        Type::Decimal => {
            let number = args.decimal(0)?;
            args.decimals(|row| decimal::rounded_to(number.at(row)?, digits(row)?))
        }
        _ => {
            let number = args.long(0)?;
            args.longs(|row| Some(rounded_long(number.at(row)?, digits(row)?)))
        }
    }
}

/// Rounds the binary number as it is: 1.005 is a little less, so two digits give 1.0.
fn rounded(number: f64, digits: i64) -> f64 {
    let power = 10f64.powi(digits.unsigned_abs().min(400) as i32);
    let scaled = if digits < 0 { number / power } else { number * power };
    match scaled.is_finite() {
        // `round` goes away from zero at a half.
        true if digits < 0 => scaled.round() * power,
        true => scaled.round() / power,
        false => number,
    }
}

fn rounded_long(number: i64, digits: i64) -> i64 {
    let power = u32::try_from(digits.unsigned_abs()).ok().and_then(|d| 10i64.checked_pow(d));
    match power {
        _ if digits >= 0 => number,
        None => 0,
        Some(power) => {
            let rest = number % power;
            let away = if rest.abs() >= power - rest.abs() { power * number.signum() } else { 0 };
            (number - rest).saturating_add(away)
        }
    }
}

/// `ceiling(number)`: learn.microsoft.com/kusto/query/ceiling-function.
pub static CEILING: Function = Function {
    spec: FunctionSpec {
        name: "ceiling",
        overloads: &[Overload::new(&[number("number")], Returns::By(real_but_decimal))],
        naming: Naming::FirstArgument,
        summary: "Rounds up to a whole number, which is a real.",
        examples: &[Example { query: "print ceiling(-1.1), ceiling(0), ceiling(0.9)", answer: "-1.0 | 0.0 | 1.0" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| match args.returns {
        Type::Decimal => {
            let number = args.decimal(0)?;
            args.decimals(|row| decimal::ceiling(number.at(row)?))
        }
        _ => {
            let number = args.real(0)?;
            args.reals(|row| Some(number.at(row)?.ceil()))
        }
    }),
};

fn real_but_decimal(types: &[Type]) -> Option<Type> {
    Some(if types.first()? == &Type::Decimal { Type::Decimal } else { Type::Real })
}

/// `abs(number)`: learn.microsoft.com/kusto/query/abs-function.
pub static ABS: Function = Function {
    spec: FunctionSpec {
        name: "abs",
        overloads: &[
            signature(&[integer("number")], Type::Long),
            Overload::new(&[number("number")], Returns::Same(0)),
            signature(&[timespan("number")], Type::Timespan),
        ],
        naming: Naming::FirstArgument,
        summary: "Returns a number or timespan without its sign.",
        examples: &[Example { query: "print abs(-5), abs(-2.5), abs(-1h)", answer: "5 | 2.5 | 01:00:00" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| match args.returns {
        Type::Real => {
            let number = args.real(0)?;
            args.reals(|row| Some(number.at(row)?.abs()))
        }
        Type::Decimal => {
            let number = args.decimal(0)?;
            args.decimals(|row| number.at(row)?.checked_abs())
        }
        Type::Timespan => {
            // The least timespan has no positive; as for `-t` that is null.
            let number = args.long(0)?;
            args.longs(|row| number.at(row)?.checked_abs())
        }
        _ => {
            let number = args.long(0)?;
            args.longs(|row| Some(number.at(row)?.wrapping_abs()))
        }
    }),
};

/// `sign(number)`: learn.microsoft.com/kusto/query/sign-function. Null and NaN have sign 0, as measured.
pub static SIGN: Function = Function {
    spec: FunctionSpec {
        name: "sign",
        overloads: &[signature(&[number("number")], Type::Real)],
        summary: "Returns 1.0 for a positive, -1.0 for a negative number, 0.0 for all else.",
        examples: &[Example { query: "print sign(-42), sign(0), sign(11.2)", answer: "-1.0 | 0.0 | 1.0" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let number = args.real(0)?;
        args.reals(|row| {
            let number = number.at(row).unwrap_or(0.0);
            Some(if number > 0.0 {
                1.0
            } else if number < 0.0 {
                -1.0
            } else {
                0.0
            })
        })
    }),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero() {
        assert_eq!([rounded(2.5, 0), rounded(-2.5, 0), rounded(3.25, 1), rounded(1.005, 2)], [3.0, -3.0, 3.3, 1.0]);
        assert_eq!([rounded(1250.0, -2), rounded(1.5, 400), rounded(f64::INFINITY, 1)], [1300.0, 1.5, f64::INFINITY]);
        assert_eq!([rounded_long(1250, -2), rounded_long(-1250, -2), rounded_long(1249, -2)], [1300, -1300, 1200]);
        assert_eq!([rounded_long(i64::MIN, -30), rounded_long(5, -1), rounded_long(7, 3)], [0, 10, 7]);
    }
}
