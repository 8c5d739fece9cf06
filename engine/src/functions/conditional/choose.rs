//! `iff`, `case`, `coalesce`, `max_of`, `min_of`: one of their arguments. All arguments are computed; as nothing in KQL
//! fails on data, that changes no answer.

use std::cmp::Ordering;

use arrow::array::Array;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Overload, Param, Returns};
use rehunt_lang::types::Type;

use crate::functions::{Args, Body, Function};

const PREDICATE: Param = Param::new("predicate", Accepts::Exactly(Type::Bool));
const THEN: Param = Param::new("then", Accepts::CommonOrDynamic);
const ELSE: Param = Param::new("else", Accepts::CommonOrDynamic);
const VALUE: Param = Param::new("value", Accepts::Common);

/// `iff(predicate, then, else)`: learn.microsoft.com/kusto/query/iff-function.
pub static IFF: Function = Function {
    spec: FunctionSpec {
        name: "iff",
        aliases: &["iif"],
        overloads: &[Overload::new(&[PREDICATE, THEN, ELSE], Returns::Common)],
        summary: "Returns the second argument where the first is true, else the third; a null predicate is not true.",
        examples: &[Example { query: "print iff(1 > 2, 'a', 'b'), iff(bool(null), 1, 2)", answer: "b | 2" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(case),
};

/// `case(predicate, then, ..., else)`: learn.microsoft.com/kusto/query/case-function.
pub static CASE: Function = Function {
    spec: FunctionSpec {
        name: "case",
        overloads: &[Overload::new(&[PREDICATE, THEN], Returns::Common).repeated(&[PREDICATE, THEN]).last(&[ELSE])],
        summary: "Returns the value behind the first predicate that is true, else the last argument.",
        examples: &[Example { query: "print case(1 > 2, 'a', 2 > 1, 'b', 'c')", answer: "b" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(case),
};

fn case(args: &Args) -> Result<ColumnarValue> {
    let predicates = (0..args.len() / 2).map(|i| args.boolean(2 * i)).collect::<Result<Vec<_>>>()?;
    let last = args.len().saturating_sub(1);
    args.pick(|row| Some(predicates.iter().position(|p| p.at(row) == Some(true)).map_or(last, |i| 2 * i + 1)))
}

/// `coalesce(value, value, ...)`: learn.microsoft.com/kusto/query/coalesce-function.
pub static COALESCE: Function = Function {
    spec: FunctionSpec {
        name: "coalesce",
        overloads: &[Overload::new(&[VALUE, VALUE], Returns::Common).repeated(&[VALUE])],
        summary: "Returns the first argument that is not null and not an empty string.",
        examples: &[Example { query: "print coalesce(long(null), 2, 3), coalesce('', 'a')", answer: "2 | a" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(coalesce),
};

fn coalesce(args: &Args) -> Result<ColumnarValue> {
    if args.returns == Type::String {
        let texts = (0..args.len()).map(|i| args.text(i)).collect::<Result<Vec<_>>>()?;
        return args.pick(|row| texts.iter().position(|t| t.at(row).is_some_and(|text| !text.is_empty())));
    }
    let columns = (0..args.len()).map(|i| args.cells(i)).collect::<Result<Vec<_>>>()?;
    args.pick(|row| columns.iter().position(|c| c.array().is_valid(c.place(row))))
}

/// `max_of(value, value, ...)`: learn.microsoft.com/kusto/query/max-of-function.
pub static MAX_OF: Function = Function {
    spec: FunctionSpec {
        name: "max_of",
        overloads: &[Overload::new(&[VALUE, VALUE], Returns::By(orderable)).repeated(&[VALUE])],
        summary: "Returns the largest argument; nulls do not count.",
        examples: &[Example { query: "print max_of(10, 1, -3, 17), max_of(int(null), int(2))", answer: "17 | 2" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| extreme(args, Ordering::Greater)),
};

/// `min_of(value, value, ...)`: learn.microsoft.com/kusto/query/min-of-function.
pub static MIN_OF: Function = Function {
    spec: FunctionSpec {
        name: "min_of",
        overloads: &[Overload::new(&[VALUE, VALUE], Returns::By(orderable)).repeated(&[VALUE])],
        summary: "Returns the smallest argument; nulls do not count.",
        examples: &[Example { query: "print min_of(10, 1, -3, 17)", answer: "-3" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| extreme(args, Ordering::Less)),
};

/// All arguments have the common type by now.
fn orderable(types: &[Type]) -> Option<Type> {
    types.first().copied().filter(|ty| ty.is_orderable())
}

fn extreme(args: &Args, wanted: Ordering) -> Result<ColumnarValue> {
    match args.returns {
        Type::Bool => best(args, Args::boolean, |c, row| c.at(row), |a, b| a.cmp(b) == wanted),
        // NaN compares with nothing, so it stays where it stands first.
        Type::Real => best(args, Args::real, |c, row| c.at(row), |a, b| a.partial_cmp(b) == Some(wanted)),
        Type::Decimal => best(args, Args::decimal, |c, row| c.at(row), |a, b| a.cmp(b) == wanted),
        Type::String => {
            let texts = (0..args.len()).map(|i| args.text(i)).collect::<Result<Vec<_>>>()?;
            args.pick(|row| {
                (0..texts.len()).reduce(|best, i| {
                    let text = |i: usize| texts.get(i).and_then(|t| t.at(row));
                    if text(i).cmp(&text(best)) == wanted { i } else { best }
                })
            })
        }
        _ => best(args, Args::long, |c, row| c.at(row), |a, b| a.cmp(b) == wanted),
    }
}

/// Picks for each row the argument that no other beats.
fn best<'a, C, T>(
    args: &'a Args<'a>,
    read: impl Fn(&'a Args<'a>, usize) -> Result<C>,
    at: impl Fn(&C, usize) -> Option<T>,
    beats: impl Fn(&T, &T) -> bool,
) -> Result<ColumnarValue> {
    let columns = (0..args.len()).map(|i| read(args, i)).collect::<Result<Vec<_>>>()?;
    args.pick(|row| {
        let values = columns.iter().enumerate().filter_map(|(i, c)| Some((i, at(c, row)?)));
        values.reduce(|best, other| if beats(&other.1, &best.1) { other } else { best }).map(|(i, _)| i)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::{call, call_rows};

    #[test]
    fn a_null_predicate_takes_the_other_branch() {
        let rows = [Value::Bool(true), Value::Null(Type::Bool), Value::Bool(false)]
            .map(|p| vec![p, Value::String("a".into()), Value::String("b".into())]);
        let got = call_rows("iff", &rows, Type::String);
        assert_eq!(got, ["a", "b", "b"].map(|s| Value::String(s.into())));
    }

    #[test]
    fn coalesce_skips_empty_strings_but_not_zero() {
        let text = |s: &str| Value::String(s.into());
        assert_eq!(call("coalesce", &[text(""), text(" ")], Type::String), text(" "));
        assert_eq!(call("coalesce", &[text(""), text("")], Type::String), text(""));
        assert_eq!(call("coalesce", &[Value::Null(Type::Long), Value::Long(0)], Type::Long), Value::Long(0));
    }

    #[test]
    fn extremes_ignore_nulls() {
        let args = [Value::Null(Type::Int), Value::Int(2), Value::Int(-3)];
        assert_eq!(call("max_of", &args, Type::Int), Value::Int(2));
        assert_eq!(call("min_of", &args, Type::Int), Value::Int(-3));
        assert_eq!(
            call("min_of", &[Value::Null(Type::Int), Value::Null(Type::Int)], Type::Int),
            Value::Null(Type::Int)
        );
        let text = ["b", "B"].map(|s| Value::String(s.into()));
        assert_eq!(call("max_of", &text, Type::String), Value::String("b".into()));
    }
}
