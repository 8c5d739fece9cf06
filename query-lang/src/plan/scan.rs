//! What `scan` is besides its expressions.

use crate::types::Value;

/// The steps of a `scan` and what they keep. The conditions and assignments are expressions of the node; they see
/// the columns of the input, and the state as locals of the node.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// The steps in order; never empty.
    pub steps: Vec<ScanStep>,
    /// What a declared column is where no step assigns it; one a declared column.
    pub defaults: Vec<Value>,
    /// Where each local of the node comes from, in their order.
    pub state: Vec<StateColumn>,
    /// Whether the last column counts the matches.
    pub match_id: bool,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanStep {
    /// Which of its rows come out.
    pub output: ScanOutput,
    /// Which expression is its condition.
    pub condition: usize,
    /// Which declared column is assigned which expression.
    pub assignments: Vec<(usize, usize)>,
}

/// Which rows of a step come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanOutput {
    /// All of them.
    All,
    /// The last before the sequence goes on to another step or ends.
    Last,
    /// None.
    None,
}

/// One column of the state: what a row was when it last matched a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateColumn {
    /// The step, from 0.
    pub step: usize,
    /// What is kept of the row.
    pub value: StateValue,
}

/// What the state keeps of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateValue {
    /// A column of the input, from 0.
    Input(usize),
    /// A declared column, from 0.
    Declared(usize),
}
