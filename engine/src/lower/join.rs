//! `join` and `lookup`.

use datafusion::common::{Column as DfColumn, JoinType, NullEquality};
use datafusion::logical_expr::{Expr as DfExpr, LogicalPlan, LogicalPlanBuilder, lit};
use rehunt_lang::plan::{JoinKind, Rel};
use rehunt_lang::types::{ColumnId, Type};

use super::{Lowered, Lowering, column, key, never_null};
use crate::error::Result;

impl Lowering<'_> {
    pub(super) fn join(
        &self,
        rel: &Rel,
        kind: JoinKind,
        left: &Rel,
        right: &Rel,
        on: &[(ColumnId, ColumnId)],
    ) -> Result<Lowered> {
        let mut left_plan = self.exactly(left)?;
        let right_plan = self.exactly(right)?;
        let names = |side: fn(&(ColumnId, ColumnId)) -> ColumnId| -> Vec<DfColumn> {
            on.iter().map(|pair| DfColumn::new_unqualified(key(side(pair)))).collect()
        };
        if kind == JoinKind::InnerUnique && !on.is_empty() {
            // One left row a key, whichever comes first: learn.microsoft.com/kusto/query/join-innerunique.
            let keys = on.iter().map(|(l, _)| column(*l)).collect();
            let all = left.columns.iter().filter(|c| self.is_read(c)).map(|c| column(c.id)).collect();
            left_plan = LogicalPlanBuilder::from(left_plan).distinct_on(keys, all, None)?.build()?;
        }
        let join_type = match kind {
            JoinKind::InnerUnique | JoinKind::Inner => JoinType::Inner,
            JoinKind::LeftOuter => JoinType::Left,
            JoinKind::RightOuter => JoinType::Right,
            JoinKind::FullOuter => JoinType::Full,
            JoinKind::LeftSemi => JoinType::LeftSemi,
            JoinKind::LeftAnti => JoinType::LeftAnti,
            JoinKind::RightSemi => JoinType::RightSemi,
            JoinKind::RightAnti => JoinType::RightAnti,
        };
        let joined = LogicalPlanBuilder::from(left_plan);
        let joined = match on.is_empty() {
            // A key of a table outside of the evidence is not there: nothing is like it.
            true => joined.join_on(right_plan, join_type, [lit(false)])?,
            false => joined.join_detailed(
                right_plan,
                join_type,
                (names(|p| p.0), names(|p| p.1)),
                None,
                // Kusto joins null to null, unlike SQL.
                NullEquality::NullEqualsNull,
            )?,
        };
        let joined = joined.build()?;
        let padded = |c: &rehunt_lang::types::Column| {
            let from_left = left.columns.iter().any(|l| l.id == c.id);
            c.ty == Type::String
                && match kind {
                    JoinKind::LeftOuter => !from_left,
                    JoinKind::RightOuter => from_left,
                    JoinKind::FullOuter => true,
                    _ => false,
                }
        };
        let list: Vec<DfExpr> = rel
            .columns
            .iter()
            .filter(|c| self.is_read(c))
            .map(|c| match padded(c) {
                true => never_null(column(c.id), c.ty).alias(key(c.id)),
                false => column(c.id),
            })
            .collect();
        Ok(Lowered::unordered(LogicalPlanBuilder::from(joined).project(list)?.build()?))
    }

    /// Lowers a side without hidden columns: two sides must not share a name.
    fn exactly(&self, rel: &Rel) -> Result<LogicalPlan> {
        let lowered = self.rel(rel)?;
        let list: Vec<DfExpr> = rel.columns.iter().filter(|c| self.is_read(c)).map(|c| column(c.id)).collect();
        Ok(LogicalPlanBuilder::from(lowered.plan).project(list)?.build()?)
    }
}
