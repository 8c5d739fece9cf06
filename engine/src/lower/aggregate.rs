//! `summarize`: groups and what is computed over each.

use std::sync::Arc;

use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Expr as DfExpr, LogicalPlanBuilder, lit};
use rehunt_lang::plan::{Aggregate, Expr, Rel};
use rehunt_lang::types::{Column, Type, Value};

use super::paths::Fused;
use super::{Lowered, Lowering, column, key, named};
use crate::aggregates::AggregateCall;
use crate::error::{Error, Result};

impl Lowering<'_> {
    pub(super) fn aggregate(&self, rel: &Rel, input: &Rel, keys: &[Expr], aggregates: &[Aggregate]) -> Result<Lowered> {
        let input = self.rel(input)?;
        let all: Vec<Expr> =
            keys.iter().chain(aggregates.iter().flat_map(|a| a.args.iter().chain(&a.filter))).cloned().collect();
        let fused = self.fuse_paths(&all);
        let wants_order = !input.order.is_empty() && aggregates.iter().any(|a| self.honours_order(a));
        let (input, ordinal) = match wants_order {
            true => {
                let (input, name) = self.numbered(input)?;
                (input, Some(named(name)))
            }
            false => (input, None),
        };
        let mut groups = Vec::with_capacity(keys.len());
        for (c, expr) in rel.columns.iter().zip(keys) {
            groups.push(self.value(expr, &fused)?.alias(key(c.id)));
        }
        let mut calls = Vec::with_capacity(aggregates.len());
        let mut list: Vec<DfExpr> = rel.columns.iter().take(keys.len()).map(|c| column(c.id)).collect();
        let mut results = rel.columns.iter().skip(keys.len());
        for aggregate in aggregates {
            let name = self.hidden();
            calls.push(self.aggregate_call(aggregate, ordinal.as_ref(), &fused)?.alias(&name));
            let columns: Vec<&Column> = results.by_ref().take(aggregate.types.len()).collect();
            list.extend(result_columns(aggregate, &name, &columns));
        }
        if groups.is_empty() && calls.is_empty() {
            return Err(Error::Run("`summarize` without keys and aggregates".into()));
        }
        let one_row = groups.is_empty();
        let mut plan = LogicalPlanBuilder::from(input.plan).aggregate(groups, calls)?;
        if one_row {
            // DataFusion moves a filter without columns below an aggregate without keys, which then gives its row all
            // the same; nothing moves below a limit.
            plan = plan.limit(0, Some(1))?;
        }
        let plan = plan.project(list)?.build()?;
        Ok(Lowered::unordered(plan))
    }

    /// Makes the DataFusion call of one aggregate; `ordinal` numbers the rows where their order matters.
    pub(super) fn aggregate_call(
        &self,
        aggregate: &Aggregate,
        ordinal: Option<&DfExpr>,
        fused: &Fused,
    ) -> Result<DfExpr> {
        let spec = aggregate.aggregate;
        let built = self
            .builtins
            .aggregate(spec.name)
            .ok_or_else(|| Error::Run(format!("not supported yet: aggregate `{}`", spec.name)))?;
        let ordinal = ordinal.filter(|_| built.ordered);
        let mut types: Vec<Type> = aggregate.args.iter().map(|a| a.ty).collect();
        let mut constants: Vec<Option<Value>> = aggregate.args.iter().map(|a| a.as_literal().cloned()).collect();
        let mut args = aggregate.args.iter().map(|a| self.value(a, fused)).collect::<Result<Vec<_>>>()?;
        if args.is_empty() {
            // DataFusion's `count` counts something: a constant is never null.
            args.push(lit(1_i64));
        }
        if let Some(ordinal) = ordinal {
            types.push(Type::Long);
            constants.push(None);
            args.push(ordinal.clone());
        }
        let call = AggregateCall {
            types: &types,
            constants: &constants,
            returns: &aggregate.types,
            ordered: ordinal.is_some(),
        };
        let function = (built.make)(&call).map_err(Error::Run)?;
        let filter = aggregate.filter.as_ref().map(|f| self.predicate(f, fused)).transpose()?.map(Box::new);
        Ok(DfExpr::AggregateFunction(AggregateFunction::new_udf(Arc::new(function), args, false, filter, vec![], None)))
    }

    pub(super) fn honours_order(&self, aggregate: &Aggregate) -> bool {
        self.builtins.aggregate(aggregate.aggregate.name).is_some_and(|a| a.ordered)
    }
}

/// The columns of an aggregate's result. Aggregates of several columns give a struct, which is taken apart.
pub(super) fn result_columns(aggregate: &Aggregate, result: &str, columns: &[&Column]) -> Vec<DfExpr> {
    use rehunt_lang::library::AggregateShape::{Any, Arg, One, Percentiles, WeightedPercentiles};
    match (aggregate.aggregate.shape, columns) {
        (One, columns) => columns.iter().map(|c| named(result).alias(key(c.id))).collect(),
        (Any | Arg | Percentiles | WeightedPercentiles, [only]) => vec![named(result).alias(key(only.id))],
        (Any | Arg | Percentiles | WeightedPercentiles, several) => {
            let field = |(n, c): (usize, &&Column)| get_field(named(result), format!("c{n}")).alias(key(c.id));
            several.iter().enumerate().map(field).collect()
        }
    }
}
