//! `trim`, `trim_start`, `trim_end`: take away what a regex matches at the ends of a text, once an end. The page says
//! "all matches"; recorded answers of the engine say one.

use std::sync::Arc;

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use crate::functions::pattern::compile;
use crate::functions::signature::{signature, string};
use crate::functions::{Body, Function, Prepare, Prepared};

/// `trim(regex, source)`: learn.microsoft.com/kusto/query/trim-function.
pub static TRIM: Function = Function {
    spec: FunctionSpec {
        name: "trim",
        overloads: &[signature(&[string("regex").constant(), string("source")], Type::String)],
        summary: "Takes away one match of a regex at the start of a text and one at its end.",
        examples: &[Example {
            query: r"print trim('--', '--https://bing.com--'), trim('y', 'yyy')",
            answer: "https://bing.com | y",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|call| without(call, &[Ends::Start, Ends::End])),
};

/// `trim_start(regex, source)`: learn.microsoft.com/kusto/query/trim-start-function.
pub static TRIM_START: Function = Function {
    spec: FunctionSpec {
        name: "trim_start",
        overloads: &[signature(&[string("regex").constant(), string("source")], Type::String)],
        summary: "Takes away one match of a regex at the start of a text.",
        examples: &[Example { query: "print trim_start('https://', 'https://bing.com')", answer: "bing.com" }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|call| without(call, &[Ends::Start])),
};

/// `trim_end(regex, source)`: learn.microsoft.com/kusto/query/trim-end-function.
pub static TRIM_END: Function = Function {
    spec: FunctionSpec {
        name: "trim_end",
        overloads: &[signature(&[string("regex").constant(), string("source")], Type::String)],
        summary: "Takes away one match of a regex at the end of a text.",
        examples: &[Example { query: "print trim_end('.com', 'bing.com')", answer: "bing" }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|call| without(call, &[Ends::End])),
};

/// Where a match lies.
#[derive(Clone, Copy)]
enum Ends {
    Start,
    End,
}

/// Prepares to remove one match of a regex at each of some ends.
fn without(call: &Prepare, ends: &[Ends]) -> Result<Prepared, String> {
    let pattern = call.text(0)?;
    // Alone first, so that a refusal shows what was written.
    compile(pattern)?;
    // A regex an end: in one for both a named group would stand twice.
    let anchored = ends.iter().map(|end| match end {
        Ends::Start => compile(&format!("^(?:{pattern})")),
        Ends::End => compile(&format!("(?:{pattern})$")),
    });
    let anchored: Vec<_> = anchored.collect::<Result<_, _>>()?;
    Ok(Arc::new(move |args| {
        let source = args.text(1)?;
        args.texts(|row, out| {
            let text = source.at(row)?;
            let mut kept = 0;
            for regex in &anchored {
                if let Some(found) = regex.find_at(text, kept) {
                    out.push_str(text.get(kept..found.start())?);
                    kept = found.end();
                }
            }
            out.push_str(text.get(kept..)?);
            Some(())
        })
    }))
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::call;

    #[test]
    fn one_match_goes_at_each_end() {
        let cut = |name, re: &str, text: &str| {
            let text = call(name, &[Value::String(re.into()), Value::String(text.into())], Type::String);
            text.as_str().unwrap_or("null").to_owned()
        };
        assert_eq!(cut("trim", r"\s", "  pad  "), " pad ");
        assert_eq!(cut("trim", r"\s+", "  pad  "), "pad");
        assert_eq!(cut("trim", "a|b", "abc"), "bc", "alternatives stay together");
        assert_eq!(cut("trim_end", r"[^\w]+", "Te st1// $"), "Te st1");
        assert_eq!(cut("trim_start", "x", "midxx"), "midxx");
        assert_eq!(cut("trim", "(?<named>a)", "aba"), "b");
        assert_eq!(cut("trim", "x*", "axx"), "a");
    }
}
