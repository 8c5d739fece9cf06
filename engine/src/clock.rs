//! The clock of a replay: a window counted back from the real time misses evidence that is older, and evidence from
//! before a window need not be read.

use std::collections::{BTreeMap, HashMap};

use rehunt_lang::host::Host;
use rehunt_lang::plan::{BinaryOp, Bound, Expr, ExprKind, Node, Prelude, Rel};
use rehunt_lang::time::datetime_text;
use rehunt_lang::types::{Column, ColumnId, Type, Value};

use crate::catalog::{Catalog, Table};
use crate::run::each_rel;

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

/// Returns the earliest time, in ticks, that a query asks of each table; a table of which it may use rows of any time is
/// not there.
pub fn earliest(bound: &Bound, host: &dyn Host) -> BTreeMap<String, i64> {
    // A table may be there several times: each has a window of its own.
    let mut windows: HashMap<*const Rel, i64> = HashMap::new();
    each_rel(bound, &mut |rel| {
        let Node::Filter { input, predicate } = &rel.node else { return };
        let table = under_filters(input);
        if let Some(start) = times(&table.columns).filter_map(|id| lower_bound(predicate, id, host)).max() {
            let window = windows.entry(std::ptr::from_ref(table)).or_insert(start);
            *window = start.max(*window);
        }
    });
    let mut earliest: BTreeMap<String, i64> = BTreeMap::new();
    each_rel(bound, &mut |rel| {
        if let Node::Table { name } = &rel.node {
            let start = windows.get(&std::ptr::from_ref(rel)).copied().unwrap_or(i64::MIN);
            earliest.entry(name.clone()).and_modify(|known| *known = start.min(*known)).or_insert(start);
        }
    });
    earliest.retain(|_, start| *start > i64::MIN);
    earliest
}

fn under_filters(rel: &Rel) -> &Rel {
    match &rel.node {
        Node::Filter { input, .. } => under_filters(input),
        _ => rel,
    }
}

/// The columns that say when a row happened, by any of their names.
fn times(columns: &[Column]) -> impl Iterator<Item = ColumnId> {
    columns
        .iter()
        .filter(|c| c.ty == Type::Datetime && matches!(c.name.as_str(), "Timestamp" | "TimeGenerated"))
        .map(|c| c.id)
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
        ExprKind::Binary { op: BinaryOp::Greater | BinaryOp::GreaterOrEqual, left, right } => {
            time_from(left, right, time, host)
        }
        ExprKind::Binary { op: BinaryOp::Less | BinaryOp::LessOrEqual, left, right } => {
            time_from(right, left, time, host)
        }
        _ => None,
    }
}

/// The constant that the time column is compared with.
fn time_from(column: &Expr, start: &Expr, time: ColumnId, host: &dyn Host) -> Option<i64> {
    match column.kind {
        ExprKind::Column(id) if id == time && start.is_constant() => match host.fold(start) {
            Some(Value::Datetime(start)) => Some(start),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::time::{DAY, parse_datetime};

    use crate::engine::Engine;

    #[test]
    fn each_use_of_a_table_has_its_window_and_the_earliest_counts() {
        let mut engine = Engine::new();
        engine.declare_shipped();
        let now = parse_datetime("2025-06-14T12:00:00Z").unwrap();
        let earliest = |query: &str| {
            let found = engine.session().at(now).earliest(query);
            let days = found.into_iter().map(|(table, start)| format!("{table} {}", (now - start) / DAY));
            days.collect::<Vec<_>>().join(", ")
        };
        for (query, expected) in [
            ("EmailEvents | where Timestamp > ago(1d)", "EmailEvents 1"),
            ("let d = 3d; EmailEvents | where TimeGenerated >= ago(d) and Timestamp > ago(2d)", "EmailEvents 2"),
            ("EmailEvents | where ago(1d) <= Timestamp | where Timestamp > ago(4d)", "EmailEvents 1"),
            ("EmailEvents | where Timestamp between (ago(5d) .. 1d)", "EmailEvents 5"),
            (
                "EmailEvents | where Timestamp > ago(1d) | join (EmailEvents | where Timestamp > ago(9d)) on Subject",
                "EmailEvents 9",
            ),
            (
                "EmailEvents | where Timestamp > ago(1d) | where Subject in (UrlClickEvents | project Url)",
                "EmailEvents 1",
            ),
            ("EmailEvents | where Timestamp > ago(1d) | union EmailEvents", ""),
            ("EmailEvents | where Timestamp > ago(1d) or Subject == ''", ""),
            ("EmailEvents | where not(Timestamp < ago(1d))", ""),
            ("EmailEvents | where Timestamp > todatetime(Subject)", ""),
            ("EmailEvents | serialize n = row_number() | where Timestamp > ago(1d)", ""),
            ("EmailEvents | where Timestamp > toscalar(UrlClickEvents | summarize max(Timestamp))", ""),
            ("EmailEvents | where Nothing > ago(1d)", ""),
        ] {
            assert_eq!(earliest(query), expected, "{query}");
        }
    }
}
