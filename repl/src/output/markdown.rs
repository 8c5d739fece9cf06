//! A Markdown table, for reports and tickets.

use std::io::{self, Write};

use rehunt_engine::engine::AnswerTable;

use super::cell::columns;

/// Writes a table; numbers are aligned to the right.
///
/// # Errors
/// When the writer fails.
pub fn write(result: &AnswerTable, out: &mut dyn Write) -> io::Result<()> {
    let mut line = String::from("|");
    for column in &result.columns {
        cell(&column.name, &mut line);
    }
    line.push_str("\n|");
    for column in &result.columns {
        line.push_str(if column.ty.is_number() { " ---: |" } else { " --- |" });
    }
    writeln!(out, "{line}")?;
    let mut text = String::new();
    for batch in &result.batches {
        let columns = columns(result, batch)?;
        for row in 0..batch.num_rows() {
            line.clear();
            line.push('|');
            for column in &columns {
                text.clear();
                column.text(row, &mut text);
                cell(&text, &mut line);
            }
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// Appends one cell; what Markdown or HTML would read as markup, or as the end of the cell, is escaped.
fn cell(text: &str, line: &mut String) {
    line.push(' ');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' if rest.peek() == Some(&'\n') => {}
            '\r' | '\n' => line.push_str("<br>"),
            '<' => line.push_str("&lt;"),
            '|' | '\\' | '`' | '*' | '[' | ']' => line.extend(['\\', c]),
            c => line.push(c),
        }
    }
    line.push_str(" |");
}
