//! Functions on points: distance, direction, circle.

use std::f64::consts::TAU;

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use geographiclib_rs::{Geodesic, InverseGeodesic};
use rehunt_lang::library::{Example, FunctionSpec, Overload, Param};
use rehunt_lang::types::Type;

use super::operand::positions;
use super::sphere::{EARTH_RADIUS, Point};
use crate::functions::signature::{number, signature, switch};
use crate::functions::{Args, Body, Function};

const TWO: &[Param] = &[number("p1_longitude"), number("p1_latitude"), number("p2_longitude"), number("p2_latitude")];
const THREE: &[Param] = &[
    number("p1_longitude"),
    number("p1_latitude"),
    number("p2_longitude"),
    number("p2_latitude"),
    number("p3_longitude"),
    number("p3_latitude"),
];
const CIRCLE: &[Param] =
    &[number("p_longitude"), number("p_latitude"), number("pc_longitude"), number("pc_latitude"), number("c_radius")];
const DISTANCE: &[Overload] = &[signature(TWO, Type::Real).optional(&[switch("use_spheroid")])];

/// `geo_distance_2points(p1_longitude, p1_latitude, p2_longitude, p2_latitude [, use_spheroid])`:
/// learn.microsoft.com/kusto/query/geo-distance-2points-function.
pub static GEO_DISTANCE_2POINTS: Function = Function {
    spec: FunctionSpec {
        name: "geo_distance_2points",
        overloads: DISTANCE,
        summary: "Returns the shortest distance between two points on earth in meters, on a sphere or the WGS 84 spheroid.",
        examples: &[Example {
            query: "print round(geo_distance_2points(-122.407628, 47.578557, -118.275287, 34.019056), 3)",
            answer: "1546754.352",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(distance),
};

fn distance(args: &Args) -> Result<ColumnarValue> {
    let (from, to, spheroid) = (positions(args, 0)?, positions(args, 2)?, switched(args, 4)?);
    args.reals(|row| {
        let (from, to) = (from.degrees(row)?, to.degrees(row)?);
        Some(if spheroid(row)? { on_spheroid(from, to) } else { on_sphere(from, to) })
    })
}

/// Reads an optional switch, a bool or a number, off where the call has none.
pub fn switched(args: &Args, i: usize) -> Result<impl Fn(usize) -> Option<bool> + use<>> {
    let boolean = |value: &ColumnarValue| value.data_type() == DataType::Boolean;
    let (flags, numbers) = match args.values.get(i) {
        Some(value) if boolean(value) => (Some(args.boolean(i)?), None),
        Some(_) => (None, Some(args.real(i)?)),
        None => (None, None),
    };
    Ok(move |row: usize| match (&flags, &numbers) {
        (Some(flags), _) => flags.at(row),
        (_, Some(numbers)) => numbers.at(row).map(|n| n != 0.0),
        _ => Some(false),
    })
}

/// By the haversine formula, which is exact for near points.
fn on_sphere(from: (f64, f64), to: (f64, f64)) -> f64 {
    let [from_lng, from_lat, to_lng, to_lat] = [from.0, from.1, to.0, to.1].map(f64::to_radians);
    let lat = (0.5 * (to_lat - from_lat)).sin();
    let lng = (0.5 * (to_lng - from_lng)).sin();
    let square = lat * lat + lng * lng * from_lat.cos() * to_lat.cos();
    2.0 * square.min(1.0).sqrt().asin() * EARTH_RADIUS
}

/// By Karney's geodesics on WGS 84.
pub fn on_spheroid(from: (f64, f64), to: (f64, f64)) -> f64 {
    Geodesic::wgs84().inverse(from.1, from.0, to.1, to.0)
}

/// `geo_azimuth(p1_longitude, p1_latitude, p2_longitude, p2_latitude)`:
/// learn.microsoft.com/kusto/query/geo-azimuth-function.
pub static GEO_AZIMUTH: Function = Function {
    spec: FunctionSpec {
        name: "geo_azimuth",
        overloads: &[signature(TWO, Type::Real)],
        summary: "Returns the direction from one point to another in radians, clockwise from north; null where they are equal.",
        examples: &[Example { query: "print round(geo_azimuth(5, 10, 10, -40), 9)", answer: "3.054599398" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (from, to) = (positions(args, 0)?, positions(args, 2)?);
        args.reals(|row| bearing(from.degrees(row)?, to.degrees(row)?))
    }),
};

/// `geo_angle(p1_longitude, p1_latitude, p2_longitude, p2_latitude, p3_longitude, p3_latitude)`:
/// learn.microsoft.com/kusto/query/geo-angle-function.
pub static GEO_ANGLE: Function = Function {
    spec: FunctionSpec {
        name: "geo_angle",
        overloads: &[signature(THREE, Type::Real)],
        summary: "Returns the angle at the second of three points in radians, clockwise from the first to the third.",
        examples: &[Example { query: "print round(geo_angle(0, 10, 0, 5, 3, -10), 9)", answer: "2.944938434" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (first, corner, third) = (positions(args, 0)?, positions(args, 2)?, positions(args, 4)?);
        args.reals(|row| {
            let corner = corner.degrees(row)?;
            let angle = bearing(corner, third.degrees(row)?)? - bearing(corner, first.degrees(row)?)?;
            Some(once_around(angle))
        })
    }),
};

/// Returns the direction from a point to another, clockwise from north; nothing if they are equal.
fn bearing(from: (f64, f64), to: (f64, f64)) -> Option<f64> {
    if Point::from_degrees(from.0, from.1) == Point::from_degrees(to.0, to.1) {
        return None;
    }
    let [from_lng, from_lat, to_lng, to_lat] = [from.0, from.1, to.0, to.1].map(f64::to_radians);
    let east = to_lng - from_lng;
    let y = east.sin() * to_lat.cos();
    let x = from_lat.cos() * to_lat.sin() - from_lat.sin() * to_lat.cos() * east.cos();
    Some(once_around(y.atan2(x)))
}

/// Brings an angle into `[0, 2 pi)`.
fn once_around(angle: f64) -> f64 {
    let angle = angle.rem_euclid(TAU);
    // The remainder of a tiny negative angle rounds up to the whole.
    if angle < TAU { angle } else { 0.0 }
}

/// `geo_point_in_circle(p_longitude, p_latitude, pc_longitude, pc_latitude, c_radius)`:
/// learn.microsoft.com/kusto/query/geo-point-in-circle-function.
pub static GEO_POINT_IN_CIRCLE: Function = Function {
    spec: FunctionSpec {
        name: "geo_point_in_circle",
        overloads: &[signature(CIRCLE, Type::Bool)],
        summary: "Tells whether a point lies within some meters of another; null for a negative radius.",
        examples: &[Example {
            query: "print geo_point_in_circle(-122.14, 47.53, -122.1, 47.52, 3500), geo_point_in_circle(1, 1, 1, 1, -1)",
            answer: "true | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (points, centers, radii) = (positions(args, 0)?, positions(args, 2)?, args.real(4)?);
        args.bools(|row| {
            let radius = radii.at(row).filter(|r| *r > 0.0)?;
            Some(on_sphere(points.degrees(row)?, centers.degrees(row)?) <= radius)
        })
    }),
};
