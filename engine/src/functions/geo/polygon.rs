//! Functions on one polygon: what it contains, how large it is, what is near.

use std::sync::Arc;

use rehunt_lang::library::{Example, FunctionSpec, Overload};
use rehunt_lang::types::Type;

use super::intersection::region;
use super::measure::area_center;
use super::operand::{Shape, positions};
use super::polygon_shape::{Polygon, distance_to_edges};
use super::shape::{polygons, push_point};
use super::sphere::{EARTH_RADIUS, Point, distance, nearest};
use crate::functions::signature::{bag, number, signature};
use crate::functions::{Body, Function};

const TO_REAL: &[Overload] = &[signature(&[bag("polygon")], Type::Real)];
const TO_POINT: &[Overload] = &[signature(&[bag("polygon")], Type::Dynamic)];

/// `geo_polygon_area(polygon)`: learn.microsoft.com/kusto/query/geo-polygon-area-function.
pub static GEO_POLYGON_AREA: Function = Function {
    spec: FunctionSpec {
        name: "geo_polygon_area",
        overloads: TO_REAL,
        summary: "Returns the area of a polygon or of the union of a multipolygon on earth in square meters.",
        examples: &[Example {
            query: "print round(geo_polygon_area(dynamic({'type':'Polygon','coordinates':[[[0,0],[1,0],[0,1],[0,0]]]})) / 1e6, 1)",
            answer: "6182.5",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, region);
        Ok(Arc::new(move |args| {
            let mut rows = shape.rows(args)?;
            args.reals(|row| {
                let area: f64 = rows.at(row)?.iter().map(area).sum();
                Some(area * EARTH_RADIUS * EARTH_RADIUS)
            })
        }))
    }),
};

fn area(polygon: &Polygon) -> f64 {
    polygon.rings.iter().enumerate().map(|(i, ring)| if i == 0 { ring.area() } else { -ring.area() }).sum()
}

/// `geo_polygon_perimeter(polygon)`: learn.microsoft.com/kusto/query/geo-polygon-perimeter-function.
pub static GEO_POLYGON_PERIMETER: Function = Function {
    spec: FunctionSpec {
        name: "geo_polygon_perimeter",
        overloads: TO_REAL,
        summary: "Returns the length of the boundary of a polygon or of the union of a multipolygon on earth in meters.",
        examples: &[Example {
            query: "print round(geo_polygon_perimeter(dynamic({'type':'Polygon','coordinates':[[[0,0],[1,0],[0,1],[0,0]]]})), 1)",
            answer: "379639.8",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, region);
        Ok(Arc::new(move |args| {
            let mut rows = shape.rows(args)?;
            args.reals(|row| {
                let angles: f64 = rows.at(row)?.iter().flat_map(Polygon::edges).map(|(a, b)| a.angle(b)).sum();
                Some(angles * EARTH_RADIUS)
            })
        }))
    }),
};

