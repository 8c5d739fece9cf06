//! `tostring`, `tolong` and their kin: a conversion that fails gives null, `""` where a string is wanted.

use rehunt_lang::library::{Accepts, Example, FunctionSpec, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use crate::functions::{Body, Function, Prepare, Prepared};
use crate::operators::convert;

fn conversion(call: &Prepare) -> Result<Prepared, String> {
    let from = call.types.first().copied().unwrap_or(Type::Unknown);
    convert::kernel(from, call.returns).ok_or_else(|| format!("{from} cannot be converted to {}", call.returns))
}

/// `tobool(value)`
pub static TOBOOL: Function = Function {
    spec: FunctionSpec {
        name: "tobool",
        aliases: &["toboolean"],
        overloads: &[Overload::new(&[Param::new("value", Accepts::Scalar)], Returns::Is(Type::Bool))],
        naming: Naming::FirstArgument,
        summary: "Converts to bool: numbers by whether they are not 0, text that says `true`, `false` or a whole number.",
        examples: &[Example {
            query: "print tobool(\"TRUE\"), tobool(2), tobool(\"yes\")",
            answer: "true | true | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(conversion),
};

/// `todatetime(value)`
pub static TODATETIME: Function = Function {
    spec: FunctionSpec {
        name: "todatetime",
        aliases: &[],
        overloads: &[Overload::new(&[Param::new("value", Accepts::Scalar)], Returns::Is(Type::Datetime))],
        naming: Naming::FirstArgument,
        summary: "Converts to datetime: text in ISO 8601 and kindred forms, numbers as ticks of 100 ns since year 1.",
        examples: &[Example {
            query: "print todatetime(\"2015-12-24 10:00\"), todatetime(1), todatetime(\"x\")",
            answer: "2015-12-24T10:00:00.0000000Z | 0001-01-01T00:00:00.0000001Z | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(conversion),
};

/// `todecimal(value)`
pub static TODECIMAL: Function = Function {
    spec: FunctionSpec {
        name: "todecimal",
        aliases: &[],
        overloads: &[Overload::new(&[Param::new("value", Accepts::Scalar)], Returns::Is(Type::Decimal))],
        naming: Naming::FirstArgument,
        summary: "Converts to decimal: numbers, bools as 1 and 0, text.",
        examples: &[Example { query: "print todecimal(\"123.45678\")", answer: "123.45678" }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(conversion),
};

/// `todouble(value)`
pub static TODOUBLE: Function = Function {
    spec: FunctionSpec {
        name: "todouble",
        aliases: &["toreal"],
        overloads: &[Overload::new(&[Param::new("value", Accepts::Scalar)], Returns::Is(Type::Real))],
        naming: Naming::FirstArgument,
        summary: "Converts to real: numbers, bools as 1 and 0, ticks, text with or without fraction and exponent.",
        examples: &[Example {
            query: "print todouble(\"1e3\"), todouble(\"0x10\"), todouble(7)",
            answer: "1000.0 | null | 7.0",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(conversion),
};

/// `toguid(value)`
pub static TOGUID: Function = Function {
    spec: FunctionSpec {
        name: "toguid",
        aliases: &[],
        overloads: &[Overload::new(&[Param::new("value", Accepts::StringOrDynamic)], Returns::Is(Type::Guid))],
        naming: Naming::FirstArgument,
        summary: "Converts to guid: 32 hexadecimal digits with or without hyphens and brackets.",
        examples: &[Example {
            query: "print toguid(\"{70FC66F7-8279-44FC-9092-D364D70FCE44}\")",
            answer: "70fc66f7-8279-44fc-9092-d364d70fce44",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(conversion),
};

/// `toint(value)`
pub static TOINT: Function = Function {
    spec: FunctionSpec {
        name: "toint",
        aliases: &[],
        overloads: &[Overload::new(&[Param::new("value", Accepts::Scalar)], Returns::Is(Type::Int))],
        naming: Naming::FirstArgument,
        summary: "Converts to int: reals are cut and saturate, longs wrap, text must be a whole number that fits.",
        examples: &[Example {
            query: "print toint(\"123\"), toint(2.9), toint(\"5.9\"), toint(\"0xFF\")",
            answer: "123 | 2 | null | 255",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(conversion),
};

/// `tolong(value)`
pub static TOLONG: Function = Function {
    spec: FunctionSpec {
        name: "tolong",
        aliases: &[],
        overloads: &[Overload::new(&[Param::new("value", Accepts::Scalar)], Returns::Is(Type::Long))],
        naming: Naming::FirstArgument,
        summary: "Converts to long: reals are cut and saturate, times become ticks, text must be a whole number that fits.",
        examples: &[Example {
            query: "print tolong(\" 123 \"), tolong(-9.99), tolong(\"1e3\"), tolong(true)",
            answer: "123 | -9 | null | 1",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(conversion),
};

/// `tostring(value)`
pub static TOSTRING: Function = Function {
    spec: FunctionSpec {
        name: "tostring",
        aliases: &[],
        overloads: &[Overload::new(&[Param::new("value", Accepts::Scalar)], Returns::Is(Type::String))],
        naming: Naming::FirstArgument,
        summary: "Converts to string: null is `\"\"`, a string in a dynamic loses its quotes, other dynamics show as JSON.",
        examples: &[Example {
            query: "print tostring(1.0), tostring(true), tostring(dynamic([1,\"a\"])), tostring(dynamic(\"a\")), tostring(int(null))",
            answer: "1.0 | True | [1,\"a\"] | a | ",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(conversion),
};

/// `totimespan(value)`
pub static TOTIMESPAN: Function = Function {
    spec: FunctionSpec {
        name: "totimespan",
        aliases: &["totime"],
        overloads: &[Overload::new(&[Param::new("value", Accepts::Scalar)], Returns::Is(Type::Timespan))],
        naming: Naming::FirstArgument,
        summary: "Converts to timespan: text such as `1.02:03:04.5` or `90s`, numbers as ticks of 100 ns.",
        examples: &[Example {
            query: "print totimespan(\"0.00:01:00\"), totimespan(\"1d\"), totimespan(\"1.5\")",
            answer: "00:01:00 | 1.00:00:00 | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(conversion),
};
