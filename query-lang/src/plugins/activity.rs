//! Plugins that count ids along a timeline: by bins, over windows, cohort by cohort. They share their leading
//! parameters (the id, the time, start and end of the analysis), and further columns slice the result.
//! learn.microsoft.com/kusto/query/activity-counts-metrics-plugin and its kin

use crate::bind::scope::Scope;
use crate::bind::tabular::Tabular;
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{ExprKind, Name};
use crate::library::{Accepts, Example};
use crate::plan::{Expr, Node, Rel};
use crate::types::Type;

use super::call::{Arg, Param};
use super::{Call, PluginSpec};

const ID: Param = Param::Column("IdColumn", Accepts::NotDynamic);
const TIME: Param = Param::Column("TimelineColumn", Accepts::Summable);
const START: Param = Param::Constant("Start", Accepts::Summable);
const END: Param = Param::Constant("End", Accepts::Summable);
const LOOKBACK: Param = Param::Constant("LookbackWindow", Accepts::Summable);
/// A step is a span of the timeline, or one of the words `week`, `month` and `year`.
const STEP: Param = Param::Constant("Step", Accepts::NotDynamic);

pub(super) static ACTIVE_USERS_COUNT: PluginSpec = PluginSpec {
    name: "active_users_count",
    syntax: "T | evaluate active_users_count(id, time, start, end, lookback, period, periods, step [, dimension, ...])",
    summary: "How many ids there are in each step that were active in so many periods of the time before.",
    example: Example {
        query: "datatable(u:string, t:long)['a', 1, 'a', 2, 'b', 2, 'a', 4] | evaluate active_users_count(u, t, 1, 4, 2, 1, 2, 1)",
        answer: "2 | 1",
    },
    ..PluginSpec::new(active_users_count)
};

pub(super) static ACTIVITY_COUNTS_METRICS: PluginSpec = PluginSpec {
    name: "activity_counts_metrics",
    syntax: "T | evaluate activity_counts_metrics(id, time, start, end, step [, dimension, ...])",
    summary: "For each step the rows, the ids, the ids that no step before had, and all ids so far.",
    example: Example {
        query: "datatable(u:string, t:long)['a', 1, 'b', 1, 'a', 2] | evaluate activity_counts_metrics(u, t, 1, 2, 1) | sort by t asc",
        answer: "1 | 2 | 2 | 2 | 2\n2 | 1 | 1 | 0 | 2",
    },
    ..PluginSpec::new(activity_counts_metrics)
};

pub(super) static ACTIVITY_ENGAGEMENT: PluginSpec = PluginSpec {
    name: "activity_engagement",
    syntax: "T | evaluate activity_engagement(id, time, [start, end,] inner, outer [, dimension, ...])",
    summary: "For each inner window its ids, those of the outer window that ends with it, and their ratio.",
    example: Example {
        query: "datatable(u:string, t:long)['a', 1, 'b', 1, 'a', 2, 'c', 2] | evaluate activity_engagement(u, t, 1, 2, 1, 2) | sort by t asc",
        answer: "1 | 2 | 2 | 1.0\n2 | 2 | 3 | 0.6666666666666666",
    },
    ..PluginSpec::new(activity_engagement)
};

pub(super) static ACTIVITY_METRICS: PluginSpec = PluginSpec {
    name: "activity_metrics",
    syntax: "T | evaluate activity_metrics(id, time, [start, end,] step [, dimension, ...])",
    summary: "For each step its ids, those that the step before did not have, and how many of that step's came back.",
    example: Example {
        query: "datatable(u:string, t:long)['a', 1, 'b', 1, 'a', 2, 'c', 2] | evaluate activity_metrics(u, t, 1, 2, 1) | sort by t asc",
        answer: "1 | 2 | 2 | NaN | NaN\n2 | 2 | 1 | 0.5 | 0.5",
    },
    ..PluginSpec::new(activity_metrics)
};

