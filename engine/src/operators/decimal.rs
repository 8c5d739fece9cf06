//! Arithmetic on decimals: whole numbers of 10^-34 in 256 bits, results rounded to 34 significant digits.

use std::sync::Arc;

use arrow::array::{ArrayRef, PrimitiveArray};
use arrow::datatypes::{Decimal256Type, i256};
use datafusion::common::Result;
use rehunt_lang::plan::BinaryOp;

use crate::types::{DECIMAL_PRECISION, DECIMAL_SCALE};

/// Digits that a decimal keeps.
const SIGNIFICANT: u32 = 34;

/// Gives a column of raw decimals its Arrow type.
pub fn column(raw: PrimitiveArray<Decimal256Type>) -> Result<ArrayRef> {
    Ok(Arc::new(raw.with_precision_and_scale(DECIMAL_PRECISION, DECIMAL_SCALE)?))
}

/// Computes on two decimals; null on division by zero and overflow.
pub fn arithmetic(op: BinaryOp, l: i256, r: i256) -> Option<i256> {
    let value = match op {
        BinaryOp::Add => l.checked_add(r)?,
        BinaryOp::Subtract => l.checked_sub(r)?,
        BinaryOp::Multiply => product(l, r)?,
        BinaryOp::Divide => quotient(l, r)?,
        _ => {
            let rest = l.checked_rem(r)?;
            if rest.is_negative() { rest.checked_add(r.checked_abs()?)? } else { rest }
        }
    };
    rounded(value)
}

/// Rounds to so many digits after the point, half away from zero.
pub fn rounded_to(value: i256, digits: i64) -> Option<i256> {
    let drop = i64::from(DECIMAL_SCALE).checked_sub(digits)?;
    match u32::try_from(drop) {
        Err(_) | Ok(0) => Some(value),
        Ok(76..) => Some(i256::ZERO),
        Ok(drop) => nearest(value, power(drop)),
    }
}

/// Rounds up to a whole number.
pub fn ceiling(value: i256) -> Option<i256> {
    let rest = value.checked_rem(one())?;
    let down = value.checked_sub(rest)?;
    if rest > i256::ZERO { down.checked_add(one()) } else { Some(down) }
}

fn one() -> i256 {
    power(DECIMAL_SCALE.unsigned_abs().into())
}

fn power(digits: u32) -> i256 {
    i256::from(10).wrapping_pow(digits)
}

/// l * r / 10^34 without 512 bits: the whole and the fractional parts are multiplied one by one.
fn product(l: i256, r: i256) -> Option<i256> {
    let one = one();
    let (lw, lf) = (l.checked_div(one)?, l.checked_rem(one)?);
    let (rw, rf) = (r.checked_div(one)?, r.checked_rem(one)?);
    lw.checked_mul(r)?.checked_add(lf.checked_mul(rw)?)?.checked_add(lf.checked_mul(rf)?.checked_div(one)?)
}

/// l * 10^34 / r by long division, a digit at a time.
fn quotient(l: i256, r: i256) -> Option<i256> {
    let ten = i256::from(10);
    let mut value = l.checked_div(r)?;
    let mut rest = l.checked_rem(r)?;
    for _ in 0..DECIMAL_SCALE {
        rest = rest.checked_mul(ten)?;
        value = value.checked_mul(ten)?.checked_add(rest.checked_div(r)?)?;
        rest = rest.checked_rem(r)?;
    }
    Some(value)
}

/// Rounds to 34 significant digits, half away from zero.
fn rounded(value: i256) -> Option<i256> {
    let size = value.checked_abs()?;
    if size < power(SIGNIFICANT) {
        return Some(value);
    }
    let digits = (SIGNIFICANT..76).find(|d| size < power(*d))?;
    nearest(value, power(digits - SIGNIFICANT))
}

/// Returns the multiple of a unit that is nearest, half away from zero.
fn nearest(value: i256, unit: i256) -> Option<i256> {
    let half = unit.checked_div(i256::from(2))?;
    let whole = value.checked_abs()?.checked_add(half)?.checked_div(unit)?.checked_mul(unit)?;
    Some(if value.is_negative() { whole.checked_neg()? } else { whole })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::types::{Type, Value};

    use super::*;
    use crate::operators::testing::binary;

    fn compute(op: BinaryOp, l: &str, r: &str) -> Value {
        binary(op, Value::Decimal(l.into()), Value::Decimal(r.into()), Type::Decimal)
    }

    #[test]
    fn tenths_are_exact() {
        assert_eq!(compute(BinaryOp::Add, "0.1", "0.2"), Value::Decimal("0.3".into()));
    }

    #[test]
    fn products_and_quotients_use_all_digits() {
        let third = format!("0.{}", "3".repeat(34));
        assert_eq!(compute(BinaryOp::Divide, "1", "3"), Value::Decimal(third));
        assert_eq!(compute(BinaryOp::Multiply, "2147483648.5", "-2"), Value::Decimal("-4294967297".into()));
        assert_eq!(compute(BinaryOp::Divide, "1", "0"), Value::Null(Type::Decimal));
        assert_eq!(compute(BinaryOp::Modulo, "-7.5", "2"), Value::Decimal("0.5".into()));
    }
}
