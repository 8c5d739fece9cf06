//! `extract_json`: one value of a JSON text by its path.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewBuilder};
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Overload, Param, Returns};
use rehunt_lang::types::Type;

use crate::dynamic::{Raw, Step, follow, normalize};
use crate::functions::signature::{signature, string};
use crate::functions::{Body, Function, Prepare, Prepared};
use crate::operators::convert::convert_column;

const PATH: Param = string("jsonPath").constant();
const TYPE: Param = Param::new("type", Accepts::Typeof).literal();

/// `extract_json(path, text [, typeof(type)])`: learn.microsoft.com/kusto/query/extract-json-function.
pub static EXTRACT_JSON: Function = Function {
    spec: FunctionSpec {
        name: "extract_json",
        aliases: &["extractjson"],
        overloads: &[
            signature(&[PATH, string("jsonText")], Type::String),
            Overload::new(&[PATH, string("jsonText"), TYPE], Returns::Typeof(2)),
        ],
        summary: "Returns the value at a path such as `$.a[0].b` of a JSON text, converted to a type if one is named.",
        examples: &[Example {
            query: r#"print extract_json('$.name', '{"name": "John", "age": 30}'), extract_json('$.age', '{"age": 30}', typeof(long))"#,
            answer: "John | 30",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(extract_json),
};

fn extract_json(call: &Prepare) -> Result<Prepared, String> {
    let path = call.text(0)?;
    let steps = steps(path).ok_or_else(|| format!("`{path}` is no JSON path, expected one like `$.a[0].b`"))?;
    Ok(Arc::new(move |args| {
        let text = args.text(1)?;
        let mut found = StringViewBuilder::with_capacity(args.height());
        for row in 0..args.height() {
            let json = text.at(row).and_then(normalize);
            found.append_option(json.as_deref().and_then(|json| follow(Raw::new(json), &steps)).map(Raw::text));
        }
        let found: ArrayRef = Arc::new(found.finish());
        args.result(convert_column(&found, Type::Dynamic, args.returns)?)
    }))
}

/// Reads `$`, then `.name`, `['name']` and `[0]` steps.
pub(crate) fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(named) = rest.strip_prefix('.') {
            let end = named.find(['.', '[']).unwrap_or(named.len());
            let (name, after) = named.split_at(end);
            if name.is_empty() && !after.starts_with('[') {
                return None;
            }
            if !name.is_empty() {
                steps.push(Step::key(name));
            }
            rest = after;
            continue;
        }
        let inner = rest.strip_prefix('[')?;
        match inner.chars().next()? {
            quote @ ('\'' | '"') => {
                let (name, after) = inner.get(1..)?.split_once(quote)?;
                steps.push(Step::key(name));
                rest = after.strip_prefix(']')?;
            }
            _ => {
                let (index, after) = inner.split_once(']')?;
                steps.push(Step::Index(index.trim().parse().ok()?));
                rest = after;
            }
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::call;

    #[test]
    fn paths_are_followed_and_typed() {
        let ask = |path: &str, returns: Type| {
            let text = r#"{"a": [{"b c": "x"}, 2.0], "d": null}"#;
            let mut args = vec![Value::String(path.into()), Value::String(text.into())];
            if returns != Type::String {
                args.push(Value::String(returns.name().into()));
            }
            call("extract_json", &args, returns)
        };
        assert_eq!(ask("$.a[0]['b c']", Type::String), Value::String("x".into()));
        assert_eq!(ask("$.a[1]", Type::Long), Value::Long(2));
        assert_eq!(ask("$.a", Type::String), Value::String(r#"[{"b c":"x"},2.0]"#.into()));
        assert_eq!(ask("$.d", Type::String), Value::String(String::new()));
        assert_eq!(ask("$", Type::Dynamic), Value::Dynamic(r#"{"a":[{"b c":"x"},2.0],"d":null}"#.into()));
    }

    #[test]
    fn paths_that_are_none() {
        for path in ["", "a", "$.", "$..a", "$[", "$['a", "$[a]"] {
            assert!(steps(path).is_none(), "{path}");
        }
    }
}
