//! `funnel_sequence` and `funnel_sequence_completion`: how many went through a sequence of states, and from where to where.
//! learn.microsoft.com/kusto/query/funnel-sequence-plugin and .../funnel-sequence-completion-plugin

use crate::bind::tabular::Tabular;
use crate::library::{Accepts, Example};
use crate::types::Type;

use super::call::Param;
use super::{Call, PluginSpec, Runs};

pub(super) static SEQUENCE: PluginSpec = PluginSpec {
    name: "funnel_sequence",
    runs: Runs::NotYet,
    syntax: "T | evaluate funnel_sequence(id, time, start, end, maxStep, step, state, sequence)",
    summary: "How many ids went through a sequence of states, by the state before and the state after it.",
    example: Example { query: "", answer: "" },
    ..PluginSpec::new(sequence)
};

pub(super) static COMPLETION: PluginSpec = PluginSpec {
    name: "funnel_sequence_completion",
    syntax: "T | evaluate funnel_sequence_completion(id, time, start, end, bin, state, sequence, periods)",
    summary: "How many ids got how far in a sequence of states, for each of several longest durations.",
    example: Example {
        query: "datatable(u:string, t:long, s:string)['a', 1, 'in', 'a', 2, 'out', 'b', 1, 'in', 'b', 9, 'out'] | evaluate funnel_sequence_completion(u, t, 0, 10, 100, s, dynamic(['in', 'out']), dynamic([5]))",
        answer: "0 | in | 5 | 2\n0 | out | 5 | 1",
    },
    ..PluginSpec::new(completion)
};

fn sequence(call: &mut Call) -> Option<Tabular> {
    let required = [
        Param::Column("IdColumn", Accepts::NotDynamic),
        Param::Column("TimelineColumn", Accepts::Summable),
        Param::Constant("Start", Accepts::Summable),
        Param::Constant("End", Accepts::Summable),
        Param::Constant("MaxSequenceStepWindow", Accepts::Summable),
        Param::Constant("Step", Accepts::Summable),
        Param::Column("StateColumn", Accepts::NotDynamic),
        Param::Constant("Sequence", Accepts::Array),
    ];
    let read = call.read(&required, &[], false)?;
    let (time, state) = (read.get(1)?, read.get(6)?);
    let columns = call.columns([
        (time.name.clone(), time.expr.ty),
        ("prev".to_owned(), state.expr.ty),
        ("next".to_owned(), state.expr.ty),
        ("dcount".to_owned(), Type::Long),
        ("samples".to_owned(), Type::Dynamic),
    ]);
    Some(call.whole(columns, read.into_iter().map(|a| a.expr).collect()))
}

fn completion(call: &mut Call) -> Option<Tabular> {
    let required = [
        Param::Column("IdColumn", Accepts::NotDynamic),
        Param::Column("TimelineColumn", Accepts::Summable),
        Param::Constant("Start", Accepts::Summable),
        Param::Constant("End", Accepts::Summable),
        Param::Constant("BinSize", Accepts::Summable),
        Param::Column("StateColumn", Accepts::NotDynamic),
        Param::Constant("Sequence", Accepts::Array),
        Param::Constant("MaxSequenceStepPeriods", Accepts::Array),
    ];
    let read = call.read(&required, &[], false)?;
    let (time, state) = (read.get(1)?, read.get(5)?);
    let period = if time.expr.ty == Type::Datetime { Type::Timespan } else { time.expr.ty };
    let columns = call.columns([
        (time.name.clone(), time.expr.ty),
        (state.name.clone(), state.expr.ty),
        ("Period".to_owned(), period),
        ("dcount".to_owned(), Type::Long),
    ]);
    Some(call.whole(columns, read.into_iter().map(|a| a.expr).collect()))
}
