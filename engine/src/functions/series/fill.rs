//! Functions that fill what is missing in a series. Elements keep their types.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Naming, Overload, Param};
use rehunt_lang::types::Type;

use super::{Number, cells, elements_in, optional_bool, put_real, write};
use crate::dynamic::{Builder, Cells, Raw};
use crate::functions::signature::{array, boolean, number, signature};
use crate::functions::{Args, Body, Function};

const MISSING: Param = number("missing_value_placeholder");
const OF_SERIES: Overload = signature(&[array("series")], Type::Dynamic);

/// `series_fill_backward(series [, missing])`
pub static SERIES_FILL_BACKWARD: Function = Function {
    spec: FunctionSpec {
        name: "series_fill_backward",
        overloads: &[OF_SERIES.optional(&[MISSING])],
        naming: Naming::FirstArgument,
        summary: "Fills what is missing (null, or a given number) with the next value there is.",
        examples: &[Example {
            query: "print series_fill_backward(dynamic([null, 36, null, 1.5, null]))",
            answer: "[36,36,1.5,1.5,null]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| fill_from_neighbour(args, true)),
};

/// `series_fill_forward(series [, missing])`
pub static SERIES_FILL_FORWARD: Function = Function {
    spec: FunctionSpec {
        name: "series_fill_forward",
        overloads: &[OF_SERIES.optional(&[MISSING])],
        naming: Naming::FirstArgument,
        summary: "Fills what is missing (null, or a given number) with the last value before.",
        examples: &[
            Example { query: "print series_fill_forward(dynamic([null, 36, null, 1.5]))", answer: "[null,36,36,1.5]" },
            Example { query: "print series_fill_forward(dynamic([7, 0, 0, 8]), 0)", answer: "[7,7,7,8]" },
        ],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| fill_from_neighbour(args, false)),
};

/// `series_fill_const(series, value [, missing])`
pub static SERIES_FILL_CONST: Function = Function {
    spec: FunctionSpec {
        name: "series_fill_const",
        overloads: &[OF_SERIES.optional(&[number("constant_value"), MISSING])],
        naming: Naming::FirstArgument,
        summary: "Fills what is missing (null, or a given number) with a number, 0 unless given.",
        examples: &[Example { query: "print series_fill_const(dynamic([111, null, 36]), -1)", answer: "[111,-1,36]" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(fill_const),
};

/// `series_fill_linear(series [, missing [, fill_edges [, value]]])`
pub static SERIES_FILL_LINEAR: Function = Function {
    spec: FunctionSpec {
        name: "series_fill_linear",
        overloads: &[OF_SERIES.optional(&[MISSING, boolean("fill_edges"), number("constant_value")])],
        naming: Naming::FirstArgument,
        summary: "Fills what is missing (null, or a given number) along the line between the values around it; at the \
                  ends, unless told not to, with the nearest value. A series of nothing is filled with a number, 0.0 \
                  unless given. Among whole numbers the line is rounded towards zero.",
        examples: &[
            Example { query: "print series_fill_linear(dynamic([null, 1.0, null, 2.0]))", answer: "[1.0,1.0,1.5,2.0]" },
            Example {
                query: "print series_fill_linear(dynamic([111, null, 36, null]), long(null), false)",
                answer: "[111,73,36,null]",
            },
        ],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(fill_linear),
};

/// Tells what counts as missing: null, unless a number is given.
struct Missing(Option<Cells>);

impl Missing {
    fn new(args: &Args, i: usize) -> Result<Self> {
        Ok(Self(if args.len() > i { Some(cells(args, i)?) } else { None }))
    }

    fn test(&self, row: usize) -> impl Fn(Raw) -> bool + use<> {
        let number = self.0.as_ref().and_then(|cells| number_in(cells, row));
        move |element| match number {
            None => element.is_null(),
            Some(missing) => Number::of(element).is_some_and(|n| n.real() == missing.real()),
        }
    }
}

/// The number in a cell of any number type.
fn number_in(cells: &Cells, row: usize) -> Option<Number> {
    let mut text = Builder::new();
    cells.write(row, &mut text);
    Number::of(Raw::new(text.text())).filter(|n| !n.real().is_nan())
}

fn fill_from_neighbour(args: &Args, backward: bool) -> Result<ColumnarValue> {
    let (series, missing) = (cells(args, 0)?, Missing::new(args, 1)?);
    write(args, |row, out| {
        let mut elements = elements_in(&series, row)?;
        let is_missing = missing.test(row);
        match backward {
            true => carry(elements.iter_mut().rev(), is_missing),
            false => carry(elements.iter_mut(), is_missing),
        }
        out.begin_array();
        elements.into_iter().for_each(|element| out.raw(element));
        out.end_array();
        Some(())
    })
}

/// Puts the last value there was in the place of what is missing.
fn carry<'v, 'e>(elements: impl Iterator<Item = &'e mut Raw<'v>>, is_missing: impl Fn(Raw) -> bool)
where
    'v: 'e,
{
    let mut last = None;
    for element in elements {
        match (is_missing(*element), last) {
            (false, _) => last = Some(*element),
            (true, Some(value)) => *element = value,
            (true, None) => {}
        }
    }
}

fn fill_const(args: &Args) -> Result<ColumnarValue> {
    let (series, missing) = (cells(args, 0)?, Missing::new(args, 2)?);
    let constant = if args.len() > 1 { Some(cells(args, 1)?) } else { None };
    write(args, |row, out| {
        let elements = elements_in(&series, row)?;
        let is_missing = missing.test(row);
        out.begin_array();
        for element in elements {
            match (is_missing(element), &constant) {
                (false, _) => out.raw(element),
                (true, Some(constant)) => constant.write(row, out),
                (true, None) => out.long(0),
            }
        }
        out.end_array();
        Some(())
    })
}

fn fill_linear(args: &Args) -> Result<ColumnarValue> {
    let (series, missing) = (cells(args, 0)?, Missing::new(args, 1)?);
    let fill_edges = optional_bool(args, 2)?;
    let constant = if args.len() > 3 { Some(cells(args, 3)?) } else { None };
    write(args, |row, out| {
        let elements = elements_in(&series, row)?;
        let is_missing = missing.test(row);
        let known: Vec<(usize, Number)> = elements
            .iter()
            .enumerate()
            .filter(|(_, e)| !is_missing(**e))
            .filter_map(|(i, e)| Some((i, Number::of(*e)?)))
            .collect();
        let edges = fill_edges(row).unwrap_or(true);
        let whole = known.iter().all(|(_, n)| matches!(n, Number::Long(_)));
        let mut after = known.iter().peekable();
        let mut before: Option<(usize, Number)> = None;
        out.begin_array();
        for (i, element) in elements.into_iter().enumerate() {
            if let Some(here) = after.next_if(|(at, _)| *at == i) {
                before = Some(*here);
            }
            match (is_missing(element), before, after.peek()) {
                (false, ..) => out.raw(element),
                (true, Some(before), Some(after)) => between(before, **after, i, whole, out),
                (true, Some((_, edge)), None) if edges => edge.put(out),
                (true, None, Some((_, edge))) if edges => edge.put(out),
                (true, None, None) => match &constant {
                    Some(constant) => constant.write(row, out),
                    None => out.real(0.0),
                },
                (true, ..) => out.raw(element),
            }
        }
        out.end_array();
        Some(())
    })
}

/// Writes the point of the line between two values. A recorded answer has 73 between 111 and 36.
fn between(left: (usize, Number), right: (usize, Number), at: usize, whole: bool, out: &mut Builder) {
    let slope = (right.1.real() - left.1.real()) / (right.0 - left.0) as f64;
    let value = right.1.real() - slope * (right.0 - at) as f64;
    match whole {
        true => out.long(value as i64),
        false => put_real(out, value),
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::series::tests::series;

    #[test]
    fn elements_keep_their_types() {
        assert_eq!(series("series_fill_forward", &["[null,1,null,2.0,null]"]), "[null,1,1,2.0,2.0]");
        assert_eq!(series("series_fill_backward", &["[0,1,0,\"x\",0]", "0"]), "[1,1,\"x\",\"x\",0]");
        assert_eq!(series("series_fill_const", &["[1,null,2]", "0.5"]), "[1,0.5,2]");
    }

    #[test]
    fn lines_run_between_neighbours_and_stop_at_the_ends() {
        let gaps = "[null,111,null,36,41,null,null,16,61,33,null,null]";
        assert_eq!(series("series_fill_linear", &[gaps]), "[111,111,73,36,41,32,24,16,61,33,33,33]");
        assert_eq!(series("series_fill_linear", &["[1,-1,4]", "-1"]), "[1,2,4]");
        assert_eq!(series("series_fill_linear", &["[null,null]"]), "[0.0,0.0]");
    }
}
