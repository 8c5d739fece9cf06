//! What shapes have in common, and unions of arrays of shapes.

use std::sync::Arc;

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use super::intersects::edges;
use super::operand::Shape;
use super::overlay::{lines_in_region, lines_on_lines, merged, region_in_region, union_of_all, union_of_lines};
use super::polygon_shape::Polygon;
use super::shape::{array_of_lines, array_of_polygons, lines, polygons, push_lines, push_parts, push_polygons};
use crate::functions::signature::{array, bag, signature};
use crate::functions::{Body, Function};

/// Reads a Polygon or MultiPolygon as polygons that have no area twice.
pub fn region(json: &str) -> Option<Vec<Polygon>> {
    merged(polygons(json)?)
}

/// `geo_intersection_2lines(lineString1, lineString2)`:
/// learn.microsoft.com/kusto/query/geo-intersection-2lines-function.
pub static GEO_INTERSECTION_2LINES: Function = Function {
    spec: FunctionSpec {
        name: "geo_intersection_2lines",
        overloads: &[signature(&[bag("lineString1"), bag("lineString2")], Type::Dynamic)],
        summary: "Returns what two lines or multilines have in common as GeoJSON: points, lines, or nothing.",
        examples: &[Example {
            query: "let a = dynamic({'type':'LineString','coordinates':[[1,1],[2,2]]});\nprint geo_intersection_2lines(a, dynamic({'type':'LineString','coordinates':[[3,3],[4,4]]}))",
            answer: r#"{"type":"GeometryCollection","geometries":[]}"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let (first, second) = (Shape::new(prepare, 0, lines), Shape::new(prepare, 1, lines));
        Ok(Arc::new(move |args| {
            let (mut first, mut second) = (first.rows(args)?, second.rows(args)?);
            args.texts(|row, out| {
                push_parts(out, &lines_on_lines(&edges(first.at(row)?), &edges(second.at(row)?)));
                Some(())
            })
        }))
    }),
};

/// `geo_intersection_line_with_polygon(lineString, polygon)`:
/// learn.microsoft.com/kusto/query/geo-intersection-line-with-polygon-function.
pub static GEO_INTERSECTION_LINE_WITH_POLYGON: Function = Function {
    spec: FunctionSpec {
        name: "geo_intersection_line_with_polygon",
        overloads: &[signature(&[bag("lineString"), bag("polygon")], Type::Dynamic)],
        summary: "Returns the parts of a line or multiline in a polygon or multipolygon as GeoJSON.",
        examples: &[Example {
            query: "let p = dynamic({'type':'Polygon','coordinates':[[[0,0],[10,0],[10,10],[0,0]]]});\nprint geo_intersection_line_with_polygon(dynamic({'type':'LineString','coordinates':[[-1,0],[-2,0]]}), p)",
            answer: r#"{"type":"GeometryCollection","geometries":[]}"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let (first, second) = (Shape::new(prepare, 0, lines), Shape::new(prepare, 1, region));
        Ok(Arc::new(move |args| {
            let (mut first, mut second) = (first.rows(args)?, second.rows(args)?);
            args.texts(|row, out| {
                push_parts(out, &lines_in_region(&edges(first.at(row)?), second.at(row)?));
                Some(())
            })
        }))
    }),
};

/// `geo_intersection_2polygons(polygon1, polygon2)`:
/// learn.microsoft.com/kusto/query/geo-intersection-2polygons-function.
pub static GEO_INTERSECTION_2POLYGONS: Function = Function {
    spec: FunctionSpec {
        name: "geo_intersection_2polygons",
        overloads: &[signature(&[bag("polygon1"), bag("polygon2")], Type::Dynamic)],
        summary: "Returns what two polygons or multipolygons have in common as GeoJSON.",
        examples: &[Example {
            query: "let p = dynamic({'type':'Polygon','coordinates':[[[2,45],[0,45],[1,44],[2,45]]]});\nprint geo_intersection_2polygons(p, dynamic({'type':'Polygon','coordinates':[[[3,44],[2,45],[2,43],[3,44]]]})).type",
            answer: "\"Point\"",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let (first, second) = (Shape::new(prepare, 0, region), Shape::new(prepare, 1, region));
        Ok(Arc::new(move |args| {
            let (mut first, mut second) = (first.rows(args)?, second.rows(args)?);
            args.texts(|row, out| {
                push_parts(out, &region_in_region(first.at(row)?, second.at(row)?));
                Some(())
            })
        }))
    }),
};

/// `geo_union_lines_array(lineStrings)`: learn.microsoft.com/kusto/query/geo-union-lines-array-function.
pub static GEO_UNION_LINES_ARRAY: Function = Function {
    spec: FunctionSpec {
        name: "geo_union_lines_array",
        overloads: &[signature(&[array("lineStrings")], Type::Dynamic)],
        summary: "Unites an array of lines and multilines to a GeoJSON line or multiline without double edges.",
        examples: &[Example {
            query: "let line = dynamic({'type':'LineString','coordinates':[[0,0],[0,0]]});\nprint geo_union_lines_array(pack_array(line))",
            answer: "null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, |json| Some(union_of_lines(&array_of_lines(json)?)));
        Ok(Arc::new(move |args| {
            let mut rows = shape.rows(args)?;
            args.texts(|row, out| {
                push_lines(out, rows.at(row)?.iter().map(Vec::as_slice));
                Some(())
            })
        }))
    }),
};

/// `geo_union_polygons_array(polygons)`: learn.microsoft.com/kusto/query/geo-union-polygons-array-function.
pub static GEO_UNION_POLYGONS_ARRAY: Function = Function {
    spec: FunctionSpec {
        name: "geo_union_polygons_array",
        overloads: &[signature(&[array("polygons")], Type::Dynamic)],
        summary: "Unites an array of polygons and multipolygons to a GeoJSON polygon or multipolygon.",
        examples: &[Example {
            query: "print geo_union_polygons_array(pack_array(geo_geohash_to_polygon('s'), geo_geohash_to_polygon('c'))).type",
            answer: "\"MultiPolygon\"",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, |json| union_of_all(array_of_polygons(json)?));
        Ok(Arc::new(move |args| {
            let mut rows = shape.rows(args)?;
            args.texts(|row, out| {
                push_polygons(out, rows.at(row)?);
                Some(())
            })
        }))
    }),
};
