//! Functions that look at an array as a whole: its length, its sum, where something stands in it.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use super::{all_cells, array_in, cells, elements_in, put_array, write};
use crate::dynamic::{Builder, Cells, Kind, Raw, equal};
use crate::functions::signature::{array, integer, scalar, signature};
use crate::functions::{Args, Body, Function};

/// `array_concat(array, ...)`
pub static ARRAY_CONCAT: Function = Function {
    spec: FunctionSpec {
        name: "array_concat",
        overloads: &[signature(&[array("array")], Type::Dynamic).repeated(&[array("array")])],
        summary: "Joins arrays to one; what is no array is skipped.",
        examples: &[Example {
            query: "print array_concat(dynamic([1, 2]), dynamic({}), dynamic([[3]]))",
            answer: "[1,2,[3]]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(array_concat),
};

fn array_concat(args: &Args) -> Result<ColumnarValue> {
    let arrays = all_cells(args, 0)?;
    write(args, |row, out| {
        let mut arrays = arrays.iter().filter_map(|cells| array_in(cells, row)).peekable();
        arrays.peek()?;
        put_array(out, arrays.flat_map(Raw::elements))
    })
}

/// `array_iff(condition, if_true, if_false)`
pub static ARRAY_IFF: Function = Function {
    spec: FunctionSpec {
        name: "array_iff",
        aliases: &["array_iif"],
        overloads: &[signature(&[array("condition_array"), scalar("when_true"), scalar("when_false")], Type::Dynamic)],
        summary: "For each element of an array takes the element of one of two others, or a value that serves all: \
                  the first where the condition is true or a number other than 0. Other conditions give null.",
        examples: &[Example {
            query: "print array_iff(dynamic([true, 0, 'x', 2]), dynamic([1, 2]), 'no')",
            answer: "[1,\"no\",null,null]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(array_iff),
};

fn array_iff(args: &Args) -> Result<ColumnarValue> {
    let (conditions, when_true, when_false) = (cells(args, 0)?, cells(args, 1)?, cells(args, 2)?);
    let put = |out: &mut Builder, branch: &Cells, elements: &Option<Vec<Raw>>, row: usize, i: usize| match elements {
        Some(elements) => out.raw(elements.get(i).copied().unwrap_or(Raw::NULL)),
        None => branch.write(row, out),
    };
    write(args, |row, out| {
        let (yes, no) = (elements_in(&when_true, row), elements_in(&when_false, row));
        out.begin_array();
        for (i, condition) in array_in(&conditions, row)?.elements().enumerate() {
            match condition.to_bool().filter(|_| condition.kind() != Kind::String) {
                Some(true) => put(out, &when_true, &yes, row, i),
                Some(false) => put(out, &when_false, &no, row, i),
                None => out.null(),
            }
        }
        out.end_array();
        Some(())
    })
}

/// `array_index_of(array, value [, start [, length [, occurrence]]])`
pub static ARRAY_INDEX_OF: Function = Function {
    spec: FunctionSpec {
        name: "array_index_of",
        aliases: &["indexof_array"],
        overloads: &[signature(&[array("array"), scalar("value")], Type::Long).optional(&[
            integer("start"),
            integer("length"),
            integer("occurrence").constant(),
        ])],
        summary: "Finds a value in an array: its 0-based index, or -1. A negative start counts from the end; \
                  a length of -1 is no limit. Null for a length below -1 or a negative occurrence.",
        examples: &[
            Example { query: "print array_index_of(dynamic(['a', 15]), 15.0)", answer: "1" },
            Example { query: "print array_index_of(dynamic([1, 2, 1, 3, 1]), 1, 1, -1, 2)", answer: "4" },
        ],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(array_index_of),
};

fn array_index_of(args: &Args) -> Result<ColumnarValue> {
    let (arrays, wanted) = (cells(args, 0)?, cells(args, 1)?);
    let number = |i| if args.len() > i { args.long(i).map(Some) } else { Ok(None) };
    let (start, length, occurrence) = (number(2)?, number(3)?, number(4)?);
    let mut value = Builder::new();
    args.longs(|row| {
        let elements = elements_in(&arrays, row)?;
        value.clear();
        wanted.write(row, &mut value);
        let start = start.as_ref().map_or(Some(0), |column| column.at(row))?;
        let length = length.as_ref().map_or(Some(-1), |column| column.at(row))?;
        let nth = occurrence.as_ref().map_or(Some(1), |column| column.at(row))?;
        if length < -1 || nth < 0 {
            return None;
        }
        let count = elements.len() as i64;
        let start = if start < 0 { count.saturating_add(start).max(0) } else { start };
        let places = elements.iter().enumerate().skip(usize::try_from(start).ok()?);
        let mut found = places
            .take(usize::try_from(length).unwrap_or(usize::MAX))
            .filter(|(_, element)| equal(**element, Raw::new(value.text())));
        // The zeroth occurrence is the first.
        let found = found.nth(usize::try_from(nth.max(1) - 1).ok()?);
        Some(found.map_or(-1, |(i, _)| i as i64))
    })
}

/// `array_length(array)`
pub static ARRAY_LENGTH: Function = Function {
    spec: FunctionSpec {
        name: "array_length",
        aliases: &["arraylength"],
        overloads: &[signature(&[array("array")], Type::Long)],
        summary: "Counts the elements of an array; null for anything else.",
        examples: &[Example {
            query: "print array_length(dynamic([1, null, 'x'])), array_length(dynamic({}))",
            answer: "3 | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(array_length),
};

fn array_length(args: &Args) -> Result<ColumnarValue> {
    let arrays = cells(args, 0)?;
    args.longs(|row| Some(array_in(&arrays, row)?.elements().count() as i64))
}

/// `array_sum(array)`
pub static ARRAY_SUM: Function = Function {
    spec: FunctionSpec {
        name: "array_sum",
        overloads: &[signature(&[array("array")], Type::Real)],
        summary: "Adds up the numbers of an array, nulls aside; null if it has anything else.",
        examples: &[Example {
            query: "print array_sum(dynamic([1, null, 2.5])), array_sum(dynamic([1, 'x']))",
            answer: "3.5 | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(array_sum),
};

fn array_sum(args: &Args) -> Result<ColumnarValue> {
    let arrays = cells(args, 0)?;
    args.reals(|row| array_in(&arrays, row)?.elements().filter(|e| !e.is_null()).map(Raw::as_real).sum())
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::{Type, Value};

    use crate::functions::dynamic::tests::{dynamic, scalar};

    #[test]
    fn joins_and_chooses() {
        assert_eq!(dynamic("array_concat", &["[1]", "null", "[]", "[[2],3]"]), "[1,[2],3]");
        assert_eq!(dynamic("array_concat", &["null", "{}"]), "Null(Dynamic)");
        assert_eq!(dynamic("array_iff", &["[1,0,50]", "yes", "no"]), r#"["yes","no","yes"]"#);
        assert_eq!(dynamic("array_iff", &["[true,true,\"1\"]", "[1]", "[3,4]"]), "[1,null,null]");
    }

    #[test]
    fn finds_and_counts() {
        let arr = r#"["this","is","an","example","an","example"]"#;
        let find = |args: &[&str]| {
            let args: Vec<&str> = [arr].iter().chain(args).copied().collect();
            scalar("array_index_of", &args, Type::Long).as_long()
        };
        assert_eq!(find(&["an"]), Some(2));
        assert_eq!(find(&["example", "1", "3"]), Some(3));
        assert_eq!(find(&["example", "1", "2"]), Some(-1));
        assert_eq!(find(&["an", "1", "-1", "2"]), Some(4));
        assert_eq!(find(&["an", "1", "-1", "3"]), Some(-1));
        assert_eq!(find(&["an", "-3"]), Some(4));
        assert_eq!(find(&["is", "-4"]), Some(-1));
        assert_eq!(find(&["is", "0", "-2"]), None);
        assert_eq!(scalar("array_sum", &["[1,null,3]"], Type::Real), Value::Real(4.0));
        assert_eq!(scalar("array_sum", &["[true]"], Type::Real), Value::Null(Type::Real));
        assert_eq!(scalar("array_length", &["{}"], Type::Long), Value::Null(Type::Long));
    }
}
