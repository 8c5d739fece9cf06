//! `array_sort_asc`, `array_sort_desc`.

use std::cmp::Ordering;

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Param};
use rehunt_lang::types::Type;

use super::{cells, elements_in, put_array, write};
use crate::dynamic::order;
use crate::functions::signature::{array, signature};
use crate::functions::{Args, Body, Function};

/// A bool and nothing that converts to one: a second array is not this.
const NULLS_LAST: Param = Param::new("nulls_last", Accepts::OneOf(&[Type::Bool])).constant();

/// `array_sort_asc(array [, nulls_last])`
pub static ARRAY_SORT_ASC: Function = Function {
    spec: FunctionSpec {
        name: "array_sort_asc",
        overloads: &[signature(&[array("array")], Type::Dynamic).optional(&[NULLS_LAST])],
        summary: "Sorts an array, smallest first: numbers, then strings, then the rest; nulls last unless told otherwise.",
        examples: &[Example {
            query: "print array_sort_asc(dynamic([null, 'b', 10, 9.5, 'a']))",
            answer: "[9.5,10,\"a\",\"b\",null]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| sort(args, false)),
};

/// `array_sort_desc(array [, nulls_last])`
pub static ARRAY_SORT_DESC: Function = Function {
    spec: FunctionSpec {
        name: "array_sort_desc",
        overloads: &[signature(&[array("array")], Type::Dynamic).optional(&[NULLS_LAST])],
        summary: "Sorts an array, largest first; nulls last unless told otherwise.",
        examples: &[Example {
            query: "print array_sort_desc(dynamic([null, 1, 3, 2]), false)",
            answer: "[null,3,2,1]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| sort(args, true)),
};

fn sort(args: &Args, descending: bool) -> Result<ColumnarValue> {
    let arrays = cells(args, 0)?;
    let nulls_last = if args.len() > 1 { Some(args.boolean(1)?) } else { None };
    write(args, |row, out| {
        let mut elements = elements_in(&arrays, row)?;
        let nulls_last = nulls_last.as_ref().is_none_or(|last| last.at(row).unwrap_or(true));
        elements.sort_by(|a, b| match (a.is_null(), b.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) => {
                if nulls_last {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            (false, true) => {
                if nulls_last {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (false, false) if descending => order(*b, *a),
            (false, false) => order(*a, *b),
        });
        put_array(out, elements)
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::dynamic::tests::dynamic;

    #[test]
    fn nulls_are_last_either_way_unless_told() {
        let colours = r#"[null,"blue","yellow","green",null]"#;
        assert_eq!(dynamic("array_sort_desc", &[colours]), r#"["yellow","green","blue",null,null]"#);
        assert_eq!(dynamic("array_sort_asc", &[colours, "false"]), r#"[null,null,"blue","green","yellow"]"#);
        assert_eq!(dynamic("array_sort_asc", &["{}"]), "Null(Dynamic)");
    }
}
