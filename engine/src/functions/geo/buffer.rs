//! `geo_point_buffer`, `geo_line_buffer`, `geo_polygon_buffer`: what is within a radius, as S2's buffer operation draws it:
//! a path at the radius around the shape, with arcs at corners that turn outwards; where the path winds around a point
//! once or more, the point is within the radius.

use std::f64::consts::{FRAC_PI_2, PI, TAU};
use std::sync::Arc;

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use super::intersection::region;
use super::operand::{Shape, optional, positions};
use super::overlay::outline;
use super::polygon_shape::Polygon;
use super::predicates::sign;
use super::shape::{lines, push_polygons};
use super::sphere::{EARTH_RADIUS, Point};
use crate::functions::signature::{bag, number, signature};
use crate::functions::{Body, Function};

/// The meters a boundary may be off, where the call does not say.
const TOLERANCE: f64 = 10.0;

/// `geo_point_buffer(longitude, latitude, radius [, tolerance])`:
/// learn.microsoft.com/kusto/query/geo-point-buffer-function.
pub static GEO_POINT_BUFFER: Function = Function {
    spec: FunctionSpec {
        name: "geo_point_buffer",
        overloads: &[signature(&[number("longitude"), number("latitude"), number("radius")], Type::Dynamic)
            .optional(&[number("tolerance")])],
        summary: "Returns a polygon around a point at a radius in meters, off by no more than a tolerance, 10 if not said.",
        examples: &[Example {
            query: "print geo_point_buffer(10, 10, 1000).type, geo_point_buffer(10, 10, -1)",
            answer: "\"Polygon\" | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (points, radius, tolerance) = (positions(args, 0)?, args.real(2)?, optional(args, 3, TOLERANCE)?);
        args.texts(|row, out| {
            let (radius, tolerance) = valid(radius.at(row)?, tolerance(row)?)?;
            let path = Pen::new(radius, tolerance).circle(points.point(row)?);
            push_polygons(out, &outline(vec![path])?);
            Some(())
        })
    }),
};

/// `geo_line_buffer(lineString, radius [, tolerance])`: learn.microsoft.com/kusto/query/geo-line-buffer-function.
pub static GEO_LINE_BUFFER: Function = Function {
    spec: FunctionSpec {
        name: "geo_line_buffer",
        overloads: &[signature(&[bag("lineString"), number("radius")], Type::Dynamic).optional(&[number("tolerance")])],
        summary: "Returns a polygon around a line or multiline at a radius in meters, off by no more than a tolerance, 10 if not said.",
        examples: &[Example {
            query: "let line = dynamic({'type':'LineString','coordinates':[[0,0],[1,1]]});\nprint geo_line_buffer(line, 1000).type, geo_line_buffer(line, 0)",
            answer: "\"Polygon\" | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, lines);
        Ok(Arc::new(move |args| {
            let (mut rows, radius, tolerance) = (shape.rows(args)?, args.real(1)?, optional(args, 2, TOLERANCE)?);
            args.texts(|row, out| {
                let (radius, tolerance) = valid(radius.at(row)?, tolerance(row)?)?;
                let pen = Pen::new(radius, tolerance);
                push_polygons(out, &outline(rows.at(row)?.iter().map(|line| pen.line(line)).collect())?);
                Some(())
            })
        }))
    }),
};

/// `geo_polygon_buffer(polygon, radius [, tolerance])`: learn.microsoft.com/kusto/query/geo-polygon-buffer-function.
pub static GEO_POLYGON_BUFFER: Function = Function {
    spec: FunctionSpec {
        name: "geo_polygon_buffer",
        overloads: &[signature(&[bag("polygon"), number("radius")], Type::Dynamic).optional(&[number("tolerance")])],
        summary: "Returns a polygon with what is within a radius in meters of a polygon or multipolygon, off by no more than a tolerance, 10 if not said.",
        examples: &[Example {
            query: "let p = dynamic({'type':'Polygon','coordinates':[[[10,10],[0,10],[0,0],[10,10]]]});\nprint geo_polygon_buffer(p, 1000).type, geo_polygon_buffer(p, 0)",
            answer: "\"Polygon\" | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, region);
        Ok(Arc::new(move |args| {
            let (mut rows, radius, tolerance) = (shape.rows(args)?, args.real(1)?, optional(args, 2, TOLERANCE)?);
            args.texts(|row, out| {
                let (radius, tolerance) = valid(radius.at(row)?, tolerance(row)?)?;
                push_polygons(out, &around_region(rows.at(row)?, radius, tolerance)?);
                Some(())
            })
        }))
    }),
};

/// Returns radius and tolerance as angles. The tolerance is brought between a millionth of the radius and a little less
/// than all of it; radii of a quarter of the earth and more are not drawn.
fn valid(radius: f64, tolerance: f64) -> Option<(f64, f64)> {
    // Not a number fails each of these, and must not come to `clamp`.
    let fits = radius > 0.0 && tolerance > 0.0 && radius / EARTH_RADIUS < 0.99 * FRAC_PI_2;
    let between = || tolerance.clamp(1e-6 * radius, (1.0 - 1e-6) * radius);
    fits.then(|| (radius / EARTH_RADIUS, between() / EARTH_RADIUS))
}

/// Returns what is within a radius of a region, both in radians.
pub fn around_region(region: &[Polygon], radius: f64, tolerance: f64) -> Option<Vec<Polygon>> {
    let pen = Pen::new(radius, tolerance);
    let mut paths = Vec::new();
    for polygon in region {
        for (i, ring) in polygon.rings.iter().enumerate() {
            match i {
                0 => paths.push(pen.ring(ring.points())),
                _ => paths.push(pen.ring(&ring.points().iter().rev().copied().collect::<Vec<_>>())),
            }
        }
    }
    outline(paths)
}

/// Draws paths at a radius to the right of shapes.
struct Pen {
    radius: f64,
    /// The longest step of an arc around a corner.
    corner_step: f64,
    /// The longest step of a circle, which is a regular polygon.
    circle_step: f64,
    /// The longest step along an edge, whose parallel is no geodesic.
    edge_step: f64,
}

impl Pen {
    fn new(radius: f64, tolerance: f64) -> Self {
        let corner_step = longest_step(radius, tolerance);
        let circle_step = TAU / (TAU / corner_step).ceil() + 1e-15;
        Self { radius, corner_step, circle_step, edge_step: longest_step(FRAC_PI_2 - radius, tolerance) }
    }

    fn circle(&self, point: Point) -> Vec<Point> {
        let mut path = Vec::new();
        let (mut start, mut angle) = (point.ortho(), 0.0);
        for _ in 0..4 {
            let next = point.cross(start).unit();
            while angle < FRAC_PI_2 {
                path.push(on_ray(point, on_ray(start, next, angle), self.radius));
                angle += self.circle_step;
            }
            angle -= FRAC_PI_2;
            start = next;
        }
        path
    }

    fn ring(&self, ring: &[Point]) -> Vec<Point> {
        let mut path = Vec::new();
        let corners = || ring.iter().copied().cycle();
        let edges = corners().zip(corners().skip(1)).zip(corners().skip(2)).take(ring.len());
        edges.for_each(|((a, b), c)| self.edge_and_corner(&mut path, a, b, c));
        path
    }

    fn line(&self, line: &[Point]) -> Vec<Point> {
        let mut path = Vec::new();
        let ([first, second, ..], [.., before, last]) = (line, line) else { return path };
        let axis = outward(*first, *second);
        self.arc(&mut path, *first, -axis, axis);
        for corner in line.windows(3) {
            let [a, b, c] = corner else { continue };
            self.edge_and_corner(&mut path, *a, *b, *c);
        }
        self.edge(&mut path, *before, *last);
        let axis = outward(*before, *last);
        self.arc(&mut path, *last, axis, -axis);
        for corner in line.windows(3).rev() {
            let [a, b, c] = corner else { continue };
            self.edge_and_corner(&mut path, *c, *b, *a);
        }
        self.edge(&mut path, *second, *first);
        path
    }

    fn edge_and_corner(&self, path: &mut Vec<Point>, a: Point, b: Point, c: Point) {
        self.edge(path, a, b);
        // At a corner that turns inwards the path goes through it, so that it winds around nothing else.
        match sign(a, b, c) >= 0 {
            true => self.arc(path, b, outward(a, b), outward(b, c)),
            false => {
                path.push(on_ray(b, outward(a, b), self.radius));
                path.push(b);
            }
        }
    }

    /// Draws along an edge from its start up to before its end.
    fn edge(&self, path: &mut Vec<Point>, a: Point, b: Point) {
        let axis = outward(a, b);
        let length = a.angle(b);
        let along = axis.cross(a) * -1.0;
        let mut angle = 0.0;
        while angle < length {
            path.push(on_ray(on_ray(a, along.unit(), angle), axis, self.radius));
            angle += self.edge_step;
        }
    }

    /// Draws an arc around a corner from one direction up to before another.
    fn arc(&self, path: &mut Vec<Point>, corner: Point, start: Point, end: Point) {
        let turn = corner.cross(start).unit();
        let span = start.angle(end);
        let mut angle = 0.0;
        while angle < span {
            path.push(on_ray(corner, on_ray(start, turn, angle), self.radius));
            angle += self.corner_step;
        }
    }
}

/// The direction to the right of an edge, at right angles to it.
fn outward(a: Point, b: Point) -> Point {
    b.robust_cross(a).unit()
}

/// Returns the point at an angle from another in a direction at right angles to it.
fn on_ray(point: Point, direction: Point, angle: f64) -> Point {
    (point * angle.cos() + direction * angle.sin()).unit()
}

/// How far apart two points on a circle may be if the edge between them is to come no nearer than the tolerance allows.
fn longest_step(radius: f64, tolerance: f64) -> f64 {
    let least = (radius - tolerance).max(0.0);
    (2.0 * (least.tan() / radius.tan()).acos()).min(2.0 * PI / 3.0 + 1e-15)
}
