//! Do two shapes have a point in common? Shared corners count.

use std::sync::Arc;

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use super::operand::Shape;
use super::overlay::boundary;
use super::polygon_shape::Polygon;
use super::predicates::{Crossing, crossing};
use super::shape::{lines, polygons};
use super::sphere::Point;
use super::sweep::{Edge, near, pairs};
use crate::functions::signature::{bag, signature};
use crate::functions::{Body, Function};

/// `geo_intersects_2lines(lineString1, lineString2)`: learn.microsoft.com/kusto/query/geo-intersects-2lines-function.
pub static GEO_INTERSECTS_2LINES: Function = Function {
    spec: FunctionSpec {
        name: "geo_intersects_2lines",
        overloads: &[signature(&[bag("lineString1"), bag("lineString2")], Type::Bool)],
        summary: "Tells whether two lines or multilines meet.",
        examples: &[Example {
            query: "let line = (a: real, b: real) { bag_pack('type', 'LineString', 'coordinates', pack_array(pack_array(0, a), pack_array(10, b))) };\nprint geo_intersects_2lines(line(0, 10), line(10, 0)), geo_intersects_2lines(line(0, 10), line(20, 30))",
            answer: "true | false",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let (first, second) = (Shape::new(prepare, 0, lines), Shape::new(prepare, 1, lines));
        Ok(Arc::new(move |args| {
            let (mut first, mut second) = (first.rows(args)?, second.rows(args)?);
            args.bools(|row| Some(meet(&edges(first.at(row)?), &edges(second.at(row)?))))
        }))
    }),
};

/// `geo_intersects_line_with_polygon(lineString, polygon)`:
/// learn.microsoft.com/kusto/query/geo-intersects-line-with-polygon-function.
pub static GEO_INTERSECTS_LINE_WITH_POLYGON: Function = Function {
    spec: FunctionSpec {
        name: "geo_intersects_line_with_polygon",
        overloads: &[signature(&[bag("lineString"), bag("polygon")], Type::Bool)],
        summary: "Tells whether a line or multiline and a polygon or multipolygon meet.",
        examples: &[Example {
            query: "let p = dynamic({'type':'Polygon','coordinates':[[[0,0],[10,0],[10,10],[0,0]]]});\nprint geo_intersects_line_with_polygon(dynamic({'type':'LineString','coordinates':[[8,1],[9,2]]}), p)",
            answer: "true",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let (first, second) = (Shape::new(prepare, 0, lines), Shape::new(prepare, 1, polygons));
        Ok(Arc::new(move |args| {
            let (mut first, mut second) = (first.rows(args)?, second.rows(args)?);
            args.bools(|row| {
                let (lines, region) = (first.at(row)?, second.at(row)?);
                let inside = || lines.iter().filter_map(|line| line.first()).any(|p| contains(region, *p));
                Some(inside() || meet(&edges(lines), &boundary(region)))
            })
        }))
    }),
};

/// `geo_intersects_2polygons(polygon1, polygon2)`:
/// learn.microsoft.com/kusto/query/geo-intersects-2polygons-function.
pub static GEO_INTERSECTS_2POLYGONS: Function = Function {
    spec: FunctionSpec {
        name: "geo_intersects_2polygons",
        overloads: &[signature(&[bag("polygon1"), bag("polygon2")], Type::Bool)],
        summary: "Tells whether two polygons or multipolygons meet.",
        examples: &[Example {
            query: "let p = dynamic({'type':'Polygon','coordinates':[[[0,0],[10,0],[10,10],[0,0]]]});\nprint geo_intersects_2polygons(p, p), geo_intersects_2polygons(p, dynamic({'type':'Polygon'}))",
            answer: "true | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let (first, second) = (Shape::new(prepare, 0, polygons), Shape::new(prepare, 1, polygons));
        Ok(Arc::new(move |args| {
            let (mut first, mut second) = (first.rows(args)?, second.rows(args)?);
            args.bools(|row| {
                let (first, second) = (first.at(row)?, second.at(row)?);
                Some(reaches(first, second) || reaches(second, first) || meet(&boundary(first), &boundary(second)))
            })
        }))
    }),
};

/// Tells whether a polygon of the first region begins in the second.
fn reaches(first: &[Polygon], second: &[Polygon]) -> bool {
    first.iter().filter_map(|p| p.rings.first()?.points().first()).any(|point| contains(second, *point))
}

fn contains(region: &[Polygon], point: Point) -> bool {
    region.iter().any(|polygon| polygon.contains(point))
}

/// Returns the edges of lines.
pub fn edges(lines: &[Vec<Point>]) -> Vec<Edge> {
    let pairs = lines.iter().flat_map(|line| line.windows(2));
    pairs.filter_map(|pair| if let [a, b] = pair { Some((*a, *b)) } else { None }).collect()
}

fn meet(first: &[Edge], second: &[Edge]) -> bool {
    pairs(first, second, |i, j| match (first.get(i), second.get(j)) {
        (Some(a), Some(b)) => near(*a, *b) && crossing(a.0, a.1, b.0, b.1) != Crossing::None,
        _ => false,
    })
}
