//! `active_users_count`, `session_count`: what each id did shortly before decides whether a row counts.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::super::timeline::Step;
use super::super::{Call, Work};
use super::{Counted, by_id, visits};
use crate::error::Result;

/// `active_users_count(id, time, start, end, lookback, period, periods, step)`: for each step the ids with a row at which
/// they had been seen in so many periods of the lookback, which ends with that row and does not hold its own start.
/// Steps without such ids do not appear.
pub(crate) fn active_users_count(call: &Call) -> Result<Work> {
    let (start, end, lookback) = (call.long(2)?, call.long(3)?, call.long(4)?);
    let period = Step::read(call, 5, 0)?;
    let periods = usize::try_from(call.long(6)?).unwrap_or(0);
    let step = Step::read(call, 7, start)?;
    let since = start.saturating_sub(lookback);
    let read = visits(call, call.places_from(8)?, move |time| time > since && time <= end)?;
    let (schema, ty) = (Arc::clone(&call.schema), call.place(1)?.ty);
    Ok(Work::Whole(Box::new(move |inputs| {
        let visits = read(inputs)?;
        let mut counted = Counted::<1, 1, 0>::new(&schema, ty);
        for (number, slice) in visits.slices() {
            let mut active: BTreeMap<i64, i64> = BTreeMap::new();
            for id in by_id(slice).chunk_by(|a, b| a.0 == b.0) {
                let mut window = Window::default();
                let mut last = None;
                for (_, time) in id {
                    window.add(*time, lookback, period);
                    let bin = step.number(*time);
                    if *time >= start && window.periods.len() >= periods && last != Some(bin) {
                        *active.entry(bin).or_default() += 1;
                        last = Some(bin);
                    }
                }
            }
            for (bin, ids) in active {
                step.start(bin).into_iter().for_each(|begin| counted.push([begin], number, [ids], []));
            }
        }
        counted.finish(&visits)
    })))
}

/// The rows of an id in the lookback, and in how many periods they are.
#[derive(Default)]
struct Window {
    times: VecDeque<i64>,
    periods: HashMap<i64, usize>,
}

impl Window {
    fn add(&mut self, time: i64, lookback: i64, period: Step) {
        self.times.push_back(time);
        *self.periods.entry(period.number(time)).or_default() += 1;
        while let Some(old) = self.times.front().copied().filter(|old| time.saturating_sub(*old) >= lookback.max(1)) {
            self.times.pop_front();
            let number = period.number(old);
            if let Some(rows) = self.periods.get_mut(&number) {
                *rows -= 1;
                if *rows == 0 {
                    self.periods.remove(&number);
                }
            }
        }
    }
}

/// `session_count(id, time, start, end, step, lookback)`: for each step how many sessions begin in it. A row begins one if
/// its id was not seen within the lookback before. Steps without any do not appear.
pub(crate) fn session_count(call: &Call) -> Result<Work> {
    let (start, end, lookback) = (call.long(2)?, call.long(3)?, call.long(5)?);
    let step = Step::read(call, 4, start)?;
    let since = start.saturating_sub(lookback);
    let read = visits(call, call.places_from(6)?, move |time| (since..=end).contains(&time))?;
    let (schema, ty) = (Arc::clone(&call.schema), call.place(1)?.ty);
    Ok(Work::Whole(Box::new(move |inputs| {
        let visits = read(inputs)?;
        let mut counted = Counted::<1, 1, 0>::new(&schema, ty);
        for (number, slice) in visits.slices() {
            let mut sessions: BTreeMap<i64, i64> = BTreeMap::new();
            for id in by_id(slice).chunk_by(|a, b| a.0 == b.0) {
                let mut last: Option<i64> = None;
                for (_, time) in id {
                    let begins = last.is_none_or(|last| time.saturating_sub(last) > lookback);
                    if begins && *time >= start {
                        *sessions.entry(step.number(*time)).or_default() += 1;
                    }
                    last = Some(*time);
                }
            }
            for (bin, begun) in sessions {
                step.start(bin).into_iter().for_each(|begin| counted.push([begin], number, [begun], []));
            }
        }
        counted.finish(&visits)
    })))
}