pub(super) static NEW_ACTIVITY_METRICS: PluginSpec = PluginSpec {
    name: "new_activity_metrics",
    syntax: "T | evaluate new_activity_metrics(id, time, start, end, step [, cohort] [, dimension, ...] [, U])",
    summary: "For each step, how many of the ids first seen in it came back in each later step.",
    example: Example {
        query: "datatable(u:string, t:long)['a', 1, 'b', 1, 'a', 2, 'c', 2] | evaluate new_activity_metrics(u, t, 1, 2, 1) | sort by from_t asc, to_t asc",
        answer: "1 | 1 | 2 | 2 | 0 | 1.0 | 0.0\n1 | 2 | 1 | 1 | 1 | 0.5 | 0.5\n2 | 2 | 1 | 1 | 0 | 1.0 | 0.0",
    },
    ..PluginSpec::new(new_activity_metrics)
};

pub(super) static SESSION_COUNT: PluginSpec = PluginSpec {
    name: "session_count",
    syntax: "T | evaluate session_count(id, time, start, end, step, lookback [, dimension, ...])",
    summary: "How many sessions begin in each step; an id that was silent for longer than the lookback begins one.",
    example: Example {
        query: "datatable(u:string, t:long)['a', 1, 'a', 3, 'a', 9, 'b', 4] | evaluate session_count(u, t, 1, 10, 5, 2) | sort by t asc",
        answer: "1 | 2\n6 | 1",
    },
    ..PluginSpec::new(session_count)
};

pub(super) static SLIDING_WINDOW_COUNTS: PluginSpec = PluginSpec {
    name: "sliding_window_counts",
    syntax: "T | evaluate sliding_window_counts(id, time, start, end, lookback, step [, dimension, ...])",
    summary: "For each step the rows and the ids of the window that ends with it.",
    example: Example {
        query: "datatable(u:string, t:long)['a', 1, 'b', 1, 'a', 2] | evaluate sliding_window_counts(u, t, 1, 4, 2, 1) | sort by t asc",
        answer: "1 | 2 | 2\n2 | 3 | 2\n3 | 1 | 1",
    },
    ..PluginSpec::new(sliding_window_counts)
};

fn active_users_count(call: &mut Call) -> Option<Tabular> {
    let period = Param::Constant("Period", Accepts::Summable);
    let periods = Param::Constant("ActivePeriodsCount", Accepts::Integer);
    let read = call.read(&[ID, TIME, START, END, LOOKBACK, period, periods, STEP], &[], true)?;
    sliced(call, read, 8, &[("dcount", Type::Long)])
}

fn activity_counts_metrics(call: &mut Call) -> Option<Tabular> {
    let read = call.read(&[ID, TIME, START, END, STEP], &[], true)?;
    let counts = ["count", "dcount", "new_dcount", "aggregated_dcount"].map(|name| (name, Type::Long));
    sliced(call, read, 5, &counts)
}

/// Start and end may be left out, but not where there are dimensions.
fn activity_engagement(call: &mut Call) -> Option<Tabular> {
    let inner = Param::Constant("InnerActivityWindow", Accepts::Summable);
    let outer = Param::Constant("OuterActivityWindow", Accepts::Summable);
    let (read, leading) = match call.arguments.len() {
        4 => (call.read(&[ID, TIME, inner, outer], &[], false)?, 4),
        _ => (call.read(&[ID, TIME, START, END, inner, outer], &[], true)?, 6),
    };
    let counts = [
        ("dcount_activities_inner", Type::Long),
        ("dcount_activities_outer", Type::Long),
        ("activity_ratio", Type::Real),
    ];
    sliced(call, read, leading, &counts)
}

fn activity_metrics(call: &mut Call) -> Option<Tabular> {
    let (read, leading) = match call.arguments.len() {
        2 => (call.read(&[ID, TIME], &[], false)?, 2),
        3 => (call.read(&[ID, TIME, STEP], &[], false)?, 3),
        4 => (call.read(&[ID, TIME, START, END], &[], false)?, 4),
        _ => (call.read(&[ID, TIME, START, END, STEP], &[], true)?, 5),
    };
    let rates = [
        ("dcount_values", Type::Long),
        ("dcount_newvalues", Type::Long),
        ("retention_rate", Type::Real),
        ("churn_rate", Type::Real),
    ];
    sliced(call, read, leading, &rates)
}

fn session_count(call: &mut Call) -> Option<Tabular> {
    let read = call.read(&[ID, TIME, START, END, STEP, LOOKBACK], &[], true)?;
    sliced(call, read, 6, &[("count_sessions", Type::Long)])
}

