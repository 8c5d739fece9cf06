//! Functions on lines.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Overload};
use rehunt_lang::types::Type;

use super::measure::{length, line_center};
use super::operand::{Shape, positions};
use super::point::{on_spheroid, switched};
use super::shape::{lines, push_point};
use super::sphere::{EARTH_RADIUS, Point, at_distance, distance, nearest};
use crate::functions::signature::{bag, number, signature, switch};
use crate::functions::{Args, Body, Function};

const LINE: &[Overload] = &[signature(&[bag("lineString")], Type::Real)];
const LINE_TO_POINT: &[Overload] = &[signature(&[bag("lineString")], Type::Dynamic)];

/// The lines of a LineString or MultiLineString.
type Lines = Vec<Vec<Point>>;

/// `geo_line_length(lineString)`: learn.microsoft.com/kusto/query/geo-line-length-function.
pub static GEO_LINE_LENGTH: Function = Function {
    spec: FunctionSpec {
        name: "geo_line_length",
        overloads: LINE,
        summary: "Returns the length of a line or multiline on earth in meters.",
        examples: &[Example {
            query: "print round(geo_line_length(dynamic({'type':'LineString','coordinates':[[0,0],[0,1],[0,2]]})), 3)",
            answer: "222390.202",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, lines);
        Ok(std::sync::Arc::new(move |args| {
            let mut rows = shape.rows(args)?;
            args.reals(|row| Some(total(rows.at(row)?) * EARTH_RADIUS))
        }))
    }),
};

fn total(lines: &Lines) -> f64 {
    lines.iter().map(|line| length(line)).sum()
}

