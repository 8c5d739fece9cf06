//! `binary_*`, `bitset_count_ones`, `tohex`: the 64 bits of a long.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Naming, Overload, Param};
use rehunt_lang::types::Type;

use crate::functions::signature::{integer, signature};
use crate::functions::{Args, Body, Function};

const ONE: &[Overload] = &[signature(&[integer("value")], Type::Long)];
const TWO: &[Overload] = &[signature(&[integer("value1"), integer("value2")], Type::Long)];
const SHIFT: &[Overload] = &[signature(&[integer("value"), integer("shift")], Type::Long)];
const WIDTH: Param = integer("minLength");

const fn bitwise(
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

fn pairs(args: &Args, f: fn(i64, i64) -> i64) -> Result<ColumnarValue> {
    let (left, right) = (args.long(0)?, args.long(1)?);
    args.longs(|row| Some(f(left.at(row)?, right.at(row)?)))
}

/// `binary_and(a, b)`: learn.microsoft.com/kusto/query/binary-and-function.
pub static BINARY_AND: Function = bitwise(
    "binary_and",
    TWO,
    "Keeps the bits that both numbers have.",
    &[Example { query: "print binary_and(6, 3)", answer: "2" }],
    |args| pairs(args, |a, b| a & b),
);

/// `binary_or(a, b)`: learn.microsoft.com/kusto/query/binary-or-function.
pub static BINARY_OR: Function = bitwise(
    "binary_or",
    TWO,
    "Joins the bits of two numbers.",
    &[Example { query: "print binary_or(6, 3)", answer: "7" }],
    |args| pairs(args, |a, b| a | b),
);

/// `binary_xor(a, b)`: learn.microsoft.com/kusto/query/binary-xor-function.
pub static BINARY_XOR: Function = bitwise(
    "binary_xor",
    TWO,
    "Keeps the bits that one of two numbers has.",
    &[Example { query: "print binary_xor(6, 3)", answer: "5" }],
    |args| pairs(args, |a, b| a ^ b),
);

/// `binary_not(a)`: learn.microsoft.com/kusto/query/binary-not-function.
pub static BINARY_NOT: Function = bitwise(
    "binary_not",
    ONE,
    "Turns every bit over.",
    &[Example { query: "print binary_not(100)", answer: "-101" }],
    |args| {
        let value = args.long(0)?;
        args.longs(|row| Some(!value.at(row)?))
    },
);

/// `binary_shift_left(a, n)`: learn.microsoft.com/kusto/query/binary-shift-left-function.
pub static BINARY_SHIFT_LEFT: Function = bitwise(
    "binary_shift_left",
    SHIFT,
    "Moves bits to the left, by a count of which the lowest 6 bits matter.",
    &[Example { query: "print binary_shift_left(1, 2)", answer: "4" }],
    |args| pairs(args, |a, n| a.wrapping_shl(n as u32)),
);

/// `binary_shift_right(a, n)`: learn.microsoft.com/kusto/query/binary-shift-right-function.
pub static BINARY_SHIFT_RIGHT: Function = bitwise(
    "binary_shift_right",
    SHIFT,
    "Moves bits to the right, by a count of which the lowest 6 bits matter; the sign stays.",
    &[Example { query: "print binary_shift_right(1, 2), binary_shift_right(8, 2)", answer: "0 | 2" }],
    |args| pairs(args, |a, n| a.wrapping_shr(n as u32)),
);

/// `bitset_count_ones(a)`: learn.microsoft.com/kusto/query/bitset-count-ones-function.
pub static BITSET_COUNT_ONES: Function = bitwise(
    "bitset_count_ones",
    ONE,
    "Counts the bits that are set.",
    &[Example { query: "print bitset_count_ones(42)", answer: "3" }],
    |args| {
        let value = args.long(0)?;
        args.longs(|row| Some(i64::from(value.at(row)?.count_ones())))
    },
);

/// `tohex(value [, width])`: learn.microsoft.com/kusto/query/tohex-function.
pub static TOHEX: Function = bitwise(
    "tohex",
    &[signature(&[integer("value")], Type::String).optional(&[WIDTH])],
    "Writes a whole number in base 16, with zeros up to a width; a negative one as its complement.",
    &[Example {
        query: "print tohex(256), tohex(-256), tohex(toint(-256), 8), tohex(256, 8)",
        answer: "100 | ffffffffffffff00 | ffffff00 | 00000100",
    }],
    tohex,
);

fn tohex(args: &Args) -> Result<ColumnarValue> {
    use std::fmt::Write;
    let value = args.long(0)?;
    let width = if args.len() > 1 { Some(args.long(1)?) } else { None };
    let mask = if args.types.first() == Some(&Type::Int) { u64::from(u32::MAX) } else { u64::MAX };
    args.texts(|row, out| {
        let width = width.as_ref().map_or(Some(0), |w| w.at(row))?.clamp(0, 64) as usize;
        write!(out, "{:0width$x}", value.at(row)? as u64 & mask).ok()
    })
}
