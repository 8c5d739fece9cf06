//! The kernels of the plugins of `evaluate`, one file each or a small family. What binds a plugin, and documents it,
//! is in `rehunt-lang`; `bag_unpack` and `pivot` are ordinary nodes of the core plan and need no kernel.
//!
//! A kernel is prepared once, from its constant arguments; then it sees whole inputs, or the rows of the first input
//! batch by batch. To add one: a function that prepares it, and a row in [`PLUGINS`].

mod activity;
mod dcount_intersect;
mod funnel;
mod lookup;
mod narrow;
mod numbering;
mod patterns;
mod rolling_percentile;
mod rows_near;
mod schema_merge;
mod sequence_detect;
mod timeline;

pub(crate) use numbering::Numbering;

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use datafusion::common::{Result as DfResult, exec_datafusion_err};
use rehunt_lang::types::{Column, Type, Value};

use crate::error::{Error, Result};

/// A plugin that runs.
pub(crate) struct Plugin {
    /// Its name.
    pub name: &'static str,
    /// Which columns its kernel sees.
    pub reads: Reads,
    /// Prepares a call.
    pub prepare: fn(&Call) -> Result<Work>,
}

/// Which columns a kernel sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// Its arguments alone.
    Arguments,
    /// All columns of its inputs first, in order, then the arguments that are computed.
    Rows,
}

/// What a prepared kernel does.
pub(crate) enum Work {
    /// It makes one batch of its inputs, one batch each.
    Whole(Whole),
    /// It turns each batch of the first input into one of the result, once the other inputs are gathered.
    Rows(Rows),
}

pub(crate) type Whole = Box<dyn Fn(&[RecordBatch]) -> DfResult<RecordBatch> + Send + Sync>;
pub(crate) type Rows = Box<dyn Fn(&[RecordBatch]) -> DfResult<EachBatch> + Send + Sync>;
pub(crate) type EachBatch = Box<dyn FnMut(&RecordBatch) -> DfResult<RecordBatch> + Send>;

/// A call, as far as it is known before rows are read.
pub(crate) struct Call<'a> {
    /// The plugin's name, for messages.
    pub name: &'static str,
    /// The arguments in order.
    pub args: Vec<Arg>,
    /// The columns of the inputs as the kernel sees them under [`Reads::Rows`].
    pub inputs: Vec<&'a [Column]>,
    /// The columns of the result.
    pub columns: &'a [Column],
    /// Their schema.
    pub schema: SchemaRef,
}

/// An argument.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arg {
    /// The same for all rows.
    Constant(Value),
    /// A column of an input's batches.
    Column(Place),
}

/// Where a column is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The index of the input.
    pub input: usize,
    /// The index of the column in its batches.
    pub at: usize,
    /// Its type.
    pub ty: Type,
}

/// Every plugin with a kernel, sorted by name.
pub(crate) static PLUGINS: &[Plugin] = &[
    Plugin { name: "active_users_count", reads: Reads::Arguments, prepare: activity::active_users_count },
    Plugin { name: "activity_counts_metrics", reads: Reads::Arguments, prepare: activity::counts_metrics },
    Plugin { name: "activity_engagement", reads: Reads::Arguments, prepare: activity::engagement },
    Plugin { name: "activity_metrics", reads: Reads::Arguments, prepare: activity::metrics },
    Plugin { name: "autocluster", reads: Reads::Rows, prepare: patterns::autocluster },
    Plugin { name: "basket", reads: Reads::Rows, prepare: patterns::basket },
    Plugin { name: "dcount_intersect", reads: Reads::Rows, prepare: dcount_intersect::prepare },
    Plugin { name: "diffpatterns", reads: Reads::Rows, prepare: patterns::diffpatterns },
    Plugin { name: "funnel_sequence_completion", reads: Reads::Arguments, prepare: funnel::completion },
    Plugin { name: "ipv4_lookup", reads: Reads::Rows, prepare: lookup::ipv4 },
    Plugin { name: "ipv6_lookup", reads: Reads::Rows, prepare: lookup::ipv6 },
    Plugin { name: "narrow", reads: Reads::Arguments, prepare: narrow::prepare },
    Plugin { name: "new_activity_metrics", reads: Reads::Arguments, prepare: activity::new_metrics },
    Plugin { name: "rolling_percentile", reads: Reads::Arguments, prepare: rolling_percentile::prepare },
    Plugin { name: "rows_near", reads: Reads::Rows, prepare: rows_near::prepare },
    Plugin { name: "schema_merge", reads: Reads::Arguments, prepare: schema_merge::prepare },
    Plugin { name: "sequence_detect", reads: Reads::Arguments, prepare: sequence_detect::prepare },
    Plugin { name: "session_count", reads: Reads::Arguments, prepare: activity::session_count },
    Plugin { name: "sliding_window_counts", reads: Reads::Arguments, prepare: activity::sliding_window_counts },
];

/// Returns the plugin of a name.
pub(crate) fn find(name: &str) -> Option<&'static Plugin> {
    PLUGINS.binary_search_by_key(&name, |p| p.name).ok().and_then(|i| PLUGINS.get(i))
}

impl Call<'_> {
    /// Returns where an argument's column is.
    fn place(&self, index: usize) -> Result<Place> {
        match self.args.get(index) {
            Some(Arg::Column(place)) => Ok(*place),
            _ => Err(self.refused(format!("argument {} must be a column", index + 1))),
        }
    }

    /// Returns the places of the arguments from an index on.
    fn places_from(&self, index: usize) -> Result<Vec<Place>> {
        (index..self.args.len()).map(|i| self.place(i)).collect()
    }

    /// Returns a constant argument.
    fn constant(&self, index: usize) -> Result<&Value> {
        match self.args.get(index) {
            Some(Arg::Constant(value)) => Ok(value),
            _ => Err(self.refused(format!("argument {} must be a constant", index + 1))),
        }
    }

    /// Returns a constant number or time as 64 bits.
    fn long(&self, index: usize) -> Result<i64> {
        match self.constant(index)? {
            Value::Int(v) => Ok(i64::from(*v)),
            Value::Long(v) | Value::Datetime(v) | Value::Timespan(v) => Ok(*v),
            other => Err(self.refused(format!("argument {} cannot be a {} yet", index + 1, other.ty()))),
        }
    }

    fn refused(&self, why: impl std::fmt::Display) -> Error {
        Error::Run(format!("`{}`: {why}", self.name))
    }
}

impl Place {
    /// Returns the column.
    fn of<'b>(&self, inputs: &'b [RecordBatch]) -> DfResult<&'b ArrayRef> {
        let column = input(inputs, self.input)?.columns().get(self.at);
        column.ok_or_else(|| exec_datafusion_err!("a column of a plugin is missing"))
    }
}

/// Returns the rows of an input.
fn input(inputs: &[RecordBatch], index: usize) -> DfResult<&RecordBatch> {
    inputs.get(index).ok_or_else(|| exec_datafusion_err!("an input of a plugin is missing"))
}

/// Makes the batch of a result.
fn batch(schema: &SchemaRef, columns: Vec<ArrayRef>) -> DfResult<RecordBatch> {
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plugin_that_runs_has_a_kernel_and_no_other_has() {
        assert!(PLUGINS.is_sorted_by_key(|p| p.name));
        let without_kernel = ["bag_unpack", "pivot", "preview"];
        for spec in rehunt_lang::plugins::PLUGINS {
            let runs = spec.runs == rehunt_lang::plugins::Runs::Yes && !without_kernel.contains(&spec.name);
            assert_eq!(find(spec.name).is_some(), runs, "{}", spec.name);
        }
    }
}
