//! Cells as text and as JSON, read from the arrays of a result.

use std::io;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, Int64Array, StringViewArray};
use arrow::record_batch::RecordBatch;
use rehunt_engine::engine::AnswerTable;
use rehunt_engine::value::value_at;
use rehunt_lang::time::{push_datetime, push_timespan};
use rehunt_lang::types::{Type, Value};

/// One column of one batch.
pub struct Cells<'a> {
    ty: Type,
    array: &'a ArrayRef,
    values: Values<'a>,
}

enum Values<'a> {
    Bool(&'a BooleanArray),
    Int(&'a Int32Array),
    Long(&'a Int64Array),
    Real(&'a Float64Array),
    Text(&'a StringViewArray),
    /// Decimal, and the type without values.
    Other,
}

/// Returns the columns of a batch of this result.
///
/// # Errors
/// When an array is not what `rehunt_engine::types` says it is: a bug of the engine, shown and not hidden.
pub fn columns<'a>(result: &AnswerTable, batch: &'a RecordBatch) -> io::Result<Vec<Cells<'a>>> {
    if result.columns.len() != batch.num_columns() {
        let message = format!("{} columns were announced, {} came", result.columns.len(), batch.num_columns());
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    result.columns.iter().zip(batch.columns()).map(|(field, array)| Cells::of(&field.name, field.ty, array)).collect()
}

impl<'a> Cells<'a> {
    fn of(name: &str, ty: Type, array: &'a ArrayRef) -> io::Result<Self> {
        if *array.data_type() != rehunt_engine::types::arrow_type(ty) {
            let message = format!("column `{name}` of type {ty} arrived as {}", array.data_type());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let values = match ty {
            Type::Bool => Values::Bool(array.as_boolean()),
            Type::Int => Values::Int(array.as_primitive()),
            Type::Long | Type::Datetime | Type::Timespan => Values::Long(array.as_primitive()),
            Type::Real => Values::Real(array.as_primitive()),
            Type::String | Type::Guid | Type::Dynamic => Values::Text(array.as_string_view()),
            Type::Decimal | Type::Unknown => Values::Other,
        };
        Ok(Self { ty, array, values })
    }

    /// Appends the cell as a JSON value, by the wire form of `rehunt batch`: numbers as numbers, NaN and the
    /// infinities as strings, datetime, timespan, decimal and guid as strings, dynamic as the value it is.
    pub fn json(&self, row: usize, out: &mut String) {
        if self.array.is_null(row) {
            // A string is never null; should one be, it means the empty string.
            out.push_str(if self.ty == Type::String { "\"\"" } else { "null" });
            return;
        }
        match &self.values {
            Values::Text(texts) if self.ty == Type::Dynamic => raw_json(texts.value(row), out),
            Values::Text(texts) => json_string(texts.value(row), out),
            Values::Real(reals) if !reals.value(row).is_finite() => quoted(out, |out| self.text(row, out)),
            Values::Bool(_) | Values::Int(_) | Values::Real(_) => self.text(row, out),
            Values::Long(_) if self.ty == Type::Long => self.text(row, out),
            Values::Long(_) | Values::Other => quoted(out, |out| self.text(row, out)),
        }
    }

    /// Appends the cell as CSV and Markdown show it: as JSON, but without quotes around strings; null is nothing.
    pub fn text(&self, row: usize, out: &mut String) {
        if self.array.is_null(row) {
            return;
        }
        match &self.values {
            Values::Bool(bools) => out.push_str(if bools.value(row) { "true" } else { "false" }),
            Values::Int(ints) => push(out, ints.value(row)),
            Values::Long(ticks) if self.ty == Type::Datetime => push_datetime(out, ticks.value(row)),
            Values::Long(ticks) if self.ty == Type::Timespan => push_timespan(out, ticks.value(row), true),
            Values::Long(longs) => push(out, longs.value(row)),
            Values::Real(reals) => real(reals.value(row), out),
            Values::Text(texts) => out.push_str(texts.value(row)),
            Values::Other => {
                if let Value::Decimal(text) = value_at(self.array, self.ty, row) {
                    out.push_str(&text);
                }
            }
        }
    }

    /// Appends the cell as a table for people shows it: as `text`, but times without a fraction that is zero.
    pub fn short_text(&self, row: usize, out: &mut String) {
        match &self.values {
            Values::Long(ticks) if self.ty == Type::Datetime && !self.array.is_null(row) => {
                push_datetime(out, ticks.value(row));
                let kept = out.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.').len();
                out.truncate(kept);
                out.push('Z');
            }
            Values::Long(ticks) if self.ty == Type::Timespan && !self.array.is_null(row) => {
                push_timespan(out, ticks.value(row), false);
            }
            _ => self.text(row, out),
        }
    }
}

/// Appends a string as JSON writes it.
pub fn json_string(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0; // where the text not yet written begins
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        // The bytes left out are one character each, so both ends are borders.
        out.push_str(text.get(plain..at).unwrap_or(""));
        plain = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ => push(out, format_args!("\\u{byte:04x}")),
        }
    }
    out.push_str(text.get(plain..).unwrap_or(""));
    out.push('"');
}

/// Appends JSON text. A line break in it can only stand between tokens, and would break a form of one line a row.
fn raw_json(text: &str, out: &mut String) {
    match text.contains(['\n', '\r']) {
        true => out.extend(text.chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c })),
        false => out.push_str(text),
    }
}

fn quoted(out: &mut String, write: impl FnOnce(&mut String)) {
    out.push('"');
    write(out);
    out.push('"');
}

fn push(out: &mut String, value: impl std::fmt::Display) {
    use std::fmt::Write;
    let _ = write!(out, "{value}"); // writing to a String cannot fail
}

/// Appends a real so that it reads back the same: always with a fraction or an exponent.
fn real(value: f64, out: &mut String) {
    if value.is_nan() {
        out.push_str("NaN");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
    } else {
        // Display never writes an exponent: 1e300 would be 300 digits; Debug does, and keeps the `.0`.
        push(out, format_args!("{value:?}"));
    }
}
