//! Graphs: searches for patterns, shortest paths, components. Nodes and edges come as relations whose first columns are
//! keys; here they become numbers.

mod components;
mod found;
mod search;
mod shortest;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::row::{RowConverter, SortField};
use datafusion::common::{DataFusionError, Result as DfResult, exec_err};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::{RecordBatchReceiverStreamBuilder, RecordBatchStreamAdapter};
use futures::TryStreamExt;
use rehunt_lang::plan::{GraphSearch, GraphSearchKind, Rel};

use super::whole::{Kernel, gathered};
use super::{Lowered, Lowering, key};
use crate::error::{Error, Result};
use crate::types::arrow_type;

/// Batches that may wait to be read before a search pauses.
const AHEAD: usize = 2;

impl Lowering<'_> {
    pub(super) fn graph_search(&self, rel: &Rel, search: &GraphSearch, inputs: &[Rel]) -> Result<Lowered> {
        let schema = schema_of(rel);
        let spec = Arc::new(search.clone());
        let out = Arc::clone(&schema);
        let kernel: Kernel = Arc::new(move |inputs, context| Ok(run(inputs, context, &spec, &out)));
        let plans = self.graph_inputs(inputs)?;
        Ok(Lowered::unordered(self.run_kernel("graph-match", plans, schema, kernel)?))
    }

    pub(super) fn graph_components(&self, rel: &Rel, strong: bool, inputs: &[Rel]) -> Result<Lowered> {
        let schema = schema_of(rel);
        let out = Arc::clone(&schema);
        let kernel = gathered(Arc::clone(&schema), move |inputs| {
            let graph = Graph::of(inputs)?;
            let ids = if strong { components::strong(&graph) } else { components::weak(&graph) };
            let mut columns = graph.nodes.columns().to_vec();
            columns.push(Arc::new(ids));
            Ok(RecordBatch::try_new(Arc::clone(&out), columns)?)
        });
        let plans = self.graph_inputs(inputs)?;
        Ok(Lowered::unordered(self.run_kernel("graph-mark-components", plans, schema, kernel)?))
    }

    /// Nodes and edges, each with its columns in order.
    fn graph_inputs(&self, inputs: &[Rel]) -> Result<Vec<datafusion::logical_expr::LogicalPlan>> {
        if inputs.len() != 2 {
            return Err(Error::Run("a graph is nodes and edges".into()));
        }
        inputs.iter().map(|input| self.result(input)).collect()
    }
}

fn schema_of(rel: &Rel) -> SchemaRef {
    let fields: Vec<Field> = rel.columns.iter().map(|c| Field::new(key(c.id), arrow_type(c.ty), true)).collect();
    Arc::new(Schema::new(fields))
}

/// Gathers the graph, then searches it on a thread of its own, which stops when nobody reads any more.
fn run(
    inputs: Vec<SendableRecordBatchStream>,
    context: Arc<TaskContext>,
    spec: &Arc<GraphSearch>,
    schema: &SchemaRef,
) -> SendableRecordBatchStream {
    let (spec, out) = (Arc::clone(spec), Arc::clone(schema));
    let stream = futures::stream::once(async move {
        let mut whole = Vec::with_capacity(2);
        let reservation = MemoryConsumer::new("graph").register(context.memory_pool());
        for mut input in inputs {
            let schema = input.schema();
            let mut batches = Vec::new();
            while let Some(batch) = input.try_next().await? {
                reservation.try_grow(batch.get_array_memory_size())?;
                batches.push(batch);
            }
            whole.push(concat_batches(&schema, &batches)?);
        }
        let mut builder = RecordBatchReceiverStreamBuilder::new(Arc::clone(&out), AHEAD);
        let sender = builder.tx();
        builder.spawn_blocking(move || {
            let _held = reservation;
            let graph = Graph::of(&whole)?;
            let tests = Tests::of(&graph, &spec)?;
            let mut found = found::Found::new(&graph, &spec, out, sender);
            match spec.kind {
                GraphSearchKind::Match(cycles) => search::all(&graph, &spec, &tests, cycles, &mut found)?,
                GraphSearchKind::Shortest { all } => shortest::all(&graph, &spec, &tests, all, &mut found)?,
            }
            found.end()
        });
        Ok::<_, DataFusionError>(builder.build())
    });
    Box::pin(RecordBatchStreamAdapter::new(Arc::clone(schema), Box::pin(stream.try_flatten())))
}

