//! `== != < <= > >=`. Equality always answers: false (`!=`: true) where one side is null, null where both are; an order
//! is null where either is. Reals compare by IEEE, so NaN equals nothing. Strings compare by code point.
//! learn.microsoft.com/kusto/query/scalar-data-types/null-values.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Float64Array, Scalar};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::kernels::cmp;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::plan::BinaryOp;
use rehunt_lang::types::Type;

use crate::functions::kernel::{Column, Reals};
use crate::functions::{Args, Prepared};

/// As what two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Domain {
    /// As they are: both have one Arrow type.
    Same,
    Long,
    Real,
    Decimal,
    /// The unquoted text of a dynamic beside a string.
    Text,
    /// A time beside a dynamic, whose text or number is read as one.
    Ticks(Type),
}

/// Returns the kernel of a comparison, or nothing where the types have nothing in common.
pub(super) fn kernel(op: BinaryOp, types: [Type; 2]) -> Option<Prepared> {
    let domain = domain(types)?;
    Some(Arc::new(move |args| match domain {
        Domain::Same => native(op, args, args.cells(0)?, args.cells(1)?),
        Domain::Long => native(op, args, args.long(0)?.erased(), args.long(1)?.erased()),
        Domain::Decimal => native(op, args, args.decimal(0)?.erased(), args.decimal(1)?.erased()),
        Domain::Text => native(op, args, args.text(0)?.erased(), args.text(1)?.erased()),
        Domain::Ticks(ty) => native(op, args, args.ticks(0, ty)?.erased(), args.ticks(1, ty)?.erased()),
        Domain::Real => reals(op, args, &args.real(0)?, &args.real(1)?),
    }))
}

fn domain(types: [Type; 2]) -> Option<Domain> {
    let number = |ty: Type| ty.is_number() || ty == Type::Bool;
    Some(match types {
        [Type::Real, Type::Real] => Domain::Real,
        [Type::Dynamic, Type::Dynamic] => return None,
        [l, r] if l == r => Domain::Same,
        [Type::Dynamic, Type::String | Type::Guid] | [Type::String | Type::Guid, Type::Dynamic] => Domain::Text,
        // The content of a dynamic may have a fraction whatever stands beside it.
        [Type::Dynamic, other] | [other, Type::Dynamic] if number(other) => Domain::Real,
        [Type::Dynamic, time] | [time, Type::Dynamic] => Domain::Ticks(time),
        [l, r] if number(l) && number(r) => match l.max(r) {
            Type::Real => Domain::Real,
            Type::Decimal => Domain::Decimal,
            _ => Domain::Long,
        },
        _ => return None,
    })
}

/// Compares with Arrow's kernels, whose order is that of Kusto for all but reals.
fn native(op: BinaryOp, args: &Args, l: Column<ArrayRef>, r: Column<ArrayRef>) -> Result<ColumnarValue> {
    let compare = match op {
        BinaryOp::Equal => cmp::eq,
        BinaryOp::NotEqual => cmp::neq,
        BinaryOp::Less => cmp::lt,
        BinaryOp::LessOrEqual => cmp::lt_eq,
        BinaryOp::Greater => cmp::gt,
        _ => cmp::gt_eq,
    };
    let (left, right) = (l.array(), r.array());
    let answer = match (l.is_scalar(), r.is_scalar()) {
        (false, true) => compare(left, &Scalar::new(right))?,
        (true, false) => compare(&Scalar::new(left), right)?,
        _ => compare(left, right)?,
    };
    args.result(Arc::new(settled(op, answer, &l, &r)))
}

