//! `sequence_detect(time, maxStep, maxSpan, a = (predicate), b = (predicate), dimension, ...)`: occurrences of steps one
//! after the other, within each combination of the dimensions.
//! learn.microsoft.com/kusto/query/sequence-detect-plugin

use crate::bind::tabular::Tabular;
use crate::library::{Accepts, Example};
use crate::plan::Expr;
use crate::types::{Type, Value};

use super::call::{Arg, Param};
use super::{Call, PluginSpec};

pub(super) static SPEC: PluginSpec = PluginSpec {
    name: "sequence_detect",
    syntax: "T | evaluate sequence_detect(time, maxStep, maxSpan, name = predicate, ... , dimension, ...)",
    summary: "One row for each time that rows fulfil the predicates one after the other, within the longest step and span.",
    example: Example {
        query: "datatable(t:datetime, e:string, u:string)[datetime(2020-01-01), 'in', 'a', datetime(2020-01-01 00:05), 'out', 'a'] | evaluate sequence_detect(t, 10m, 1h, i = (e == 'in'), o = (e == 'out'), u)",
        answer: "a | 2020-01-01T00:00:00.0000000Z | 2020-01-01T00:05:00.0000000Z | 00:05:00",
    },
    ..PluginSpec::new(bind)
};

fn bind(call: &mut Call) -> Option<Tabular> {
    if call.arguments.len() < 4 {
        call.wrong_count(4, None);
        return None;
    }
    let leading = [
        Param::Column("TimelineColumn", Accepts::Summable),
        Param::Constant("MaxSequenceStepWindow", Accepts::Summable),
        Param::Constant("MaxSequenceSpan", Accepts::Summable),
    ];
    let arguments = call.arguments;
    let mut read: Vec<Arg> = leading.iter().zip(arguments).map(|(p, a)| call.argument(*p, &a.value)).collect();
    let time = read.first()?.clone();
    // Predicates come first, then columns; a bare bool column is a predicate as long as no dimension stood before it.
    let (mut steps, mut dimensions) = (Vec::new(), Vec::new());
    for argument in &arguments[leading.len()..] {
        let value = call.argument(Param::Value("Expr", Accepts::Scalar), &argument.value);
        let is_step = dimensions.is_empty() && matches!(value.expr.ty, Type::Bool | Type::Unknown);
        if is_step {
            let name = argument.name.as_ref().map_or_else(String::new, |n| n.text.clone());
            steps.push(Arg { name, ..value });
        } else {
            dimensions.push(call.argument(Param::Column("dimension", Accepts::NotDynamic), &argument.value));
        }
    }
    if steps.is_empty() {
        call.wrong_count(4, None);
        return None;
    }
    let mut fields: Vec<(String, Type)> = dimensions.iter().map(|d| (d.name.clone(), d.expr.ty)).collect();
    fields.extend(steps.iter().map(|s| (format!("{}_{}", s.name, time.name), time.expr.ty)));
    let duration = if time.expr.ty == Type::Datetime { Type::Timespan } else { time.expr.ty };
    fields.push(("Duration".to_owned(), duration));
    let columns = call.columns(fields);
    // The kernel tells steps from dimensions by their number.
    let count = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    read.extend(steps);
    read.extend(dimensions);
    let mut exprs: Vec<Expr> = read.into_iter().map(|a| a.expr).collect();
    exprs.insert(leading.len(), Expr::literal(Value::Long(count)));
    Some(call.whole(columns, exprs))
}