/// A graph whose nodes and edges are numbers: their rows.
pub(super) struct Graph {
    pub nodes: RecordBatch,
    pub edges: RecordBatch,
    /// For each edge the node it comes from.
    pub source: Vec<u32>,
    /// For each edge the node it leads to.
    pub target: Vec<u32>,
    /// For each node the edges that leave it.
    pub leaving: Adjacent,
    /// For each node the edges that reach it.
    pub reaching: Adjacent,
}

/// The edges of each node, one after the other.
pub(super) struct Adjacent {
    starts: Vec<u32>,
    edges: Vec<u32>,
}

impl Adjacent {
    /// Sorts edges by the node at one of their ends.
    fn of(ends: &[u32], nodes: usize) -> Self {
        let mut starts = vec![0_u32; nodes + 1];
        for end in ends {
            starts[*end as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut edges = vec![0_u32; ends.len()];
        for (edge, end) in (0_u32..).zip(ends) {
            let slot = &mut next[*end as usize];
            edges[*slot as usize] = edge;
            *slot += 1;
        }
        Self { starts, edges }
    }

    /// The edges of a node.
    pub fn at(&self, node: u32) -> &[u32] {
        let at = node as usize;
        &self.edges[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

impl Graph {
    /// Numbers the keys of nodes and edges.
    fn of(inputs: &[RecordBatch]) -> DfResult<Self> {
        let [nodes, edges] = inputs else { return exec_err!("a graph is nodes and edges") };
        if nodes.num_rows().max(edges.num_rows()) >= u32::MAX as usize {
            return exec_err!("the graph is too large");
        }
        let converter = RowConverter::new(vec![SortField::new(nodes.column(0).data_type().clone())])?;
        let keys = converter.convert_columns(&nodes.columns()[..1])?;
        let mut numbers: HashMap<&[u8], u32> = HashMap::with_capacity(keys.num_rows());
        for (at, row) in (0_u32..).zip(&keys) {
            numbers.entry(row.data()).or_insert(at);
        }
        let mut ends = Vec::with_capacity(2);
        for column in &edges.columns()[..2] {
            let rows = converter.convert_columns(std::slice::from_ref(column))?;
            let numbered = rows.iter().map(|row| numbers.get(row.data()).copied()).collect::<Option<Vec<u32>>>();
            match numbered {
                Some(numbered) => ends.push(numbered),
                None => return exec_err!("an edge of the graph leads to a node that is not there"),
            }
        }
        let (target, source) = (ends.pop().unwrap_or_default(), ends.pop().unwrap_or_default());
        let count = nodes.num_rows();
        Ok(Self {
            leaving: Adjacent::of(&source, count),
            reaching: Adjacent::of(&target, count),
            nodes: nodes.clone(),
            edges: edges.clone(),
            source,
            target,
        })
    }
}

/// What nodes and edges must be to stand for a part of a pattern.
pub(super) struct Tests {
    nodes: Vec<Vec<BooleanArray>>,
    edges: Vec<Vec<BooleanArray>>,
    inner: Vec<Vec<BooleanArray>>,
}

impl Tests {
    fn of(graph: &Graph, spec: &GraphSearch) -> DfResult<Self> {
        let collect = |count: usize, tests: &[(usize, usize)], of: &RecordBatch| {
            let mut all = vec![Vec::new(); count];
            for (part, column) in tests {
                match of.columns().get(*column).and_then(|c: &ArrayRef| c.as_boolean_opt()) {
                    Some(bools) => all[*part].push(bools.clone()),
                    None => return exec_err!("a test of a graph is no bool"),
                }
            }
            Ok(all)
        };
        Ok(Self {
            nodes: collect(spec.nodes, &spec.node_tests, &graph.nodes)?,
            edges: collect(spec.edges, &spec.edge_tests, &graph.edges)?,
            inner: collect(spec.edges, &spec.inner_tests, &graph.nodes)?,
        })
    }

    /// Tells whether a node may stand for one of the pattern.
    pub fn node(&self, part: usize, node: u32) -> bool {
        holds(&self.nodes[part], node)
    }

    /// Tells whether an edge may stand for one of the pattern.
    pub fn edge(&self, part: usize, edge: u32) -> bool {
        holds(&self.edges[part], edge)
    }

    /// Tells whether a node may be between the edges that one of the pattern stands for.
    pub fn inner(&self, part: usize, node: u32) -> bool {
        holds(&self.inner[part], node)
    }
}

fn holds(tests: &[BooleanArray], row: u32) -> bool {
    tests.iter().all(|test| test.is_valid(row as usize) && test.value(row as usize))
}
