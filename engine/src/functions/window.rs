//! Functions that see the rows around: `prev`, `next`, `row_number` and their kin. They need an order, so the binder
//! wants serialized input and the lowering hands over all rows at once.

use arrow::array::{Array, ArrayRef};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Overload, Param, Returns, Rows};
use rehunt_lang::types::Type;

use super::{Args, Body, Function};
use crate::operators::convert::convert_column;

/// Computes a window function over all rows: the columns of its arguments (constants repeated), their types, the
/// type of the result, the number of rows.
pub type WindowKernel = fn(&[ArrayRef], &[Type], Type, usize) -> Result<ArrayRef>;

/// Returns the kernel of a window function.
pub fn kernel(name: &str) -> Option<WindowKernel> {
    Some(match name {
        "next" => |v, t, r, n| over(v, t, r, n, |args| shifted(args, 1)),
        "prev" => |v, t, r, n| over(v, t, r, n, |args| shifted(args, -1)),
        "row_cumsum" => |v, t, r, n| over(v, t, r, n, row_cumsum),
        "row_number" => |v, t, r, n| over(v, t, r, n, row_number),
        "row_rank" => |v, t, r, n| over(v, t, r, n, row_rank),
        "row_rank_dense" => |v, t, r, n| over(v, t, r, n, |args| ranked(args, |rank, _| rank + 1)),
        "row_rank_min" => |v, t, r, n| over(v, t, r, n, |args| ranked(args, |_, number| number)),
        "row_window_session" => |v, t, r, n| over(v, t, r, n, row_window_session),
        _ => return None,
    })
}

/// The functions of this family, sorted by name.
pub static FUNCTIONS: &[&Function] =
    &[&NEXT, &PREV, &ROW_CUMSUM, &ROW_NUMBER, &ROW_RANK, &ROW_RANK_DENSE, &ROW_RANK_MIN, &ROW_WINDOW_SESSION];

const COLUMN: Param = Param::new("column", Accepts::Scalar);
const OFFSET: Param = Param::new("offset", Accepts::Exactly(Type::Long));
const DEFAULT: Param = Param::new("default_value", Accepts::Scalar).constant();
const RESTART: Param = Param::new("restart", Accepts::Exactly(Type::Bool));
const TERM: Param = Param::new("term", Accepts::NotDynamic);
const BASE: FunctionSpec = FunctionSpec { rows: Rows::Serialized, ..FunctionSpec::BASE };

/// `prev(column [, offset [, default]])`: learn.microsoft.com/kusto/query/prev-function.
pub static PREV: Function = Function {
    spec: FunctionSpec {
        name: "prev",
        overloads: &[Overload::new(&[COLUMN], Returns::Same(0)).optional(&[OFFSET, DEFAULT])],
        summary: "Returns a value of an earlier row, by default the one before; outside the rows a default or null.",
        examples: &[Example {
            query: "range x from 1 to 3 step 1 | serialize p = prev(x, 1, 0)",
            answer: "1 | 0\n2 | 1\n3 | 2",
        }],
        ..BASE
    },
    body: Body::Window,
};

/// `next(column [, offset [, default]])`: learn.microsoft.com/kusto/query/next-function.
pub static NEXT: Function = Function {
    spec: FunctionSpec {
        name: "next",
        overloads: &[Overload::new(&[COLUMN], Returns::Same(0)).optional(&[OFFSET, DEFAULT])],
        summary: "Returns a value of a later row, by default the one after; outside the rows a default or null.",
        examples: &[Example {
            query: "range x from 1 to 3 step 1 | serialize n = next(x)",
            answer: "1 | 2\n2 | 3\n3 | null",
        }],
        ..BASE
    },
    body: Body::Window,
};

/// Picks the cell `offset` rows away, else the default.
fn shifted(args: &Args, direction: i64) -> Result<ColumnarValue> {
    let offset = if args.len() > 1 { Some(args.long(1)?) } else { None };
    let default = (args.len() > 2).then_some(2);
    let rows = args.rows;
    let mut values = args.values.to_vec();
    let mut types = args.types.to_vec();
    if let (Some(ColumnarValue::Array(value)), Some(ty)) = (values.get_mut(2), types.get_mut(2)) {
        // `prev(i, 1, 0)` of an int column has a long as its default.
        *value = convert_column(value, *ty, args.returns)?;
        *ty = args.returns;
    }
    let args = Args { values: &values, types: &types, ..*args };
    args.pick_at(|row| {
        let distance = offset.as_ref().map_or(Some(1), |o| o.at(row)).unwrap_or(1);
        let target = distance.checked_mul(direction).and_then(|d| usize::try_from(d.checked_add(row as i64)?).ok());
        match target.filter(|t| *t < rows) {
            Some(target) => Some((0, target)),
            None => default.map(|i| (i, row)),
        }
    })
}

