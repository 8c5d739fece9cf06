//! `geo_line_simplify`, `geo_polygon_simplify`, `geo_simplify_polygons_array`: fewer points, none of the old ones farther
//! from the new edges than a tolerance.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use super::operand::{Shape, optional};
use super::overlay::{Key, key};
use super::polygon_shape::{Polygon, Ring};
use super::shape::{array_of_polygons, lines, polygons, push_lines, push_polygons};
use super::sphere::{EARTH_RADIUS, Point, distance};
use crate::functions::signature::{array, bag, number, signature};
use crate::functions::{Body, Function};

/// The meters where the call does not say.
const TOLERANCE: f64 = 10.0;
/// The largest tolerance: 70 degrees, the largest snap radius of S2.
const LARGEST: f64 = 7_800_000.0;

/// `geo_line_simplify(lineString [, tolerance])`: learn.microsoft.com/kusto/query/geo-line-simplify-function.
pub static GEO_LINE_SIMPLIFY: Function = Function {
    spec: FunctionSpec {
        name: "geo_line_simplify",
        overloads: &[signature(&[bag("lineString")], Type::Dynamic).optional(&[number("tolerance")])],
        summary: "Leaves out points of a line or multiline that are within a tolerance in meters; null if none is left.",
        examples: &[Example {
            query: "print array_length(geo_line_simplify(dynamic({'type':'LineString','coordinates':[[0,0],[1,0],[2,0]]})).coordinates)",
            answer: "2",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, lines);
        Ok(Arc::new(move |args| {
            let (mut rows, tolerance) = (shape.rows(args)?, optional(args, 1, TOLERANCE)?);
            args.texts(|row, out| {
                let tolerance = valid(tolerance(row)?)?;
                let lines = rows.at(row)?.iter().map(|line| simple(line, tolerance));
                let lines: Vec<_> = lines.filter(|line| line.len() > 1).collect();
                if lines.is_empty() {
                    return None;
                }
                push_lines(out, lines.iter().map(Vec::as_slice));
                Some(())
            })
        }))
    }),
};

