//! `array_sort_asc`, `array_sort_desc`.

use std::cmp::Ordering;

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, Fields, FunctionSpec, Overload, Param};
use rehunt_lang::types::Type;

use super::{cells, elements_in, put_array, write};
use crate::dynamic::{Raw, order};
use crate::functions::signature::{array, signature};
use crate::functions::{Args, Body, Function};

/// A bool and nothing that converts to one: a second array is not this.
const NULLS_LAST: Param = Param::new("nulls_last", Accepts::OneOf(&[Type::Bool])).constant();

const OVERLOADS: &[Overload] = &[
    signature(&[array("array")], Type::Dynamic).repeated(&[array("array")]),
    signature(&[array("array")], Type::Dynamic).repeated(&[array("array")]).last(&[NULLS_LAST]),
];

/// `array_sort_asc(array, ... [, nulls_last])`
pub static ARRAY_SORT_ASC: Function = Function {
    spec: FunctionSpec {
        name: "array_sort_asc",
        overloads: OVERLOADS,
        fields: Fields::Sorted,
        summary: "Sorts an array, smallest first: numbers, then strings, then the rest; nulls last unless told otherwise. \
                  Further arrays of the same length are put in the order of the first, a column each.",
        examples: &[
            Example {
                query: "print array_sort_asc(dynamic([null, 'b', 10, 9.5, 'a']))",
                answer: "[9.5,10,\"a\",\"b\",null]",
            },
            Example {
                query: "print array_sort_asc(dynamic([3, 1, 2]), dynamic(['c', 'a', 'b']))",
                answer: "[1,2,3] | [\"a\",\"b\",\"c\"]",
            },
        ],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| sort(args, false)),
};

/// `array_sort_desc(array, ... [, nulls_last])`
pub static ARRAY_SORT_DESC: Function = Function {
    spec: FunctionSpec {
        name: "array_sort_desc",
        overloads: OVERLOADS,
        fields: Fields::Sorted,
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
    let told = args.types.last() == Some(&Type::Bool);
    let nulls_last = if told { Some(args.boolean(args.len() - 1)?) } else { None };
    let first = cells(args, 0)?;
    let followers = (1..args.len() - usize::from(told)).map(|i| cells(args, i)).collect::<Result<Vec<_>>>()?;
    write(args, |row, out| {
        let nulls_last = nulls_last.as_ref().is_none_or(|last| last.at(row).unwrap_or(true));
        let elements = elements_in(&first, row)?;
        let order = places_in_order(&elements, descending, nulls_last);
        if followers.is_empty() {
            return put_array(out, rearranged(&elements, &order));
        }
        // Several results are an array of them; what cannot follow the first is null.
        out.begin_array();
        put_array(out, rearranged(&elements, &order));
        for follower in &followers {
            match elements_in(follower, row).filter(|f| f.len() == elements.len()) {
                Some(follower) => put_array(out, rearranged(&follower, &order)),
                None => {
                    out.null();
                    Some(())
                }
            };
        }
        out.end_array();
        Some(())
    })
}

fn rearranged<'v>(elements: &[Raw<'v>], places: &[usize]) -> Vec<Raw<'v>> {
    places.iter().filter_map(|place| elements.get(*place).copied()).collect()
}

/// Where the elements of the sorted array come from.
fn places_in_order(elements: &[Raw], descending: bool, nulls_last: bool) -> Vec<usize> {
    let mut places: Vec<(usize, Raw)> = elements.iter().copied().enumerate().collect();
    places.sort_by(|(_, a), (_, b)| match (a.is_null(), b.is_null()) {
        (true, true) => Ordering::Equal,
        (true, false) if nulls_last => Ordering::Greater,
        (false, true) if !nulls_last => Ordering::Greater,
        (true, false) | (false, true) => Ordering::Less,
        (false, false) if descending => order(*b, *a),
        (false, false) => order(*a, *b),
    });
    places.into_iter().map(|(place, _)| place).collect()
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

    #[test]
    fn further_arrays_follow_the_first_if_they_are_as_long() {
        let sorted = dynamic("array_sort_desc", &["[1,3,null,2]", "[\"a\",\"b\",\"c\",\"d\"]", "[1]", "false"]);
        assert_eq!(sorted, r#"[[null,3,2,1],["c","b","d","a"],null]"#);
    }
}
