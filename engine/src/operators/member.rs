//! `in`, `!in`, `in~`: is a value one of many? Equality is that of `==`; the set is hashed once.
//! learn.microsoft.com/kusto/query/in-cs-operator.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::datatypes::i256;
use datafusion::common::{HashSet, Result};
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility};
use rehunt_lang::types::{Type, Value};

use super::text::elements;
use super::text::fold::folded;
use crate::dynamic::{Kind, Raw};
use crate::functions::kernel::{Column, scalar, spelling};
use crate::functions::udf::KqlFunction;
use crate::functions::{Args, Prepared};

/// Makes the function behind `in` with constants (a dynamic one stands for the elements of its array); it takes the
/// value alone.
///
/// # Errors
/// When a constant cannot be compared with the value.
pub fn member_udf(value: Type, items: &[Value], negated: bool, fold_case: bool) -> Result<ScalarUDF, String> {
    let set = Set::new(value, items, fold_case)?;
    let kernel: Prepared = Arc::new(move |args| set.test(args, negated));
    let name = name(negated, fold_case);
    Ok(KqlFunction::with_list(name, &[value], Type::Bool, items, kernel).into())
}

/// Makes the function behind `in` where items are columns: it takes the value, then the items. All are compared as
/// text if one of them is, else as numbers.
///
/// # Errors
/// When the types have nothing in common.
pub fn member_computed_udf(types: &[Type], negated: bool, fold_case: bool) -> Result<ScalarUDF, String> {
    let returned = types.to_vec();
    let value = *types.first().ok_or("`in` has no value")?;
    let kernel: Prepared = Arc::new(move |args: &Args| {
        let cells = (0..args.len()).map(|i| args.cells(i)).collect::<Result<Vec<_>>>()?;
        args.bools(|row| {
            let cell = |i: usize| Some(cells.get(i)?.value(*returned.get(i)?, row));
            let items: Vec<Value> = (1..cells.len()).filter_map(cell).collect();
            let one = ColumnarValue::Scalar(scalar(&cell(0)?).ok()?);
            let one = Args { values: &[one], rows: 1, types: &[value], returns: Type::Bool };
            let answer = Set::new(value, &items, fold_case).ok()?.test(&one, negated).ok()?;
            let ColumnarValue::Scalar(datafusion::common::ScalarValue::Boolean(answer)) = answer else { return None };
            answer
        })
    });
    let name = name(negated, fold_case).to_owned();
    Ok(KqlFunction::new(name, types, Type::Bool, String::new(), Volatility::Immutable, kernel).into())
}

fn name(negated: bool, fold_case: bool) -> &'static str {
    match (negated, fold_case) {
        (false, false) => "in",
        (true, false) => "!in",
        (false, true) => "in~",
        (true, true) => "!in~",
    }
}

/// The items, hashed in the form in which the value is compared.
#[derive(Debug)]
struct Set {
    keys: Keys,
    /// Whether an item is null: then a null value has no answer, since null == null has none.
    null: bool,
    /// Whether the value may be null: a string is not, and a dynamic is compared as its text, which is `""` then.
    nullable: bool,
}

#[derive(Debug)]
enum Keys {
    Texts { keys: HashSet<Box<str>>, lengths: u64, fold: bool, numbers: bool },
    Longs(HashSet<i64>),
    Reals(HashSet<u64>),
    Decimals(HashSet<i256>),
}

impl Set {
    fn new(value: Type, items: &[Value], fold: bool) -> Result<Self, String> {
        let items: Vec<Cow<'_, Value>> = items.iter().flat_map(|item| spread(value, item)).collect();
        let null = items.iter().any(|item| item.is_null());
        let known = || items.iter().filter(|item| !item.is_null()).map(Cow::as_ref);
        let keys = match value {
            Type::String | Type::Guid | Type::Dynamic => {
                let numbers = value == Type::Dynamic;
                let text = |item: &Value| text_key(&spelling(item), fold, numbers).into();
                let keys: HashSet<Box<str>> = known().map(text).collect();
                let lengths = keys.iter().fold(0, |mask, key| mask | length_bit(key));
                Keys::Texts { keys, lengths, fold, numbers }
            }
            Type::Bool | Type::Int | Type::Long | Type::Datetime | Type::Timespan => {
                Keys::Longs(known().filter_map(|item| long_key(value, item)).collect())
            }
            Type::Real => Keys::Reals(known().filter_map(real_key).filter(|v| !v.is_nan()).map(bits).collect()),
            Type::Decimal => Keys::Decimals(known().filter_map(decimal_key).collect()),
            Type::Unknown => return Err("`in` on a value of unknown type".to_owned()),
        };
        Ok(Self { keys, null, nullable: !matches!(value, Type::String | Type::Dynamic) })
    }

