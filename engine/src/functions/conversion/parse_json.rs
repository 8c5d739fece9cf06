//! `parse_json`: from JSON text to dynamic.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use crate::dynamic::parse_column;
use crate::functions::{Args, Body, Function};

/// `parse_json(text)`
pub static PARSE_JSON: Function = Function {
    spec: FunctionSpec {
        name: "parse_json",
        aliases: &["parsejson", "todynamic", "toobject"],
        overloads: &[Overload::new(&[Param::new("json_text", Accepts::StringOrDynamic)], Returns::Is(Type::Dynamic))],
        naming: Naming::FirstArgument,
        summary: "Reads JSON text; text that is not JSON becomes a dynamic string, empty text null. \
                  A dynamic is returned as it is.",
        examples: &[
            Example { query: "print parse_json('{\"a\": [1, 2.50]}')", answer: "{\"a\":[1,2.5]}" },
            Example { query: "print parse_json('hello')", answer: "\"hello\"" },
            Example { query: "print isnull(parse_json(''))", answer: "true" },
        ],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(parse_json),
};

fn parse_json(args: &Args) -> Result<ColumnarValue> {
    match (args.types, args.values) {
        ([Type::Dynamic], [value]) => Ok(value.clone()),
        _ => args.result(parse_column(args.text(0)?.array())?),
    }
}
