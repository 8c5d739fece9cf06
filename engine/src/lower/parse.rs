//! `parse` and its kin: one function takes a text apart, and a projection takes its columns out.

use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{Expr as DfExpr, LogicalPlan, LogicalPlanBuilder};
use rehunt_lang::plan::{Expr, Rel, TextParser};
use rehunt_lang::types::ColumnId;

use super::expr::refused;
use super::{Lowered, Lowering, column, dedup_names, key, named};
use crate::capture::{MATCHED, captures_udf};
use crate::error::Result;

impl Lowering<'_> {
    pub(super) fn parse(
        &self,
        rel: &Rel,
        input: &Rel,
        (text, parser): (&Expr, &TextParser),
        captures: &[ColumnId],
        matched_only: bool,
    ) -> Result<Lowered> {
        let lowered = self.rel(input)?;
        let (lowered, texts) = self.without_windows(lowered, std::slice::from_ref(text))?;
        let (mut plan, captured) = (lowered.plan, self.hidden());
        for text in &texts {
            plan = self.with_captures(plan, &captured, text, parser)?;
        }
        if matched_only {
            plan = LogicalPlanBuilder::from(plan).filter(matched(&captured))?.build()?;
        }
        let list = rel.columns.iter().map(|c| match captures.iter().position(|id| *id == c.id) {
            Some(i) => capture(&captured, i).alias(key(c.id)),
            None => column(c.id),
        });
        let mut list: Vec<DfExpr> = dedup_names(list.collect());
        let lowered = Lowered { plan, order: lowered.order };
        list.extend(lowered.order_columns(&list));
        let plan = LogicalPlanBuilder::from(lowered.plan).project(list)?.build()?;
        Ok(Lowered { plan, order: lowered.order })
    }

    /// Adds a column of all that is captured of a text, under a name.
    pub(super) fn with_captures(
        &self,
        plan: LogicalPlan,
        name: &str,
        text: &Expr,
        parser: &TextParser,
    ) -> Result<LogicalPlan> {
        let fused = self.fuse_paths(std::slice::from_ref(text));
        let captures = refused(captures_udf(parser))?.call(vec![self.value(text, &fused)?]);
        self.with_columns(plan, vec![captures.alias(name)])
    }
}

/// Capture number `i` out of all.
pub(super) fn capture(captured: &str, i: usize) -> DfExpr {
    get_field(named(captured), format!("c{i}"))
}

/// Whether the text matches.
pub(super) fn matched(captured: &str) -> DfExpr {
    get_field(named(captured), MATCHED)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::engine::Engine;

    #[tokio::test]
    async fn a_text_is_taken_apart_once() {
        let source = "datatable(s: string, x: long)['a=1,b=2', 3]";
        let parse = "parse-where s with 'a=' a: long ',b=' b: long | where a == 1 and b > a and x > 1";
        let query = format!("{source} | {parse} | extend c = a + b | summarize count() by a, c");
        let plan = Engine::new().session().explain(&query).await.unwrap();
        assert_eq!(plan.matches("captures(").count(), 1, "{plan}");
    }
}
