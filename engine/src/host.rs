//! The engine as the binder sees it.

use std::collections::BTreeMap;

use rehunt_lang::host::Host;
use rehunt_lang::library::Library;
use rehunt_lang::plan::{Aggregate, Expr};
use rehunt_lang::types::{Field, Value};

use crate::catalog::Catalog;
use crate::library::Builtins;
use crate::lower::Lowering;

/// A catalogue, a library and a clock.
pub struct SessionHost<'a> {
    /// The tables and stored functions.
    pub catalog: &'a Catalog,
    /// The functions and aggregates.
    pub builtins: &'a Builtins,
    /// Ticks of `now()`.
    pub now: i64,
    /// Values of query parameters, as text.
    pub parameters: &'a BTreeMap<String, String>,
}

impl Host for SessionHost<'_> {
    fn table(&self, name: &str) -> Option<Vec<Field>> {
        self.catalog.table(name).map(|t| t.fields.clone())
    }

    fn table_names(&self) -> Vec<String> {
        // What stands in for a function is asked for by calling it.
        self.catalog.tables().filter(|t| !t.name.ends_with(')')).map(|t| t.name.clone()).collect()
    }

    fn library(&self) -> &Library {
        self.builtins.library()
    }

    fn stored_function(&self, name: &str) -> Option<String> {
        self.catalog.function(name).map(str::to_owned)
    }

    fn lacks_data(&self, function: &str) -> bool {
        self.catalog.lacks_data(function)
    }

    fn looks_rows_up(&self, function: &str) -> bool {
        self.catalog.looks_rows_up(function)
    }

    fn outside_is_empty(&self) -> bool {
        self.catalog.outside_is_empty()
    }

    fn wants_arguments_in_rows(&self, function: &str) -> bool {
        self.catalog.is_mapped(function)
    }

    fn stored_function_names(&self) -> Vec<String> {
        self.catalog.function_names().map(str::to_owned).collect()
    }

    fn query_parameter(&self, name: &str) -> Option<String> {
        self.parameters.get(name).cloned()
    }

    fn refusal(&self, call: &Expr) -> Option<String> {
        Lowering::new(self.catalog, self.builtins, self.now, &[]).refusal(call)
    }

    fn refusal_of_aggregate(&self, aggregate: &Aggregate) -> Option<String> {
        Lowering::new(self.catalog, self.builtins, self.now, &[]).refusal_of_aggregate(aggregate)
    }

    fn fold(&self, expr: &Expr) -> Option<Value> {
        Lowering::new(self.catalog, self.builtins, self.now, &[]).constant(expr).ok()
    }
}
