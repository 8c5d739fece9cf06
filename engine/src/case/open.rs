//! A case as tables: the manifest and the footers of its parts are read, no row.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::LEFT_OUT;
use super::checked::{self, Blocks, Checked};
use super::manifest::{Manifest, Part};
use crate::catalog::parquet_table::{ParquetFile, ParquetTable};
use crate::catalog::{Problem, SourceFile, Table, time_column};
use crate::error::Result;
use crate::ingest::{Loaded, footer};

/// Opens a case. A part that is damaged is named among the problems, and the rest is there.
///
/// # Errors
/// When the manifest cannot be read.
pub(crate) fn open(case: &Path) -> Result<Loaded> {
    Ok(tables_of(case, &Manifest::read(case)?))
}

/// Opens what a manifest of a case lists.
pub(super) fn tables_of(case: &Path, manifest: &Manifest) -> Loaded {
    let mut log = manifest.log();
    let mut tables = Vec::new();
    for (name, table) in &manifest.tables {
        let fields = table.fields();
        let mut whole: Vec<ParquetFile> = Vec::new();
        let mut store = Checked::default();
        for part in &table.parts {
            let found = described(case, part)
                .and_then(|file| ParquetTable::new(name, fields.clone(), vec![file.clone()]).map(|_| file));
            match found {
                Ok(file) => {
                    if let Some(blocks) = Blocks::new(&part.blocks, part.bytes) {
                        store.insert(file.file.object_meta.location.clone(), blocks);
                    }
                    whole.push(file);
                }
                Err(reason) => log.problems.push(Problem {
                    path: case.join(&part.file),
                    line: 0,
                    table: name.clone(),
                    column: String::new(),
                    reason: format!("{LEFT_OUT} with {} rows cannot be read: {reason}", part.rows),
                    raw: String::new(),
                }),
            }
        }
        let files: Vec<SourceFile> = log.files.iter().filter(|f| f.table == *name).map(|f| f.file.clone()).collect();
        let time_column = time_column(name, &fields);
        let rows = Some(whole).filter(|whole| !whole.is_empty());
        let rows = rows.and_then(|whole| ParquetTable::new(name, fields.clone(), whole).ok());
        let rows = rows.map(|rows| rows.within((checked::url(case, name), Arc::new(store))));
        tables.push(match rows {
            Some(rows) => Table { name: name.clone(), fields, provider: Arc::new(rows), files, time_column },
            None => Table { files, ..Table::declared(name, fields) },
        });
    }
    Loaded { tables, log, unread: BTreeSet::new() }
}

/// Reads the footer of a part, after a look at its length: a file that was cut often still has one.
fn described(case: &Path, part: &Part) -> Result<ParquetFile, String> {
    let path = case.join(&part.file);
    let length = std::fs::metadata(&path).map_err(|error| error.to_string())?.len();
    if length != part.bytes {
        return Err(format!("it has {length} bytes and should have {}", part.bytes));
    }
    if let Some(blocks) = Blocks::new(&part.blocks, part.bytes) {
        blocks.compare_footer(&path)?;
    }
    footer(&path).map(|found| found.file)
}
