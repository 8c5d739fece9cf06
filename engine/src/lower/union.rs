//! `union`: rows of several inputs under the columns of all.

use datafusion::logical_expr::{Expr as DfExpr, LogicalPlanBuilder};
use rehunt_lang::plan::{Rel, UnionColumn, UnionInput};
use rehunt_lang::types::Value;

use super::{Lowered, Lowering, column, key};
use crate::error::{Error, Result};
use crate::value::scalar_of;

impl Lowering<'_> {
    pub(super) fn union(&self, rel: &Rel, inputs: &[UnionInput]) -> Result<Lowered> {
        let mut all: Option<LogicalPlanBuilder> = None;
        for input in inputs {
            let plan = self.rel(&input.rel)?.plan;
            let mut list: Vec<DfExpr> = Vec::with_capacity(rel.columns.len());
            for (c, from) in rel.columns.iter().zip(&input.columns).filter(|(c, _)| self.is_read(c)) {
                let expr = match from {
                    UnionColumn::From(id) => column(*id),
                    UnionColumn::Missing => DfExpr::Literal(scalar_of(&Value::missing(c.ty))?, None),
                    UnionColumn::Constant(value) => DfExpr::Literal(scalar_of(value)?, None),
                };
                list.push(expr.alias(key(c.id)));
            }
            let plan = LogicalPlanBuilder::from(plan).project(list)?;
            all = Some(match all {
                None => plan,
                Some(before) => before.union(plan.build()?)?,
            });
        }
        let all = all.ok_or_else(|| Error::Run("`union` of nothing".into()))?;
        Ok(Lowered::unordered(all.build()?))
    }
}
