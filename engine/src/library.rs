//! What the engine can do, by name: every function and aggregate, built in or added by an embedder.

use std::collections::HashMap;

use rehunt_lang::library::Library;

use crate::aggregates::{self, Aggregate};
use crate::functions::{self, Function};

/// The functions and aggregates of an engine: what the binder sees of them, and their kernels.
#[derive(Clone, Debug)]
pub struct Builtins {
    library: Library,
    functions: HashMap<&'static str, &'static Function>,
    aggregates: HashMap<&'static str, &'static Aggregate>,
}

impl Default for Builtins {
    fn default() -> Self {
        let mut all = Self { library: Library::default(), functions: HashMap::new(), aggregates: HashMap::new() };
        functions::all().for_each(|f| all.add_function(f));
        for aggregate in aggregates::AGGREGATES.iter().copied() {
            all.library.add_aggregate(&aggregate.spec);
            all.aggregates.insert(aggregate.spec.name, aggregate);
        }
        all
    }
}

impl Builtins {
    /// Adds a function, replacing one of the same name.
    pub fn add_function(&mut self, function: &'static Function) {
        self.library.add_function(&function.spec);
        self.functions.insert(function.spec.name, function);
    }

    /// Returns what the binder sees.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// Returns the function of a bound call.
    pub fn function(&self, name: &str) -> Option<&'static Function> {
        self.functions.get(name).copied()
    }

    /// Returns the aggregate of a bound call.
    pub fn aggregate(&self, name: &str) -> Option<&'static Aggregate> {
        self.aggregates.get(name).copied()
    }
}
