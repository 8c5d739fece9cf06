//! `format_bytes`: sizes of data for people.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Naming};
use rehunt_lang::types::Type;

use crate::functions::signature::{number, signature, string};
use crate::functions::{Args, Body, Function};

/// `format_bytes(size [, precision [, units]])`: learn.microsoft.com/kusto/query/format-bytes-function.
pub static FORMAT_BYTES: Function = Function {
    spec: FunctionSpec {
        name: "format_bytes",
        overloads: &[signature(&[number("size")], Type::String)
            .optional(&[number("precision").constant(), string("units").constant()])],
        naming: Naming::FirstArgument,
        summary: "Writes a number of bytes in the largest unit that fits, or in a given one, each 1024 of the one before.",
        examples: &[Example {
            query: "print format_bytes(564), format_bytes(10332, 1), format_bytes(20010332, 2), format_bytes(20010332, 0, 'KB')",
            answer: "564 Bytes | 10.1 KB | 19.08 MB | 19541 KB",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(format_bytes),
};

const UNITS: [&str; 7] = ["Bytes", "KB", "MB", "GB", "TB", "PB", "EB"];

fn format_bytes(args: &Args) -> Result<ColumnarValue> {
    use std::fmt::Write;
    let size = args.real(0)?;
    let precision = if args.len() > 1 { Some(args.real(1)?) } else { None };
    let units = if args.len() > 2 { Some(args.text(2)?) } else { None };
    args.texts(|row, out| {
        let size = size.at(row).filter(|size| size.is_finite())?;
        let digits = precision.as_ref().map_or(Some(0.0), |p| p.at(row))?.clamp(0.0, 15.0);
        let unit = match units.as_ref().and_then(|u| u.at(row)).filter(|unit| !unit.is_empty()) {
            Some(name) => UNITS.iter().position(|unit| unit.eq_ignore_ascii_case(name))?,
            None => (1..UNITS.len()).take_while(|i| size.abs() >= 1024f64.powi(*i as i32)).last().unwrap_or(0),
        };
        let power = 10f64.powf(digits.floor());
        let rounded = (size / 1024f64.powi(unit as i32) * power).round() / power;
        write!(out, "{rounded} {}", UNITS.get(unit)?).ok()
    })
}