/// `geo_line_centroid(lineString)`: learn.microsoft.com/kusto/query/geo-line-centroid-function.
pub static GEO_LINE_CENTROID: Function = Function {
    spec: FunctionSpec {
        name: "geo_line_centroid",
        overloads: LINE_TO_POINT,
        summary: "Returns the center of mass of a line or multiline as a GeoJSON point.",
        examples: &[Example {
            query: "print geo_line_centroid(dynamic({'type':'LineString','coordinates':[[0,0],[0,0]]}))",
            answer: "null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, lines);
        Ok(std::sync::Arc::new(move |args| {
            let mut rows = shape.rows(args)?;
            args.texts(|row, out| {
                let sum = rows.at(row)?.iter().fold(Point([0.0; 3]), |sum, line| sum + line_center(line));
                push_point(out, sum.unit());
                Some(())
            })
        }))
    }),
};

/// `geo_line_interpolate_point(lineString, fraction)`:
/// learn.microsoft.com/kusto/query/geo-line-interpolate-point-function.
pub static GEO_LINE_INTERPOLATE_POINT: Function = Function {
    spec: FunctionSpec {
        name: "geo_line_interpolate_point",
        overloads: &[signature(&[bag("lineString"), number("fraction")], Type::Dynamic)],
        summary: "Returns the point at a fraction of a line, from 0 to 1, as a GeoJSON point.",
        examples: &[Example {
            query: "print geo_line_interpolate_point(dynamic({'type':'LineString','coordinates':[[0,0],[0,10]]}), 0)",
            answer: r#"{"type":"Point","coordinates":[0.0,0.0]}"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, lines);
        Ok(std::sync::Arc::new(move |args| {
            let (mut rows, fractions) = (shape.rows(args)?, args.real(1)?);
            args.texts(|row, out| {
                let fraction = fractions.at(row).filter(|f| (0.0..=1.0).contains(f))?;
                push_point(out, part_way(one(rows.at(row)?)?, fraction)?);
                Some(())
            })
        }))
    }),
};

/// Returns the only line.
fn one(lines: &Lines) -> Option<&[Point]> {
    match lines.as_slice() {
        [line] => Some(line),
        _ => None,
    }
}

fn part_way(line: &[Point], fraction: f64) -> Option<Point> {
    let mut left = fraction * length(line);
    if left <= 0.0 {
        return line.first().copied();
    }
    for pair in line.windows(2) {
        let [a, b] = pair else { continue };
        let edge = a.angle(*b);
        if left < edge {
            return Some(at_distance(*a, *b, left));
        }
        left -= edge;
    }
    line.last().copied()
}

/// `geo_line_locate_point(lineString, longitude, latitude [, use_spheroid])`:
/// learn.microsoft.com/kusto/query/geo-line-locate-point-function.
pub static GEO_LINE_LOCATE_POINT: Function = Function {
    spec: FunctionSpec {
        name: "geo_line_locate_point",
        overloads: &[signature(&[bag("lineString"), number("longitude"), number("latitude")], Type::Real)
            .optional(&[switch("use_spheroid")])],
        summary: "Returns at which fraction of a line its nearest point to a point is.",
        examples: &[Example {
            query: "print round(geo_line_locate_point(dynamic({'type':'LineString','coordinates':[[0,0],[0,10]]}), 1, 5), 2)",
            answer: "0.5",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, lines);
        Ok(std::sync::Arc::new(move |args| {
            let (mut rows, points, spheroid) = (shape.rows(args)?, positions(args, 1)?, switched(args, 3)?);
            args.reals(|row| {
                let measure = if spheroid(row)? { meters } else { Point::angle };
                locate(one(rows.at(row)?)?, points.point(row)?, measure)
            })
        }))
    }),
};

fn meters(a: Point, b: Point) -> f64 {
    on_spheroid(a.degrees(), b.degrees())
}

fn locate(line: &[Point], point: Point, measure: fn(Point, Point) -> f64) -> Option<f64> {
    let (foot, at) = nearest_on(point, line)?;
    let lengths: Vec<f64> = line.windows(2).map(|pair| if let [a, b] = pair { measure(*a, *b) } else { 0.0 }).collect();
    let before: f64 = lengths.iter().take(at).sum();
    let along = before + measure(*line.get(at)?, foot);
    Some((along / lengths.iter().sum::<f64>()).min(1.0))
}

/// Returns the nearest point of a line, and the number of the edge it is on.
fn nearest_on(point: Point, line: &[Point]) -> Option<(Point, usize)> {
    let edges = line.windows(2).enumerate().filter_map(|(i, pair)| match pair {
        [a, b] => Some((distance(point, *a, *b), *a, *b, i)),
        _ => None,
    });
    let (_, a, b, i) = edges.min_by(|x, y| x.0.total_cmp(&y.0))?;
    Some((nearest(point, a, b), i))
}

/// `geo_closest_point_on_line(longitude, latitude, lineString)`:
/// learn.microsoft.com/kusto/query/geo-closest-point-on-line-function.
pub static GEO_CLOSEST_POINT_ON_LINE: Function = Function {
    spec: FunctionSpec {
        name: "geo_closest_point_on_line",
        overloads: &[signature(&[number("longitude"), number("latitude"), bag("lineString")], Type::Dynamic)],
        summary: "Returns the point of a line or multiline that is nearest to a point, as a GeoJSON point.",
        examples: &[Example {
            query: "print geo_closest_point_on_line(-1, 0, dynamic({'type':'LineString','coordinates':[[0,0],[10,10]]}))",
            answer: r#"{"type":"Point","coordinates":[0.0,0.0]}"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 2, lines);
        Ok(std::sync::Arc::new(move |args| {
            let (mut rows, points) = (shape.rows(args)?, positions(args, 0)?);
            args.texts(|row, out| {
                let point = points.point(row)?;
                let feet = rows.at(row)?.iter().filter_map(|line| Some(nearest_on(point, line)?.0));
                push_point(out, feet.min_by(|a, b| (*a - point).norm2().total_cmp(&(*b - point).norm2()))?);
                Some(())
            })
        }))
    }),
};

/// `geo_distance_point_to_line(longitude, latitude, lineString)`:
/// learn.microsoft.com/kusto/query/geo-distance-point-to-line-function.
pub static GEO_DISTANCE_POINT_TO_LINE: Function = Function {
    spec: FunctionSpec {
        name: "geo_distance_point_to_line",
        overloads: &[signature(&[number("longitude"), number("latitude"), bag("lineString")], Type::Real)],
        summary: "Returns the shortest distance from a point to a line or multiline on earth in meters.",
        examples: &[Example {
            query: "print geo_distance_point_to_line(0, 0, dynamic({'type':'LineString','coordinates':[[0,0],[10,10]]}))",
            answer: "0.0",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 2, lines);
        Ok(std::sync::Arc::new(move |args: &Args| -> Result<ColumnarValue> {
            let (mut rows, points) = (shape.rows(args)?, positions(args, 0)?);
            args.reals(|row| {
                let point = points.point(row)?;
                let edges = rows.at(row)?.iter().flat_map(|line| line.windows(2));
                let angles = edges.map(|pair| if let [a, b] = pair { distance(point, *a, *b) } else { f64::INFINITY });
                Some(angles.fold(f64::INFINITY, f64::min) * EARTH_RADIUS)
            })
        }))
    }),
};
