//! What names mean at a place: columns of the row first, then `let`s, innermost first.

use std::rc::Rc;

use crate::expr::ast::{Expr, ExprKind};
use crate::plan;
use crate::statement::FunctionDefinition;
use crate::statement::declare::Pattern;
use crate::types::Column;

use super::tabular::Tabular;

/// What a `let`, a parameter or `as` gave a name to.
#[derive(Clone)]
pub enum Definition {
    /// A scalar.
    Scalar(plan::Expr),
    /// A table; every use gets column ids of its own.
    Table(Rc<Tabular>),
    /// A function of the query, with the names it can see.
    Function(Rc<FunctionDefinition>, Env),
    /// What `declare pattern` defines.
    Pattern(Rc<Pattern>),
}

/// The definitions in sight, innermost first; cheap to clone and extend.
#[derive(Clone, Default)]
pub struct Env(Option<Rc<Node>>);

struct Node {
    name: String,
    definition: Definition,
    outer: Env,
}

impl Env {
    /// Returns this environment with one more definition, which hides others of its name.
    pub fn with(&self, name: impl Into<String>, definition: Definition) -> Env {
        Env(Some(Rc::new(Node { name: name.into(), definition, outer: self.clone() })))
    }

    /// Returns what a name means.
    pub fn find(&self, name: &str) -> Option<&Definition> {
        self.iter().find(|(n, _)| *n == name).map(|(_, d)| d)
    }

    /// Goes through all definitions, innermost first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Definition)> {
        let mut at = self.0.as_deref();
        std::iter::from_fn(move || {
            let node = at?;
            at = node.outer.0.as_deref();
            Some((node.name.as_str(), &node.definition))
        })
    }
}

/// A row that has a name of its own beside the current one: `name.column` reads it. The state of a step of `scan`.
#[derive(Clone, Debug)]
pub struct NamedRow {
    /// Its name.
    pub name: String,
    /// Its columns, under ids of their own.
    pub columns: Vec<Column>,
}

/// Where an expression stands.
#[derive(Clone, Copy)]
pub struct Scope<'s> {
    /// The columns of the row.
    pub row: &'s [Column],
    /// The definitions.
    pub env: &'s Env,
    /// Whether rows have an order, so that `prev` and its kin may look around.
    pub serialized: bool,
    /// Whether the row may have columns nobody knows, because its table has an error.
    pub open: bool,
    /// The rows that are read by name.
    pub named: &'s [NamedRow],
}

impl<'s> Scope<'s> {
    /// The scope of an operator's expressions: one row of its input.
    pub fn row(input: &'s Tabular, env: &'s Env) -> Self {
        Scope { row: &input.rel.columns, env, serialized: input.serialized, open: input.open, named: &[] }
    }

    /// A scope without a row: `let`, `print`, `range`.
    pub fn constants(env: &'s Env) -> Self {
        Scope { row: &[], env, serialized: false, open: false, named: &[] }
    }

    /// Returns the named row that an expression means: a bare name that no column has.
    pub fn named_row(&self, expr: &Expr) -> Option<&'s NamedRow> {
        let ExprKind::Name(name) = &expr.kind else { return None };
        self.named.iter().find(|row| row.name == name.text && self.column(&name.text).is_none())
    }

    /// Returns the column of this name.
    pub fn column(&self, name: &str) -> Option<&'s Column> {
        self.row.iter().find(|c| c.name == name)
    }
}