fn sliding_window_counts(call: &mut Call) -> Option<Tabular> {
    let read = call.read(&[ID, TIME, START, END, LOOKBACK, STEP], &[], true)?;
    // So the engine spells them; the page shows lower case.
    sliced(call, read, 6, &[("Count", Type::Long), ("Dcount", Type::Long)])
}

/// The result of most of them: the time, the dimensions, the counts.
fn sliced(call: &mut Call, read: Vec<Arg>, leading: usize, counts: &[(&str, Type)]) -> Option<Tabular> {
    let time = read.get(1)?;
    let mut fields = vec![(time.name.clone(), time.expr.ty)];
    fields.extend(read.get(leading..)?.iter().map(|d| (d.name.clone(), d.expr.ty)));
    fields.extend(counts.iter().map(|(name, ty)| ((*name).to_owned(), *ty)));
    let columns = call.columns(fields);
    Some(call.whole(columns, read.into_iter().map(|a| a.expr).collect()))
}

/// The cohort is a constant and the look back a table: each is told from a dimension by what it is.
fn new_activity_metrics(call: &mut Call) -> Option<Tabular> {
    let leading = [ID, TIME, START, END, STEP];
    let arguments = call.arguments;
    if arguments.len() < leading.len() {
        call.wrong_count(leading.len(), None);
        return None;
    }
    let mut read: Vec<Arg> = leading.iter().zip(arguments).map(|(p, a)| call.argument(*p, &a.value)).collect();
    let mut lookback = None;
    for (i, argument) in arguments.iter().enumerate().skip(leading.len()) {
        let scope = Scope::row(&call.input, call.env);
        if i + 1 == arguments.len()
            && let Some(table) = call.binder.as_table(&argument.value, &scope)
        {
            lookback = Some(table);
            break;
        }
        let dimension = matches!(&argument.value.kind, ExprKind::Name(name)
            if scope.column(&name.text).is_some());
        read.push(match dimension {
            true => call.argument(Param::Column("dimension", Accepts::NotDynamic), &argument.value),
            false => call.argument(Param::Constant("Cohort", Accepts::NotDynamic), &argument.value),
        });
    }
    let time = read.get(1)?;
    let mut fields = ["from", "to"].map(|side| (format!("{side}_{}", time.name), time.expr.ty)).to_vec();
    let is_column = |a: &&Arg| !a.name.is_empty();
    fields.extend(read.iter().skip(leading.len()).filter(is_column).map(|d| (d.name.clone(), d.expr.ty)));
    let counts = ["dcount_new_values", "dcount_retained_values", "dcount_churn_values"];
    fields.extend(counts.map(|name| (name.to_owned(), Type::Long)));
    fields.extend(["retention_rate", "churn_rate"].map(|name| (name.to_owned(), Type::Real)));
    let columns = call.columns(fields);
    let mut exprs: Vec<Expr> = read.iter().map(|a| a.expr.clone()).collect();
    if let Some(table) = &lookback {
        // Its ids are in a column of the same name.
        let id = read.first()?;
        let name = Name { text: id.name.clone(), span: call.span, bracketed: true };
        let known = call.column_of(&name, Some(table));
        if known.ty != id.expr.ty && known.ty != Type::Unknown && id.expr.ty != Type::Unknown {
            let message = format!("ids are of type {} in the input and {} in the lookback", id.expr.ty, known.ty);
            call.binder.report(Diagnostic::error("key-types", call.span, message).help("convert one side before"));
        }
        exprs.push(known);
    }
    let made = call.whole(columns, exprs);
    Some(match lookback {
        Some(table) => with_second_input(made, table),
        None => made,
    })
}

fn with_second_input(made: Tabular, second: Tabular) -> Tabular {
    let open = made.open || second.open;
    let Rel { columns, node } = made.rel;
    let node = match node {
        Node::Whole { operation, mut inputs, exprs, locals } => {
            inputs.push(second.rel);
            Node::Whole { operation, inputs, exprs, locals }
        }
        node => node,
    };
    Tabular { open, ..Tabular::new(Rel { columns, node }) }
}
