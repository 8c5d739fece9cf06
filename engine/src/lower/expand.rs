//! `mv-expand`: DataFusion's unnest over lists of elements.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Column as DfColumn, Result as DfResult, UnnestOptions, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr as DfExpr, LogicalPlan, LogicalPlanBuilder, Operator, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use rehunt_lang::plan::{ExpandItem, Rel};
use rehunt_lang::types::ColumnId;

use super::expr::balanced;
use super::{Lowered, Lowering, column, key, named, never_null};
use crate::dynamic;
use crate::error::Result;

/// What is expanded and how.
#[derive(Clone, Copy)]
pub(super) struct Expansion<'a> {
    pub items: &'a [ExpandItem],
    pub index: Option<ColumnId>,
    pub limit: Option<u64>,
    pub pairs: bool,
}

impl Lowering<'_> {
    pub(super) fn expand(&self, rel: &Rel, input: &Rel, expansion: &Expansion) -> Result<Lowered> {
        let lowered = self.rel(input)?;
        let mut order = lowered.order.clone();
        let (plan, position) = self.expanded(lowered.plan, expansion, !order.is_empty(), None)?;
        if let Some(position) = position.filter(|_| !order.is_empty()) {
            order.push(named(position).sort(true, true));
        }
        let mut list: Vec<DfExpr> = rel.columns.iter().filter(|c| self.is_read(c)).map(|c| column(c.id)).collect();
        let lowered = Lowered { plan, order };
        list.extend(lowered.order_columns(&list));
        let plan = LogicalPlanBuilder::from(lowered.plan).project(list)?.build()?;
        Ok(Lowered { plan, order: lowered.order })
    }

    /// Adds the columns of the elements, one row each; with a position where one is asked for or `numbered`.
    /// With `counts`, rows that expand to nothing stay, with null elements and false in the column of that name.
    pub(super) fn expanded(
        &self,
        plan: LogicalPlan,
        expansion: &Expansion,
        numbered: bool,
        counts: Option<&str>,
    ) -> Result<(LogicalPlan, Option<String>)> {
        let exprs: Vec<_> = expansion.items.iter().map(|i| i.expr.clone()).collect();
        let fused = self.fuse_paths(&exprs);
        let mut lists = Vec::new();
        for item in expansion.items {
            let elements = dynamic::elements_udf(expansion.limit, expansion.pairs, item.to);
            let list = elements.call(vec![self.value(&item.expr, &fused)?]);
            let list = if counts.is_some() { ScalarUDF::from(NullIfEmpty::new()).call(vec![list]) } else { list };
            lists.push(list.alias(key(item.column)));
        }
        let mut unnested: Vec<DfColumn> =
            expansion.items.iter().map(|i| DfColumn::new_unqualified(key(i.column))).collect();
        let mut plan = self.with_columns(plan, lists)?;
        if let Some(counts) = counts {
            let any = expansion.items.iter().map(|i| column(i.column).is_not_null()).collect();
            plan = self.with_columns(plan, vec![balanced(any, Operator::Or).alias(counts)])?;
        }
        let position = match (expansion.index, numbered) {
            (Some(id), _) => Some(key(id)),
            (None, true) => Some(self.hidden()),
            (None, false) => None,
        };
        if let Some(name) = &position {
            let positions = ScalarUDF::from(Positions::new(expansion.items.len()));
            let args = expansion.items.iter().map(|i| column(i.column)).collect();
            plan = self.with_columns(plan, vec![positions.call(args).alias(name)])?;
            unnested.push(DfColumn::new_unqualified(name));
        }
        let plan = without_dependencies(plan)?;
        let options = UnnestOptions::new().with_preserve_nulls(true);
        let plan = LogicalPlanBuilder::from(plan).unnest_columns_with_options(unnested, options)?.build()?;
        // Zipped beside a longer array a string is missing, and that is "".
        let strings: Vec<&ExpandItem> =
            expansion.items.iter().filter(|i| i.to == rehunt_lang::types::Type::String).collect();
        if strings.is_empty() {
            return Ok((plan, position));
        }
        let list: Vec<DfExpr> = plan
            .schema()
            .columns()
            .into_iter()
            .map(|c| match strings.iter().find(|i| key(i.column) == c.name) {
                Some(item) => never_null(DfExpr::Column(c), item.to).alias(key(item.column)),
                None => DfExpr::Column(c),
            })
            .collect();
        Ok((LogicalPlanBuilder::from(plan).project(list)?.build()?, position))
    }
}