/// Says why a window function cannot take arguments of some types: the default of `prev` and `next` must be what the
/// column is. The documentation leaves open what another type would do, so nothing is guessed.
pub(crate) fn refusal(name: &str, types: &[Type]) -> Option<String> {
    let ("prev" | "next", [column, _, default]) = (name, types) else { return None };
    let fits = column == default
        || *column == Type::Dynamic
        // A bare number is a long, so that `prev(i, 1, 0)` of an int has one.
        || column.is_integer() && default.is_integer()
        || column.wider(*default) == Some(*column);
    (!fits).then(|| format!("the default of `{name}` must be a {column} as its column is, found a {default}"))
}

/// `row_number([start [, restart]])`: learn.microsoft.com/kusto/query/row-number-function.
pub static ROW_NUMBER: Function = Function {
    spec: FunctionSpec {
        name: "row_number",
        overloads: &[Overload::new(&[], Returns::Is(Type::Long))
            .optional(&[Param::new("startingIndex", Accepts::Exactly(Type::Long)), RESTART])],
        summary: "Numbers the rows from 1 or a given start, anew at each row where the second argument is true.",
        examples: &[Example {
            query: "range x from 5 to 7 step 1 | serialize n = row_number()",
            answer: "5 | 1\n6 | 2\n7 | 3",
        }],
        ..BASE
    },
    body: Body::Window,
};

fn row_number(args: &Args) -> Result<ColumnarValue> {
    let start = if args.is_empty() { None } else { Some(args.long(0)?) };
    let restart = restarts(args, 1)?;
    let mut next = None;
    args.longs(|row| {
        let first = start.as_ref().map_or(Some(1), |s| s.at(row)).unwrap_or(1);
        let number = if restart(row) { first } else { next.unwrap_or(first) };
        next = Some(number.wrapping_add(1));
        Some(number)
    })
}

/// `row_cumsum(term [, restart])`: learn.microsoft.com/kusto/query/row-cumsum-function.
pub static ROW_CUMSUM: Function = Function {
    spec: FunctionSpec {
        name: "row_cumsum",
        overloads: &[Overload::new(&[Param::new("term", Accepts::Number)], Returns::Promoted(0)).optional(&[RESTART])],
        summary: "Sums a column up to each row, anew from each row where the second argument is true; nulls add nothing.",
        examples: &[Example {
            query: "range x from 1 to 3 step 1 | serialize s = row_cumsum(x)",
            answer: "1 | 1\n2 | 3\n3 | 6",
        }],
        ..BASE
    },
    body: Body::Window,
};

fn row_cumsum(args: &Args) -> Result<ColumnarValue> {
    let restart = restarts(args, 1)?;
    match args.returns {
        Type::Real => {
            let (term, mut sum) = (args.real(0)?, 0.0);
            args.reals(|row| {
                sum = if restart(row) { 0.0 } else { sum } + term.at(row).unwrap_or(0.0);
                Some(sum)
            })
        }
        Type::Decimal => {
            let (term, mut sum) = (args.decimal(0)?, arrow::datatypes::i256::ZERO);
            args.decimals(|row| {
                let before = if restart(row) { arrow::datatypes::i256::ZERO } else { sum };
                sum = before.wrapping_add(term.at(row).unwrap_or_default());
                Some(sum)
            })
        }
        _ => {
            let (term, mut sum) = (args.long(0)?, 0i64);
            args.longs(|row| {
                sum = if restart(row) { 0 } else { sum }.wrapping_add(term.at(row).unwrap_or(0));
                Some(sum)
            })
        }
    }
}

