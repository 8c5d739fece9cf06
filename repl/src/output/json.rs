//! JSON: an array of objects, one object a line, and the cells of `rehunt batch`.

use std::io::{self, Write};

use rehunt_engine::engine::AnswerTable;

use super::cell::{columns, json_string};

/// Writes `[{"column": value, ...}, ...]`, one row a line.
///
/// # Errors
/// When the writer fails.
pub fn write_array(result: &AnswerTable, out: &mut dyn Write) -> io::Result<()> {
    let mut first = true;
    out.write_all(b"[")?;
    each_object(result, |object| {
        out.write_all(if std::mem::take(&mut first) { b"\n" } else { b",\n" })?;
        out.write_all(object.as_bytes())
    })?;
    out.write_all(if first { b"]\n" } else { b"\n]\n" })
}

/// Writes one object a line.
///
/// # Errors
/// When the writer fails.
pub fn write_lines(result: &AnswerTable, out: &mut dyn Write) -> io::Result<()> {
    each_object(result, |object| {
        out.write_all(object.as_bytes())?;
        out.write_all(b"\n")
    })
}

fn each_object(result: &AnswerTable, mut object: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
    let keys: Vec<String> = result.columns.iter().enumerate().map(|(i, c)| key(i, &c.name)).collect();
    let mut text = String::new();
    for batch in &result.batches {
        let columns = columns(result, batch)?;
        for row in 0..batch.num_rows() {
            text.clear();
            text.push('{');
            for (key, column) in keys.iter().zip(&columns) {
                text.push_str(key);
                column.json(row, &mut text);
            }
            text.push('}');
            object(&text)?;
        }
    }
    Ok(())
}

/// A key with what stands around it, so that a row is put together without looking at names again.
fn key(index: usize, name: &str) -> String {
    let mut key = String::from(if index == 0 { "" } else { "," });
    json_string(name, &mut key);
    key.push(':');
    key
}

/// Appends `"columns":[{"name","type"}],"rows":[[...]]`.
///
/// # Errors
/// When an array is not of its announced type.
pub fn columns_and_rows(result: &AnswerTable, out: &mut String) -> io::Result<()> {
    column_list(result.columns.iter().map(|c| (c.name.as_str(), c.ty.name())), out);
    out.push_str(",\"rows\":[");
    let mut first = true;
    for batch in &result.batches {
        let columns = columns(result, batch)?;
        for row in 0..batch.num_rows() {
            out.push_str(if std::mem::take(&mut first) { "[" } else { ",[" });
            for (i, column) in columns.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                column.json(row, out);
            }
            out.push(']');
        }
    }
    out.push(']');
    Ok(())
}

/// Appends `"columns":[{"name","type"}]`.
pub fn column_list<'a>(columns: impl Iterator<Item = (&'a str, &'a str)>, out: &mut String) {
    out.push_str("\"columns\":[");
    for (i, (name, ty)) in columns.enumerate() {
        out.push_str(if i == 0 { "{\"name\":" } else { ",{\"name\":" });
        json_string(name, out);
        out.push_str(",\"type\":");
        json_string(ty, out);
        out.push('}');
    }
    out.push(']');
}
