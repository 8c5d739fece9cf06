//! `datetime_add`.

use std::sync::Arc;

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use super::period::{NAMES, Period};
use crate::functions::signature::{datetime, integer, signature, string};
use crate::functions::{Body, Function};

/// `datetime_add(period, amount, datetime)`: learn.microsoft.com/kusto/query/datetime-add-function.
pub static DATETIME_ADD: Function = Function {
    spec: FunctionSpec {
        name: "datetime_add",
        overloads: &[signature(
            &[string("period").one_of(NAMES), integer("amount"), datetime("datetime")],
            Type::Datetime,
        )],
        summary: "Adds so many periods; a day that a month lacks becomes its last.",
        examples: &[Example {
            query: "print datetime_add('month', 1, datetime(2020-01-31)), datetime_add('day', -1, datetime(0001-01-01))",
            answer: "2020-02-29T00:00:00.0000000Z | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|call| {
        let name = call.text(0)?;
        let period = Period::from_name(name).ok_or_else(|| format!("`{name}` is no period of `datetime_add`"))?;
        Ok(Arc::new(move |args| {
            let (amount, from) = (args.long(1)?, args.long(2)?);
            args.longs(|row| period.add(from.at(row)?, amount.at(row)?))
        }))
    }),
};
