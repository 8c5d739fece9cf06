//! `rows_near`: rows for which a condition holds, and those around them.

use arrow::array::{AsArray, BooleanArray};
use arrow::compute::filter_record_batch;

use rehunt_lang::types::Value;

use super::{Arg, Call, Work, input};
use crate::error::Result;

/// The arguments are the condition, how many rows before, and how many after where that is another number.
pub(super) fn prepare(call: &Call) -> Result<Work> {
    let condition = match call.args.first() {
        Some(Arg::Constant(value)) => Err(*value == Value::Bool(true)),
        _ => Ok(call.place(0)?),
    };
    let rows = |index| call.long(index).map(|n| usize::try_from(n).unwrap_or(0));
    let before = rows(1)?;
    let after = if call.args.len() > 2 { rows(2)? } else { before };
    let width = call.columns.len();
    Ok(Work::Whole(Box::new(move |inputs| {
        let holds = match &condition {
            Ok(place) => place.of(inputs)?.as_boolean().iter().map(|c| c == Some(true)).collect(),
            Err(always) => vec![*always; input(inputs, 0)?.num_rows()],
        };
        let near = near(&holds, before, after);
        let own: Vec<usize> = (0..width).collect();
        Ok(filter_record_batch(&input(inputs, 0)?.project(&own)?, &BooleanArray::from(near))?)
    })))
}

/// Marks the rows that have a true one at most `before` rows behind or `after` rows ahead of them.
fn near(holds: &[bool], before: usize, after: usize) -> Vec<bool> {
    let mut marks = vec![false; holds.len()];
    let mut marked = 0; // every row before this one is settled
    for (row, _) in holds.iter().enumerate().filter(|(_, holds)| **holds) {
        let end = row.saturating_add(after).saturating_add(1).min(holds.len());
        let start = row.saturating_sub(before).max(marked);
        marks.iter_mut().take(end).skip(start).for_each(|mark| *mark = true);
        marked = end;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_around_several_hits() {
        let text = |holds: &str, before, after| -> String {
            let holds: Vec<bool> = holds.chars().map(|c| c == 'x').collect();
            near(&holds, before, after).into_iter().map(|m| if m { 'x' } else { '.' }).collect()
        };
        assert_eq!(text("....x....", 1, 2), "...xxxx..");
        assert_eq!(text("x..x....x", 1, 0), "x.xx...xx");
        assert_eq!(text(".xx...", 0, 1), ".xxx..");
        assert_eq!(text("...", 5, 5), "...");
        assert_eq!(text("x", usize::MAX, usize::MAX), "x");
    }
}
