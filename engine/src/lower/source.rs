//! Where rows come from: tables, constants, `range`, `materialize`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::datasource::{MemTable, TableProvider, provider_as_source};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use rehunt_lang::plan::{Expr, PreludeId, Rel};
use rehunt_lang::types::{Type, Value};

use super::{Found, Lowered, Lowering, key};
use crate::error::{Error, Result};
use crate::types::arrow_type;
use crate::value::array_of;

/// Steps that a `range` of reals is computed by, at most: longer ones are refused, as one would never end.
const MAX_REAL_STEPS: f64 = 1e12;

impl Lowering<'_> {
    pub(super) fn table(&self, rel: &Rel, name: &str) -> Result<Lowered> {
        let table = self.catalog.table(name).ok_or_else(|| Error::Run(format!("table `{name}` is gone")))?;
        if self.catalog.unread().contains(name) {
            return Err(Error::Run(format!("the files of table `{name}` were left unread")));
        }
        self.scan(rel, Arc::clone(&table.provider))
    }

    /// Scans a provider whose columns are those of the relation, in order.
    pub(super) fn scan(&self, rel: &Rel, provider: Arc<dyn TableProvider>) -> Result<Lowered> {
        let scan = LogicalPlanBuilder::scan(self.hidden(), provider_as_source(provider), None)?;
        let columns = scan.schema().columns();
        let list: Vec<_> = rel
            .columns
            .iter()
            .zip(columns)
            .filter(|(c, _)| self.is_read(c))
            .map(|(c, from)| datafusion::logical_expr::Expr::Column(from).alias(key(c.id)))
            .collect();
        Ok(Lowered::unordered(match list.is_empty() {
            true => scan.build()?,
            false => scan.project(list)?.build()?,
        }))
    }

    pub(super) fn values(&self, rel: &Rel, rows: &[Vec<Value>]) -> Result<Lowered> {
        let fields: Vec<Field> =
            rel.columns.iter().map(|c| Field::new(key(c.id), arrow_type(c.ty), c.ty != Type::String)).collect();
        let schema = Arc::new(Schema::new(fields));
        let mut arrays = Vec::with_capacity(rel.columns.len());
        for (i, c) in rel.columns.iter().enumerate() {
            arrays.push(array_of(c.ty, rows.iter().map(|row| row.get(i)))?);
        }
        let batch = batch_of(Arc::clone(&schema), arrays, rows.len())?;
        self.scan(rel, Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
    }

    pub(super) fn row(&self, rel: &Rel, exprs: &[Expr]) -> Result<Lowered> {
        let mut list = Vec::with_capacity(exprs.len());
        for (c, expr) in rel.columns.iter().zip(exprs) {
            list.push(self.plain(expr)?.alias(key(c.id)));
        }
        Ok(Lowered::unordered(LogicalPlanBuilder::empty(true).project(list)?.build()?))
    }

    pub(super) fn shared(&self, rel: &Rel, id: PreludeId) -> Result<Lowered> {
        let Some(Found::Table(batches, schema)) = self.found.get(id.0) else {
            return Err(Error::Run("a materialized table is missing".into()));
        };
        self.scan(rel, Arc::new(MemTable::try_new(Arc::clone(schema), vec![batches.clone()])?))
    }

    pub(super) fn range(&self, rel: &Rel, from: &Expr, to: &Expr, step: &Expr) -> Result<Lowered> {
        let Some(column) = rel.columns.first() else { return Err(Error::Run("`range` has no column".into())) };
        let ends = [self.constant(from)?, self.constant(to)?, self.constant(step)?];
        let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new(key(column.id), arrow_type(column.ty), true)]));
        let steps = steps(&ends)?;
        let stream = RangeStream { schema: Arc::clone(&schema), ty: column.ty, steps };
        self.scan(rel, Arc::new(StreamingTable::try_new(schema, vec![Arc::new(stream)])?))
    }
}

/// Makes a batch that may have no column.
pub(crate) fn batch_of(schema: SchemaRef, arrays: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = arrow::record_batch::RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(schema, arrays, &options)?)
}

/// The values of a `range`: `first + i * step` for `i` below `count`.
#[derive(Clone, Copy, Debug)]
enum Steps {
    Whole { first: i64, step: i64, count: i64 },
    Real { first: f64, step: f64, count: i64 },
}

/// Counts the values of a `range`, both ends included. A step that leads away gives no row; a null end or a
/// step of zero is refused.
fn steps(ends: &[Value; 3]) -> Result<Steps> {
    let whole = |v: &Value| match v {
        Value::Int(n) => Some(i64::from(*n)),
        Value::Long(n) | Value::Datetime(n) | Value::Timespan(n) => Some(*n),
        _ => None,
    };
    if let [Some(first), Some(last), Some(step)] = [whole(&ends[0]), whole(&ends[1]), whole(&ends[2])] {
        if step == 0 {
            return Err(Error::Run("the step of `range` is zero".into()));
        }
        let distance = i128::from(last) - i128::from(first);
        let count = if (distance < 0) == (step < 0) || distance == 0 { distance / i128::from(step) + 1 } else { 0 };
        return Ok(Steps::Whole { first, step, count: i64::try_from(count).unwrap_or(i64::MAX) });
    }
    let real = |v: &Value| match v {
        Value::Real(n) => Some(*n),
        other => whole(other).map(|n| n as f64),
    };
    let [Some(first), Some(last), Some(step)] = [real(&ends[0]), real(&ends[1]), real(&ends[2])] else {
        return Err(Error::Run("an end of `range` is null".into()));
    };
    let count = ((last - first) / step).floor() + 1.0;
    if !count.is_finite() || count > MAX_REAL_STEPS {
        return Err(Error::Run("the step of `range` is too small or its ends are not finite".into()));
    }
    Ok(Steps::Real { first, step, count: count.max(0.0) as i64 })
}

/// Generates the rows of a `range` batch by batch: a billion rows take no more memory than one batch.
#[derive(Debug)]
struct RangeStream {
    schema: SchemaRef,
    ty: Type,
    steps: Steps,
}

impl PartitionStream for RangeStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, task: Arc<TaskContext>) -> SendableRecordBatchStream {
        let most = task.session_config().batch_size() as i64;
        let (schema, ty, steps) = (Arc::clone(&self.schema), self.ty, self.steps);
        let count = match steps {
            Steps::Whole { count, .. } | Steps::Real { count, .. } => count,
        };
        let batches = (0..).map(move |n| n * most).take_while(move |start| *start < count).map(move |start| {
            let rows = start..count.min(start + most);
            let array: ArrayRef = match steps {
                Steps::Whole { first, step, .. } => {
                    Arc::new(Int64Array::from_iter_values(rows.map(|i| first.wrapping_add(i.wrapping_mul(step)))))
                }
                Steps::Real { first, step, .. } => {
                    Arc::new(arrow::array::Float64Array::from_iter_values(rows.map(|i| first + i as f64 * step)))
                }
            };
            let array = match ty {
                Type::Int => arrow::compute::cast(&array, &DataType::Int32)?,
                _ => array,
            };
            Ok(RecordBatch::try_new(Arc::clone(&schema), vec![array])?)
        });
        let stream = futures::stream::iter(batches);
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream))
    }
}
