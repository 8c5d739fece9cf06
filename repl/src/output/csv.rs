//! Comma-separated values, quoted where needed.

use std::io::{self, Write};

use rehunt_engine::engine::AnswerTable;

use super::cell::columns;

/// Writes a header line of column names, then one line a row; null is an empty field.
///
/// # Errors
/// When the writer fails.
pub fn write(result: &AnswerTable, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::WriterBuilder::new().from_writer(out);
    csv.write_record(result.columns.iter().map(|c| &c.name))?;
    let mut text = String::new();
    for batch in &result.batches {
        let columns = columns(result, batch)?;
        for row in 0..batch.num_rows() {
            for column in &columns {
                text.clear();
                column.text(row, &mut text);
                csv.write_field(&text)?;
            }
            csv.write_record(None::<&[u8]>)?;
        }
    }
    csv.flush()
}
