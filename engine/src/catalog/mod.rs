//! The tables of a session: their schemas, where their rows come from, what was wrong with them.

mod blank;
mod external;
mod fill;
mod log;
mod log_analytics;
mod mapping;
mod merged;
mod natural;
mod nested;
mod of_service;
pub(crate) mod parquet_table;
#[cfg(test)]
mod parquet_tests;
mod places;
mod pushdown;
mod reading;
pub(crate) mod recognise;
mod schemas;
pub(crate) mod shipped;
mod side;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{Field as ArrowField, Schema};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::datasource::empty::EmptyTable;
use rehunt_lang::types::{Field, Type};

pub(crate) use blank::{blank, is_blank};
pub(crate) use fill::{derived, fill, time_column};
pub use log::{FILES, FileLog, LoadLog, PROBLEMS, Problem};
pub(crate) use merged::{ident, merge};
pub(crate) use natural::{natural, natural_type};
pub(crate) use parquet_table::EXACT_TIME;
pub(crate) use places::Places;

use crate::error::{Error, Result};
use crate::ingest::Loaded;
use crate::types::arrow_type;

/// Returns the Arrow field of a table's column.
pub(crate) fn arrow_field(field: &Field) -> ArrowField {
    ArrowField::new(&field.name, arrow_type(field.ty), field.ty != Type::String)
}

/// A table a query can name.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns; the provider's schema has the same names in the same order, typed by `types::arrow_type`.
    pub fields: Vec<Field>,
    /// Its rows.
    pub provider: Arc<dyn TableProvider>,
    /// What it was loaded from; empty for a table an embedder registered.
    pub files: Vec<SourceFile>,
    /// The column that says when a row happened, if the table has one (`Timestamp`, `TimeGenerated`).
    pub time_column: Option<String>,
}

impl Table {
    /// Makes a table that has columns and no rows.
    pub fn declared(name: impl Into<String>, fields: Vec<Field>) -> Self {
        let name = name.into();
        let schema = Schema::new(fields.iter().map(arrow_field).collect::<Vec<_>>());
        let time_column = time_column(&name, &fields);
        let provider = Arc::new(EmptyTable::new(Arc::new(schema)));
        Self { name, fields, provider, files: Vec::new(), time_column }
    }
}

impl Table {
    /// Makes a table of record batches with one schema. Each column gets the Kusto type nearest to its Arrow type:
    /// whole numbers int or long, floats real, any timestamp or date datetime, durations timespan, text string;
    /// structs, lists and maps become dynamic.
    ///
    /// # Errors
    /// When there is no batch, or a column that no Kusto type can hold.
    pub fn of_batches(name: impl Into<String>, batches: &[RecordBatch]) -> Result<Self> {
        let name = name.into();
        let Some(first) = batches.first() else {
            return Err(Error::Run(format!("table `{name}` cannot be made of no batches: they tell its columns")));
        };
        let mut fields: Vec<Field> = Vec::new();
        for column in first.schema().fields() {
            let Some(ty) = natural_type(column.data_type()) else {
                let (column, ty) = (column.name(), column.data_type());
                return Err(Error::Run(format!("column `{column}` of table `{name}`: Kusto has nothing like {ty}")));
            };
            if fields.iter().any(|f| f.name == *column.name()) {
                return Err(Error::Run(format!("table `{name}` has two columns `{}`", column.name())));
            }
            fields.push(Field::new(column.name(), ty));
        }
        let schema = Arc::new(Schema::new(fields.iter().map(arrow_field).collect::<Vec<_>>()));
        let mut rows = Vec::with_capacity(batches.len());
        for batch in batches {
            let columns = batch.columns().iter().map(natural).collect::<datafusion::common::Result<Vec<_>>>()?;
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            rows.push(RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)?);
        }
        let time_column = time_column(&name, &fields);
        let provider = Arc::new(MemTable::try_new(schema, vec![rows])?);
        Ok(Self { name, fields, provider, files: Vec::new(), time_column })
    }
}

/// A file a table was loaded from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// The form that was recognised, such as `portal csv`.
    pub form: String,
    /// What told the table, such as `columns 0.97` (the share of the file's columns that it knows) or `folder`.
    pub by: String,
    /// Rows read from it.
    pub rows: u64,
    /// Earliest and latest time of its rows, in ticks.
    pub span: Option<(i64, i64)>,
    /// Rows that repeat an earlier row of the table; where repeats were to be removed, they are.
    pub duplicates: u64,
    /// Rows and cells that could not be read as they should.
    pub problems: u64,
}