/// `geo_polygon_simplify(polygon [, tolerance])`: learn.microsoft.com/kusto/query/geo-polygon-simplify-function.
pub static GEO_POLYGON_SIMPLIFY: Function = Function {
    spec: FunctionSpec {
        name: "geo_polygon_simplify",
        overloads: &[signature(&[bag("polygon")], Type::Dynamic).optional(&[number("tolerance")])],
        summary: "Leaves out corners of a polygon or multipolygon that are within a tolerance in meters; null if nothing is left.",
        examples: &[Example {
            query: "print geo_polygon_simplify(dynamic({'type':'Polygon','coordinates':[[[5,48],[0,50],[0,47],[4,47],[5,48]]]}), 1000000)",
            answer: "null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, polygons);
        Ok(Arc::new(move |args| {
            let (mut rows, tolerance) = (shape.rows(args)?, optional(args, 1, TOLERANCE)?);
            args.texts(|row, out| {
                let tolerance = valid(tolerance(row)?)?;
                let polygons = simple_polygons(rows.at(row)?.iter(), tolerance, &HashSet::new());
                if polygons.is_empty() {
                    return None;
                }
                push_polygons(out, &polygons);
                Some(())
            })
        }))
    }),
};

/// `geo_simplify_polygons_array(polygons [, tolerance])`:
/// learn.microsoft.com/kusto/query/geo-simplify-polygons-array-function.
pub static GEO_SIMPLIFY_POLYGONS_ARRAY: Function = Function {
    spec: FunctionSpec {
        name: "geo_simplify_polygons_array",
        overloads: &[signature(&[array("polygons")], Type::Dynamic).optional(&[number("tolerance")])],
        summary: "Leaves out corners of polygons within a tolerance in meters; borders that polygons share stay shared.",
        examples: &[Example {
            query: "print geo_simplify_polygons_array(pack_array(dynamic({'type':'Polygon'})))",
            answer: "null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, |json| Some(array_of_polygons(json)?.concat()));
        Ok(Arc::new(move |args| {
            let (mut rows, tolerance) = (shape.rows(args)?, optional(args, 1, TOLERANCE)?);
            args.texts(|row, out| {
                let tolerance = valid(tolerance(row)?)?;
                let all = rows.at(row)?;
                let polygons = simple_polygons(all.iter(), tolerance, &forks(all));
                if polygons.is_empty() {
                    return None;
                }
                push_polygons(out, &polygons);
                Some(())
            })
        }))
    }),
};

/// Returns a tolerance as an angle.
fn valid(meters: f64) -> Option<f64> {
    (0.0..=LARGEST).contains(&meters).then_some(meters / EARTH_RADIUS)
}

fn simple_polygons<'p>(
    polygons: impl Iterator<Item = &'p Polygon>,
    tolerance: f64,
    forks: &HashSet<Key>,
) -> Vec<Polygon> {
    let simple = polygons.filter_map(|polygon| {
        let mut rings = polygon.rings.iter().map(|ring| simple_ring(ring.points(), tolerance, forks));
        // Without a shell there is nothing; a hole may close.
        let shell = rings.next()?.filter(|shell| shell.len() > 2)?;
        let holes = rings.flatten().filter(|hole| hole.len() > 2);
        Some(Polygon { rings: std::iter::once(shell).chain(holes).map(Ring::new).collect() })
    });
    simple.collect()
}

fn simple_ring(points: &[Point], tolerance: f64, forks: &HashSet<Key>) -> Option<Vec<Point>> {
    let far = points.iter().flat_map(|a| points.first().map(|b| a.angle(*b))).fold(0.0, f64::max);
    if far <= tolerance {
        return None;
    }
    // A ring with forks is simplified between them, from the same end on either side of a border.
    let start = points.iter().position(|p| forks.contains(&key(*p))).unwrap_or(0);
    let closed = points.iter().cycle().skip(start).take(points.len() + 1).copied();
    let mut ring = Vec::new();
    let mut chain = Vec::new();
    for point in closed {
        chain.push(point);
        if chain.len() > 1 && forks.contains(&key(point)) {
            ring.extend(simple_border(std::mem::replace(&mut chain, vec![point]), tolerance));
        }
    }
    ring.extend(simple_border(chain, tolerance));
    ring.dedup();
    Some(ring)
}

/// Simplifies a chain and leaves out its last point, with which the next begins.
fn simple_border(mut chain: Vec<Point>, tolerance: f64) -> Vec<Point> {
    let backwards = chain.first().map(|p| key(*p)) > chain.last().map(|p| key(*p));
    if backwards {
        chain.reverse();
    }
    let mut simple = simple(&chain, tolerance);
    if backwards {
        simple.reverse();
    }
    simple.pop();
    simple
}

/// Returns the corners where more than two edges meet: they must stay.
fn forks(polygons: &[Polygon]) -> HashSet<Key> {
    let mut around: HashMap<Key, HashSet<Key>> = HashMap::new();
    for (a, b) in polygons.iter().flat_map(Polygon::edges) {
        around.entry(key(a)).or_default().insert(key(b));
        around.entry(key(b)).or_default().insert(key(a));
    }
    around.into_iter().filter(|(_, neighbors)| neighbors.len() > 2).map(|(corner, _)| corner).collect()
}

/// Replaces chains of edges by single ones that pass all left out points within the tolerance, and leaves out points that
/// are nearer to the one before. The ends stay.
fn simple(line: &[Point], tolerance: f64) -> Vec<Point> {
    let [first, .., last] = line else { return line.to_vec() };
    let mut simple = vec![*first];
    let mut from = 0;
    for end in 2..line.len() {
        let (Some(a), Some(b), Some(between)) = (line.get(from), line.get(end), line.get(from + 1..end)) else {
            continue;
        };
        if between.iter().all(|p| distance(*p, *a, *b) <= tolerance) {
            continue;
        }
        from = end - 1;
        simple.extend(between.last());
    }
    simple.push(*last);
    let apart = |point: &Point, before: &mut Point| {
        let far = before.angle(*point) > tolerance;
        if far {
            *before = *point;
        }
        far
    };
    let mut before = *first;
    let mut sparse = vec![*first];
    sparse.extend(simple.iter().skip(1).filter(|point| apart(point, &mut before)));
    match sparse.last() {
        Some(end) if end == last => {}
        // The end takes the place of the point it is too near to; a line shorter than the tolerance is none.
        _ if sparse.len() > 1 => {
            sparse.pop();
            sparse.push(*last);
        }
        _ => {}
    }
    sparse
}
