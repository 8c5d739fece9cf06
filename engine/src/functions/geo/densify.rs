//! `geo_line_densify`, `geo_polygon_densify`: straight edges of a map in longitude and latitude as chains of geodesics.

use std::sync::Arc;

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use super::measure::turning;
use super::operand::{Shape, optional};
use super::point::switched;
use super::polygon_shape::{Polygon, Ring};
use super::shape::{degrees, lines, polygons, push_lines, push_polygons};
use super::sphere::{EARTH_RADIUS, Point, interpolate};
use crate::dynamic::Raw;
use crate::functions::signature::{bag, number, signature, switch};
use crate::functions::{Body, Function};

/// How many points a result may have.
const MOST_POINTS: usize = 10_485_760;
/// The meters an edge may be off, where the call does not say.
const TOLERANCE: f64 = 10.0;

/// `geo_line_densify(lineString [, tolerance [, preserve_crossing]])`:
/// learn.microsoft.com/kusto/query/geo-line-densify-function.
pub static GEO_LINE_DENSIFY: Function = Function {
    spec: FunctionSpec {
        name: "geo_line_densify",
        overloads: &[signature(&[bag("lineString")], Type::Dynamic)
            .optional(&[number("tolerance"), switch("preserve_crossing")])],
        summary: "Adds points to a line or multiline until its geodesics keep to its straight edges on a map.",
        examples: &[Example {
            query: "print array_length(geo_line_densify(dynamic({'type':'LineString','coordinates':[[50,50],[51,51]]})).coordinates)",
            answer: "9",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, line_positions);
        Ok(Arc::new(move |args| {
            let (mut rows, tolerance, crossing) =
                (shape.rows(args)?, optional(args, 1, TOLERANCE)?, switched(args, 2)?);
            args.texts(|row, out| {
                let (tolerance, crossing) = (valid(tolerance(row)?)?, crossing(row)?);
                let mut lines = Vec::new();
                for line in rows.at(row)? {
                    let line = dense(line, tolerance)?;
                    match crossing {
                        true => lines.push(line),
                        false => lines.extend(parted(line)),
                    }
                }
                push_lines(out, lines.iter().map(Vec::as_slice));
                Some(())
            })
        }))
    }),
};

/// `geo_polygon_densify(polygon [, tolerance [, preserve_crossing]])`:
/// learn.microsoft.com/kusto/query/geo-polygon-densify-function.
pub static GEO_POLYGON_DENSIFY: Function = Function {
    spec: FunctionSpec {
        name: "geo_polygon_densify",
        overloads: &[
            signature(&[bag("polygon")], Type::Dynamic).optional(&[number("tolerance"), switch("preserve_crossing")])
        ],
        summary: "Adds points to a polygon or multipolygon until its geodesics keep to its straight edges on a map.",
        examples: &[Example {
            query: "print array_length(geo_polygon_densify(dynamic({'type':'Polygon','coordinates':[[[10,10],[11,10],[11,11],[10,11],[10,10]]]})).coordinates[0])",
            answer: "11",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, ring_positions);
        Ok(Arc::new(move |args| {
            let (mut rows, tolerance) = (shape.rows(args)?, optional(args, 1, TOLERANCE)?);
            args.texts(|row, out| {
                let tolerance = valid(tolerance(row)?)?;
                let dense = rows.at(row)?.iter().map(|p| dense_polygon(p, tolerance)).collect::<Option<Vec<_>>>()?;
                push_polygons(out, &dense);
                Some(())
            })
        }))
    }),
};

/// Returns a tolerance as an angle, where it is one of 0.1 to 10,000 meters.
fn valid(meters: f64) -> Option<f64> {
    (0.1..=10_000.0).contains(&meters).then_some(meters / EARTH_RADIUS)
}

/// A line or ring in degrees, as it stands: a longitude of 300 is not one of -60 on a map.
type Positions = Vec<(f64, f64)>;

fn line_positions(json: &str) -> Option<Vec<Positions>> {
    lines(json)?;
    let shape = Raw::new(json);
    let coordinates = shape.key("coordinates")?;
    match shape.key("type")?.as_str()?.as_ref() {
        "LineString" => Some(vec![positions(coordinates)?]),
        _ => coordinates.elements().map(positions).collect(),
    }
}

