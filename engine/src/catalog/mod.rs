//! The tables of a session: their schemas, where their rows come from, what was wrong with them.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use rehunt_lang::types::Field;

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

/// A file a table was loaded from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// The form that was recognised, such as `portal csv`.
    pub form: String,
    /// Rows read from it.
    pub rows: u64,
    /// Earliest and latest time of its rows, in ticks.
    pub span: Option<(i64, i64)>,
    /// Rows and cells that could not be read as they should.
    pub problems: u64,
}

/// All tables, by name.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    tables: std::collections::BTreeMap<String, Table>,
}

impl Catalog {
    /// Returns a table by its exact name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Goes through all tables by name.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    /// Adds a table, replacing one of the same name.
    pub fn insert(&mut self, table: Table) {
        self.tables.insert(table.name.clone(), table);
    }
}
