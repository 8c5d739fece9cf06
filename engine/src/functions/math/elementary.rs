//! Roots, powers, logarithms, angles: reals in, a real out.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Naming, Overload};
use rehunt_lang::types::Type;

use crate::functions::signature::{number, signature};
use crate::functions::{Args, Body, Function};

const ONE: &[Overload] = &[signature(&[number("number")], Type::Real)];

/// A function named after its first argument.
const fn named(
    name: &'static str,
    overloads: &'static [Overload],
    summary: &'static str,
    examples: &'static [Example],
    kernel: fn(&Args) -> Result<ColumnarValue>,
) -> Function {
    let naming = Naming::FirstArgument;
    let spec = FunctionSpec { name, overloads, naming, summary, examples, ..FunctionSpec::BASE };
    Function { spec, body: Body::Kernel(kernel) }
}

fn each(args: &Args, f: fn(f64) -> Option<f64>) -> Result<ColumnarValue> {
    let x = args.real(0)?;
    args.reals(|row| f(x.at(row)?))
}

fn pairs(args: &Args, f: fn(f64, f64) -> f64) -> Result<ColumnarValue> {
    let (x, y) = (args.real(0)?, args.real(1)?);
    args.reals(|row| Some(f(x.at(row)?, y.at(row)?)))
}

/// Null outside the range in which a function has values; NaN stays NaN.
fn within(x: f64, inside: bool, f: fn(f64) -> f64) -> Option<f64> {
    (inside || x.is_nan()).then(|| f(x))
}

/// `sqrt(number)`: learn.microsoft.com/kusto/query/sqrt-function.
pub static SQRT: Function = named(
    "sqrt",
    ONE,
    "Returns the square root; NaN of a negative number.",
    &[Example { query: "print sqrt(256), sqrt(-1)", answer: "16.0 | NaN" }],
    |args| each(args, |x| Some(x.sqrt())),
);

/// `exp(number)`: learn.microsoft.com/kusto/query/exp-function.
pub static EXP: Function = named(
    "exp",
    ONE,
    "Raises e to a power.",
    &[Example { query: "print exp(2)", answer: "7.38905609893065" }],
    |args| each(args, |x| Some(x.exp())),
);

/// `exp2(number)`: learn.microsoft.com/kusto/query/exp2-function.
pub static EXP2: Function =
    named("exp2", ONE, "Raises 2 to a power.", &[Example { query: "print exp2(3)", answer: "8.0" }], |args| {
        each(args, |x| Some(x.exp2()))
    });

/// `exp10(number)`: learn.microsoft.com/kusto/query/exp10-function.
pub static EXP10: Function =
    named("exp10", ONE, "Raises 10 to a power.", &[Example { query: "print exp10(3)", answer: "1000.0" }], |args| {
        each(args, |x| Some(10f64.powf(x)))
    });

/// `log(number)`: learn.microsoft.com/kusto/query/log-function.
pub static LOG: Function = named(
    "log",
    ONE,
    "Returns the natural logarithm; null of a negative number, -inf of 0.",
    &[Example { query: "print log(5), log(-1)", answer: "1.6094379124341003 | null" }],
    |args| each(args, |x| within(x, x >= 0.0, f64::ln)),
);

/// `log2(number)`: learn.microsoft.com/kusto/query/log2-function.
pub static LOG2: Function = named(
    "log2",
    ONE,
    "Returns the logarithm to base 2; null of a negative number.",
    &[Example { query: "print log2(8)", answer: "3.0" }],
    |args| each(args, |x| within(x, x >= 0.0, f64::log2)),
);

/// `log10(number)`: learn.microsoft.com/kusto/query/log10-function.
pub static LOG10: Function = named(
    "log10",
    ONE,
    "Returns the logarithm to base 10; null of a negative number.",
    &[Example { query: "print log10(1000)", answer: "3.0" }],
    |args| each(args, |x| within(x, x >= 0.0, f64::log10)),
);

/// `gamma(number)`: learn.microsoft.com/kusto/query/gamma-function.
pub static GAMMA: Function = named(
    "gamma",
    ONE,
    "Returns the gamma function: the factorial of the number before.",
    &[Example { query: "print gamma(5)", answer: "24.0" }],
    |args| each(args, |x| Some(libm::tgamma(x))),
);

/// `loggamma(number)`: learn.microsoft.com/kusto/query/log-gamma-function.
pub static LOGGAMMA: Function = named(
    "loggamma",
    ONE,
    "Returns the natural logarithm of the size of the gamma function.",
    &[Example { query: "print round(loggamma(5), 10)", answer: "3.1780538303" }],
    |args| each(args, |x| Some(libm::lgamma(x))),
);

/// `erf(number)`: learn.microsoft.com/kusto/query/erf-function.
pub static ERF: Function = named(
    "erf",
    ONE,
    "Returns the error function.",
    &[Example { query: "print erf(0), round(erf(1), 10)", answer: "0.0 | 0.8427007929" }],
    |args| each(args, |x| Some(libm::erf(x))),
);