/// `row_rank(column [, dense])`, the obsolete name of `row_rank_dense`.
pub static ROW_RANK: Function = Function {
    spec: FunctionSpec {
        name: "row_rank",
        overloads: &[Overload::new(&[TERM], Returns::Is(Type::Long)).optional(&[Param::new(
            "dense",
            Accepts::Exactly(Type::Bool),
        )
        .constant()])],
        summary: "Ranks the rows of a sorted column: as `row_rank_dense`, or as `row_rank_min` where it is not to be dense.",
        examples: &[Example {
            query: "datatable(x: long)[1, 1, 5] | serialize r = row_rank(x), s = row_rank(x, false)",
            answer: "1 | 1 | 1\n1 | 1 | 1\n5 | 2 | 3",
        }],
        ..BASE
    },
    body: Body::Window,
};

fn row_rank(args: &Args) -> Result<ColumnarValue> {
    let dense = args.len() < 2 || args.boolean(1)?.array().iter().next().flatten() != Some(false);
    let column = Args { values: args.values.get(..1).unwrap_or_default(), ..*args };
    match dense {
        true => ranked(&column, |rank, _| rank + 1),
        false => ranked(&column, |_, number| number),
    }
}

/// `row_rank_dense(term [, restart])`: learn.microsoft.com/kusto/query/row-rank-dense-function.
pub static ROW_RANK_DENSE: Function = Function {
    spec: FunctionSpec {
        name: "row_rank_dense",
        overloads: &[Overload::new(&[TERM], Returns::Is(Type::Long)).optional(&[RESTART])],
        summary: "Counts the different values of a sorted column up to each row.",
        examples: &[Example {
            query: "datatable(x: long)[1, 1, 5] | serialize r = row_rank_dense(x)",
            answer: "1 | 1\n1 | 1\n5 | 2",
        }],
        ..BASE
    },
    body: Body::Window,
};

/// `row_rank_min(term [, restart])`: learn.microsoft.com/kusto/query/row-rank-min-function.
pub static ROW_RANK_MIN: Function = Function {
    spec: FunctionSpec {
        name: "row_rank_min",
        overloads: &[Overload::new(&[TERM], Returns::Is(Type::Long)).optional(&[RESTART])],
        summary: "Numbers the rows of a sorted column; equal values share the number of the first.",
        examples: &[Example {
            query: "datatable(x: long)[1, 1, 5] | serialize r = row_rank_min(x)",
            answer: "1 | 1\n1 | 1\n5 | 3",
        }],
        ..BASE
    },
    body: Body::Window,
};

/// `grow` makes the rank of a new value from the rank before it and the row's number.
fn ranked(args: &Args, grow: fn(i64, i64) -> i64) -> Result<ColumnarValue> {
    let restart = restarts(args, 1)?;
    let cells = args.cells(0)?;
    let ty = args.types.first().copied().unwrap_or(Type::Unknown);
    let (mut rank, mut number, mut last) = (0, 0, None);
    args.longs(|row| {
        let value = cells.value(ty, row);
        if restart(row) {
            (rank, number, last) = (0, 0, None);
        }
        number += 1;
        if last.as_ref() != Some(&value) {
            rank = grow(rank, number);
            last = Some(value);
        }
        Some(rank)
    })
}

/// `row_window_session(time, from_first, between [, restart])`:
/// learn.microsoft.com/kusto/query/row-window-session-function.
pub static ROW_WINDOW_SESSION: Function = Function {
    spec: FunctionSpec {
        name: "row_window_session",
        overloads: &[Overload::new(
            &[
                Param::new("expr", Accepts::Exactly(Type::Datetime)),
                Param::new("maxDistanceFromFirst", Accepts::Exactly(Type::Timespan)),
                Param::new("maxDistanceBetweenNeighbors", Accepts::Exactly(Type::Timespan)),
            ],
            Returns::Same(0),
        )
        .optional(&[RESTART])],
        summary: "Returns the time at which each row's session began; a gap, a length or a restart begins a new one.",
        examples: &[Example {
            query: "range t from datetime(2020-01-01) to datetime(2020-01-03) step 1d | serialize s = row_window_session(t, 10d, 1h) == t",
            answer: "2020-01-01T00:00:00.0000000Z | true\n2020-01-02T00:00:00.0000000Z | true\n2020-01-03T00:00:00.0000000Z | true",
        }],
        ..BASE
    },
    body: Body::Window,
};

