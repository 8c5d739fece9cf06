//! Forms of a result, one file each. They read cells straight from the arrays and know no query.

pub mod aside;
pub mod cell;
pub mod csv;
pub mod json;
pub mod markdown;
pub mod parquet;
pub mod table;

use std::io::{self, Write};
use std::path::Path;

use rehunt_engine::engine::{Answer, AnswerTable};

/// The forms a result can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Columns of text for people.
    Table,
    /// Comma-separated values with a header line.
    Csv,
    /// An array of objects.
    Json,
    /// One object a line.
    Jsonl,
    /// A table for reports and tickets.
    Markdown,
    /// A file for other tools; times become Arrow timestamps.
    Parquet,
}

impl Format {
    /// Returns the form that a file's ending asks for.
    pub fn of_file(path: &Path) -> Option<Format> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "csv" => Format::Csv,
            "json" => Format::Json,
            "jsonl" | "ndjson" => Format::Jsonl,
            "md" | "markdown" => Format::Markdown,
            "parquet" => Format::Parquet,
            "txt" => Format::Table,
            _ => return None,
        })
    }
}

/// Writes every result of an answer, with an empty line between those that people read.
///
/// `width` is that of the terminal at the other end, in characters of single width, if there is one: tables are
/// cut to fit it.
///
/// # Errors
/// When the writer fails, and when several results shall go to one Parquet file.
pub fn write(answer: &Answer, format: Format, width: Option<usize>, out: &mut (dyn Write + Send)) -> io::Result<()> {
    if format == Format::Parquet && answer.tables.len() > 1 {
        let message = format!("a Parquet file holds one result, the query has {}", answer.tables.len());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    for (i, table) in answer.tables.iter().enumerate() {
        if i > 0 && matches!(format, Format::Table | Format::Csv | Format::Markdown) {
            writeln!(out)?;
        }
        if let (Some(name), Format::Table | Format::Markdown) = (&table.name, format) {
            writeln!(out, "{name}:")?;
            if format == Format::Markdown {
                writeln!(out)?;
            }
        }
        write_table(table, format, width, out)?;
    }
    Ok(())
}

fn write_table(
    result: &AnswerTable,
    format: Format,
    width: Option<usize>,
    out: &mut (dyn Write + Send),
) -> io::Result<()> {
    match format {
        Format::Table => table::write(result, width, out),
        Format::Csv => csv::write(result, out),
        Format::Json => json::write_array(result, out),
        Format::Jsonl => json::write_lines(result, out),
        Format::Markdown => markdown::write(result, out),
        Format::Parquet => parquet::write(result, out),
    }
}

#[cfg(test)]
mod tests;