/// `geo_polygon_centroid(polygon)`: learn.microsoft.com/kusto/query/geo-polygon-centroid-function.
pub static GEO_POLYGON_CENTROID: Function = Function {
    spec: FunctionSpec {
        name: "geo_polygon_centroid",
        overloads: TO_POINT,
        summary: "Returns the center of mass of a polygon or of the union of a multipolygon as a GeoJSON point.",
        examples: &[Example {
            query: "print geo_polygon_centroid(dynamic({'type':'Polygon','coordinates':[[[0,0],[10,10],[10,10],[0,0]]]}))",
            answer: "null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, region);
        Ok(Arc::new(move |args| {
            let mut rows = shape.rows(args)?;
            args.texts(|row, out| {
                let sum = rows.at(row)?.iter().fold(Point([0.0; 3]), |sum, polygon| sum + center(polygon));
                push_point(out, sum.unit());
                Some(())
            })
        }))
    }),
};

fn center(polygon: &Polygon) -> Point {
    let centers = polygon.rings.iter().map(|ring| area_center(ring.points())).enumerate();
    centers.fold(Point([0.0; 3]), |sum, (i, center)| if i == 0 { sum + center } else { sum - center })
}

/// `geo_point_in_polygon(longitude, latitude, polygon)`:
/// learn.microsoft.com/kusto/query/geo-point-in-polygon-function.
pub static GEO_POINT_IN_POLYGON: Function = Function {
    spec: FunctionSpec {
        name: "geo_point_in_polygon",
        overloads: &[signature(&[number("longitude"), number("latitude"), bag("polygon")], Type::Bool)],
        summary: "Tells whether a point lies in a polygon or multipolygon.",
        examples: &[Example {
            query: "let p = dynamic({'type':'Polygon','coordinates':[[[0,0],[10,0],[10,10],[0,10],[0,0]]]});\nprint geo_point_in_polygon(5, 5, p), geo_point_in_polygon(15, 5, p), geo_point_in_polygon(200, 5, p)",
            answer: "true | false | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 2, polygons);
        Ok(Arc::new(move |args| {
            let (mut rows, points) = (shape.rows(args)?, positions(args, 0)?);
            args.bools(|row| {
                let point = points.point(row)?;
                Some(rows.at(row)?.iter().any(|polygon| polygon.contains(point)))
            })
        }))
    }),
};

/// `geo_distance_point_to_polygon(longitude, latitude, polygon)`:
/// learn.microsoft.com/kusto/query/geo-distance-point-to-polygon-function.
pub static GEO_DISTANCE_POINT_TO_POLYGON: Function = Function {
    spec: FunctionSpec {
        name: "geo_distance_point_to_polygon",
        overloads: &[signature(&[number("longitude"), number("latitude"), bag("polygon")], Type::Real)],
        summary: "Returns the shortest distance from a point to a polygon or multipolygon on earth in meters, 0 inside.",
        examples: &[Example {
            query: "print geo_distance_point_to_polygon(5, 5, dynamic({'type':'Polygon','coordinates':[[[0,0],[10,0],[10,10],[0,0]]]}))",
            answer: "0.0",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 2, polygons);
        Ok(Arc::new(move |args| {
            let (mut rows, points) = (shape.rows(args)?, positions(args, 0)?);
            args.reals(|row| {
                let (polygons, point) = (rows.at(row)?, points.point(row)?);
                if polygons.iter().any(|polygon| polygon.contains(point)) {
                    return Some(0.0);
                }
                Some(distance_to_edges(point, polygons.iter().flat_map(Polygon::edges)) * EARTH_RADIUS)
            })
        }))
    }),
};

/// `geo_closest_point_on_polygon(longitude, latitude, polygon)`:
/// learn.microsoft.com/kusto/query/geo-closest-point-on-polygon-function.
pub static GEO_CLOSEST_POINT_ON_POLYGON: Function = Function {
    spec: FunctionSpec {
        name: "geo_closest_point_on_polygon",
        overloads: &[signature(&[number("longitude"), number("latitude"), bag("polygon")], Type::Dynamic)],
        summary: "Returns the point of a polygon or multipolygon that is nearest to a point, as a GeoJSON point.",
        examples: &[Example {
            query: "print geo_closest_point_on_polygon(-1, 0, dynamic({'type':'Polygon','coordinates':[[[0,0],[10,0],[10,10],[0,0]]]}))",
            answer: r#"{"type":"Point","coordinates":[0.0,0.0]}"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 2, polygons);
        Ok(Arc::new(move |args| {
            let (mut rows, points) = (shape.rows(args)?, positions(args, 0)?);
            args.texts(|row, out| {
                let (polygons, point) = (rows.at(row)?, points.point(row)?);
                push_point(out, nearest_in(polygons, point)?);
                Some(())
            })
        }))
    }),
};

/// Returns the point itself where it is inside, else the nearest of the boundary.
fn nearest_in(polygons: &[Polygon], point: Point) -> Option<Point> {
    if polygons.iter().any(|polygon| polygon.contains(point)) {
        return Some(point);
    }
    let edges = polygons.iter().flat_map(Polygon::edges).map(|(a, b)| (distance(point, a, b), a, b));
    let (_, a, b) = edges.min_by(|x, y| x.0.total_cmp(&y.0))?;
    Some(nearest(point, a, b))
}