/// `erfc(number)`: learn.microsoft.com/kusto/query/erfc-function.
pub static ERFC: Function = named(
    "erfc",
    ONE,
    "Returns the complement of the error function.",
    &[Example { query: "print erfc(0)", answer: "1.0" }],
    |args| each(args, |x| Some(libm::erfc(x))),
);

/// `sin(number)`: learn.microsoft.com/kusto/query/sin-function.
pub static SIN: Function = named(
    "sin",
    ONE,
    "Returns the sine of an angle in radians.",
    &[Example { query: "print sin(0)", answer: "0.0" }],
    |args| each(args, |x| Some(x.sin())),
);

/// `cos(number)`: learn.microsoft.com/kusto/query/cos-function.
pub static COS: Function = named(
    "cos",
    ONE,
    "Returns the cosine of an angle in radians.",
    &[Example { query: "print cos(0)", answer: "1.0" }],
    |args| each(args, |x| Some(x.cos())),
);

/// `tan(number)`: learn.microsoft.com/kusto/query/tan-function.
pub static TAN: Function = named(
    "tan",
    ONE,
    "Returns the tangent of an angle in radians.",
    &[Example { query: "print tan(0)", answer: "0.0" }],
    |args| each(args, |x| Some(x.tan())),
);

/// `cot(number)`: learn.microsoft.com/kusto/query/cot-function.
pub static COT: Function = Function {
    spec: FunctionSpec {
        name: "cot",
        overloads: ONE,
        summary: "Returns the cotangent of an angle in radians.",
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| each(args, |x| Some(x.tan().recip()))),
};

/// `asin(number)`: learn.microsoft.com/kusto/query/asin-function.
pub static ASIN: Function = named(
    "asin",
    ONE,
    "Returns the angle in radians whose sine a number is; null outside -1 to 1.",
    &[Example { query: "print asin(0), asin(2)", answer: "0.0 | null" }],
    |args| each(args, |x| within(x, x.abs() <= 1.0, f64::asin)),
);

/// `acos(number)`: learn.microsoft.com/kusto/query/acos-function.
pub static ACOS: Function = named(
    "acos",
    ONE,
    "Returns the angle in radians whose cosine a number is; null outside -1 to 1.",
    &[Example { query: "print acos(1), acos(2)", answer: "0.0 | null" }],
    |args| each(args, |x| within(x, x.abs() <= 1.0, f64::acos)),
);

/// `atan(number)`: learn.microsoft.com/kusto/query/atan-function.
pub static ATAN: Function = named(
    "atan",
    ONE,
    "Returns the angle in radians whose tangent a number is.",
    &[Example { query: "print atan(0)", answer: "0.0" }],
    |args| each(args, |x| Some(x.atan())),
);

/// `atan2(y, x)`: learn.microsoft.com/kusto/query/atan2-function.
pub static ATAN2: Function = named(
    "atan2",
    &[signature(&[number("y"), number("x")], Type::Real)],
    "Returns the angle in radians between the x axis and the point (x, y).",
    &[Example { query: "print atan2(0, 1)", answer: "0.0" }],
    |args| pairs(args, f64::atan2),
);

/// `pow(base, exponent)`: learn.microsoft.com/kusto/query/pow-function.
pub static POW: Function = named(
    "pow",
    &[signature(&[number("base"), number("exponent")], Type::Real)],
    "Raises a number to a power; a real.",
    &[Example { query: "print pow(2, 3)", answer: "8.0" }],
    |args| pairs(args, f64::powf),
);

/// `degrees(radians)`: learn.microsoft.com/kusto/query/degrees-function.
pub static DEGREES: Function = Function {
    spec: FunctionSpec {
        name: "degrees",
        overloads: &[signature(&[number("radians")], Type::Real)],
        summary: "Turns radians into degrees.",
        examples: &[Example { query: "print degrees(pi())", answer: "180.0" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| each(args, |x| Some(180.0 / std::f64::consts::PI * x))),
};

/// `radians(degrees)`: learn.microsoft.com/kusto/query/radians-function.
pub static RADIANS: Function = Function {
    spec: FunctionSpec {
        name: "radians",
        overloads: &[signature(&[number("degrees")], Type::Real)],
        summary: "Turns degrees into radians.",
        examples: &[Example { query: "print radians(180) == pi()", answer: "true" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| each(args, |x| Some(std::f64::consts::PI / 180.0 * x))),
};

/// `pi()`: learn.microsoft.com/kusto/query/pi-function.
pub static PI: Function = Function {
    spec: FunctionSpec {
        name: "pi",
        overloads: &[signature(&[], Type::Real)],
        summary: "Returns the number pi.",
        examples: &[Example { query: "print pi()", answer: "3.141592653589793" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| args.reals(|_| Some(std::f64::consts::PI))),
};