/// Reads polygons as lists of rings that turn left.
fn ring_positions(json: &str) -> Option<Vec<Vec<Positions>>> {
    polygons(json)?;
    let shape = Raw::new(json);
    let coordinates = shape.key("coordinates")?;
    let rings = |polygon: Raw| polygon.elements().map(ring).collect::<Option<Vec<_>>>();
    match shape.key("type")?.as_str()?.as_ref() {
        "Polygon" => Some(vec![rings(coordinates)?]),
        _ => coordinates.elements().map(rings).collect(),
    }
}

fn ring(ring: Raw) -> Option<Positions> {
    let mut positions = positions(ring)?;
    let points: Vec<Point> = positions.iter().skip(1).map(|&at| on_sphere(at)).collect();
    if turning(&points) < 0.0 {
        // The last position repeats the first: without it the ring is turned around.
        positions.pop();
        positions.reverse();
        positions.extend(positions.first().copied());
    }
    Some(positions)
}

fn positions(line: Raw) -> Option<Positions> {
    line.elements().map(degrees).collect()
}

fn dense_polygon(rings: &[Positions], tolerance: f64) -> Option<Polygon> {
    let rings = rings.iter().map(|ring| {
        let mut points = dense(ring, tolerance)?;
        points.pop();
        Some(Ring::new(points))
    });
    Some(Polygon { rings: rings.collect::<Option<Vec<_>>>()? })
}

/// Returns the points of a chain of geodesics along the straight edges of a line on a map.
fn dense(line: &[(f64, f64)], tolerance: f64) -> Option<Vec<Point>> {
    // S2's constant: how far its estimate may fall short of the error.
    let tolerance = 0.838_299_925_698_885_1 * tolerance;
    let mut points = Vec::with_capacity(line.len());
    points.extend(line.first().map(|&at| on_sphere(at)));
    for pair in line.windows(2) {
        let [from, to] = pair else { continue };
        // The halves still to do, the nearest last.
        let mut rest = vec![(*from, *to)];
        while let Some((from, to)) = rest.pop() {
            if error(from, to) <= tolerance {
                points.push(on_sphere(to));
                continue;
            }
            let middle = between(from, to, 0.5);
            rest.extend([(middle, to), (from, middle)]);
            if points.len() + rest.len() > MOST_POINTS {
                return None;
            }
        }
    }
    Some(points)
}

fn on_sphere((longitude, latitude): (f64, f64)) -> Point {
    Point::from_degrees(longitude, latitude)
}

fn between(from: (f64, f64), to: (f64, f64), fraction: f64) -> (f64, f64) {
    ((1.0 - fraction) * from.0 + fraction * to.0, (1.0 - fraction) * from.1 + fraction * to.1)
}

/// Estimates how far a straight edge is off its geodesic: at the two places where that is most, as S2's tessellator.
fn error(from: (f64, f64), to: (f64, f64)) -> f64 {
    const PLACE: f64 = 0.312_156_910_822_482_1;
    let (a, b) = (on_sphere(from), on_sphere(to));
    if a.dot(b) < -1e-14 {
        return f64::INFINITY;
    }
    let off = |fraction| interpolate(a, b, fraction).angle(on_sphere(between(from, to, fraction)));
    off(PLACE).max(off(1.0 - PLACE))
}

/// Cuts a line where it crosses the antimeridian, a hair on either side of it.
fn parted(line: Vec<Point>) -> Vec<Vec<Point>> {
    const EDGE: f64 = 179.999_999_999_999;
    let mut lines = vec![Vec::with_capacity(line.len())];
    let mut before: Option<Point> = None;
    for point in line {
        if let Some(last) = before {
            let ((last_lng, _), (lng, _)) = (last.degrees(), point.degrees());
            if (last_lng - lng).abs() > 180.0 {
                let latitude = latitude_at_antimeridian(last, point);
                let near = Point::from_degrees(EDGE.copysign(last_lng), latitude);
                lines.last_mut().into_iter().for_each(|line| line.push(near));
                lines.push(vec![Point::from_degrees(EDGE.copysign(lng), latitude)]);
            }
        }
        lines.last_mut().into_iter().for_each(|line| line.push(point));
        before = Some(point);
    }
    lines
}

fn latitude_at_antimeridian(a: Point, b: Point) -> f64 {
    let foot = a.robust_cross(b).cross(Point([0.0, 1.0, 0.0])).unit();
    let foot = if foot.0[0] < 0.0 { foot } else { -foot };
    foot.degrees().1
}
