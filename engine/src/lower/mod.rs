//! From the core plan to DataFusion's logical plan.
//!
//! Every KQL column is a DataFusion column named after its id (`c12`), so that names a user chose never
//! meet a parser or each other. The order of rows is a property that travels beside the plan and is only
//! paid for where it shows: at the end, under `take`, for window functions and order-sensitive aggregates.

mod aggregate;
mod apply;
mod dead;
mod expand;
mod expr;
mod external;
mod graph;
mod join;
mod make_series;
mod parse;
mod parts;
mod paths;
mod reduce;
mod refusal;
mod scan;
mod source;
mod union;
pub(crate) mod whole;
mod window;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use datafusion::common::{Column as DfColumn, ScalarValue};
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::expr::Sort;
use datafusion::logical_expr::{Expr as DfExpr, LogicalPlan, LogicalPlanBuilder, lit};
use rehunt_lang::plan::{BodyId, Expr, Node, Rel, SortKey};
use rehunt_lang::types::{Column, ColumnId, Type, Value};

pub use parts::{Slot, Slots};

use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::library::Builtins;

/// What preludes have found: the values that the main plan refers to.
#[derive(Clone, Debug)]
pub enum Found {
    /// Rows of `materialize`, one array a column in order.
    Table(Vec<RecordBatch>, Arc<arrow::datatypes::Schema>),
    /// The value of `toscalar`.
    Scalar(Value),
    /// The values for `in (T)`.
    List(Arc<Vec<Value>>),
}

/// All that lowering needs to know besides the plan.
pub struct Lowering<'a> {
    /// The tables.
    pub catalog: &'a Catalog,
    /// The kernels.
    pub builtins: &'a Builtins,
    /// Ticks of `now()`.
    pub now: i64,
    /// Results of the preludes so far.
    pub found: &'a [Found],
    slots: std::cell::RefCell<Slots>,
    dead: std::cell::RefCell<HashSet<ColumnId>>,
    names: std::cell::Cell<u32>,
}

/// A lowered relation.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The rows; it may have more columns than the relation: those that `order` needs.
    pub plan: LogicalPlan,
    /// The order the rows are meant to have, not applied yet.
    pub order: Vec<Sort>,
}

impl Lowered {
    fn unordered(plan: LogicalPlan) -> Self {
        Self { plan, order: Vec::new() }
    }

    /// Applies the order.
    fn sorted(self) -> Result<LogicalPlan> {
        if self.order.is_empty() {
            return Ok(self.plan);
        }
        Ok(LogicalPlanBuilder::from(self.plan).sort(self.order)?.build()?)
    }

    /// The columns that only `order` needs, given those that stay anyway.
    fn order_columns(&self, kept: &[DfExpr]) -> Vec<DfExpr> {
        let mut names: Vec<String> = kept.iter().map(|e| e.schema_name().to_string()).collect();
        let mut extra = Vec::new();
        for sort in &self.order {
            let name = sort.expr.schema_name().to_string();
            if !names.contains(&name) {
                names.push(name);
                extra.push(sort.expr.clone());
            }
        }
        extra
    }
}

/// The DataFusion name of a column.
pub(crate) fn key(id: ColumnId) -> String {
    format!("c{}", id.0)
}

/// A reference to a column.
pub(crate) fn column(id: ColumnId) -> DfExpr {
    named(key(id))
}

/// A reference to a column by its DataFusion name, which is taken as it is.
pub(crate) fn named(name: impl Into<String>) -> DfExpr {
    DfExpr::Column(DfColumn::new_unqualified(name))
}

/// Fills what is missing in a string with `""`: a string is never null.
pub(crate) fn never_null(expr: DfExpr, ty: Type) -> DfExpr {
    match ty {
        Type::String => coalesce(vec![expr, lit(ScalarValue::Utf8View(Some(String::new())))]),
        _ => expr,
    }
}

impl<'a> Lowering<'a> {
    /// Starts a lowering.
    pub fn new(catalog: &'a Catalog, builtins: &'a Builtins, now: i64, found: &'a [Found]) -> Self {
        Self {
            catalog,
            builtins,
            now,
            found,
            slots: std::cell::RefCell::default(),
            dead: std::cell::RefCell::default(),
            names: std::cell::Cell::new(0),
        }
    }

    /// The same inside sub-queries, whose rows are in these slots.
    pub fn within(self, slots: &[(BodyId, Arc<Slot>)]) -> Self {
        self.slots.borrow_mut().extend_from_slice(slots);
        self
    }

