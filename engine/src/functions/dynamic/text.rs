//! Functions that show dynamics as text.

use datafusion::common::{HashSet, Result};
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Naming};
use rehunt_lang::types::Type;

use super::{cells, write};
use crate::dynamic::{Builder, Kind, Raw, unescape};
use crate::functions::signature::{array, scalar, signature};
use crate::functions::{Args, Body, Function};

/// `dynamic_to_json(value)`
pub static DYNAMIC_TO_JSON: Function = Function {
    spec: FunctionSpec {
        name: "dynamic_to_json",
        overloads: &[signature(&[scalar("expr")], Type::String)],
        summary: "Shows a value as JSON with the keys of all bags sorted, so that equal values give equal texts.",
        examples: &[Example {
            query: "print dynamic_to_json(dynamic({'b': 2, 'a': {'d': null, 'c': [1.0]}}))",
            answer: "{\"a\":{\"c\":[1.0],\"d\":null},\"b\":2}",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(dynamic_to_json),
};

fn dynamic_to_json(args: &Args) -> Result<ColumnarValue> {
    if args.types != [Type::Dynamic] {
        let text = args.spelled(0)?;
        return args.slices(|row| text.at(row));
    }
    let values = cells(args, 0)?;
    let mut json = Builder::new();
    args.texts(|row, out| {
        json.clear();
        put_sorted(&mut json, values.dynamic(row)?);
        out.push_str(json.text());
        Some(())
    })
}

/// Values are nested as deep as [`crate::dynamic::MAX_DEPTH`], and a few levels more where functions wrapped them.
fn put_sorted(out: &mut Builder, value: Raw) {
    match value.kind() {
        Kind::Array => {
            out.begin_array();
            value.elements().for_each(|element| put_sorted(out, element));
            out.end_array();
        }
        Kind::Bag => {
            let mut slots: Vec<_> = value.slots().collect();
            slots.sort_by_key(|(key, _)| unescape(key));
            out.begin_bag();
            for (key, value) in slots {
                out.escaped_key(key);
                put_sorted(out, value);
            }
            out.end_bag();
        }
        _ => out.raw(value),
    }
}

/// `strcat_array(array, delimiter)`
pub static STRCAT_ARRAY: Function = Function {
    spec: FunctionSpec {
        name: "strcat_array",
        aliases: &["array_strcat"],
        overloads: &[signature(&[array("array"), scalar("delimiter")], Type::String)],
        summary: "Joins the elements of an array to one text; nulls are empty. What is no array is shown as it is.",
        examples: &[Example {
            query: "print strcat_array(dynamic([1, null, true, ['x']]), '->')",
            answer: "1->->true->[\"x\"]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(strcat_array),
};

fn strcat_array(args: &Args) -> Result<ColumnarValue> {
    let (arrays, delimiter) = (cells(args, 0)?, args.spelled(1)?);
    args.texts(|row, out| {
        let value = arrays.dynamic(row)?;
        if !value.is_array() {
            out.push_str(&value.to_text());
        }
        for (i, element) in value.elements().enumerate() {
            if i > 0 {
                out.push_str(delimiter.at(row)?);
            }
            out.push_str(&element.to_text());
        }
        Some(())
    })
}

/// `treepath(bag)`
pub static TREEPATH: Function = Function {
    spec: FunctionSpec {
        name: "treepath",
        overloads: &[signature(&[array("object")], Type::Dynamic)],
        naming: Naming::PrefixAndFirstArgument("tree"),
        summary: "Lists the paths within a value, parents first; `[0]` stands for every index of an array.",
        examples: &[Example {
            query: "print treepath(dynamic({'a': [1, {'b': 2}], 'c': 3}))",
            answer: "[\"['a']\",\"['a'][0]\",\"['a'][0]['b']\",\"['c']\"]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(treepath),
};

fn treepath(args: &Args) -> Result<ColumnarValue> {
    let values = cells(args, 0)?;
    write(args, |row, out| {
        let value = values.dynamic(row)?;
        let (mut paths, mut seen) = (Vec::new(), HashSet::new());
        find_paths(value, &mut String::new(), &mut |path| {
            if seen.insert(path.to_owned()) {
                paths.push(path.to_owned());
            }
        });
        out.begin_array();
        paths.iter().for_each(|path| out.string(path));
        out.end_array();
        Some(())
    })
}

fn find_paths(value: Raw, path: &mut String, found: &mut impl FnMut(&str)) {
    let length = path.len();
    let keys = value.slots().map(|(key, value)| (format!("['{}']", unescape(key)), value));
    let indexes = value.elements().map(|element| ("[0]".to_owned(), element));
    for (step, value) in keys.chain(indexes) {
        path.push_str(&step);
        found(path);
        find_paths(value, path, found);
        path.truncate(length);
    }
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::{Type, Value};

    use crate::functions::dynamic::tests::{dynamic, scalar};

    #[test]
    fn keys_are_sorted_at_every_level() {
        let json = |value| scalar("dynamic_to_json", &[value], Type::String);
        let wanted = r#"{"a":1,"b":[{"x":1,"y\"":2}],"é":null}"#;
        assert_eq!(json(r#"{"é":null,"b":[{"y\"":2,"x":1}],"a":1}"#), Value::String(wanted.to_owned()));
        assert_eq!(json("7"), Value::String("7".to_owned()));
    }

    #[test]
    fn arrays_are_joined() {
        let join = |value| scalar("strcat_array", &[value, "|"], Type::String);
        assert_eq!(join(r#"["a",null,"","b"]"#), Value::String("a|||b".to_owned()));
        assert_eq!(join("[]"), Value::String(String::new()));
        assert_eq!(join("{\"a\":1}"), Value::String("{\"a\":1}".to_owned()));
        assert_eq!(join("null"), Value::String(String::new()));
    }

    #[test]
    fn paths_are_listed_parents_first_and_once() {
        let value = r#"{"a":{"b":{"c":1}},"x":[{"y":2},{"y":3}]}"#;
        let paths = r#"["['a']","['a']['b']","['a']['b']['c']","['x']","['x'][0]","['x'][0]['y']"]"#;
        assert_eq!(dynamic("treepath", &[value]), paths);
    }
}
