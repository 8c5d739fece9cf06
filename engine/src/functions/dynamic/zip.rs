//! `zip`, `bag_zip`.

use datafusion::common::{HashSet, Result};
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use super::{all_cells, array_in, cells, elements_in, write};
use crate::dynamic::Raw;
use crate::functions::signature::{array, signature};
use crate::functions::{Args, Body, Function};

/// `bag_zip(keys, values)`
pub static BAG_ZIP: Function = Function {
    spec: FunctionSpec {
        name: "bag_zip",
        overloads: &[signature(&[array("keys"), array("values")], Type::Dynamic)],
        summary: "Makes a property bag of an array of keys and one of values. Keys that are no strings are skipped with \
                  their values; missing values are null. Null if the keys are no array.",
        examples: &[Example {
            query: "print bag_zip(dynamic(['a', 8, 'b', 'c']), dynamic([1, 2, 3.5]))",
            answer: "{\"a\":1,\"b\":3.5,\"c\":null}",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(bag_zip),
};

fn bag_zip(args: &Args) -> Result<ColumnarValue> {
    let (keys, values) = (cells(args, 0)?, cells(args, 1)?);
    write(args, |row, out| {
        let values = elements_in(&values, row).unwrap_or_default();
        let mut seen = HashSet::new();
        out.begin_bag();
        for (i, key) in array_in(&keys, row)?.elements().enumerate() {
            if let Some(key) = key.quoted().filter(|key| seen.insert(*key)) {
                out.escaped_key(key);
                out.raw(values.get(i).copied().unwrap_or(Raw::NULL));
            }
        }
        out.end_bag();
        Some(())
    })
}

/// `zip(array, ...)`
pub static ZIP: Function = Function {
    spec: FunctionSpec {
        name: "zip",
        overloads: &[signature(&[array("array"), array("array")], Type::Dynamic).repeated(&[array("array")])],
        summary: "Makes an array of arrays, the n-th of which holds the n-th elements; shorter arrays give null.",
        examples: &[Example { query: "print zip(dynamic([1, 3]), dynamic(['a']))", answer: "[[1,\"a\"],[3,null]]" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(zip),
};

fn zip(args: &Args) -> Result<ColumnarValue> {
    let arrays = all_cells(args, 0)?;
    write(args, |row, out| {
        let arrays: Vec<_> = arrays.iter().map(|array| elements_in(array, row)).collect::<Option<_>>()?;
        let longest = arrays.iter().map(Vec::len).max()?;
        out.begin_array();
        for i in 0..longest {
            out.begin_array();
            for array in &arrays {
                out.raw(array.get(i).copied().unwrap_or(Raw::NULL));
            }
            out.end_array();
        }
        out.end_array();
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::dynamic::tests::dynamic;

    #[test]
    fn shorter_arrays_are_padded() {
        assert_eq!(dynamic("zip", &["[\"A\",1,1.5]", "[{},\"B\"]"]), r#"[["A",{}],[1,"B"],[1.5,null]]"#);
        assert_eq!(dynamic("zip", &["[]", "[]"]), "[]");
        assert_eq!(dynamic("bag_zip", &["[\"a\",8,\"b\"]", "null"]), r#"{"a":null,"b":null}"#);
        assert_eq!(dynamic("bag_zip", &["{}", "[1]"]), "Null(Dynamic)");
    }
}