    fn test(&self, args: &Args, negated: bool) -> Result<ColumnarValue> {
        match &self.keys {
            Keys::Texts { keys, lengths, fold, numbers } => {
                let text = args.text(0)?;
                // Most texts differ in length from all items: no need to hash them. Folding may change it.
                let found = |text: &str| match !fold && !numbers {
                    true => lengths & length_bit(text) != 0 && keys.contains(text),
                    false => keys.contains(&*text_key(text, *fold, *numbers)),
                };
                match self.nullable {
                    true => args.bools(|row| self.settled(text.at(row).map(found), negated)),
                    false => args.tests(|row| found(text.at(row).unwrap_or_default()) != negated),
                }
            }
            Keys::Longs(keys) => self.answer(args, negated, args.long(0)?, |v| keys.contains(&v)),
            Keys::Reals(keys) => self.answer(args, negated, args.real(0)?, |v| keys.contains(&bits(v))),
            Keys::Decimals(keys) => self.answer(args, negated, args.decimal(0)?, |v| keys.contains(&v)),
        }
    }

    fn answer<T: arrow::datatypes::ArrowPrimitiveType>(
        &self,
        args: &Args,
        negated: bool,
        value: Column<arrow::array::PrimitiveArray<T>>,
        found: impl Fn(T::Native) -> bool,
    ) -> Result<ColumnarValue> {
        args.bools(|row| self.settled(value.at(row).map(&found), negated))
    }

    /// The answer for a value that was found or not, or is null.
    fn settled(&self, found: Option<bool>, negated: bool) -> Option<bool> {
        match found {
            Some(found) => Some(found != negated),
            None => (!self.null).then_some(negated),
        }
    }
}

/// Spreads a dynamic item over the elements of its array.
fn spread(value: Type, item: &Value) -> Vec<Cow<'_, Value>> {
    match (item, value) {
        (Value::Dynamic(_), Type::String | Type::Guid | Type::Dynamic) => {
            elements(item).into_iter().map(|text| Cow::Owned(Value::String(text))).collect()
        }
        (Value::Dynamic(json), _) if Raw::new(json).is_array() => {
            Raw::new(json).elements().map(|v| Cow::Owned(Value::Dynamic(v.text().to_owned()))).collect()
        }
        _ => vec![Cow::Borrowed(item)],
    }
}

/// Returns the form in which texts are compared; numbers in a dynamic lose an idle fraction, so that 1.0 meets 1.
fn text_key(text: &str, fold: bool, numbers: bool) -> Cow<'_, str> {
    if numbers
        && let Some(whole) = text.strip_suffix(".0")
        && whole.parse::<i64>().is_ok()
    {
        return Cow::Borrowed(whole);
    }
    if fold { Cow::Owned(folded(text)) } else { Cow::Borrowed(text) }
}

fn length_bit(text: &str) -> u64 {
    1 << text.len().min(63)
}

fn long_key(ty: Type, item: &Value) -> Option<i64> {
    match item {
        Value::Bool(v) => Some(i64::from(*v)),
        Value::Int(v) => Some(i64::from(*v)),
        Value::Long(v) | Value::Datetime(v) | Value::Timespan(v) => Some(*v),
        Value::Real(v) => (v.fract() == 0.0 && v.abs() < 9.2e18).then_some(*v as i64),
        Value::Decimal(text) => text.parse().ok(),
        Value::Dynamic(json) => {
            let item = Raw::new(json);
            match ty {
                Type::Datetime => item.to_datetime(),
                Type::Timespan => item.to_timespan(),
                _ if item.kind() == Kind::Real => long_key(ty, &Value::Real(item.as_real()?)),
                _ => item.to_long(),
            }
        }
        _ => None,
    }
}

