//! The places where a pattern fits, as rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringViewBuilder, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::SchemaRef;
use datafusion::common::{Result as DfResult, exec_err};
use rehunt_lang::plan::{Fold, GraphOutput, GraphSearch};
use tokio::sync::mpsc::Sender;

use super::Graph;

/// Rows a batch holds.
const BATCH: usize = 4096;

/// Steps of a search between two looks at whether anybody still reads.
const PATIENCE: u32 = 1 << 16;

/// A place where a pattern fits.
pub(super) struct Place<'p> {
    /// The node for each of the pattern.
    pub nodes: &'p [Option<u32>],
    /// The edges for each of the pattern, in the order they are walked, and whether along their direction.
    pub edges: &'p [Vec<(u32, bool)>],
}

/// The rows found so far.
pub(super) struct Found<'g> {
    graph: &'g Graph,
    outputs: &'g [GraphOutput],
    cells: Vec<Cells>,
    rows: usize,
    schema: SchemaRef,
    sender: Sender<DfResult<RecordBatch>>,
    steps: u32,
}

/// The cells of a column.
enum Cells {
    /// Rows of the nodes or edges.
    Rows(Vec<u32>),
    Text(StringViewBuilder),
    Bool(Vec<bool>),
    Long(Vec<i64>),
}

impl<'g> Found<'g> {
    pub fn new(
        graph: &'g Graph,
        spec: &'g GraphSearch,
        schema: SchemaRef,
        sender: Sender<DfResult<RecordBatch>>,
    ) -> Self {
        let cells = spec.outputs.iter().map(empty).collect();
        Self { graph, outputs: &spec.outputs, cells, rows: 0, schema, sender, steps: 0 }
    }

    /// Counts a step of the search; false when nobody reads the rows any more.
    pub fn wanted(&mut self) -> bool {
        self.steps = self.steps.wrapping_add(1);
        !self.steps.is_multiple_of(PATIENCE) || !self.sender.is_closed()
    }

    /// Adds a place; false when nobody reads the rows any more.
    pub fn add(&mut self, place: &Place) -> DfResult<bool> {
        for (output, cells) in self.outputs.iter().zip(&mut self.cells) {
            match (output, cells) {
                (GraphOutput::Node { node, .. }, Cells::Rows(rows)) => {
                    rows.push(place.nodes.get(*node).copied().flatten().unwrap_or_default());
                }
                (GraphOutput::Edge { edge, .. }, Cells::Rows(rows)) => {
                    rows.push(place.edges[*edge].first().map(|(e, _)| *e).unwrap_or_default());
                }
                (GraphOutput::Degree { node, incoming }, Cells::Long(counts)) => {
                    let node = place.nodes.get(*node).copied().flatten().unwrap_or_default();
                    let edges = if *incoming { &self.graph.reaching } else { &self.graph.leaving };
                    counts.push(i64::try_from(edges.at(node).len()).unwrap_or(i64::MAX));
                }
                (GraphOutput::Edges { edge, column, fold }, cells) => {
                    let rows = place.edges[*edge].iter().map(|(e, _)| *e);
                    along(self.graph.edges.column(*column), rows, *fold, cells);
                }
                (GraphOutput::InnerNodes { edge, column, fold }, cells) => {
                    let walked = &place.edges[*edge];
                    let inner = walked.iter().take(walked.len().saturating_sub(1));
                    let rows = inner.map(|(e, forward)| {
                        if *forward { self.graph.target[*e as usize] } else { self.graph.source[*e as usize] }
                    });
                    along(self.graph.nodes.column(*column), rows, *fold, cells);
                }
                _ => return exec_err!("a column of a graph has the wrong form"),
            }
        }
        self.rows += 1;
        if self.rows < BATCH { Ok(true) } else { self.send() }
    }

    /// Hands on the last rows.
    pub fn end(mut self) -> DfResult<()> {
        if self.rows > 0 {
            self.send()?;
        }
        Ok(())
    }

    fn send(&mut self) -> DfResult<bool> {
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.outputs.len());
        for (output, cells) in self.outputs.iter().zip(&mut self.cells) {
            let cells = std::mem::replace(cells, empty(output));
            columns.push(match (cells, output) {
                (Cells::Rows(rows), GraphOutput::Node { column, .. }) => {
                    take(self.graph.nodes.column(*column), &UInt32Array::from(rows), None)?
                }
                (Cells::Rows(rows), GraphOutput::Edge { column, .. }) => {
                    take(self.graph.edges.column(*column), &UInt32Array::from(rows), None)?
                }
                (Cells::Rows(_), _) => return exec_err!("a column of a graph has the wrong form"),
                (Cells::Text(mut text), _) => Arc::new(text.finish()),
                (Cells::Bool(bools), _) => Arc::new(BooleanArray::from(bools)),
                (Cells::Long(longs), _) => Arc::new(Int64Array::from(longs)),
            });
        }
        let batch = super::super::source::batch_of(Arc::clone(&self.schema), columns, self.rows);
        self.rows = 0;
        let batch = batch.map_err(|e| datafusion::common::DataFusionError::External(Box::new(e)));
        Ok(self.sender.blocking_send(batch).is_ok())
    }
}

fn empty(output: &GraphOutput) -> Cells {
    match output {
        GraphOutput::Node { .. } | GraphOutput::Edge { .. } => Cells::Rows(Vec::new()),
        GraphOutput::Degree { .. } => Cells::Long(Vec::new()),
        GraphOutput::Edges { fold, .. } | GraphOutput::InnerNodes { fold, .. } => match fold {
            Fold::List => Cells::Text(StringViewBuilder::new()),
            Fold::All | Fold::Any => Cells::Bool(Vec::new()),
        },
    }
}

/// Puts together the values of a column at some rows.
fn along(column: &ArrayRef, rows: impl Iterator<Item = u32>, fold: Fold, cells: &mut Cells) {
    match cells {
        Cells::Text(text) => {
            // Each value is an array of one, as text: without its brackets it is an element.
            let mut list = String::from("[");
            for row in rows {
                if list.len() > 1 {
                    list.push(',');
                }
                let value = column.as_string_view_opt().map(|c| c.value(row as usize)).unwrap_or_default();
                let element = value.strip_prefix('[').and_then(|v| v.strip_suffix(']')).unwrap_or("null");
                list.push_str(element);
            }
            list.push(']');
            text.append_value(list);
        }
        Cells::Bool(bools) => {
            let test = column.as_boolean_opt();
            let mut holds = rows.map(|row| {
                test.is_some_and(|t| arrow::array::Array::is_valid(t, row as usize) && t.value(row as usize))
            });
            bools.push(if fold == Fold::All { holds.all(|h| h) } else { holds.any(|h| h) });
        }
        Cells::Rows(_) | Cells::Long(_) => {}
    }
}
