//! Cells that cover a shape: joined with the cells of points they find the shapes around each point.

use std::collections::HashSet;
use std::sync::Arc;

use h3o::{CellIndex, LatLng, Resolution};
use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use super::buffer::around_region;
use super::h3::{push_cells, resolution_of};
use super::intersection::region;
use super::intersects::edges;
use super::operand::{Shape, optional, optional_long};
use super::polygon_shape::Polygon;
use super::predicates::{Crossing, crossing};
use super::s2_cell::{Cell, MAX_LEVEL};
use super::shape::{lines, push_tokens};
use super::sphere::{EARTH_RADIUS, Point, distance};
use super::sweep::Edge;
use crate::functions::signature::{bag, number, signature};
use crate::functions::{Body, Function};

/// How near in radians touches.
const TOUCH: f64 = 2e-15;

/// How many cells Kusto gives at most; more is null.
const MOST_CELLS: usize = 65_536;

/// `geo_polygon_to_s2cells(polygon [, level [, radius]])`:
/// learn.microsoft.com/kusto/query/geo-polygon-to-s2cells-function.
pub static GEO_POLYGON_TO_S2CELLS: Function = Function {
    spec: FunctionSpec {
        name: "geo_polygon_to_s2cells",
        overloads: &[signature(&[bag("polygon")], Type::Dynamic).optional(&[number("level"), number("radius")])],
        summary: "Returns the S2 cells of a level, 11 if not said, that cover a polygon and what is within a radius; null for more than 65,536.",
        examples: &[Example {
            query: "print array_length(geo_polygon_to_s2cells(dynamic({'type':'Polygon','coordinates':[[[0,0],[0,50],[100,50],[0,0]]]}), 5))",
            answer: "286",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, region);
        Ok(Arc::new(move |args| {
            let mut rows = shape.rows(args)?;
            let (level, radius) = (optional_long(args, 1, 11)?, optional(args, 2, 0.0)?);
            args.texts(|row, out| {
                let (level, radius) = (valid_level(level(row)?)?, valid_radius(radius(row)?)?);
                let region = rows.at(row)?;
                push_covering(out, &region.iter().flat_map(Polygon::edges).collect::<Vec<_>>(), region, level, radius)
            })
        }))
    }),
};

