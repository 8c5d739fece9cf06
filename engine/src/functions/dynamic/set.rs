//! Functions that take arrays as sets: values are equal as in comparisons, the first of equals stays.

use datafusion::common::{HashSet, Result};
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use super::{all_cells, array_in, cells, elements_in, put_array, write};
use crate::dynamic::{Builder, ByValue, Raw, equal};
use crate::functions::signature::{array, scalar, signature};
use crate::functions::{Args, Body, Function};

type Set<'a> = HashSet<ByValue<'a>>;

/// `jaccard_index(set1, set2)`
pub static JACCARD_INDEX: Function = Function {
    spec: FunctionSpec {
        name: "jaccard_index",
        overloads: &[signature(&[array("set1"), array("set2")], Type::Real)],
        summary: "The number of common elements of two sets by the number of all: 1 for equal sets, 0 for disjoint ones.",
        examples: &[Example {
            query: "print jaccard_index(dynamic([1, 2, 3]), dynamic([1, 2, 3, 4]))",
            answer: "0.75",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(jaccard_index),
};

fn jaccard_index(args: &Args) -> Result<ColumnarValue> {
    let (left, right) = (cells(args, 0)?, cells(args, 1)?);
    args.reals(|row| {
        let (left, right) = (set_of(array_in(&left, row)?), set_of(array_in(&right, row)?));
        let common = left.intersection(&right).count();
        Some(common as f64 / (left.len() + right.len() - common) as f64)
    })
}

/// `set_difference(set, ...)`
pub static SET_DIFFERENCE: Function = Function {
    spec: FunctionSpec {
        name: "set_difference",
        overloads: &[signature(&[array("set")], Type::Dynamic).repeated(&[array("set")])],
        summary: "The distinct elements of the first array that are in none of the others.",
        examples: &[Example {
            query: "print set_difference(dynamic([1, 2, 2, 3, 4]), dynamic([1]), dynamic([3]))",
            answer: "[2,4]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(set_difference),
};

fn set_difference(args: &Args) -> Result<ColumnarValue> {
    let sets = all_cells(args, 0)?;
    write(args, |row, out| {
        let arrays: Vec<Raw> = sets.iter().map(|set| array_in(set, row)).collect::<Option<_>>()?;
        let (first, others) = arrays.split_first()?;
        let mut seen: Set = others.iter().flat_map(|other| other.elements()).map(ByValue).collect();
        put_array(out, first.elements().filter(|element| seen.insert(ByValue(*element))))
    })
}

/// `set_equals(set1, set2)`
pub static SET_EQUALS: Function = Function {
    spec: FunctionSpec {
        name: "set_equals",
        overloads: &[signature(&[array("set1"), array("set2")], Type::Bool)],
        summary: "Tells whether two arrays have the same distinct elements.",
        examples: &[Example { query: "print set_equals(dynamic([1, 2, 2]), dynamic([2, 1]))", answer: "true" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (left, right) = (cells(args, 0)?, cells(args, 1)?);
        args.bools(|row| Some(set_of(array_in(&left, row)?) == set_of(array_in(&right, row)?)))
    }),
};

/// `set_has_element(set, value)`
pub static SET_HAS_ELEMENT: Function = Function {
    spec: FunctionSpec {
        name: "set_has_element",
        overloads: &[signature(&[array("set"), scalar("value")], Type::Bool)],
        summary: "Tells whether an array has a value among its elements; null if it is no array.",
        examples: &[Example {
            query: "print set_has_element(dynamic(['a', 2]), 'a'), set_has_element(dynamic(['a', 2]), '2')",
            answer: "true | false",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(set_has_element),
};

fn set_has_element(args: &Args) -> Result<ColumnarValue> {
    let (sets, wanted) = (cells(args, 0)?, cells(args, 1)?);
    let mut value = Builder::new();
    args.bools(|row| {
        value.clear();
        wanted.write(row, &mut value);
        Some(array_in(&sets, row)?.elements().any(|element| equal(element, Raw::new(value.text()))))
    })
}

/// `set_intersect(set, ...)`
pub static SET_INTERSECT: Function = Function {
    spec: FunctionSpec {
        name: "set_intersect",
        overloads: &[signature(&[array("set")], Type::Dynamic).repeated(&[array("set")])],
        summary: "The distinct elements that are in all arrays.",
        examples: &[Example {
            query: "print set_intersect(dynamic([1, 2, 3, 3]), dynamic([3, 2, 5]), dynamic([3, 2.0]))",
            answer: "[2,3]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(set_intersect),
};

fn set_intersect(args: &Args) -> Result<ColumnarValue> {
    let sets = all_cells(args, 0)?;
    write(args, |row, out| {
        let (first, others) = sets.split_first()?;
        let first = elements_in(first, row)?;
        let others: Vec<Set> = others.iter().map(|set| array_in(set, row).map(set_of)).collect::<Option<_>>()?;
        let mut seen = Set::default();
        let in_all = |element: &Raw| others.iter().all(|set| set.contains(&ByValue(*element)));
        put_array(out, first.into_iter().filter(in_all).filter(|element| seen.insert(ByValue(*element))))
    })
}

/// `set_union(set, ...)`
pub static SET_UNION: Function = Function {
    spec: FunctionSpec {
        name: "set_union",
        overloads: &[signature(&[array("set")], Type::Dynamic).repeated(&[array("set")])],
        summary: "The distinct elements of all arrays.",
        examples: &[Example { query: "print set_union(dynamic([1, 2, 2]), dynamic([2.0, 3]))", answer: "[1,2,3]" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(set_union),
};

fn set_union(args: &Args) -> Result<ColumnarValue> {
    let sets = all_cells(args, 0)?;
    write(args, |row, out| {
        let arrays: Vec<Raw> = sets.iter().map(|set| array_in(set, row)).collect::<Option<_>>()?;
        let mut seen = Set::default();
        put_array(out, arrays.into_iter().flat_map(Raw::elements).filter(|element| seen.insert(ByValue(*element))))
    })
}

fn set_of(array: Raw<'_>) -> Set<'_> {
    array.elements().map(ByValue).collect()
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::{Type, Value};

    use crate::functions::dynamic::tests::{dynamic, scalar};

    #[test]
    fn equal_values_count_once() {
        assert_eq!(dynamic("set_union", &["[1,\"1\",1.0,null]", "[[1],null,[1.0]]"]), r#"[1,"1",null,[1]]"#);
        assert_eq!(dynamic("set_difference", &["[null,1,null,2]", "[null]"]), "[1,2]");
        assert_eq!(dynamic("set_difference", &["[1,2]", "[1,2]"]), "[]");
        assert_eq!(dynamic("set_intersect", &["[1,2,1]", "[4,1]"]), "[1]");
        assert_eq!(dynamic("set_union", &["[1]", "null"]), "Null(Dynamic)");
    }

    #[test]
    fn sets_are_compared() {
        assert_eq!(scalar("jaccard_index", &["[1,2,3,4]", "[3,4,5,6,6]"], Type::Real), Value::Real(2.0 / 6.0));
        assert_eq!(
            scalar("set_equals", &["[1,{\"a\":1,\"b\":2}]", "[{\"b\":2,\"a\":1.0},1]"], Type::Bool),
            Value::Bool(true)
        );
        assert_eq!(scalar("set_has_element", &["[15]", "15"], Type::Bool), Value::Bool(true));
        assert_eq!(scalar("set_has_element", &["{}", "15"], Type::Bool), Value::Null(Type::Bool));
    }
}
