//! Lists what was loaded.

use std::path::PathBuf;
use std::sync::Arc;

use crate::threads::Threads;
use arrow::array::{ArrayRef, Int64Array, StringViewArray};
use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use rehunt_engine::catalog::{SourceFile, Table};
use rehunt_engine::engine::{Answer, AnswerTable, Engine};
use rehunt_engine::types::arrow_type;
use rehunt_lang::types::{Field, Type};

use crate::args::Show;
use crate::failure::Failure;
use crate::io::Io;
use crate::{load, once, output};

/// Loads the evidence and writes one line a table and file.
///
/// # Errors
/// When the evidence cannot be read or the list not be written.
pub fn list(paths: &[PathBuf], show: &Show, threads: &Threads, io: &mut Io) -> Result<(), Failure> {
    if paths.is_empty() {
        return Err(Failure::Usage("`tables` lists what was loaded: name evidence with -d PATH".into()));
    }
    let engine = load::open(paths, threads, io)?;
    let answer = Answer { tables: vec![files(&engine)], ..Answer::default() };
    match show.output.as_deref() {
        None => output::write(&answer, show.format(), io.terminal.output, &mut io.output).map_err(Failure::Stream),
        Some(path) => once::save(&answer, show.format(), path, io),
    }
}

/// Returns one row a table and file, where the engine's own tables have none: table, file, form, rows, from, to, problems.
pub fn files(engine: &Engine) -> AnswerTable {
    let pairs: Vec<(&Table, &SourceFile)> =
        engine.catalog().tables().flat_map(|table| table.files.iter().map(move |file| (table, file))).collect();
    let number = |of: fn(&SourceFile) -> u64| -> ArrayRef {
        let numbers = pairs.iter().map(|(_, file)| i64::try_from(of(file)).unwrap_or(i64::MAX));
        Arc::new(Int64Array::from_iter_values(numbers))
    };
    let time = |of: fn((i64, i64)) -> i64| -> ArrayRef {
        Arc::new(pairs.iter().map(|(_, file)| file.span.map(of)).collect::<Int64Array>())
    };
    let text = |of: &dyn Fn(&Table, &SourceFile) -> String| -> ArrayRef {
        Arc::new(StringViewArray::from_iter_values(pairs.iter().map(|(table, file)| of(table, file))))
    };
    answer_table(vec![
        ("table", Type::String, text(&|table, _| table.name.clone())),
        ("file", Type::String, text(&|_, file| file.path.display().to_string())),
        ("form", Type::String, text(&|_, file| file.form.clone())),
        ("rows", Type::Long, number(|file| file.rows)),
        ("from", Type::Datetime, time(|span| span.0)),
        ("to", Type::Datetime, time(|span| span.1)),
        ("problems", Type::Long, number(|file| file.problems)),
    ])
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
    AnswerTable { columns: fields, batches: batch.into_iter().collect(), render: None }
}