fn real_key(item: &Value) -> Option<f64> {
    match item {
        Value::Real(v) => Some(*v),
        Value::Decimal(text) => text.parse().ok(),
        Value::Dynamic(json) => Raw::new(json).to_real(),
        other => Some(long_key(Type::Long, other)? as f64),
    }
}

/// Returns the bits of a real, the same for both zeros.
fn bits(v: f64) -> u64 {
    (v + 0.0).to_bits()
}

fn decimal_key(item: &Value) -> Option<i256> {
    let text = match item {
        Value::Decimal(text) => text.clone(),
        other => spelling(other),
    };
    match scalar(&Value::Decimal(text)).ok()? {
        datafusion::common::ScalarValue::Decimal256(v, _, _) => v,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::operators::testing::{cells, run};

    fn ask(values: &[Value], items: &[Value], negated: bool, fold: bool) -> Vec<Value> {
        let udf = member_udf(values[0].ty(), items, negated, fold).unwrap();
        run(&udf, vec![cells(values)], values.len(), Type::Bool)
    }

    fn text(text: &str) -> Value {
        Value::String(text.into())
    }

    #[test]
    fn texts_with_and_without_case() {
        let values = [text("a"), text("B"), text("")];
        assert_eq!(ask(&values, &[text("a"), text("b")], false, false), [true, false, false].map(Value::Bool));
        assert_eq!(ask(&values, &[text("a"), text("b")], false, true), [true, true, false].map(Value::Bool));
        assert_eq!(ask(&values, &[text("a"), text("b")], true, false), [false, true, true].map(Value::Bool));
    }

    #[test]
    fn nulls_are_as_in_equality() {
        let (one, null) = (Value::Long(1), Value::Null(Type::Long));
        let values = [one.clone(), null.clone()];
        assert_eq!(ask(&values, std::slice::from_ref(&one), false, false), [true, false].map(Value::Bool));
        assert_eq!(ask(&values, std::slice::from_ref(&one), true, false), [false, true].map(Value::Bool));
        assert_eq!(ask(&values, &[one, null], true, false), [Value::Bool(false), Value::Null(Type::Bool)]);
        let (one, null) = (Value::Guid("00000000-0000-0000-0000-000000000001".into()), Value::Null(Type::Guid));
        let values = [one.clone(), null.clone()];
        assert_eq!(ask(&values, std::slice::from_ref(&one), true, false), [false, true].map(Value::Bool));
        assert_eq!(ask(&values, &[one, null], true, false), [Value::Bool(false), Value::Null(Type::Bool)]);
    }

    #[test]
    fn arrays_are_spread_and_dynamics_compare_by_content() {
        let list = [Value::Dynamic(r#"["a",1,2.0]"#.into())];
        let dynamics = [r#""a""#, "1", "2", "3"].map(|j| Value::Dynamic(j.into()));
        assert_eq!(ask(&dynamics, &list, false, false), [true, true, true, false].map(Value::Bool));
        assert_eq!(ask(&[Value::Long(2), Value::Long(3)], &list, false, false), [true, false].map(Value::Bool));
    }

    #[test]
    fn zero_has_two_signs_and_nan_is_nowhere() {
        let values = [Value::Real(-0.0), Value::Real(f64::NAN)];
        let items = [Value::Long(0), Value::Real(f64::NAN)];
        assert_eq!(ask(&values, &items, false, false), [true, false].map(Value::Bool));
    }

    #[test]
    fn items_may_be_columns() {
        let udf = member_computed_udf(&[Type::String, Type::Dynamic], false, false).unwrap();
        let lists = [r#"["a"]"#, r#"["b"]"#].map(|j| Value::Dynamic(j.into()));
        let got = run(&udf, vec![cells(&[text("a"), text("a")]), cells(&lists)], 2, Type::Bool);
        assert_eq!(got, [true, false].map(Value::Bool));
    }
}