    /// Lowers a whole result: rows in order, columns exactly those of the relation, in order.
    ///
    /// # Errors
    /// When a part is not built yet, or DataFusion refuses the plan.
    pub fn result(&self, rel: &Rel) -> Result<LogicalPlan> {
        // A sub-query leaves out what it does not read; the query around may read it.
        let around = self.dead.replace(dead::dead_columns(rel));
        let lowered = self.rel(rel);
        self.dead.replace(around);
        let plan = lowered?.sorted()?;
        let columns: Vec<DfExpr> = rel.columns.iter().map(|c| column(c.id)).collect();
        match columns.is_empty() {
            true => Ok(plan),
            false => Ok(LogicalPlanBuilder::from(plan).project(columns)?.build()?),
        }
    }

    /// Lowers a relation.
    pub(crate) fn rel(&self, rel: &Rel) -> Result<Lowered> {
        match &rel.node {
            Node::Table { name } => self.table(rel, name),
            Node::Values { rows } => self.values(rel, rows),
            Node::Row { exprs } => self.row(rel, exprs),
            Node::Range { from, to, step } => self.range(rel, from, to, step),
            Node::Shared(id) => self.shared(rel, *id),
            Node::ApplyInput(id) => self.part_rows(rel, *id),
            Node::External(external) => self.external(rel, external),
            Node::NotYet { .. } => Err(Error::Run("not supported yet: an operator of this query".into())),
            Node::Whole { operation, inputs, exprs, locals } => self.whole(rel, operation, inputs, exprs, locals),
            Node::Parse { input, text, parser, captures, matched_only } => {
                self.parse(rel, input, (text, parser), captures, *matched_only)
            }
            Node::Filter { input, predicate } => self.filter(input, predicate),
            Node::Project { input, exprs } => self.project(input, &rel.columns, exprs),
            Node::Sort { input, keys } => self.sort(input, keys),
            Node::Limit { input, count } => self.limit(input, count),
            Node::Serialize { input } => self.rel(input),
            Node::Aggregate { input, keys, aggregates } => self.aggregate(rel, input, keys, aggregates),
            Node::Join { kind, left, right, on } => self.join(rel, *kind, left, right, on),
            Node::Union { inputs } => self.union(rel, inputs),
            Node::Expand { input, items, index, limit, pairs } => {
                self.expand(rel, input, &expand::Expansion { items, index: *index, limit: *limit, pairs: *pairs })
            }
            Node::Apply { input, items, index, limit, id, preludes, body } => {
                let expansion = expand::Expansion { items, index: *index, limit: *limit, pairs: false };
                self.apply(rel, input, &expansion, &parts::SubQuery { id: *id, value: None, preludes, body })
            }
            Node::Partition { input, keys, value, id, preludes, body } => {
                let ty = input.columns.iter().find(|c| keys.first() == Some(&c.id)).map_or(Type::Unknown, |c| c.ty);
                let value = value.map(|id| (id, ty));
                self.partition(rel, input, keys, &parts::SubQuery { id: *id, value, preludes, body })
            }
        }
    }

    /// Tells whether somebody reads a column.
    pub(crate) fn is_read(&self, column: &Column) -> bool {
        !self.dead.borrow().contains(&column.id)
    }

    /// A name for a column that only the plan knows.
    pub(crate) fn hidden(&self) -> String {
        let n = self.names.get();
        self.names.set(n + 1);
        format!("h{n}")
    }

    fn filter(&self, input: &Rel, predicate: &Expr) -> Result<Lowered> {
        let mut predicate = predicate.clone();
        paths::reveal_paths(&mut predicate, input);
        let input = self.rel(input)?;
        let (input, predicate) = self.without_windows(input, std::slice::from_ref(&predicate))?;
        let mut parts = Vec::new();
        let fused = self.fuse_paths(&predicate);
        for predicate in &predicate {
            // Each conjunct a filter of its own expression: DataFusion pushes down what it can.
            parts.push(self.predicate(predicate, &fused)?);
        }
        let condition = datafusion::logical_expr::utils::conjunction(parts).unwrap_or_else(|| lit(true));
        let plan = LogicalPlanBuilder::from(input.plan).filter(condition)?.build()?;
        Ok(Lowered { plan, order: input.order })
    }