/// Makes DataFusion forget which columns determine others: its unnest keeps that knowledge though rows
/// multiply, and would then drop sort and group keys that matter.
fn without_dependencies(plan: LogicalPlan) -> Result<LogicalPlan> {
    let known = plan.schema().functional_dependencies();
    let sources: Vec<usize> = known.iter().flat_map(|d| d.source_indices.iter().copied()).collect();
    if sources.is_empty() {
        return Ok(plan);
    }
    let list: Vec<DfExpr> = plan
        .schema()
        .columns()
        .into_iter()
        .enumerate()
        .map(|(i, c)| match sources.contains(&i) {
            true => {
                let name = c.name.clone();
                ScalarUDF::from(Same::new()).call(vec![DfExpr::Column(c)]).alias(name)
            }
            false => DfExpr::Column(c),
        })
        .collect();
    Ok(LogicalPlanBuilder::from(plan).project(list)?.build()?)
}

/// Its argument.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Same {
    signature: Signature,
}

impl Same {
    fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Same {
    fn name(&self) -> &str {
        "same"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        Ok(types.first().cloned().unwrap_or(DataType::Null))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        match args.args.into_iter().next() {
            Some(value) => Ok(value),
            None => exec_err!("same takes a value"),
        }
    }
}

/// For lists side by side, the positions `0, 1, ...` of the longest: what `with_itemindex` counts.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Positions {
    signature: Signature,
}

impl Positions {
    fn new(lists: usize) -> Self {
        Self { signature: Signature::any(lists, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Positions {
    fn name(&self) -> &str {
        "positions"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::List(Arc::new(Field::new_list_field(DataType::Int64, true))))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let rows = args.number_rows;
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let mut lengths = vec![0_usize; rows];
        for array in &arrays {
            let Some(list) = array.as_list_opt::<i32>() else { return exec_err!("positions takes lists") };
            for (row, length) in lengths.iter_mut().enumerate() {
                // A null list unnests to one row.
                let own = if list.is_null(row) { 1 } else { list.value_length(row).unsigned_abs() as usize };
                *length = (*length).max(own);
            }
        }
        let values: ArrayRef =
            Arc::new(Int64Array::from_iter_values(lengths.iter().flat_map(|n| 0..i64::try_from(*n).unwrap_or(0))));
        let field = Arc::new(Field::new_list_field(DataType::Int64, true));
        let list = ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), values, None)?;
        Ok(ColumnarValue::Array(Arc::new(list)))
    }
}

/// Makes empty lists null: a null list unnests to one row, an empty one to none.
#[derive(Debug, PartialEq, Eq, Hash)]
struct NullIfEmpty {
    signature: Signature,
}

impl NullIfEmpty {
    fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for NullIfEmpty {
    fn name(&self) -> &str {
        "null_if_empty"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        Ok(types.first().cloned().unwrap_or(DataType::Null))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let Some(list) = arrays.first().and_then(|a| a.as_list_opt::<i32>()) else {
            return exec_err!("null_if_empty takes a list");
        };
        let (field, offsets, values, nulls) = list.clone().into_parts();
        let some = NullBuffer::from_iter(offsets.lengths().map(|n| n > 0));
        let nulls = NullBuffer::union(nulls.as_ref(), Some(&some));
        Ok(ColumnarValue::Array(Arc::new(ListArray::try_new(field, offsets, values, nulls)?)))
    }
}
