//! Functions on S2 cells.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Overload};
use rehunt_lang::types::Type;

use super::operand::{optional_long, positions};
use super::s2_cell::{Cell, MAX_LEVEL};
use super::shape::{push_point, push_ring, push_tokens};
use crate::functions::signature::{number, signature, string};
use crate::functions::{Args, Body, Function};

const OF_CELL: &[Overload] = &[signature(&[string("s2cell")], Type::Dynamic)];

/// `geo_point_to_s2cell(longitude, latitude [, level])`: learn.microsoft.com/kusto/query/geo-point-to-s2cell-function.
pub static GEO_POINT_TO_S2CELL: Function = Function {
    spec: FunctionSpec {
        name: "geo_point_to_s2cell",
        overloads: &[signature(&[number("longitude"), number("latitude")], Type::String).optional(&[number("level")])],
        summary: "Returns the S2 cell around a point, of level 0 to 30, 11 if not said; empty for no such point.",
        examples: &[Example { query: "print geo_point_to_s2cell(-80.195829, 25.802215, 8)", answer: "88d9b" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (points, level) = (positions(args, 0)?, optional_long(args, 2, 11)?);
        args.slices(|row| {
            let level = u32::try_from(level(row)?).ok().filter(|level| *level <= MAX_LEVEL)?;
            Some(Cell::around(points.point(row)?).parent(level).token())
        })
    }),
};

/// `geo_s2cell_to_central_point(s2cell)`: learn.microsoft.com/kusto/query/geo-s2cell-to-central-point-function.
pub static GEO_S2CELL_TO_CENTRAL_POINT: Function = Function {
    spec: FunctionSpec {
        name: "geo_s2cell_to_central_point",
        overloads: OF_CELL,
        summary: "Returns the center of an S2 cell as a GeoJSON point.",
        examples: &[Example {
            query: "print round(todouble(geo_s2cell_to_central_point('1234567').coordinates[0]), 9)",
            answer: "9.868307319",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| each(args, |cell, out| push_point(out, cell.center()))),
};

/// `geo_s2cell_to_polygon(s2cell)`: learn.microsoft.com/kusto/query/geo-s2cell-to-polygon-function.
pub static GEO_S2CELL_TO_POLYGON: Function = Function {
    spec: FunctionSpec {
        name: "geo_s2cell_to_polygon",
        overloads: OF_CELL,
        summary: "Returns the outline of an S2 cell as a GeoJSON polygon.",
        examples: &[Example {
            query: "print array_length(geo_s2cell_to_polygon('89c259').coordinates[0])",
            answer: "5",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        each(args, |cell, out| {
            out.push_str(r#"{"type":"Polygon","coordinates":["#);
            push_ring(out, cell.corners().iter());
            out.push_str("]}");
        })
    }),
};

/// `geo_s2cell_neighbors(s2cell)`: learn.microsoft.com/kusto/query/geo-s2cell-neighbors-function.
pub static GEO_S2CELL_NEIGHBORS: Function = Function {
    spec: FunctionSpec {
        name: "geo_s2cell_neighbors",
        overloads: OF_CELL,
        summary: "Returns the S2 cells around an S2 cell.",
        examples: &[Example {
            query: "print geo_s2cell_neighbors('89c259')",
            answer: r#"["89c25d","89c25b","89c2f7","89c257","89c2f5","89c251","89c25f","89c2f9"]"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| each(args, |cell, out| push_tokens(out, cell.neighbors().into_iter().map(Cell::token)))),
};

fn each(args: &Args, write: impl Fn(Cell, &mut String)) -> Result<ColumnarValue> {
    let text = args.text(0)?;
    args.texts(|row, out| {
        write(Cell::read(text.at(row)?)?, out);
        Some(())
    })
}
