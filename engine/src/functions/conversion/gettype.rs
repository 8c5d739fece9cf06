//! `gettype`: the name of a value's type.

use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use crate::dynamic::{Kind, Raw};
use crate::functions::{Args, Body, Function};

/// `gettype(value)`
pub static GETTYPE: Function = Function {
    spec: FunctionSpec {
        name: "gettype",
        overloads: &[Overload::new(&[Param::new("value", Accepts::Scalar)], Returns::Is(Type::String))],
        naming: Naming::PrefixAndFirstArgument("type"),
        summary: "Names the type of a value; of a dynamic the type of its content: `array`, `dictionary`, `null`, \
                  `bool`, `long`, `double` or `string`.",
        examples: &[
            Example { query: "print gettype(1), gettype(1.0), gettype(toint('x'))", answer: "long | real | int" },
            Example {
                query: "print gettype(dynamic([1])), gettype(dynamic({'a':1})), gettype(dynamic(1.5)), gettype(dynamic(null))",
                answer: "array | dictionary | double | null",
            },
        ],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(gettype),
};

fn gettype(args: &Args) -> Result<ColumnarValue> {
    match args.types {
        [Type::Dynamic] => {
            let value = args.json(0)?;
            args.slices(|row| {
                Some(match value.at(row).map_or(Kind::Null, |text| Raw::new(text).kind()) {
                    Kind::Null => "null",
                    Kind::Bool => "bool",
                    Kind::Long => "long",
                    Kind::Real => "double",
                    Kind::String => "string",
                    Kind::Array => "array",
                    Kind::Bag => "dictionary",
                })
            })
        }
        types => {
            let name = types.first().map_or("null", |ty| ty.name());
            Ok(ColumnarValue::Scalar(ScalarValue::Utf8View(Some(name.to_owned()))))
        }
    }
}
