//! `extract`, `extract_all`: what the groups of a regex match.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use regex::{Captures, Regex};
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Overload, Param, Returns};
use rehunt_lang::types::{Type, Value};

use crate::dynamic::{Raw, push_string};
use crate::functions::pattern::compile;
use crate::functions::signature::{array, long, signature, string};
use crate::functions::{Args, Body, Function, Prepare, Prepared};

const REGEX: Param = string("regex").constant();
const TYPE: Param = Param::new("typeLiteral", Accepts::Typeof).literal();

/// `extract(regex, group, source [, typeof(type)])`: learn.microsoft.com/kusto/query/extract-function.
pub static EXTRACT: Function = Function {
    spec: FunctionSpec {
        name: "extract",
        overloads: &[
            signature(&[REGEX, long("captureGroup"), string("source")], Type::String),
            Overload::new(&[REGEX, long("captureGroup"), string("source"), TYPE], Returns::Typeof(3)),
        ],
        summary: "Returns what a group of a regex matches first (0 is the whole match), converted to a type if one is named.",
        examples: &[
            Example { query: "print extract('User: ([^,]+)', 1, 'User: James, Age: 29')", answer: "James" },
            Example {
                query: r"print extract(@'-(\d{2})-', 1, '15-12-2024', typeof(int)), extract('x', 0, 'abc')",
                answer: "12 | ",
            },
        ],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(extract),
};

fn extract(call: &Prepare) -> Result<Prepared, String> {
    let regex = compile(call.text(0)?)?;
    Ok(Arc::new(move |args| {
        let (group, source) = (args.long(1)?, args.text(2)?);
        // Where the groups of the latest match stand; reused, since a match of every row would allocate its own.
        let mut places = regex.capture_locations();
        args.parsed(|row| {
            let text = source.at(row)?;
            let group = usize::try_from(group.at(row)?).ok()?;
            if group == 0 {
                return regex.find(text).map(|found| found.as_str());
            }
            regex.captures_read(&mut places, text)?;
            let (start, end) = places.get(group)?;
            text.get(start..end)
        })
    }))
}

/// `extract_all(regex [, groups], source)`: learn.microsoft.com/kusto/query/extract-all-function.
pub static EXTRACT_ALL: Function = Function {
    spec: FunctionSpec {
        name: "extract_all",
        aliases: &["extractall"],
        overloads: &[
            signature(&[REGEX, string("source")], Type::Dynamic),
            signature(&[REGEX, array("captureGroups"), string("source")], Type::Dynamic),
        ],
        summary: "Returns what the groups of a regex match, for each match: an array of texts for one group, of arrays for more.",
        examples: &[
            Example { query: r"print extract_all(@'(\d+)', 'a set of numbers: 123, 567')", answer: r#"["123","567"]"# },
            Example {
                query: r"print extract_all(@'([a-z])(\d)', 'a1 b2'), extract_all(@'([a-z])(\d)', dynamic([2]), 'a1 b2')",
                answer: r#"[["a","1"],["b","2"]] | ["1","2"]"#,
            },
        ],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(extract_all),
};

fn extract_all(call: &Prepare) -> Result<Prepared, String> {
    let regex = compile(call.text(0)?)?;
    if regex.captures_len() < 2 {
        return Err("the regex of `extract_all` has no group".to_owned());
    }
    let constant = match (call.types.len(), call.constant(1)) {
        (3, Some(Value::Dynamic(json))) => Some(groups(&regex, Some(json))),
        (3, None) => None,
        _ => Some(groups(&regex, None)),
    };
    Ok(Arc::new(move |args| matches(args, &regex, constant.as_deref())))
}

fn matches(args: &Args, regex: &Regex, constant: Option<&[usize]>) -> Result<ColumnarValue> {
    let source = args.text(args.len().saturating_sub(1))?;
    let listed = if constant.is_none() { Some(args.json(1)?) } else { None };
    args.texts(|row, out| {
        let own;
        let groups = match (constant, &listed) {
            (Some(groups), _) => groups,
            (None, listed) => {
                own = groups(regex, listed.as_ref().and_then(|l| l.at(row)));
                &own
            }
        };
        for found in regex.captures_iter(source.at(row)?) {
            out.push(if out.is_empty() { '[' } else { ',' });
            push_groups(&found, groups, out);
        }
        if out.is_empty() {
            return None;
        }
        out.push(']');
        Some(())
    })
}

fn push_groups(found: &Captures, groups: &[usize], out: &mut String) {
    let text = |group: &usize| found.get(*group).map_or("", |m| m.as_str());
    if let [only] = groups {
        return push_string(out, text(only));
    }
    for (i, group) in groups.iter().enumerate() {
        out.push(if i == 0 { '[' } else { ',' });
        push_string(out, text(group));
    }
    out.push(']');
}

/// Returns the groups listed by number or name; unknown ones do not count, and if none is left all groups do.
fn groups(regex: &Regex, listed: Option<&str>) -> Vec<usize> {
    let known = |item: Raw| match item.as_str() {
        Some(name) => regex.capture_names().position(|n| n == Some(&*name)),
        None => usize::try_from(item.as_long()?).ok().filter(|n| (1..regex.captures_len()).contains(n)),
    };
    let chosen: Vec<usize> = listed.into_iter().flat_map(|json| Raw::new(json).elements()).filter_map(known).collect();
    if chosen.is_empty() { (1..regex.captures_len()).collect() } else { chosen }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::operators::testing::call;

    fn text(text: &str) -> Value {
        Value::String(text.into())
    }

    #[test]
    fn no_match_is_empty_or_null() {
        let args = [text(r"(\d+)"), Value::Long(1), text("abc")];
        assert_eq!(call("extract", &args, Type::String), text(""));
        let typed = [text(r"(\d+)"), Value::Long(1), text("abc"), text("long")];
        assert_eq!(call("extract", &typed, Type::Long), Value::Null(Type::Long));
        assert_eq!(call("extract_all", &[text(r"(\d+)"), text("abc")], Type::Dynamic), Value::Null(Type::Dynamic));
        let args = [text("a"), Value::Long(7), text("abc")];
        assert_eq!(call("extract", &args, Type::String), text(""));
    }

    #[test]
    fn groups_go_by_number_and_name() {
        let regex = text(r"(?P<first>\w)(?<middle>\w+)(?P<last>\w)");
        let ask = |groups: &str| {
            let args = [regex.clone(), Value::Dynamic(groups.into()), text("abcd-efg")];
            call("extract_all", &args, Type::Dynamic)
        };
        assert_eq!(ask(r#"["first",3]"#), Value::Dynamic(r#"[["a","d"],["e","g"]]"#.into()));
        assert_eq!(ask(r#"["none",2]"#), Value::Dynamic(r#"["bc","f"]"#.into()));
        assert_eq!(ask("[9]"), Value::Dynamic(r#"[["a","bc","d"],["e","f","g"]]"#.into()));
    }

    #[test]
    fn an_optional_group_without_match_is_empty() {
        let args = [text(r"([a-z])(\d)?"), text("a1b")];
        assert_eq!(call("extract_all", &args, Type::Dynamic), Value::Dynamic(r#"[["a","1"],["b",""]]"#.into()));
    }
}