fn row_window_session(args: &Args) -> Result<ColumnarValue> {
    let (time, longest, gap) = (args.long(0)?, args.long(1)?, args.long(2)?);
    let restart = restarts(args, 3)?;
    let mut session: Option<(i64, i64)> = None;
    args.longs(|row| {
        let Some(now) = time.at(row) else {
            session = None;
            return None;
        };
        let within = |from: i64, span: Option<i64>| span.is_some_and(|span| now < from.saturating_add(span));
        let start = match session {
            Some((start, last)) if !restart(row) && within(start, longest.at(row)) && within(last, gap.at(row)) => {
                start
            }
            _ => now,
        };
        session = Some((start, now));
        Some(start)
    })
}

/// Reads the optional restart argument: null and absent are false.
fn restarts(args: &Args, i: usize) -> Result<impl Fn(usize) -> bool + use<>> {
    let flags = if args.len() > i { Some(args.boolean(i)?) } else { None };
    Ok(move |row| flags.as_ref().is_some_and(|f| f.at(row) == Some(true)))
}

fn over(
    columns: &[ArrayRef],
    types: &[Type],
    returns: Type,
    rows: usize,
    kernel: fn(&Args) -> Result<ColumnarValue>,
) -> Result<ArrayRef> {
    let values: Vec<ColumnarValue> = columns.iter().cloned().map(ColumnarValue::Array).collect();
    let array = kernel(&Args { values: &values, rows, types, returns })?.into_array(rows)?;
    match array.len() == rows {
        true => Ok(array),
        false => Err(exec_datafusion_err!("a window function gave {} of {rows} rows", array.len())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::cells;
    use crate::value::value_at;

    fn window(name: &str, columns: &[Vec<Value>], rows: usize, returns: Type) -> Vec<Value> {
        let types: Vec<_> = columns.iter().map(|c| c[0].ty()).collect();
        let arrays: Vec<_> = columns.iter().map(|c| cells(c).into_array(rows).unwrap()).collect();
        let array = kernel(name).unwrap()(&arrays, &types, returns, rows).unwrap();
        (0..rows).map(|row| value_at(&array, returns, row)).collect()
    }

    fn longs(values: &[i64]) -> Vec<Value> {
        values.iter().map(|v| Value::Long(*v)).collect()
    }

    fn restart(values: [bool; 4]) -> Vec<Value> {
        values.map(Value::Bool).to_vec()
    }

    #[test]
    fn neighbours_outside_are_null_empty_or_the_default() {
        let x = longs(&[1, 2, 3]);
        assert_eq!(window("prev", std::slice::from_ref(&x), 3, Type::Long)[0], Value::Null(Type::Long));
        let default = window("next", &[x, longs(&[2; 3]), longs(&[9; 3])], 3, Type::Long);
        assert_eq!(default, longs(&[3, 9, 9]));
        let text = vec![Value::String("a".into())];
        assert_eq!(window("prev", &[text], 1, Type::String), [Value::String(String::new())]);
    }

    #[test]
    fn numbers_and_sums_restart() {
        let flags = restart([false, false, true, false]);
        assert_eq!(window("row_number", &[], 3, Type::Long), longs(&[1, 2, 3]));
        assert_eq!(window("row_number", &[longs(&[0; 4]), flags.clone()], 4, Type::Long), longs(&[0, 1, 0, 1]));
        assert_eq!(window("row_cumsum", &[longs(&[1, 2, 3, 4]), flags], 4, Type::Long), longs(&[1, 3, 3, 7]));
    }

    #[test]
    fn ranks_share_equal_neighbours() {
        let x = longs(&[5, 5, 6, 7]);
        assert_eq!(window("row_rank_dense", std::slice::from_ref(&x), 4, Type::Long), longs(&[1, 1, 2, 3]));
        assert_eq!(window("row_rank_min", &[x], 4, Type::Long), longs(&[1, 1, 3, 4]));
    }

    #[test]
    fn sessions_end_at_a_gap_or_at_their_length() {
        let times = |v: [i64; 4]| v.map(Value::Datetime).to_vec();
        let spans = |v: i64| vec![Value::Timespan(v); 4];
        let got = window("row_window_session", &[times([0, 4, 8, 20]), spans(8), spans(5)], 4, Type::Datetime);
        assert_eq!(got, times([0, 0, 8, 20]));
    }
}
