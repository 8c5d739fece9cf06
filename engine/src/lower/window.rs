//! Functions that see the rows around: `prev`, `next`, `row_number` and their kin.
//!
//! The input's order becomes a numbering; each call then is one window over all rows in that order, worked
//! out row by row by a kernel of `functions::window`.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result as DfResult;
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{
    Expr as DfExpr, LogicalPlan, LogicalPlanBuilder, PartitionEvaluator, Signature, Volatility, WindowFrame,
    WindowFunctionDefinition, WindowUDF, WindowUDFImpl, cast,
};
use rehunt_lang::library::Rows;
use rehunt_lang::plan::{Expr, ExprKind};
use rehunt_lang::types::{Column, ColumnId, Type};

use super::paths::Fused;
use super::{Lowered, Lowering, key, named};
use crate::error::{Error, Result};
use crate::functions::window::{WindowKernel, kernel};
use crate::types::arrow_type;

/// Ids of columns that only the lowering makes; far above those the binder gives out.
const HIDDEN_IDS: u32 = 1 << 30;

impl Lowering<'_> {
    /// Takes window calls out of expressions: each becomes a column of the input.
    pub(super) fn without_windows(&self, input: Lowered, exprs: &[Expr]) -> Result<(Lowered, Vec<Expr>)> {
        self.without_windows_within(input, exprs, &[])
    }

    /// The same, where each combination of some columns has its own window.
    pub(super) fn without_windows_within(
        &self,
        input: Lowered,
        exprs: &[Expr],
        within: &[DfExpr],
    ) -> Result<(Lowered, Vec<Expr>)> {
        let is_window =
            |e: &Expr| matches!(&e.kind, ExprKind::Call { function, .. } if function.rows == Rows::Serialized);
        if !exprs.iter().any(|e| e.any(&mut |part| is_window(part))) {
            return Ok((input, exprs.to_vec()));
        }
        let (mut input, ordinal) = self.numbered(input)?;
        let mut exprs = exprs.to_vec();
        for expr in &mut exprs {
            self.extract(expr, &mut input, &ordinal, within)?;
        }
        Ok((input, exprs))
    }

    /// Innermost first, so that a window may look at the result of another.
    fn extract(&self, expr: &mut Expr, input: &mut Lowered, ordinal: &str, within: &[DfExpr]) -> Result<()> {
        let mut outcome = Ok(());
        expr.children_mut(&mut |child| {
            if outcome.is_ok() {
                outcome = self.extract(child, input, ordinal, within);
            }
        });
        outcome?;
        let ExprKind::Call { function, args } = &expr.kind else { return Ok(()) };
        if function.rows != Rows::Serialized {
            return Ok(());
        }
        let kernel = kernel(function.name)
            .ok_or_else(|| Error::Run(format!("not supported yet: function `{}`", function.name)))?;
        let types: Vec<Type> = args.iter().map(|a| a.ty).collect();
        let args = args.iter().map(|a| self.value(a, &Fused::default())).collect::<Result<Vec<_>>>()?;
        let window = RowByRow { name: function.name, types, returns: expr.ty, kernel, signature: any_of(args.len()) };
        let fun = WindowFunctionDefinition::WindowUDF(Arc::new(WindowUDF::from(window)));
        let mut call = over_all(fun, args, Some(ordinal));
        if let DfExpr::WindowFunction(window) = &mut call {
            window.params.partition_by = within.to_vec();
        }
        let own = self.lifted_column(expr.ty);
        let plan = std::mem::replace(&mut input.plan, LogicalPlanBuilder::empty(false).build()?);
        input.plan = with_window(plan, call, &key(own.id), None)?;
        *expr = Expr::column(&own);
        Ok(())
    }

    /// Makes a column that only the lowering knows.
    pub(super) fn lifted_column(&self, ty: Type) -> Column {
        let n: u32 = self.hidden().trim_start_matches('h').parse().unwrap_or(0);
        Column { id: ColumnId(HIDDEN_IDS + n), name: String::new(), ty }
    }

    /// Numbers the rows in their order, from 1; the number becomes their order.
    pub(super) fn numbered(&self, input: Lowered) -> Result<(Lowered, String)> {
        let name = self.hidden();
        let mut call = over_all(WindowFunctionDefinition::WindowUDF(row_number_udwf()), vec![], None);
        if let DfExpr::WindowFunction(window) = &mut call {
            window.params.order_by = input.order.clone();
        }
        let plan = with_window(input.plan, call, &name, Some(DataType::Int64))?;
        let order = vec![named(&name).sort(true, true)];
        Ok((Lowered { plan, order }, name))
    }
}

/// Adds a window call as a column of the given name, cast where a type is given.
pub(super) fn with_window(
    plan: LogicalPlan,
    call: DfExpr,
    name: &str,
    cast_to: Option<DataType>,
) -> Result<LogicalPlan> {
    let computed = named(call.schema_name().to_string());
    let mut list: Vec<DfExpr> = plan.schema().columns().into_iter().map(DfExpr::Column).collect();
    list.push(match cast_to {
        Some(ty) => cast(computed, ty).alias(name),
        None => computed.alias(name),
    });
    Ok(LogicalPlanBuilder::from(plan).window(vec![call])?.project(list)?.build()?)
}

fn any_of(arguments: usize) -> Signature {
    match arguments {
        0 => Signature::nullary(Volatility::Immutable),
        n => Signature::any(n, Volatility::Immutable),
    }
}

/// A window over all rows, in the order of a number column.
pub(super) fn over_all(fun: WindowFunctionDefinition, args: Vec<DfExpr>, ordinal: Option<&str>) -> DfExpr {
    let order_by = ordinal.map(|name| named(name).sort(true, true)).into_iter().collect();
    let params = WindowFunctionParams {
        args,
        partition_by: vec![],
        order_by,
        window_frame: WindowFrame::new(None),
        filter: None,
        null_treatment: None,
        distinct: false,
    };
    DfExpr::from(WindowFunction { fun, params })
}

/// A window function that is handed all rows at once.
#[derive(Debug)]
struct RowByRow {
    name: &'static str,
    types: Vec<Type>,
    returns: Type,
    kernel: WindowKernel,
    signature: Signature,
}

impl PartialEq for RowByRow {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.types == other.types && self.returns == other.returns
    }
}

impl Eq for RowByRow {}

impl Hash for RowByRow {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.name, &self.types, self.returns).hash(state);
    }
}

impl WindowUDFImpl for RowByRow {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs) -> DfResult<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator { types: self.types.clone(), returns: self.returns, kernel: self.kernel }))
    }

    fn field(&self, args: WindowUDFFieldArgs) -> DfResult<FieldRef> {
        let ty: DataType = arrow_type(self.returns);
        Ok(Arc::new(Field::new(args.name(), ty, true)))
    }
}

#[derive(Debug)]
struct Evaluator {
    types: Vec<Type>,
    returns: Type,
    kernel: WindowKernel,
}

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> DfResult<ArrayRef> {
        (self.kernel)(values, &self.types, self.returns, rows)
    }
}