/// All tables and stored functions, by name.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Shared: a catalogue that differs in a few tables is cheap.
    tables: BTreeMap<String, Arc<Table>>,
    functions: BTreeMap<String, String>,
    log: LoadLog,
    /// Copies of what URLs name.
    mapped: BTreeMap<String, PathBuf>,
    /// The folders evidence was loaded from.
    folders: Vec<PathBuf>,
    /// Functions of a service that a file stands in for.
    sides: BTreeMap<&'static str, String>,
    /// Tables that lack rows of files which were left unread.
    unread: BTreeSet<String>,
    /// Where addresses are.
    places: Option<Arc<Places>>,
    /// What lies outside of the evidence is taken as empty.
    pub(crate) outside_is_empty: bool,
}

impl Catalog {
    /// Returns a table by its exact name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name).map(Arc::as_ref)
    }

    /// Goes through all tables by name.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values().map(Arc::as_ref)
    }

    /// Adds a table, replacing one of the same name.
    pub fn insert(&mut self, table: Table) {
        self.tables.insert(table.name.clone(), Arc::new(table));
    }

    /// Adds every shipped table that is not there, without rows.
    pub fn declare_shipped(&mut self) {
        for table in shipped::all() {
            if self.table(table.name).is_none() {
                self.insert(Table::declared(table.name, table.fields.clone()));
            }
        }
    }

    /// Adds what was loaded. Rows of a table that is there already, from other files, are added to it. The tables
    /// `load_files` and `load_problems` tell of all loads together, unless a file holds a table of that name.
    ///
    /// # Errors
    /// When DataFusion refuses a table.
    pub fn absorb(&mut self, loaded: Loaded) -> Result<()> {
        let Loaded { tables, log, unread } = loaded;
        self.unread.extend(unread);
        self.log.extend(log);
        for table in tables {
            let table = match self.tables.remove(&table.name) {
                Some(before) if !before.files.is_empty() => {
                    merge(Arc::unwrap_or_clone(before), table, &mut self.log.problems)
                }
                _ => table,
            };
            self.insert(table);
        }
        for name in [FILES, PROBLEMS] {
            if let Some(table) = self.tables.get(name).filter(|t| !t.files.is_empty()) {
                self.log.note_shadowed(table);
            }
        }
        for (name, table) in [(FILES, self.log.files_table()?), (PROBLEMS, self.log.problems_table()?)] {
            if self.tables.get(name).is_none_or(|t| t.files.is_empty()) {
                self.insert(table);
            }
        }
        Ok(())
    }

    /// Returns what loading had to tell.
    pub fn log(&self) -> &LoadLog {
        &self.log
    }

    /// Returns the KQL text of a stored function, such as `(x: long) { x + 1 }`.
    pub fn function(&self, name: &str) -> Option<&str> {
        let own = self.functions.get(name).or_else(|| self.sides.get(name));
        own.map(String::as_str).or_else(|| of_service::definition(name))
    }

    /// Tells whether a function is a service's own, whose data is not here.
    pub fn lacks_data(&self, name: &str) -> bool {
        let own = self.functions.contains_key(name) || self.sides.contains_key(name);
        !own && of_service::definition(name).is_some()
    }

    /// Tells whether a function has the name of a service's own that looks a column of each row up.
    pub fn looks_rows_up(&self, name: &str) -> bool {
        of_service::looks_rows_up(name)
    }

    /// Tells whether a file stands in for a service's function; a stored function of the name comes before it.
    pub fn is_mapped(&self, name: &str) -> bool {
        self.sides.contains_key(name) && !self.functions.contains_key(name)
    }

    /// Returns the tables that lack rows, because the files that have them were left unread.
    pub fn unread(&self) -> &BTreeSet<String> {
        &self.unread
    }

    /// Tells whether what lies outside of the evidence is taken as empty rather than refused.
    pub(crate) fn outside_is_empty(&self) -> bool {
        self.outside_is_empty
    }

    /// Returns where addresses are, if a file says it.
    pub(crate) fn places(&self) -> Option<&Arc<Places>> {
        self.places.as_ref()
    }

    /// Goes through the names of all stored functions.
    pub fn function_names(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().map(String::as_str)
    }

    /// Takes a table out; its files stay where they are.
    pub fn remove(&mut self, name: &str) {
        self.tables.remove(name);
    }

    /// Takes a stored function out.
    pub fn remove_function(&mut self, name: &str) {
        self.functions.remove(name);
    }

    /// Adds a stored function written in KQL, replacing one of the same name.
    pub fn insert_function(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.functions.insert(name.into(), text.into());
    }
}