    fn project(&self, input: &Rel, columns: &[Column], exprs: &[Expr]) -> Result<Lowered> {
        let input = self.rel(input)?;
        let (columns, exprs): (Vec<_>, Vec<_>) =
            columns.iter().zip(exprs).filter(|(c, _)| self.is_read(c)).map(|(c, e)| (c, e.clone())).unzip();
        let (input, exprs) = self.without_windows(input, &exprs)?;
        let fused = self.fuse_paths(&exprs);
        let mut list = Vec::with_capacity(columns.len());
        for (c, expr) in columns.iter().zip(&exprs) {
            list.push(self.value(expr, &fused)?.alias(key(c.id)));
        }
        let mut list = dedup_names(list);
        let extra = input.order_columns(&list);
        list.extend(extra);
        if list.is_empty() {
            return Ok(input);
        }
        let order = input.order;
        let plan = LogicalPlanBuilder::from(input.plan).project(list)?.build()?;
        Ok(Lowered { plan, order })
    }

    fn sort(&self, input: &Rel, keys: &[SortKey]) -> Result<Lowered> {
        let input = self.rel(input)?;
        let exprs: Vec<Expr> = keys.iter().map(|k| k.expr.clone()).collect();
        let (input, exprs) = self.without_windows(input, &exprs)?;
        let (mut order, computed) = self.sort_order(keys, &exprs)?;
        // What had an order keeps it among equals.
        order.extend(input.order.iter().cloned());
        let plan = self.with_columns(input.plan, computed)?;
        Ok(Lowered { plan, order })
    }

    /// The order that sort keys mean, and the columns it needs.
    fn sort_order(&self, keys: &[SortKey], exprs: &[Expr]) -> Result<(Vec<Sort>, Vec<DfExpr>)> {
        let fused = self.fuse_paths(exprs);
        let mut order = Vec::new();
        let mut computed = Vec::new();
        for (key, expr) in keys.iter().zip(exprs) {
            let value = match self.value(expr, &fused)? {
                plain @ DfExpr::Column(_) => plain,
                other => {
                    let name = self.hidden();
                    computed.push(other.alias(&name));
                    named(name)
                }
            };
            if expr.ty == Type::Real {
                // NaN stands with the nulls (learn.microsoft.com/kusto/query/sort-operator).
                let name = self.hidden();
                computed.push(rank_of_missing(computed_or(&computed, &value)?).alias(&name));
                order.push(Sort::new(named(name), !key.nulls_first, false));
            }
            order.push(Sort::new(value, !key.descending, key.nulls_first));
        }
        Ok((order, computed))
    }

    /// Adds computed columns to all that are there.
    pub(crate) fn with_columns(&self, plan: LogicalPlan, computed: Vec<DfExpr>) -> Result<LogicalPlan> {
        if computed.is_empty() {
            return Ok(plan);
        }
        let mut list: Vec<DfExpr> = plan.schema().columns().into_iter().map(DfExpr::Column).collect();
        list.extend(computed);
        Ok(LogicalPlanBuilder::from(plan).project(list)?.build()?)
    }

    fn limit(&self, input: &Rel, count: &Expr) -> Result<Lowered> {
        let count = match self.constant(count)? {
            Value::Long(n) => n,
            Value::Int(n) => i64::from(n),
            _ => return Err(Error::Run("the number of rows to take is null".into())),
        };
        let input = self.rel(input)?;
        let order = input.order.clone();
        let fetch = usize::try_from(count).unwrap_or(0);
        let builder = LogicalPlanBuilder::from(input.plan);
        let builder = if order.is_empty() { builder } else { builder.sort(order.clone())? };
        Ok(Lowered { plan: builder.limit(0, Some(fetch))?.build()?, order })
    }
}

/// Two result columns may be one column under two ids; DataFusion wants each name once.
fn dedup_names(list: Vec<DfExpr>) -> Vec<DfExpr> {
    let mut seen = HashMap::new();
    list.into_iter().filter(|e| seen.insert(e.schema_name().to_string(), ()).is_none()).collect()
}

/// The expression behind a name that was just computed, or the value itself.
fn computed_or(computed: &[DfExpr], value: &DfExpr) -> Result<DfExpr> {
    let name = value.schema_name().to_string();
    Ok(computed
        .iter()
        .find_map(|c| match c {
            DfExpr::Alias(alias) if alias.name == name => Some((*alias.expr).clone()),
            _ => None,
        })
        .unwrap_or_else(|| value.clone()))
}

/// 2 for null, 1 for NaN, 0 for a number.
fn rank_of_missing(value: DfExpr) -> DfExpr {
    use datafusion::logical_expr::when;
    let nan = lit(f64::NAN);
    let ranked = when(value.clone().is_null(), lit(2_i64)).when(value.eq(nan), lit(1_i64)).otherwise(lit(0_i64));
    ranked.unwrap_or_else(|_| lit(0_i64))
}
