//! Functions that read and join the sketches of `hll` and `tdigest`. What is no sketch gives null.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewBuilder};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use super::dynamic::{all_cells, cells, write};
use super::kernel::Column;
use super::signature::{array, number, scalar, signature};
use super::{Args, Body, Function};
use crate::dynamic::{Builder, Cells, Raw};
use crate::operators::convert::convert_column;
use crate::sketch::{Hll, Tdigest};

/// The family, sorted by name.
#[rustfmt::skip] // one a line: what is added at once in two places merges
pub static FUNCTIONS: &[&Function] = &[
    &DCOUNT_HLL,
    &HLL_MERGE,
    &PERCENTILE_TDIGEST,
    &PERCENTILES_ARRAY_TDIGEST,
    &PERCENTRANK_TDIGEST,
    &RANK_TDIGEST,
    &TDIGEST_MERGE,
];

const DIGEST: Param = array("tdigest");
const TYPE: Param = Param::new("type", Accepts::Typeof);

/// `dcount_hll(hll)`: learn.microsoft.com/kusto/query/dcount-hll-function.
pub static DCOUNT_HLL: Function = Function {
    spec: FunctionSpec {
        name: "dcount_hll",
        overloads: &[signature(&[array("hll")], Type::Long)],
        naming: Naming::NameAndFirstArgument,
        summary: "Counts the distinct values of a sketch of `hll`.",
        examples: &[Example {
            query: "range x from 1 to 10 step 1 | summarize h = hll(x) | project dcount_hll(h)",
            answer: "10",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let sketches = cells(args, 0)?;
        args.longs(|row| Some(Hll::read(sketches.dynamic(row)?)?.count()))
    }),
};

/// `hll_merge(hll, hll, ...)`: learn.microsoft.com/kusto/query/hll-merge-function.
pub static HLL_MERGE: Function = Function {
    spec: FunctionSpec {
        name: "hll_merge",
        overloads: &[signature(&[array("hll"), array("hll")], Type::Dynamic).repeated(&[array("hll")])],
        naming: Naming::Fixed("hll_merged_result"),
        summary: "Joins sketches of `hll`; null if their accuracies differ.",
        examples: &[Example {
            query: "range x from 1 to 10 step 1 | summarize a = hll(x), b = hll(x + 5) | project dcount_hll(hll_merge(a, b))",
            answer: "15",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let sketches = all_cells(args, 0)?;
        write(args, |row, out| {
            let mut all = sketches.iter().map(|cells| Hll::read(cells.dynamic(row)?));
            let mut joined = all.next()??;
            for other in all {
                joined.merge(&other?).then_some(())?;
            }
            joined.write(out);
            Some(())
        })
    }),
};

/// `tdigest_merge(tdigest, tdigest, ...)`: learn.microsoft.com/kusto/query/merge-tdigest-function.
pub static TDIGEST_MERGE: Function = Function {
    spec: FunctionSpec {
        name: "tdigest_merge",
        aliases: &["merge_tdigest"],
        overloads: &[signature(&[DIGEST, DIGEST], Type::Dynamic).repeated(&[DIGEST])],
        naming: Naming::Fixed("tdigests_merge_result"),
        summary: "Joins sketches of `tdigest`; null if their types differ.",
        examples: &[Example {
            query: "range x from 1 to 10 step 1 | summarize a = tdigest(x), b = tdigest(x + 10) | project percentile_tdigest(tdigest_merge(a, b), 100, typeof(long))",
            answer: "20",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let sketches = all_cells(args, 0)?;
        write(args, |row, out| {
            let mut all = sketches.iter().map(|cells| Tdigest::read(cells.dynamic(row)?));
            let mut joined = all.next()??;
            for other in all {
                joined.merge(&other?).then_some(())?;
            }
            joined.finish();
            joined.write(out);
            Some(())
        })
    }),
};

/// `percentile_tdigest(tdigest, percentile [, typeof(type)])`
pub static PERCENTILE_TDIGEST: Function = Function {
    spec: FunctionSpec {
        name: "percentile_tdigest",
        overloads: &[
            signature(&[DIGEST, number("percentile")], Type::Dynamic),
            Overload::new(&[DIGEST, number("percentile"), TYPE], Returns::Typeof(2)),
        ],
        naming: Naming::NameAndFirstArgument,
        summary: "Reads a percentile from a sketch of `tdigest`, converted to a type if one is given.",
        examples: &[Example {
            query: "range x from 1 to 10 step 1 | summarize t = tdigest(x) | project percentile_tdigest(t, 95, typeof(real))",
            answer: "10.0",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(percentile),
};

fn percentile(args: &Args) -> Result<ColumnarValue> {
    let (sketches, percents) = (cells(args, 0)?, args.real(1)?);
    let mut out = StringViewBuilder::new();
    let mut value = Builder::new();
    for row in 0..args.height() {
        value.clear();
        let digest = sketches.dynamic(row).and_then(Tdigest::read);
        match digest.zip(percents.at(row)) {
            Some((digest, percent)) => digest.write_percentile(percent, &mut value),
            None => value.null(),
        }
        match value.text() {
            "null" => out.append_null(),
            text => out.append_value(text),
        }
    }
    let values: ArrayRef = Arc::new(out.finish());
    args.result(convert_column(&values, Type::Dynamic, args.returns)?)
}

/// `percentiles_array_tdigest(tdigest, percentile, ...)`
pub static PERCENTILES_ARRAY_TDIGEST: Function = Function {
    spec: FunctionSpec {
        name: "percentiles_array_tdigest",
        overloads: &[
            signature(&[DIGEST, array("percentiles")], Type::Dynamic).optional(&[TYPE]),
            signature(&[DIGEST, number("percentile")], Type::Dynamic).repeated(&[number("percentile")]),
        ],
        naming: Naming::PrefixAndFirstArgument("percentile_tdigest"),
        summary: "Reads percentiles from a sketch of `tdigest`, as an array.",
        examples: &[Example {
            query: "range x from 1 to 10 step 1 | summarize t = tdigest(x) | project percentiles_array_tdigest(t, 0, 50, 100)",
            answer: "[1,5,10]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(percentiles_array),
};

fn percentiles_array(args: &Args) -> Result<ColumnarValue> {
    let sketches = cells(args, 0)?;
    let in_array = args.types.get(1) == Some(&Type::Dynamic);
    let percents = if in_array { Percents::Array(cells(args, 1)?) } else { Percents::Each(reals(args)?) };
    write(args, |row, out| {
        let digest = Tdigest::read(sketches.dynamic(row)?)?;
        out.begin_array();
        match &percents {
            Percents::Array(cells) => {
                for element in cells.dynamic(row).filter(|a| a.is_array())?.elements() {
                    digest.write_percentile(element.as_real().unwrap_or(f64::NAN), out);
                }
            }
            Percents::Each(columns) => {
                columns.iter().for_each(|c| digest.write_percentile(c.at(row).unwrap_or(f64::NAN), out));
            }
        }
        out.end_array();
        Some(())
    })
}

enum Percents {
    Array(Cells),
    Each(Vec<Column<arrow::array::Float64Array>>),
}

fn reals(args: &Args) -> Result<Vec<Column<arrow::array::Float64Array>>> {
    (1..args.len()).map(|i| args.real(i)).collect()
}

/// `rank_tdigest(tdigest, value)`: learn.microsoft.com/kusto/query/rank-tdigest-function.
pub static RANK_TDIGEST: Function = Function {
    spec: FunctionSpec {
        name: "rank_tdigest",
        overloads: &[signature(&[DIGEST, scalar("value")], Type::Real)],
        summary: "Counts the values of a sketch of `tdigest` at or below one.",
        examples: &[Example {
            query: "range x from 1 to 1000 step 1 | summarize t = tdigest(x) | project rank_tdigest(t, 685)",
            answer: "685.0",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| ranked(args, Tdigest::rank)),
};

/// `percentrank_tdigest(tdigest, value)`: learn.microsoft.com/kusto/query/percentrank-tdigest-function.
pub static PERCENTRANK_TDIGEST: Function = Function {
    spec: FunctionSpec {
        name: "percentrank_tdigest",
        overloads: &[signature(&[DIGEST, scalar("value")], Type::Real)],
        summary: "Tells how many per cent of the values of a sketch of `tdigest` are at or below one.",
        examples: &[Example {
            query: "range x from 1 to 1000 step 1 | summarize t = tdigest(x) | project percentrank_tdigest(t, 685)",
            answer: "68.5",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| ranked(args, Tdigest::percent_rank)),
};

fn ranked(args: &Args, rank: fn(&Tdigest, Raw) -> Option<f64>) -> Result<ColumnarValue> {
    let (sketches, values) = (cells(args, 0)?, cells(args, 1)?);
    let mut text = Builder::new();
    args.reals(|row| {
        text.clear();
        values.write(row, &mut text);
        rank(&Tdigest::read(sketches.dynamic(row)?)?, Raw::new(text.text()))
    })
}

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;

    #[test]
    fn the_list_is_sorted() {
        assert!(FUNCTIONS.is_sorted_by_key(|f| f.spec.name));
    }
}
