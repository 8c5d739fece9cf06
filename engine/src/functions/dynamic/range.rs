//! `range` as a function: an array of equally spaced values.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Param};
use rehunt_lang::time;
use rehunt_lang::types::Type;

use super::pack::LARGEST;
use super::write;
use crate::functions::signature::signature;
use crate::functions::{Args, Body, Function};

const HOUR: i64 = 36_000_000_000;

/// `range(start, stop [, step])`
pub static RANGE: Function = Function {
    spec: FunctionSpec {
        name: "range",
        overloads: &[signature(
            &[Param::new("start", Accepts::Summable), Param::new("stop", Accepts::Summable)],
            Type::Dynamic,
        )
        .optional(&[Param::new("step", Accepts::Summable)])],
        summary: "Makes an array of the values from start to stop, both included, at a distance of step: 1, or an hour \
                  for times, unless given; negative counts down. At most 1,048,576 values.",
        examples: &[
            Example { query: "print range(1, 8, 3), range(1, 2, 0.5)", answer: "[1,4,7] | [1.0,1.5,2.0]" },
            Example {
                query: "print range(datetime(2007-01-01), datetime(2007-01-02), 1d)",
                answer: "[\"2007-01-01T00:00:00.0000000Z\",\"2007-01-02T00:00:00.0000000Z\"]",
            },
            Example { query: "print range(1h, 3h)", answer: "[\"01:00:00\",\"02:00:00\",\"03:00:00\"]" },
        ],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(range),
};

fn range(args: &Args) -> Result<ColumnarValue> {
    let first = args.types.first().copied().unwrap_or(Type::Unknown);
    match args.types.iter().any(|ty| matches!(ty, Type::Real | Type::Decimal)) {
        true => reals(args),
        false => longs(args, first),
    }
}

fn longs(args: &Args, ty: Type) -> Result<ColumnarValue> {
    let (start, stop) = (args.long(0)?, args.long(1)?);
    let step = if args.len() > 2 { Some(args.long(2)?) } else { None };
    let usual = if ty.is_number() { 1 } else { HOUR };
    write(args, |row, out| {
        let (start, stop) = (start.at(row)?, stop.at(row)?);
        let step = step.as_ref().map_or(Some(usual), |step| step.at(row)).filter(|step| *step != 0)?;
        let values = std::iter::successors(Some(start), |value| value.checked_add(step));
        out.begin_array();
        for value in values.take_while(|value| if step > 0 { *value <= stop } else { *value >= stop }).take(LARGEST) {
            match ty {
                Type::Datetime => out.string(&time::datetime_text(value)),
                Type::Timespan => out.string(&time::timespan_text(value)),
                _ => out.long(value),
            }
        }
        out.end_array();
        Some(())
    })
}

fn reals(args: &Args) -> Result<ColumnarValue> {
    let (start, stop) = (args.real(0)?, args.real(1)?);
    let step = if args.len() > 2 { Some(args.real(2)?) } else { None };
    write(args, |row, out| {
        let (start, stop) = (start.at(row)?, stop.at(row)?);
        let step = step.as_ref().map_or(Some(1.0), |step| step.at(row)).filter(|step| *step != 0.0)?;
        out.begin_array();
        // Multiplied, not added up: sums of 0.1 drift.
        let values = (0..LARGEST).map(|i| start + i as f64 * step);
        for value in values.take_while(|value| if step > 0.0 { *value <= stop } else { *value >= stop }) {
            out.real(value);
        }
        out.end_array();
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value;

    use super::*;
    use crate::functions::dynamic::tests::dynamic;
    use crate::operators::testing::call;

    #[test]
    fn ends_are_included() {
        assert_eq!(dynamic("range", &["1", "3"]), "[1,2,3]");
        assert_eq!(dynamic("range", &["3", "1", "-1"]), "[3,2,1]");
        assert_eq!(dynamic("range", &["3", "1"]), "[]");
        assert_eq!(dynamic("range", &["1", "1", "0"]), "Null(Dynamic)");
        assert_eq!(dynamic("range", &["9223372036854775806", "9223372036854775807"]).len(), 41);
        let reals = call("range", &[Value::Long(0), Value::Real(0.5), Value::Real(0.1)], Type::Dynamic);
        assert_eq!(reals, Value::Dynamic("[0.0,0.1,0.2,0.30000000000000004,0.4,0.5]".to_owned()));
    }
}
