//! Is there a value, and of what kind: `isnull`, `isempty`, `isnan` and their opposites, and `not`.

use arrow::array::Array;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Overload, Param, Returns};
use rehunt_lang::types::Type;

use crate::functions::{Args, Body, Function};

const VALUE: Param = Param::new("value", Accepts::Scalar);
const NUMBER: Param = Param::new("number", Accepts::Exactly(Type::Real));
const ANY: &[Overload] = &[Overload::new(&[VALUE], Returns::Is(Type::Bool))];
const REAL: &[Overload] = &[Overload::new(&[NUMBER], Returns::Is(Type::Bool))];

/// `isnull(value)`: learn.microsoft.com/kusto/query/isnull-function.
pub static ISNULL: Function = Function {
    spec: FunctionSpec {
        name: "isnull",
        overloads: ANY,
        summary: "Tells whether a value is null; a string never is.",
        examples: &[Example { query: "print isnull(int(null)), isnull('')", answer: "true | false" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| null(args, true)),
};

/// `isnotnull(value)`: learn.microsoft.com/kusto/query/isnotnull-function.
pub static ISNOTNULL: Function = Function {
    spec: FunctionSpec {
        name: "isnotnull",
        aliases: &["notnull"],
        overloads: ANY,
        summary: "Tells whether a value is not null; a string always is.",
        examples: &[Example { query: "print isnotnull(int(null)), isnotnull('')", answer: "false | true" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| null(args, false)),
};

/// `isempty(value)`: learn.microsoft.com/kusto/query/isempty-function.
pub static ISEMPTY: Function = Function {
    spec: FunctionSpec {
        name: "isempty",
        overloads: ANY,
        summary: "Tells whether a value is null or an empty string.",
        examples: &[Example {
            query: "print isempty(''), isempty(' '), isempty(dynamic([]))",
            answer: "true | false | false",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| empty(args, true)),
};

/// `isnotempty(value)`: learn.microsoft.com/kusto/query/isnotempty-function.
pub static ISNOTEMPTY: Function = Function {
    spec: FunctionSpec {
        name: "isnotempty",
        aliases: &["notempty"],
        overloads: ANY,
        summary: "Tells whether a value is neither null nor an empty string.",
        examples: &[Example { query: "print isnotempty(''), isnotempty(0)", answer: "false | true" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| empty(args, false)),
};

/// `isnan(number)`: learn.microsoft.com/kusto/query/isnan-function.
pub static ISNAN: Function = Function {
    spec: FunctionSpec {
        name: "isnan",
        overloads: REAL,
        summary: "Tells whether a number is NaN; null for null.",
        examples: &[Example { query: "print isnan(0.0 / 0.0), isnan(1.0)", answer: "true | false" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| kind(args, f64::is_nan)),
};

/// `isinf(number)`: learn.microsoft.com/kusto/query/isinf-function.
pub static ISINF: Function = Function {
    spec: FunctionSpec {
        name: "isinf",
        overloads: REAL,
        summary: "Tells whether a number is positive or negative infinity; null for null.",
        examples: &[Example { query: "print isinf(-1.0 / 0.0), isinf(0.0 / 0.0)", answer: "true | false" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| kind(args, f64::is_infinite)),
};

/// `isfinite(number)`: learn.microsoft.com/kusto/query/isfinite-function.
pub static ISFINITE: Function = Function {
    spec: FunctionSpec {
        name: "isfinite",
        overloads: REAL,
        summary: "Tells whether a number is neither infinite nor NaN; null for null.",
        examples: &[Example { query: "print isfinite(1.0), isfinite(1.0 / 0.0)", answer: "true | false" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| kind(args, f64::is_finite)),
};

/// `not(bool)`: learn.microsoft.com/kusto/query/not-function.
pub static NOT: Function = Function {
    spec: FunctionSpec {
        name: "not",
        overloads: &[Overload::new(&[Param::new("expression", Accepts::Exactly(Type::Bool))], Returns::Is(Type::Bool))],
        summary: "Turns true into false and false into true; null stays null.",
        examples: &[Example { query: "print not(false), not(bool(null))", answer: "true | null" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let value = args.boolean(0)?;
        args.bools(|row| Some(!value.at(row)?))
    }),
};

fn null(args: &Args, wanted: bool) -> Result<ColumnarValue> {
    let cells = args.cells(0)?;
    args.tests(|row| cells.array().is_null(cells.place(row)) == wanted)
}

fn empty(args: &Args, wanted: bool) -> Result<ColumnarValue> {
    match args.types.first() {
        Some(Type::String) => {
            let text = args.text(0)?;
            args.tests(|row| text.at(row).is_none_or(str::is_empty) == wanted)
        }
        Some(Type::Dynamic) => {
            let json = args.json(0)?;
            args.tests(|row| json.at(row).is_none_or(|json| json == "\"\"") == wanted)
        }
        _ => null(args, wanted),
    }
}

fn kind(args: &Args, test: fn(f64) -> bool) -> Result<ColumnarValue> {
    let number = args.real(0)?;
    args.bools(|row| Some(test(number.at(row)?)))
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::call;

    #[test]
    fn emptiness_of_strings_and_dynamics() {
        let is = |name, value| call(name, &[value], Type::Bool) == Value::Bool(true);
        let json = |text: &str| Value::Dynamic(text.into());
        assert!(is("isempty", json("\"\"")) && is("isempty", Value::Null(Type::Dynamic)) && !is("isempty", json("[]")));
        assert!(is("isnotempty", Value::Long(0)) && is("isempty", Value::Null(Type::Long)));
        assert!(!is("isnull", Value::String(String::new())));
    }

    #[test]
    fn null_is_of_no_kind() {
        assert_eq!(call("isnan", &[Value::Null(Type::Real)], Type::Bool), Value::Null(Type::Bool));
    }
}
