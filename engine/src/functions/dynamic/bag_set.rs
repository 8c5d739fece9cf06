//! `bag_set_key`: a property bag with another value under a key.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Param};
use rehunt_lang::types::Type;

use super::bag::steps;
use super::{bag_in, cells, write};
use crate::dynamic::{Builder, Raw};
use crate::functions::signature::{scalar, signature, string};
use crate::functions::{Args, Body, Function};

const BAG: Param = Param::new("bag", Accepts::Bag);

/// `bag_set_key(bag, key, value)`: learn.microsoft.com/kusto/query/bag-set-key-function.
pub static BAG_SET_KEY: Function = Function {
    spec: FunctionSpec {
        name: "bag_set_key",
        overloads: &[signature(&[BAG, string("key").constant(), scalar("value")], Type::Dynamic)],
        summary: "Sets a key, or a path such as `$.a.b`, of a property bag; null if it is none.",
        examples: &[Example {
            query: "print bag_set_key(dynamic({'a': 1}), 'b', 'x'), bag_set_key(dynamic({'a': {'b': 1, 'c': 2}}), '$.a.b', 3)",
            answer: r#"{"a":1,"b":"x"} | {"a":{"b":3,"c":2}}"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(bag_set_key),
};

fn bag_set_key(args: &Args) -> Result<ColumnarValue> {
    let (bags, keys, values) = (cells(args, 0)?, args.text(1)?, cells(args, 2)?);
    write(args, |row, out| {
        let bag = bag_in(&bags, row)?;
        let steps = steps(keys.at(row)?);
        put_with(out, Some(bag), &steps, &|out| values.write(row, out));
        Some(())
    })
}

/// Writes a bag with a value at the end of a path; bags on the way that are not there are made.
fn put_with(out: &mut Builder, bag: Option<Raw>, path: &[String], put: &dyn Fn(&mut Builder)) {
    let Some((step, rest)) = path.split_first() else { return put(out) };
    let mut met = false;
    out.begin_bag();
    for (key, value) in bag.into_iter().flat_map(Raw::slots) {
        out.escaped_key(key);
        match key == step.as_str() {
            true => {
                met = true;
                put_with(out, Some(value).filter(|value| value.is_bag()), rest, put);
            }
            false => out.raw(value),
        }
    }
    if !met {
        out.escaped_key(step);
        put_with(out, None, rest, put);
    }
    out.end_bag();
}

#[cfg(test)]
mod tests {
    use crate::functions::dynamic::tests::dynamic;

    #[test]
    fn paths_are_made() {
        let set = |bag, path| dynamic("bag_set_key", &[bag, path, "7"]);
        assert_eq!(set(r#"{"a":{"b":1,"c":2},"d":3}"#, "$.a.b"), r#"{"a":{"b":7,"c":2},"d":3}"#);
        assert_eq!(set(r#"{"a":1}"#, "$.b.c"), r#"{"a":1,"b":{"c":7}}"#);
        assert_eq!(set("{}", "a"), r#"{"a":7}"#);
        assert_eq!(set("[]", "a"), "Null(Dynamic)");
    }
}