/// `geo_line_to_s2cells(lineString [, level [, radius]])`:
/// learn.microsoft.com/kusto/query/geo-line-to-s2cells-function.
pub static GEO_LINE_TO_S2CELLS: Function = Function {
    spec: FunctionSpec {
        name: "geo_line_to_s2cells",
        overloads: &[signature(&[bag("lineString")], Type::Dynamic).optional(&[number("level"), number("radius")])],
        summary: "Returns the S2 cells of a level, 11 if not said, that cover a line and what is within a radius; null for more than 65,536.",
        examples: &[Example {
            query: "print geo_line_to_s2cells(dynamic({'type':'LineString','coordinates':[[1,1],[1.1,1.1]]}), 0)",
            answer: r#"["1"]"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, lines);
        Ok(Arc::new(move |args| {
            let mut rows = shape.rows(args)?;
            let (level, radius) = (optional_long(args, 1, 11)?, optional(args, 2, 0.0)?);
            args.texts(|row, out| {
                let (level, radius) = (valid_level(level(row)?)?, valid_radius(radius(row)?)?);
                push_covering(out, &edges(rows.at(row)?), &[], level, radius)
            })
        }))
    }),
};

fn valid_level(level: i64) -> Option<u32> {
    u32::try_from(level).ok().filter(|level| *level <= MAX_LEVEL)
}

/// Returns a radius in meters as an angle.
fn valid_radius(meters: f64) -> Option<f64> {
    (meters >= 0.0 && meters.is_finite()).then_some(meters / EARTH_RADIUS)
}

fn push_covering(out: &mut String, edges: &[Edge], region: &[Polygon], level: u32, radius: f64) -> Option<()> {
    let mut found = Vec::new();
    for face in Cell::faces() {
        cover(face, edges, region, level, radius, &mut found)?;
    }
    push_tokens(out, found.into_iter().map(Cell::token));
    Some(())
}

/// Finds the cells of a level in a cell that the shape is near to, given the edges that may be; nothing if there are too
/// many.
fn cover(cell: Cell, edges: &[Edge], region: &[Polygon], level: u32, radius: f64, found: &mut Vec<Cell>) -> Option<()> {
    let corners = cell.corners();
    let near: Vec<Edge> = edges.iter().copied().filter(|edge| is_near(cell, &corners, *edge, radius)).collect();
    if near.is_empty() {
        let inside = region.iter().any(|polygon| polygon.contains(cell.center()));
        return if inside { all_of(cell, level, found) } else { Some(()) };
    }
    if cell.level() == level {
        found.push(cell);
        return (found.len() <= MOST_CELLS).then_some(());
    }
    // What is found so far and at least one cell for each still to come.
    cell.children().try_for_each(|child| cover(child, &near, region, level, radius, found))
}

fn all_of(cell: Cell, level: u32, found: &mut Vec<Cell>) -> Option<()> {
    if cell.level() == level {
        found.push(cell);
        return (found.len() <= MOST_CELLS).then_some(());
    }
    cell.children().try_for_each(|child| all_of(child, level, found))
}

/// Tells whether an edge comes within a radius of a cell.
fn is_near(cell: Cell, corners: &[Point; 4], (a, b): Edge, radius: f64) -> bool {
    // Far edges are most: two triangles say so without a closer look.
    let reach = corners.iter().map(|c| c.angle(cell.center())).fold(0.0, f64::max) + radius + 1e-15;
    if distance(cell.center(), a, b) > reach {
        return false;
    }
    if [a, b].into_iter().any(|end| Cell::around(end).parent(cell.level()) == cell) {
        return true;
    }
    let sides = || corners.iter().copied().zip(corners.iter().copied().cycle().skip(1));
    if sides().any(|(c, d)| crossing(a, b, c, d) != Crossing::None) {
        return true;
    }
    // What only touches a cell is covered by it: cells are closed.
    let radius = radius.max(TOUCH);
    sides().any(|(c, d)| distance(a, c, d) <= radius || distance(b, c, d) <= radius || distance(c, a, b) <= radius)
}

/// `geo_polygon_to_h3cells(polygon [, resolution [, radius]])`:
/// learn.microsoft.com/kusto/query/geo-polygon-to-h3cells-function.
pub static GEO_POLYGON_TO_H3CELLS: Function = Function {
    spec: FunctionSpec {
        name: "geo_polygon_to_h3cells",
        overloads: &[signature(&[bag("polygon")], Type::Dynamic).optional(&[number("resolution"), number("radius")])],
        summary: "Returns the H3 cells of a resolution, 6 if not said, whose centers are in a polygon or within a radius of it.",
        examples: &[Example {
            query: "print array_length(geo_polygon_to_h3cells(dynamic({'type':'Polygon','coordinates':[[[-3.659,40.553],[-3.913,40.409],[-3.729,40.273],[-3.524,40.440],[-3.659,40.553]]]})))",
            answer: "13",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|prepare| {
        let shape = Shape::new(prepare, 0, region);
        Ok(Arc::new(move |args| {
            let mut rows = shape.rows(args)?;
            let (resolution, radius) = (optional_long(args, 1, 6)?, optional(args, 2, 0.0)?);
            args.texts(|row, out| {
                let (resolution, radius) = (resolution_of(resolution(row)?)?, valid_radius(radius(row)?)?);
                let region = rows.at(row)?;
                let cells = match radius > 0.0 {
                    true => hexagons(&around_region(region, radius, radius * 0.01)?, resolution)?,
                    false => hexagons(region, resolution)?,
                };
                push_cells(out, cells.into_iter());
                Some(())
            })
        }))
    }),
};

/// Finds the cells of a resolution whose centers are in a region; nothing if there are too many.
fn hexagons(region: &[Polygon], resolution: Resolution) -> Option<Vec<CellIndex>> {
    region.iter().map(|polygon| in_polygon(polygon, resolution)).collect::<Option<Vec<_>>>().map(|cells| cells.concat())
}

/// Finds the cells in a polygon, in their own order: from those on the boundary on to neighbors with their centers inside.
fn in_polygon(polygon: &Polygon, resolution: Resolution) -> Option<Vec<CellIndex>> {
    let mut search: Vec<CellIndex> = traced(polygon, resolution)?.into_iter().collect();
    let mut seen = HashSet::new();
    let mut inside = Vec::new();
    while let Some(cell) = search.pop() {
        for cell in cell.grid_disk::<Vec<_>>(1) {
            if seen.insert(cell) && has(polygon, LatLng::from(cell)) {
                inside.push(cell);
                search.push(cell);
            }
        }
        if inside.len() > MOST_CELLS {
            return None;
        }
    }
    inside.sort_unstable();
    Some(inside)
}

fn has(polygon: &Polygon, center: LatLng) -> bool {
    polygon.contains(Point::from_degrees(center.lng(), center.lat()))
}

/// Returns the cells along the boundary of a polygon.
fn traced(polygon: &Polygon, resolution: Resolution) -> Option<HashSet<CellIndex>> {
    // Half the width of a cell between two samples misses none that matters: neighbors are searched too.
    let step = resolution.edge_length_rads() / 2.0;
    let mut cells = HashSet::new();
    for (a, b) in polygon.edges() {
        let samples = (a.angle(b) / step).ceil().max(1.0);
        if samples > MOST_CELLS as f64 * 4.0 {
            return None;
        }
        for i in 0..samples as usize {
            let (longitude, latitude) = super::sphere::interpolate(a, b, i as f64 / samples).degrees();
            cells.insert(LatLng::new(latitude, longitude).ok()?.to_cell(resolution));
        }
        if cells.len() > MOST_CELLS * 4 {
            return None;
        }
    }
    Some(cells)
}
