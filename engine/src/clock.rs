//! The clock of a replay: a window counted back from the real time misses evidence that is older.

use rehunt_lang::host::Host;
use rehunt_lang::plan::{BinaryOp, Bound, Expr, ExprKind, Node, Prelude, Rel};
use rehunt_lang::time::datetime_text;
use rehunt_lang::types::{ColumnId, Value};

use crate::catalog::{Catalog, Table};

/// Says for each table of a query whose time window begins after the newest row of that table that the
/// clock is the reason, and which option sets it.
pub fn windows_after_the_evidence(bound: &Bound, catalog: &Catalog, host: &dyn Host) -> Vec<String> {
    let mut notes = Vec::new();
    let preludes = bound.preludes.iter().map(|p| match p {
        Prelude::Table(rel) | Prelude::Scalar(rel) | Prelude::List(rel) => rel,
    });
    for rel in preludes.chain(bound.results.iter().map(|r| &r.rel)) {
        visit(rel, catalog, host, &mut notes);
    }
    notes.dedup();
    notes
}

fn visit(rel: &Rel, catalog: &Catalog, host: &dyn Host, notes: &mut Vec<String>) {
    if let Node::Filter { input, predicate } = &rel.node
        && let Some((table, time)) = source_of(input, catalog)
        && let Some(newest) = newest(table)
        && let Some(start) = lower_bound(predicate, time, host)
        && start > newest
    {
        let note = format!(
            "the newest row of `{}` is from {}, the time window of the query begins at {}: `--now TIME` sets the clock",
            table.name,
            datetime_text(newest),
            datetime_text(start)
        );
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    rel.inputs(&mut |input| visit(input, catalog, host, notes));
}

/// The table under filters, and the id of its time column.
fn source_of<'c>(rel: &Rel, catalog: &'c Catalog) -> Option<(&'c Table, ColumnId)> {
    match &rel.node {
        Node::Filter { input, .. } => source_of(input, catalog),
        Node::Table { name } => {
            let table = catalog.table(name)?;
            let time = table.time_column.as_deref()?;
            let column = rel.columns.iter().find(|c| c.name == time)?;
            Some((table, column.id))
        }
        _ => None,
    }
}

fn newest(table: &Table) -> Option<i64> {
    table.files.iter().filter_map(|f| f.span).map(|(_, last)| last).max()
}

/// The latest start that a predicate demands of the time column.
fn lower_bound(predicate: &Expr, time: ColumnId, host: &dyn Host) -> Option<i64> {
    match &predicate.kind {
        ExprKind::And(parts) => parts.iter().filter_map(|p| lower_bound(p, time, host)).max(),
        ExprKind::Binary { op: BinaryOp::Greater | BinaryOp::GreaterOrEqual, left, right } if matches!(left.kind, ExprKind::Column(id) if id == time) => {
            match host.fold(right) {
                Some(Value::Datetime(start)) => Some(start),
                _ => None,
            }
        }
        _ => None,
    }
}
