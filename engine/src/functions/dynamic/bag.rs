//! Functions over property bags. Where they take keys, `$.a.b` and `$['a']['b']` reach into nested bags.

use datafusion::common::{HashSet, Result};
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Param};
use rehunt_lang::types::Type;

use super::{all_cells, array_in, bag_in, cells, write};
use crate::dynamic::{Builder, Raw, escape};
use crate::functions::signature::{array, signature, string};
use crate::functions::{Args, Body, Function};

const BAG: Param = Param::new("bag", Accepts::Bag);

/// `bag_has_key(bag, key)`
pub static BAG_HAS_KEY: Function = Function {
    spec: FunctionSpec {
        name: "bag_has_key",
        overloads: &[signature(&[BAG, string("key")], Type::Bool)],
        summary: "Tells whether a property bag has a key, or a path such as `$.a.b`; null if it is no bag.",
        examples: &[Example {
            query: "print bag_has_key(dynamic({'a': {'b': null}}), '$.a.b'), bag_has_key(dynamic({'a': 1}), 'A')",
            answer: "true | false",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(bag_has_key),
};

fn bag_has_key(args: &Args) -> Result<ColumnarValue> {
    let (bags, keys) = (cells(args, 0)?, args.text(1)?);
    args.bools(|row| {
        let bag = bag_in(&bags, row)?;
        let steps = steps(keys.at(row)?);
        Some(steps.iter().try_fold(bag, |bag, step| bag.key(step)).is_some())
    })
}

/// `bag_keys(bag)`
pub static BAG_KEYS: Function = Function {
    spec: FunctionSpec {
        name: "bag_keys",
        overloads: &[signature(&[BAG], Type::Dynamic)],
        summary: "Lists the keys of a property bag; null if it is none.",
        examples: &[Example { query: "print bag_keys(dynamic({'a': 1, 'b': {'c': 2}}))", answer: "[\"a\",\"b\"]" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let bags = cells(args, 0)?;
        write(args, |row, out| {
            out.begin_array();
            bag_in(&bags, row)?.slots().for_each(|(key, _)| out.escaped_string(key));
            out.end_array();
            Some(())
        })
    }),
};

/// `bag_merge(bag, ...)`
pub static BAG_MERGE: Function = Function {
    spec: FunctionSpec {
        name: "bag_merge",
        overloads: &[signature(&[BAG], Type::Dynamic).repeated(&[BAG])],
        summary: "Merges property bags; of equal keys the leftmost stays. What is no bag is skipped.",
        examples: &[Example {
            query: "print bag_merge(dynamic({'a': 1, 'b': {'x': 1}}), dynamic({'b': {'y': 2}, 'c': 3}))",
            answer: "{\"a\":1,\"b\":{\"x\":1},\"c\":3}",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(bag_merge),
};

fn bag_merge(args: &Args) -> Result<ColumnarValue> {
    let bags = all_cells(args, 0)?;
    write(args, |row, out| {
        let mut bags = bags.iter().filter_map(|bag| bag_in(bag, row)).peekable();
        bags.peek()?;
        let mut seen = HashSet::new();
        out.begin_bag();
        for (key, value) in bags.flat_map(Raw::slots).filter(|(key, _)| seen.insert(*key)) {
            out.escaped_key(key);
            out.raw(value);
        }
        out.end_bag();
        Some(())
    })
}

/// `bag_remove_keys(bag, keys)`
pub static BAG_REMOVE_KEYS: Function = Function {
    spec: FunctionSpec {
        name: "bag_remove_keys",
        overloads: &[signature(&[BAG, array("keys")], Type::Dynamic)],
        summary: "Takes keys, or paths such as `$.a.b`, out of a property bag; null if it is none.",
        examples: &[Example {
            query: "print bag_remove_keys(dynamic({'a': 1, 'b': {'c': 2, 'd': 3}}), dynamic(['a', '$.b.c', 'x']))",
            answer: "{\"b\":{\"d\":3}}",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(bag_remove_keys),
};

fn bag_remove_keys(args: &Args) -> Result<ColumnarValue> {
    let (bags, keys) = (cells(args, 0)?, cells(args, 1)?);
    write(args, |row, out| {
        let bag = bag_in(&bags, row)?;
        let keys = array_in(&keys, row).into_iter().flat_map(Raw::elements);
        let paths: Vec<Vec<String>> = keys.filter_map(|key| Some(steps(&key.as_str()?))).collect();
        put_without(out, bag, &paths.iter().map(Vec::as_slice).collect::<Vec<_>>());
        Some(())
    })
}

/// Writes a bag without what the paths lead to.
fn put_without(out: &mut Builder, bag: Raw, paths: &[&[String]]) {
    out.begin_bag();
    for (key, value) in bag.slots() {
        let inner: Vec<&[String]> = paths
            .iter()
            .filter_map(|path| path.split_first().filter(|(first, _)| *first == key))
            .map(|(_, rest)| rest)
            .collect();
        if inner.iter().any(|rest| rest.is_empty()) {
            continue;
        }
        out.escaped_key(key);
        match !inner.is_empty() && value.is_bag() {
            true => put_without(out, value, &inner),
            false => out.raw(value),
        }
    }
    out.end_bag();
}

/// Takes a key or a JSON path apart into escaped keys. What does not read as a path is a key.
pub(super) fn steps(key: &str) -> Vec<String> {
    let whole = || vec![escape(key).into_owned()];
    let Some(mut rest) = key.strip_prefix('$').filter(|rest| rest.starts_with(['.', '['])) else { return whole() };
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let step = if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            Some((&after[..end], &after[end..])) // `end` stands before an ASCII character
        } else {
            let quoted = |open: &str, close: &str| rest.strip_prefix(open).and_then(|after| after.split_once(close));
            quoted("['", "']").or_else(|| quoted("[\"", "\"]"))
        };
        match step {
            Some((step, after)) if !step.is_empty() => {
                steps.push(escape(step).into_owned());
                rest = after;
            }
            _ => return whole(),
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::{Type, Value};

    use super::*;
    use crate::functions::dynamic::tests::{dynamic, scalar};

    #[test]
    fn reads_paths() {
        assert_eq!(steps("$.a.b"), ["a", "b"]);
        assert_eq!(steps("$['a.b'][\"c\"].d"), ["a.b", "c", "d"]);
        assert_eq!([steps("$a"), steps("$."), steps("a.b"), steps("$.a[0]")], [["$a"], ["$."], ["a.b"], ["$.a[0]"]]);
    }

    #[test]
    fn the_leftmost_of_equal_keys_stays() {
        assert_eq!(dynamic("bag_merge", &[r#"{"a":1}"#, "null", r#"{"a":[2],"b":3}"#]), r#"{"a":1,"b":3}"#);
        assert_eq!(dynamic("bag_merge", &["null", "[]"]), "Null(Dynamic)");
        assert_eq!(dynamic("bag_keys", &["{}"]), "[]");
        assert_eq!(dynamic("bag_keys", &["[]"]), "Null(Dynamic)");
    }

    #[test]
    fn keys_go_at_any_depth() {
        let bag = r#"{"key1":123,"key2":{"prop1":"abc","prop2":"xyz"},"key3":[100,200]}"#;
        let left = dynamic("bag_remove_keys", &[bag, r#"["$.key2.prop1","key3",7,"$.key1.x"]"#]);
        assert_eq!(left, r#"{"key1":123,"key2":{"prop2":"xyz"}}"#);
        let has = |key| scalar("bag_has_key", &[bag, key], Type::Bool);
        assert_eq!([has("$.key2.prop1"), has("prop1"), has("key3")], [true, false, true].map(Value::Bool));
    }
}
