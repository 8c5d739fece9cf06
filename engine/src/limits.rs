//! What a query may use: memory of the machine, rows of an answer, time.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use futures::TryStreamExt;
use rehunt_lang::types::Value;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use crate::error::{Error, Result};
use crate::memory::Shares;

/// The rows that one result keeps unless a query or its caller says otherwise: what the service returns at most
/// (learn.microsoft.com/kusto/concepts/query-limits).
pub const ROWS: usize = 500_000;

/// The limits of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The rows that one result keeps; further ones are dropped, and a note says so.
    pub rows: usize,
    /// How long a query may take.
    pub time: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: ROWS, time: None }
    }
}

impl Limits {
    /// Returns the limits with what a query sets itself: `set notruncation`, `set truncationmaxrecords = 10`,
    /// `set servertimeout = 1m`. learn.microsoft.com/kusto/query/set-statement
    pub fn with_options(mut self, options: &[(String, Value)]) -> Self {
        for (name, value) in options {
            match (name.as_str(), value) {
                ("notruncation", Value::Bool(true)) => self.rows = usize::MAX,
                ("truncationmaxrecords", Value::Long(rows)) => self.rows = usize::try_from(*rows).unwrap_or(0),
                ("servertimeout", Value::Timespan(ticks)) => {
                    let ticks = u64::try_from(*ticks).unwrap_or(0);
                    self.time = Some(Duration::from_nanos(ticks.saturating_mul(100)));
                }
                _ => {}
            }
        }
        self
    }

    /// Reads the rows of a result up to the limit. The second part tells whether there were more.
    ///
    /// # Errors
    /// Those of the stream.
    pub(crate) async fn first_rows(&self, mut stream: SendableRecordBatchStream) -> Result<(Vec<RecordBatch>, bool)> {
        let (mut batches, mut left) = (Vec::new(), self.rows);
        while let Some(batch) = stream.try_next().await? {
            if batch.num_rows() > left {
                batches.push(batch.slice(0, left));
                return Ok((batches, true));
            }
            left -= batch.num_rows();
            batches.push(batch);
        }
        Ok((batches, false))
    }

    /// Waits for work as long as a query may take.
    ///
    /// # Errors
    /// Those of the work, and [`Error::Run`] when time is up.
    pub(crate) async fn in_time<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let Some(time) = self.time else { return work.await };
        tokio::time::timeout(time, work).await.unwrap_or_else(|_| Err(out_of_time(time)))
    }
}

/// The error of a query that took longer than it may.
pub fn out_of_time(time: Duration) -> Error {
    let seconds = time.as_secs_f64();
    Error::Run(format!("the query was stopped: it took longer than its time limit of {seconds} s"))
}

/// Makes what DataFusion runs in: sorts, groups and joins that need more than `memory` bytes together write
/// their rows to temporary files, and what cannot do that fails by name.
///
/// # Errors
/// When there is no place for temporary files.
pub(crate) fn runtime(memory: usize) -> Result<Arc<RuntimeEnv>> {
    Ok(RuntimeEnvBuilder::new().with_memory_pool(Arc::new(Shares::new(memory))).build_arc()?)
}

/// Three quarters of the machine's memory, in bytes; counted once.
pub fn memory_by_default() -> usize {
    static MEMORY: LazyLock<usize> = LazyLock::new(|| {
        let kind = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
        let total = System::new_with_specifics(kind).total_memory();
        usize::try_from(total / 4 * 3).unwrap_or(usize::MAX)
    });
    // A system that does not tell is not held back.
    if *MEMORY == 0 { usize::MAX } else { *MEMORY }
}

#[cfg(test)]
mod tests {
    use rehunt_lang::time::SECOND;

    use super::*;

    #[test]
    fn a_query_changes_its_own_limits() {
        let options = [
            ("truncationmaxrecords".to_owned(), Value::Long(7)),
            ("servertimeout".to_owned(), Value::Timespan(2 * SECOND)),
        ];
        let limits = Limits::default().with_options(&options);
        assert_eq!(limits, Limits { rows: 7, time: Some(Duration::from_secs(2)) });
        let limits = limits.with_options(&[("notruncation".to_owned(), Value::Bool(true))]);
        assert_eq!(limits.rows, usize::MAX);
    }
}
