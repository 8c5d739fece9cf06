//! `now` and `ago`: one instant for the whole query, the session's.

use rehunt_lang::library::{Accepts, Example, FunctionSpec, Overload, Param, Returns};
use rehunt_lang::time;
use rehunt_lang::types::{Type, Value};

use crate::functions::{Body, Function};

const OFFSET: Param = Param::new("offset", Accepts::Exactly(Type::Timespan)).constant();

/// `now([offset])`: learn.microsoft.com/kusto/query/now-function.
pub static NOW: Function = Function {
    spec: FunctionSpec {
        name: "now",
        overloads: &[Overload::new(&[], Returns::Is(Type::Datetime)).optional(&[OFFSET])],
        summary: "Returns the time of the query, the same wherever it is asked for, with an offset added.",
        examples: &[Example { query: "print now() == now(), now(1h) - now()", answer: "true | 01:00:00" }],
        ..FunctionSpec::BASE
    },
    body: Body::Clock(|now, args| shifted(now, args, i64::checked_add)),
};

/// `ago(timespan)`: learn.microsoft.com/kusto/query/ago-function.
pub static AGO: Function = Function {
    spec: FunctionSpec {
        name: "ago",
        overloads: &[Overload::new(&[OFFSET], Returns::Is(Type::Datetime))],
        summary: "Returns the time of the query minus a timespan.",
        examples: &[Example { query: "print now() - ago(1d)", answer: "1.00:00:00" }],
        ..FunctionSpec::BASE
    },
    body: Body::Clock(|now, args| shifted(now, args, i64::checked_sub)),
};

fn shifted(now: i64, args: &[Value], shift: fn(i64, i64) -> Option<i64>) -> Value {
    let ticks = match args.first() {
        None => Some(now),
        Some(Value::Timespan(offset)) => shift(now, *offset).and_then(time::in_range),
        Some(_) => None,
    };
    ticks.map_or(Value::Null(Type::Datetime), Value::Datetime)
}
