//! What the binder asks of the world around a query.

use crate::library::Library;
use crate::plan::{Aggregate, Expr};
use crate::types::{Field, Value};

/// Returns the name of the table that holds the items of a watchlist: the call that asks for it.
pub fn watchlist_table(alias: &str) -> String {
    format!("_GetWatchlist('{alias}')")
}

/// Returns the name of the table that holds what is given in place of a service's function: a call without arguments.
pub fn side_table(function: &str) -> String {
    format!("{function}()")
}

/// The backend as the binder sees it: tables, functions, and a way to fold constants.
pub trait Host {
    /// Returns the columns of a table, in order; names are compared with case.
    fn table(&self, name: &str) -> Option<Vec<Field>>;

    /// Returns the names of all tables.
    fn table_names(&self) -> Vec<String>;

    /// Returns the functions and aggregates.
    fn library(&self) -> &Library;

    /// Returns the KQL text of a stored function, such as `(x: long) { x + 1 }`.
    fn stored_function(&self, _name: &str) -> Option<String> {
        None
    }

    /// Tells whether a stored function only shows which columns a service's own gives, whose data is not here.
    fn lacks_data(&self, _function: &str) -> bool {
        false
    }

    /// Tells whether a stored function has the name of a service's own that looks a column of each row up, so that a
    /// call may name columns: `T | invoke FileProfile(SHA1, 1000)`.
    fn looks_rows_up(&self, _function: &str) -> bool {
        false
    }

    /// Tells whether what lies outside of the evidence is taken as empty rather than refused: what only a service knows,
    /// what a URL has, what bags would hold if there were rows.
    fn outside_is_empty(&self) -> bool {
        false
    }

    /// Tells whether such a function reads what the call gives from the rows of its table: the column `$Hash` for
    /// its parameter `Hash`.
    fn wants_arguments_in_rows(&self, _function: &str) -> bool {
        false
    }

    /// Returns the names of all stored functions.
    fn stored_function_names(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns the text of the value that a query parameter was given from outside, if it was.
    fn query_parameter(&self, _name: &str) -> Option<String> {
        None
    }

    /// Says why a call or operator cannot run with the constants it has, such as a regex that does not parse; nothing
    /// when it can, or when that is known only while it runs. Its operands have been asked about before.
    fn refusal(&self, _call: &Expr) -> Option<String> {
        None
    }

    /// The same of an aggregate.
    fn refusal_of_aggregate(&self, _aggregate: &Aggregate) -> Option<String> {
        None
    }

    /// Computes a constant expression; `None` when it is not constant or has no kernel.
    fn fold(&self, expr: &Expr) -> Option<Value>;
}
