//! `around`: is a value within a distance of another?

use rehunt_lang::library::{Example, FunctionSpec, Overload, Returns};
use rehunt_lang::types::Type;

use crate::functions::signature::{datetime, integer, number, signature, timespan};
use crate::functions::{Body, Function};

/// `around(value, center, delta)`: learn.microsoft.com/kusto/query/around-function.
pub static AROUND: Function = Function {
    spec: FunctionSpec {
        name: "around",
        overloads: &[
            signature(&[integer("value"), integer("center"), integer("delta")], Type::Bool),
            Overload::new(&[number("value"), number("center"), number("delta")], Returns::Is(Type::Bool)),
            signature(&[datetime("value"), datetime("center"), timespan("delta")], Type::Bool),
            signature(&[timespan("value"), timespan("center"), timespan("delta")], Type::Bool),
        ],
        summary: "Tells whether a value is no farther from a center than a distance, ends included.",
        examples: &[Example {
            query: "print around(3, 5, 2), around(7.5, 5, 2), around(datetime(2021-01-02), datetime(2021-01-01), 1h)",
            answer: "true | false | false",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let whole = |ty: &Type| !matches!(ty, Type::Real | Type::Decimal | Type::Dynamic);
        if args.types.iter().all(whole) {
            let (value, center, delta) = (args.long(0)?, args.long(1)?, args.long(2)?);
            return args.bools(|row| {
                let [value, center, delta] = [value.at(row)?, center.at(row)?, delta.at(row)?].map(i128::from);
                Some((center - delta..=center + delta).contains(&value))
            });
        }
        let (value, center, delta) = (args.real(0)?, args.real(1)?, args.real(2)?);
        args.bools(|row| {
            let (center, delta) = (center.at(row)?, delta.at(row)?);
            Some((center - delta..=center + delta).contains(&value.at(row)?))
        })
    }),
};
