//! Functions on points, lines, polygons and the cells of grids on earth. Longitude comes before latitude, in degrees;
//! shapes are GeoJSON; lengths are in meters. What is out of range, and what is no shape, gives null.
//!
//! Kusto's geometry is that of the S2 library (spherical, edges are geodesics), and its answers show S2's digits, so the
//! formulas here are S2's. There is no Rust crate with S2's polygons; the planar ones (`geo`) give other answers.

mod buffer;
mod cover;
mod densify;
mod geohash;
mod h3;
mod intersection;
mod intersects;
mod line;
mod measure;
mod operand;
mod overlay;
mod point;
mod polygon;
mod polygon_shape;
mod predicates;
mod s2;
mod s2_cell;
mod shape;
mod simplify;
mod sphere;
mod sweep;
mod wkt;

use super::Function;

/// The functions of this family, sorted by name.
#[rustfmt::skip] // one a line: what is added at once in two places merges
pub static FUNCTIONS: &[&Function] = &[
    &point::GEO_ANGLE,
    &point::GEO_AZIMUTH,
    &line::GEO_CLOSEST_POINT_ON_LINE,
    &polygon::GEO_CLOSEST_POINT_ON_POLYGON,
    &point::GEO_DISTANCE_2POINTS,
    &line::GEO_DISTANCE_POINT_TO_LINE,
    &polygon::GEO_DISTANCE_POINT_TO_POLYGON,
    &wkt::GEO_FROM_WKT,
    &geohash::GEO_GEOHASH_NEIGHBORS,
    &geohash::GEO_GEOHASH_TO_CENTRAL_POINT,
    &geohash::GEO_GEOHASH_TO_POLYGON,
    &h3::GEO_H3CELL_CHILDREN,
    &h3::GEO_H3CELL_LEVEL,
    &h3::GEO_H3CELL_NEIGHBORS,
    &h3::GEO_H3CELL_PARENT,
    &h3::GEO_H3CELL_RINGS,
    &h3::GEO_H3CELL_TO_CENTRAL_POINT,
    &h3::GEO_H3CELL_TO_POLYGON,
    &intersection::GEO_INTERSECTION_2LINES,
    &intersection::GEO_INTERSECTION_2POLYGONS,
    &intersection::GEO_INTERSECTION_LINE_WITH_POLYGON,
    &intersects::GEO_INTERSECTS_2LINES,
    &intersects::GEO_INTERSECTS_2POLYGONS,
    &intersects::GEO_INTERSECTS_LINE_WITH_POLYGON,
    &buffer::GEO_LINE_BUFFER,
    &line::GEO_LINE_CENTROID,
    &densify::GEO_LINE_DENSIFY,
    &line::GEO_LINE_INTERPOLATE_POINT,
    &line::GEO_LINE_LENGTH,
    &line::GEO_LINE_LOCATE_POINT,
    &simplify::GEO_LINE_SIMPLIFY,
    &cover::GEO_LINE_TO_S2CELLS,
    &buffer::GEO_POINT_BUFFER,
    &point::GEO_POINT_IN_CIRCLE,
    &polygon::GEO_POINT_IN_POLYGON,
    &geohash::GEO_POINT_TO_GEOHASH,
    &h3::GEO_POINT_TO_H3CELL,
    &s2::GEO_POINT_TO_S2CELL,
    &polygon::GEO_POLYGON_AREA,
    &buffer::GEO_POLYGON_BUFFER,
    &polygon::GEO_POLYGON_CENTROID,
    &densify::GEO_POLYGON_DENSIFY,
    &polygon::GEO_POLYGON_PERIMETER,
    &simplify::GEO_POLYGON_SIMPLIFY,
    &cover::GEO_POLYGON_TO_H3CELLS,
    &cover::GEO_POLYGON_TO_S2CELLS,
    &s2::GEO_S2CELL_NEIGHBORS,
    &s2::GEO_S2CELL_TO_CENTRAL_POINT,
    &s2::GEO_S2CELL_TO_POLYGON,
    &simplify::GEO_SIMPLIFY_POLYGONS_ARRAY,
    &intersection::GEO_UNION_LINES_ARRAY,
    &intersection::GEO_UNION_POLYGONS_ARRAY,
];
