//! `assert`: a condition on the query itself.

use std::sync::Arc;

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::{Type, Value};

use crate::functions::signature::{boolean, signature, string};
use crate::functions::{Body, Function};

/// `assert(condition, message)`: learn.microsoft.com/kusto/query/assert-function.
pub static ASSERT: Function = Function {
    spec: FunctionSpec {
        name: "assert",
        overloads: &[signature(&[boolean("predicate").constant(), string("message").constant()], Type::Bool)],
        summary: "Returns true, or refuses the query with a message where the condition is not true.",
        examples: &[Example { query: "print assert(2 > 1, 'two is more')", answer: "true" }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|call| match call.constant(0) {
        Some(Value::Bool(true)) => Ok(Arc::new(|args| args.tests(|_| true))),
        Some(_) => Err(format!("assertion failed: {}", call.text(1)?)),
        None => Err("the condition of `assert` must be constant".to_owned()),
    }),
};
