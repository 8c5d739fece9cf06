//! The tables of a session: their schemas, where their rows come from, what was wrong with them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{Field as ArrowField, Schema};
use datafusion::catalog::TableProvider;
use datafusion::datasource::empty::EmptyTable;
use rehunt_lang::types::{Field, Type};

use crate::types::arrow_type;

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
        let schema = Schema::new(
            fields.iter().map(|f| ArrowField::new(&f.name, arrow_type(f.ty), f.ty != Type::String)).collect::<Vec<_>>(),
        );
        let time_column = ["Timestamp", "TimeGenerated"]
            .into_iter()
            .find(|name| fields.iter().any(|f| f.name == *name && f.ty == Type::Datetime))
            .map(str::to_owned);
        let provider = Arc::new(EmptyTable::new(Arc::new(schema)));
        Self { name: name.into(), fields, provider, files: Vec::new(), time_column }
    }
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

/// All tables and stored functions, by name.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    tables: BTreeMap<String, Table>,
    functions: BTreeMap<String, String>,
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

    /// Returns the KQL text of a stored function, such as `(x: long) { x + 1 }`.
    pub fn function(&self, name: &str) -> Option<&str> {
        self.functions.get(name).map(String::as_str)
    }

    /// Adds a stored function written in KQL, replacing one of the same name.
    pub fn insert_function(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.functions.insert(name.into(), text.into());
    }
}
