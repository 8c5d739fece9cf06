//! Rows that a case has already: those of the times that an import adds to are recalled, so that what it brings again is
//! known.

use std::collections::{BTreeSet, HashMap};

use datafusion::logical_expr::{Expr, lit};
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;

use super::repeats::{Digests, digests_of};
use super::table::Built;
use crate::catalog::{Table, ident};
use crate::error::{Error, Result};

/// The tables of a case, and which of their rows were recalled.
#[derive(Default)]
pub(crate) struct Earlier(HashMap<String, Recalled>);

struct Recalled {
    table: Table,
    /// The times whose rows were recalled: ranges that do not meet, both ends included. Those without a time are recalled
    /// with the first.
    times: BTreeSet<(i64, i64)>,
    /// Every row was.
    all: bool,
}

impl Earlier {
    /// Takes the tables of a case.
    pub(crate) fn new(tables: Vec<Table>) -> Self {
        let with_rows = tables.into_iter().filter(|table| table.files.iter().any(|file| file.rows > 0));
        let recalled = |table: Table| (table.name.clone(), Recalled { table, times: BTreeSet::new(), all: false });
        Self(with_rows.map(recalled).collect())
    }

    /// Adds the digests of the rows that a table has of the times of new rows.
    ///
    /// # Errors
    /// When what the case has cannot be read.
    pub(super) fn recall(&mut self, table: &str, new: &Built, seen: &mut Digests) -> Result<()> {
        let Some(recalled) = self.0.get_mut(table) else { return Ok(()) };
        for filter in recalled.filters(new) {
            recalled.read(filter, seen)?;
        }
        Ok(())
    }
}

impl Recalled {
    /// Says which rows are to be recalled for new ones.
    fn filters(&mut self, new: &Built) -> Vec<Option<Expr>> {
        if self.all {
            return Vec::new();
        }
        let Some(time) = self.table.time_column.as_ref().filter(|time| new.time_column.as_ref() == Some(time)) else {
            self.all = true;
            return vec![None];
        };
        let mut filters = Vec::new();
        if self.times.is_empty() {
            filters.push(Some(ident(time).is_null()));
            // An empty range stands for them.
            self.times.insert((i64::MIN, i64::MIN));
        }
        let rows = new.batches.iter().map(|batch| batch.num_rows()).sum();
        if let Some((mut from, to)) = new.span(0..rows) {
            for (start, end) in self.times.clone() {
                if end < from || start > to {
                    continue;
                }
                if from < start {
                    filters.push(Some(ident(time).between(lit(from), lit(start - 1))));
                    self.times.insert((from, start - 1));
                }
                from = end.saturating_add(1);
            }
            if from <= to {
                filters.push(Some(ident(time).between(lit(from), lit(to))));
                self.times.insert((from, to));
            }
        }
        filters
    }

    fn read(&self, filter: Option<Expr>, seen: &mut Digests) -> Result<()> {
        let failed = |error: std::io::Error| Error::Run(format!("the case cannot be read: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(failed)?;
        let rows = SessionContext::new().read_table(std::sync::Arc::clone(&self.table.provider))?;
        let rows = match filter {
            Some(filter) => rows.filter(filter)?,
            None => rows,
        };
        runtime.block_on(async {
            let mut stream = rows.execute_stream().await?;
            while let Some(batch) = stream.try_next().await? {
                for digest in digests_of(&self.table.name, &batch) {
                    seen.insert(digest);
                }
            }
            Ok(())
        })
    }
}
