//! What was loaded and what was wrong with it: the tables `load_files` and `load_problems`.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringViewArray};
use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use datafusion::datasource::MemTable;
use rehunt_lang::types::{Field, Type};

use super::{SourceFile, Table, arrow_field};
use crate::error::Result;

/// The table of files.
pub const FILES: &str = "load_files";
/// The table of problems.
pub const PROBLEMS: &str = "load_problems";

/// A row, a cell or a whole file that could not be read as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// The line, 1-based; 0 where it is the whole file.
    pub line: u64,
    /// The table its rows go to; empty where that is not known.
    pub table: String,
    /// The column; empty where it is the row or the file.
    pub column: String,
    /// What is wrong.
    pub reason: String,
    /// The text as the file has it, cut where it is very long.
    pub raw: String,
}

/// A file that was looked at, once for each table it has rows of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLog {
    /// The file and its rows.
    pub file: SourceFile,
    /// The table; empty where it has none.
    pub table: String,
    /// Cells that could not be read as their column is declared.
    pub unparsed: u64,
    /// Columns that the table's schema does not have.
    pub unknown: Vec<String>,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes, in hex; empty for a Parquet file that was not read whole.
    pub sha256: String,
}

/// Everything that loading has to tell.
#[derive(Clone, Debug, Default)]
pub struct LoadLog {
    /// The files, in the order in which they were read.
    pub files: Vec<FileLog>,
    /// The problems, in the order in which they were met. Of many alike in one file the first are here.
    pub problems: Vec<Problem>,
}

impl LoadLog {
    /// Adds what another load has to tell.
    pub fn extend(&mut self, other: LoadLog) {
        self.files.extend(other.files);
        self.problems.extend(other.problems);
    }

    /// Notes that a table of a file hides the log's own table of that name.
    pub(super) fn note_shadowed(&mut self, table: &Table) {
        let reason = "a file holds a table of this name: what loading has to tell is not in it";
        let path = table.files.first().map(|f| f.path.clone()).unwrap_or_default();
        let name = table.name.clone();
        if !self.problems.iter().any(|p| p.table == name && p.reason == reason) {
            let (column, reason, raw) = (String::new(), reason.to_owned(), String::new());
            self.problems.push(Problem { path, line: 0, table: name, column, reason, raw });
        }
    }

    /// Returns `load_files`.
    pub(super) fn files_table(&self) -> Result<Table> {
        table(FILES, self.files_columns())
    }

    /// Returns the columns of `load_files`: one row a file and table.
    pub fn files_columns(&self) -> Vec<(&'static str, Type, ArrayRef)> {
        let text = |of: &dyn Fn(&FileLog) -> String| texts(self.files.iter().map(of));
        let times = |of: fn((i64, i64)) -> i64| -> ArrayRef {
            Arc::new(Int64Array::from_iter(self.files.iter().map(|f| f.file.span.map(of))))
        };
        let counts = |of: fn(&FileLog) -> u64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(self.files.iter().map(|f| i64::try_from(of(f)).unwrap_or(i64::MAX))))
        };
        vec![
            ("table", Type::String, text(&|f| f.table.clone())),
            ("path", Type::String, text(&|f| f.file.path.display().to_string())),
            ("form", Type::String, text(&|f| f.file.form.clone())),
            ("rows", Type::Long, counts(|f| f.file.rows)),
            ("earliest", Type::Datetime, times(|span| span.0)),
            ("latest", Type::Datetime, times(|span| span.1)),
            ("problems", Type::Long, counts(|f| f.file.problems)),
            ("duplicates", Type::Long, counts(|f| f.file.duplicates)),
            ("unparsed", Type::Long, counts(|f| f.unparsed)),
            ("unknown_columns", Type::Dynamic, text(&|f| names_as_json(&f.unknown))),
            ("chosen_by", Type::String, text(&|f| f.file.by.clone())),
            ("bytes", Type::Long, counts(|f| f.bytes)),
            ("sha256", Type::String, text(&|f| f.sha256.clone())),
        ]
    }

    /// Returns `load_problems`.
    pub(super) fn problems_table(&self) -> Result<Table> {
        let text = |of: fn(&Problem) -> String| texts(self.problems.iter().map(of));
        let lines = self.problems.iter().map(|p| i64::try_from(p.line).ok().filter(|line| *line > 0));
        let columns = vec![
            ("file", Type::String, text(|p| p.path.display().to_string())),
            ("line", Type::Long, Arc::new(Int64Array::from_iter(lines)) as ArrayRef),
            ("table", Type::String, text(|p| p.table.clone())),
            ("column", Type::String, text(|p| p.column.clone())),
            ("reason", Type::String, text(|p| p.reason.clone())),
            ("raw", Type::String, text(|p| p.raw.clone())),
        ];
        table(PROBLEMS, columns)
    }
}

fn names_as_json(names: &[String]) -> String {
    let mut out = String::from("[");
    for (n, name) in names.iter().enumerate() {
        out.push_str(if n == 0 { "" } else { "," });
        crate::dynamic::push_string(&mut out, name);
    }
    out + "]"
}

fn texts(items: impl Iterator<Item = String>) -> ArrayRef {
    Arc::new(StringViewArray::from_iter_values(items))
}

fn table(name: &str, columns: Vec<(&str, Type, ArrayRef)>) -> Result<Table> {
    let fields: Vec<Field> = columns.iter().map(|c| Field::new(c.0, c.1)).collect();
    let schema = Arc::new(Schema::new(fields.iter().map(arrow_field).collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.into_iter().map(|c| c.2).collect())?;
    let provider = Arc::new(MemTable::try_new(schema, vec![vec![batch]])?);
    Ok(Table { name: name.to_owned(), fields, provider, files: Vec::new(), time_column: None })
}
