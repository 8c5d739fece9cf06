//! Functions that move the elements of an array or take some of them.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use super::{cells, elements_in, put_array, write};
use crate::dynamic::{Builder, Raw};
use crate::functions::signature::{array, integer, scalar, signature};
use crate::functions::{Args, Body, Function};

/// `array_reverse(array)`
pub static ARRAY_REVERSE: Function = Function {
    spec: FunctionSpec {
        name: "array_reverse",
        overloads: &[signature(&[array("value")], Type::Dynamic)],
        summary: "Turns the order of an array round.",
        examples: &[Example { query: "print array_reverse(dynamic([1, 'a', null]))", answer: "[null,\"a\",1]" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let arrays = cells(args, 0)?;
        write(args, |row, out| put_array(out, elements_in(&arrays, row)?.into_iter().rev()))
    }),
};

/// `array_rotate_left(array, count)`
pub static ARRAY_ROTATE_LEFT: Function = Function {
    spec: FunctionSpec {
        name: "array_rotate_left",
        overloads: &[signature(&[array("array"), integer("rotate_count")], Type::Dynamic)],
        summary: "Moves elements towards the beginning; what falls off comes back at the end. \
                  A negative count moves the other way.",
        examples: &[Example { query: "print array_rotate_left(dynamic([1, 2, 3, 4, 5]), 2)", answer: "[3,4,5,1,2]" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| rotate(args, false)),
};

/// `array_rotate_right(array, count)`
pub static ARRAY_ROTATE_RIGHT: Function = Function {
    spec: FunctionSpec {
        name: "array_rotate_right",
        overloads: &[signature(&[array("array"), integer("rotate_count")], Type::Dynamic)],
        summary: "Moves elements towards the end; what falls off comes back at the beginning. \
                  A negative count moves the other way.",
        examples: &[Example { query: "print array_rotate_right(dynamic([1, 2, 3, 4, 5]), 2)", answer: "[4,5,1,2,3]" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| rotate(args, true)),
};

fn rotate(args: &Args, right: bool) -> Result<ColumnarValue> {
    let (arrays, counts) = (cells(args, 0)?, args.long(1)?);
    write(args, |row, out| {
        let mut elements = elements_in(&arrays, row)?;
        let (count, length) = (i128::from(counts.at(row)?), elements.len() as i128);
        if length > 0 {
            let left = if right { -count } else { count }.rem_euclid(length);
            elements.rotate_left(usize::try_from(left).ok()?);
        }
        put_array(out, elements)
    })
}

/// `array_shift_left(array, count [, default])`
pub static ARRAY_SHIFT_LEFT: Function = Function {
    spec: FunctionSpec {
        name: "array_shift_left",
        overloads: &[
            signature(&[array("array"), integer("shift_count")], Type::Dynamic).optional(&[scalar("default_value")])
        ],
        summary: "Moves elements towards the beginning and fills up with null or the given value. \
                  A negative count moves the other way.",
        examples: &[Example {
            query: "print array_shift_left(dynamic([1, 2, 3]), 1), array_shift_left(dynamic([1, 2, 3]), -2, 0)",
            answer: "[2,3,null] | [0,0,1]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| shift(args, false)),
};

/// `array_shift_right(array, count [, default])`
pub static ARRAY_SHIFT_RIGHT: Function = Function {
    spec: FunctionSpec {
        name: "array_shift_right",
        overloads: &[
            signature(&[array("array"), integer("shift_count")], Type::Dynamic).optional(&[scalar("default_value")])
        ],
        summary: "Moves elements towards the end and fills up with null or the given value. \
                  A negative count moves the other way.",
        examples: &[Example { query: "print array_shift_right(dynamic([1, 2, 3]), 1, 'x')", answer: "[\"x\",1,2]" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| shift(args, true)),
};

fn shift(args: &Args, right: bool) -> Result<ColumnarValue> {
    let (arrays, counts) = (cells(args, 0)?, args.long(1)?);
    let fill = if args.len() > 2 { Some(cells(args, 2)?) } else { None };
    write(args, |row, out| {
        let elements = elements_in(&arrays, row)?;
        let count = i128::from(counts.at(row)?);
        let left = if right { -count } else { count };
        out.begin_array();
        for i in 0..elements.len() {
            match usize::try_from(i as i128 + left).ok().and_then(|from| elements.get(from)) {
                Some(element) => out.raw(*element),
                None => match &fill {
                    Some(fill) => fill.write(row, out),
                    None => out.null(),
                },
            }
        }
        out.end_array();
        Some(())
    })
}

/// `array_slice(array, start, end)`
pub static ARRAY_SLICE: Function = Function {
    spec: FunctionSpec {
        name: "array_slice",
        overloads: &[signature(&[array("array"), integer("start"), integer("end")], Type::Dynamic)],
        summary: "Takes the elements from one 0-based index to another, both included; negative ones count from the end.",
        examples: &[Example { query: "print array_slice(dynamic([1, 2, 3, 4, 5]), 2, -1)", answer: "[3,4,5]" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(array_slice),
};

fn array_slice(args: &Args) -> Result<ColumnarValue> {
    let (arrays, starts, ends) = (cells(args, 0)?, args.long(1)?, args.long(2)?);
    write(args, |row, out| {
        let elements = elements_in(&arrays, row)?;
        let start = index_in(starts.at(row)?, elements.len());
        let end = match ends.at(row)? {
            end if end < 0 && end.unsigned_abs() > elements.len() as u64 => 0, // before the first
            end => index_in(end, elements.len()).saturating_add(1).min(elements.len()),
        };
        put_array(out, elements.get(start..end).unwrap_or_default().iter().copied())
    })
}

/// Makes an index that may count from the end one from 0 to `length`.
fn index_in(index: i64, length: usize) -> usize {
    match usize::try_from(index) {
        Ok(index) => index.min(length),
        Err(_) => length.saturating_sub(usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX)),
    }
}

/// `array_split(array, index or indexes)`
pub static ARRAY_SPLIT: Function = Function {
    spec: FunctionSpec {
        name: "array_split",
        overloads: &[
            signature(&[array("array"), integer("index")], Type::Dynamic),
            signature(&[array("array"), array("indices")], Type::Dynamic),
        ],
        summary: "Cuts an array before the element at an index, or at each index of an array of them; \
                  negative ones count from the end.",
        examples: &[Example {
            query: "print array_split(dynamic([1, 2, 3, 4, 5]), dynamic([1, 3]))",
            answer: "[[1],[2,3],[4,5]]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(array_split),
};

fn array_split(args: &Args) -> Result<ColumnarValue> {
    let (arrays, indexes) = (cells(args, 0)?, cells(args, 1)?);
    let mut index = Builder::new();
    write(args, |row, out| {
        let elements = elements_in(&arrays, row)?;
        index.clear();
        indexes.write(row, &mut index);
        let index = Raw::new(index.text());
        let cuts: Option<Vec<i64>> = match index.is_array() {
            true => index.elements().map(Raw::to_long).collect(),
            false => index.to_long().map(|cut| vec![cut]),
        };
        out.begin_array();
        let mut from = 0;
        for cut in cuts? {
            let to = index_in(cut, elements.len());
            put_array(out, elements.get(from..to).unwrap_or_default().iter().copied())?;
            from = to.max(from);
        }
        put_array(out, elements.get(from..).unwrap_or_default().iter().copied())?;
        out.end_array();
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::dynamic::tests::dynamic;

    #[test]
    fn slices_are_clipped() {
        let slice = |from, to| dynamic("array_slice", &["[1,2,3,4,5,6]", from, to]);
        assert_eq!([slice("2", "-2"), slice("-3", "-1"), slice("0", "100")], ["[3,4,5]", "[4,5,6]", "[1,2,3,4,5,6]"]);
        assert_eq!([slice("-100", "0"), slice("4", "2"), slice("0", "-7"), slice("9", "9")], ["[1]", "[]", "[]", "[]"]);
    }

    #[test]
    fn splits_may_be_empty() {
        assert_eq!(dynamic("array_split", &["[1,2,3]", "2"]), "[[1,2],[3]]");
        assert_eq!(dynamic("array_split", &["[1,2,3]", "[2,1,-1]"]), "[[1,2],[],[],[3]]");
        assert_eq!(dynamic("array_split", &["[1,2,3]", "-9"]), "[[],[1,2,3]]");
        assert_eq!(dynamic("array_split", &["[1,2,3]", "[null]"]), "Null(Dynamic)");
    }

    #[test]
    fn moves_go_round_or_fill_up() {
        assert_eq!(dynamic("array_rotate_left", &["[1,2,3,4,5]", "-2"]), "[4,5,1,2,3]");
        assert_eq!(dynamic("array_rotate_right", &["[1,2,3]", "4"]), "[3,1,2]");
        assert_eq!(dynamic("array_rotate_right", &["[]", "4"]), "[]");
        assert_eq!(dynamic("array_shift_right", &["[1,2,3,4,5]", "-2", "-1"]), "[3,4,5,-1,-1]");
        assert_eq!(dynamic("array_shift_left", &["[1,2]", "9"]), "[null,null]");
    }
}