fn reals(op: BinaryOp, args: &Args, l: &Reals, r: &Reals) -> Result<ColumnarValue> {
    let rows = args.height();
    let (left, right) = (l.array(), r.array());
    let at = |array: &Float64Array, scalar: bool, row: usize| array.value(if scalar { 0 } else { row });
    let (ls, rs) = (l.is_scalar(), r.is_scalar());
    let collect =
        |f: fn(&f64, &f64) -> bool| BooleanBuffer::collect_bool(rows, |row| f(&at(left, ls, row), &at(right, rs, row)));
    let values = match op {
        BinaryOp::Equal => collect(f64::eq),
        BinaryOp::NotEqual => collect(f64::ne),
        BinaryOp::Less => collect(f64::lt),
        BinaryOp::LessOrEqual => collect(f64::le),
        BinaryOp::Greater => collect(f64::gt),
        _ => collect(f64::ge),
    };
    let nulls = NullBuffer::union(valid(l, rows).as_ref(), valid(r, rows).as_ref());
    args.result(Arc::new(settled(op, BooleanArray::new(values, nulls), l, r)))
}

/// Replaces the nulls of an equality where only one side is null: such values are unequal.
fn settled<A: Array>(op: BinaryOp, answer: BooleanArray, l: &Column<A>, r: &Column<A>) -> BooleanArray {
    let unequal = match op {
        BinaryOp::Equal => false,
        BinaryOp::NotEqual => true,
        _ => return answer,
    };
    let Some(both) = answer.nulls() else { return answer };
    let rows = answer.len();
    let values = match unequal {
        true => answer.values() | &!both.inner(),
        false => answer.values() & both.inner(),
    };
    let either = match (valid(l, rows), valid(r, rows)) {
        (Some(l), Some(r)) => Some(NullBuffer::new(l.inner() | r.inner())),
        _ => None,
    };
    BooleanArray::new(values, either)
}

/// Tells which rows of a side have a value; `None` when all have.
fn valid<A: Array>(side: &Column<A>, rows: usize) -> Option<NullBuffer> {
    let nulls = side.array().nulls().filter(|n| n.null_count() > 0)?;
    Some(if side.is_scalar() { NullBuffer::new_null(rows) } else { nulls.clone() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::{binary, column};

    const OPS: [BinaryOp; 3] = [BinaryOp::Equal, BinaryOp::NotEqual, BinaryOp::Less];

    fn all(l: Value, r: Value) -> [Value; 3] {
        OPS.map(|op| binary(op, l.clone(), r.clone(), Type::Bool))
    }

    #[test]
    fn one_null_is_unequal_and_two_are_null() {
        let null = Value::Null(Type::Bool);
        let (one, none) = (Value::Long(1), Value::Null(Type::Long));
        assert_eq!(all(one.clone(), none.clone()), [Value::Bool(false), Value::Bool(true), null.clone()]);
        assert_eq!(all(none.clone(), none), [null.clone(), null.clone(), null]);
    }

    #[test]
    fn columns_settle_nulls_row_by_row() {
        let values = [Value::Real(1.0), Value::Null(Type::Real), Value::Real(f64::NAN)];
        let got = column(BinaryOp::NotEqual, &values, &Value::Real(1.0), Type::Bool);
        assert_eq!(got, [Value::Bool(false), Value::Bool(true), Value::Bool(true)]);
        let got = column(BinaryOp::NotEqual, &values, &Value::Null(Type::Real), Type::Bool);
        assert_eq!(got, [Value::Bool(true), Value::Null(Type::Bool), Value::Bool(true)]);
    }

    #[test]
    fn reals_follow_ieee() {
        let nan = Value::Real(f64::NAN);
        assert_eq!(all(nan.clone(), nan), [false, true, false].map(Value::Bool));
        assert_eq!(all(Value::Real(-0.0), Value::Real(0.0)), [true, false, false].map(Value::Bool));
    }

    #[test]
    fn a_dynamic_compares_by_its_content() {
        let dynamic = |json: &str| Value::Dynamic(json.into());
        let equal = |l, r| binary(BinaryOp::Equal, l, r, Type::Bool) == Value::Bool(true);
        assert!(equal(dynamic(r#""a""#), Value::String("a".into())));
        assert!(equal(dynamic("1"), Value::String("1".into())));
        assert!(equal(dynamic("true"), Value::Bool(true)));
        assert!(equal(dynamic("2.0"), Value::Long(2)));
        assert!(!equal(dynamic("[1]"), Value::Long(1)));
        assert!(!equal(Value::Null(Type::Dynamic), Value::Bool(false)));
    }
}
