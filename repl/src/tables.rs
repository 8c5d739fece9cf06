//! Lists what was loaded.

use std::sync::Arc;

use crate::threads::Threads;
use arrow::array::{ArrayRef, StringViewArray};
use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use rehunt_engine::catalog::Table;
use rehunt_engine::engine::{Answer, AnswerTable, Engine};
use rehunt_engine::types::arrow_type;
use rehunt_lang::types::{Field, Type};

use crate::args::{Evidence, Show};
use crate::failure::Failure;
use crate::io::Io;
use crate::{load, once, output};

/// Loads the evidence and writes one line a table and file.
///
/// # Errors
/// When the evidence cannot be read or the list not be written.
pub fn list(evidence: &Evidence, show: &Show, threads: &Threads, io: &mut Io) -> Result<(), Failure> {
    if evidence.paths.is_empty() {
        return Err(Failure::Usage("`tables` lists what was loaded: name evidence with -d PATH".into()));
    }
    let engine = load::open(evidence, threads, io)?;
    let answer = Answer { tables: vec![files(&engine)], ..Answer::default() };
    match show.output.as_deref() {
        None => output::write(&answer, show.format(), io.terminal.output, &mut io.output).map_err(Failure::Stream),
        Some(path) => once::save(&answer, show.format(), path, io),
    }
}

/// Returns one row a file and table, as `load_files` has them.
pub fn files(engine: &Engine) -> AnswerTable {
    answer_table(engine.catalog().log().files_columns())
}

/// Returns one row a column of a table: name and type.
pub fn schema(table: &Table) -> AnswerTable {
    let names = StringViewArray::from_iter_values(table.fields.iter().map(|f| &f.name));
    let types = StringViewArray::from_iter_values(table.fields.iter().map(|f| f.ty.name()));
    answer_table(vec![("column", Type::String, Arc::new(names)), ("type", Type::String, Arc::new(types))])
}

/// Puts columns together so that every output format can show them.
fn answer_table(columns: Vec<(&str, Type, ArrayRef)>) -> AnswerTable {
    let fields: Vec<Field> = columns.iter().map(|(name, ty, _)| Field::new(*name, *ty)).collect();
    let schema = Schema::new(
        columns
            .iter()
            .map(|(name, ty, _)| arrow::datatypes::Field::new(*name, arrow_type(*ty), true))
            .collect::<Vec<_>>(),
    );
    let batch = RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, _, array)| array).collect());
    // The arrays are made above, of equal length and of these types, so there is always a batch.
    AnswerTable { columns: fields, batches: batch.into_iter().collect(), render: None, name: None }
}
