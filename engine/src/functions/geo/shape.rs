//! Shapes as GeoJSON in and out: points, lines, polygons. What GeoJSON does not allow is no shape, and the functions
//! give null for it.

use crate::dynamic::{Raw, push_real};

use super::overlay::Parts;
use super::polygon_shape::Polygon;
use super::sphere::Point;

/// Reads a LineString or MultiLineString: each line has at least two points, and no point stands twice in a row.
pub fn lines(json: &str) -> Option<Vec<Vec<Point>>> {
    let shape = Raw::new(json);
    let coordinates = shape.key("coordinates").filter(|c| c.is_array())?;
    let lines = match shape.key("type")?.as_str()?.as_ref() {
        "LineString" => vec![line(coordinates)?],
        "MultiLineString" => coordinates.elements().map(line).collect::<Option<Vec<_>>>()?,
        _ => return None,
    };
    (!lines.is_empty()).then_some(lines)
}

fn line(coordinates: Raw) -> Option<Vec<Point>> {
    let points = points(coordinates)?;
    (points.len() > 1 && connected(&points)).then_some(points)
}

/// Reads an array of lines and multilines.
pub fn array_of_lines(json: &str) -> Option<Vec<Vec<Point>>> {
    let array = Raw::new(json);
    let lines: Vec<_> = array.is_array().then(|| array.elements().map(|e| lines(e.text())))?.collect::<Option<_>>()?;
    (!lines.is_empty()).then(|| lines.concat())
}

/// Reads an array of polygons and multipolygons.
pub fn array_of_polygons(json: &str) -> Option<Vec<Vec<Polygon>>> {
    let array = Raw::new(json);
    let shapes = array.is_array().then(|| array.elements().map(|e| polygons(e.text())))?.collect::<Option<Vec<_>>>()?;
    (!shapes.is_empty()).then_some(shapes)
}

/// Reads a Polygon or MultiPolygon.
pub fn polygons(json: &str) -> Option<Vec<Polygon>> {
    let shape = Raw::new(json);
    let coordinates = shape.key("coordinates").filter(|c| c.is_array())?;
    let polygons = match shape.key("type")?.as_str()?.as_ref() {
        "Polygon" => vec![polygon(coordinates)?],
        "MultiPolygon" => coordinates.elements().map(polygon).collect::<Option<Vec<_>>>()?,
        _ => return None,
    };
    (!polygons.is_empty()).then_some(polygons)
}

fn polygon(coordinates: Raw) -> Option<Polygon> {
    if !coordinates.is_array() {
        return None;
    }
    Polygon::new(coordinates.elements().map(ring).collect::<Option<Vec<_>>>()?)
}

/// Reads a ring without its last point, which repeats the first.
fn ring(coordinates: Raw) -> Option<Vec<Point>> {
    let mut points = points(coordinates)?;
    let last = points.pop()?;
    (points.len() > 2 && points.first() == Some(&last) && connected(&points)).then_some(points)
}

fn points(coordinates: Raw) -> Option<Vec<Point>> {
    if !coordinates.is_array() {
        return None;
    }
    coordinates.elements().map(|pair| degrees(pair).map(|(lng, lat)| Point::from_degrees(lng, lat))).collect()
}

/// Reads a position. Longitudes of shapes may go once more around: 300 is -60 (recorded for `geo_line_densify`).
pub fn degrees(pair: Raw) -> Option<(f64, f64)> {
    if !pair.is_array() {
        return None;
    }
    let mut numbers = pair.elements().map(Raw::as_real);
    let (longitude, latitude) = (numbers.next()??, numbers.next()??);
    ((-360.0..=360.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude)).then_some((longitude, latitude))
}

/// Tells whether there is one shortest edge between all neighbours.
fn connected(points: &[Point]) -> bool {
    points.windows(2).all(|pair| matches!(pair, [a, b] if a != b && *a != -*b))
}

/// Writes a Point.
pub fn push_point(out: &mut String, point: Point) {
    out.push_str(r#"{"type":"Point","coordinates":"#);
    push_position(out, point.degrees());
    out.push('}');
}

/// Writes a LineString, or a MultiLineString where there are several lines.
pub fn push_lines<'l>(out: &mut String, lines: impl ExactSizeIterator<Item = &'l [Point]>) {
    let several = lines.len() > 1;
    out.push_str(match several {
        true => r#"{"type":"MultiLineString","coordinates":["#,
        false => r#"{"type":"LineString","coordinates":"#,
    });
    push_list(out, lines, |out, line| push_list_of_positions(out, line.iter().map(|p| p.degrees())));
    out.push_str(if several { "]}" } else { "}" });
}

/// Writes a Polygon, or a MultiPolygon where there are several: shells turn left, holes right.
pub fn push_polygons(out: &mut String, polygons: &[Polygon]) {
    let several = polygons.len() > 1;
    out.push_str(match several {
        true => r#"{"type":"MultiPolygon","coordinates":["#,
        false => r#"{"type":"Polygon","coordinates":"#,
    });
    push_list(out, polygons.iter(), |out, polygon| {
        out.push('[');
        push_list(out, polygon.rings.iter().enumerate(), |out, (i, ring)| match i {
            0 => push_ring(out, ring.points().iter()),
            _ => push_ring(out, ring.points().iter().rev()),
        });
        out.push(']');
    });
    out.push_str(if several { "]}" } else { "}" });
}

/// Writes a ring, its first point repeated at the end.
pub fn push_ring<'p>(out: &mut String, points: impl Iterator<Item = &'p Point> + Clone) {
    let first = points.clone().next();
    push_list_of_positions(out, points.chain(first).map(|p| p.degrees()));
}

/// Writes what two shapes have in common: a shape of one kind as such, several kinds as a GeometryCollection.
pub fn push_parts(out: &mut String, parts: &Parts) {
    let kinds = [parts.points.is_empty(), parts.lines.is_empty(), parts.polygons.is_empty()];
    let collection = kinds.iter().filter(|empty| !**empty).count() != 1;
    if collection {
        out.push_str(r#"{"type":"GeometryCollection","geometries":["#);
    }
    let start = out.len();
    let kind = |out: &mut String, write: &dyn Fn(&mut String)| {
        if out.len() > start {
            out.push(',');
        }
        write(out);
    };
    if !parts.points.is_empty() {
        kind(out, &|out| push_points(out, &parts.points));
    }
    if !parts.lines.is_empty() {
        kind(out, &|out| push_lines(out, parts.lines.iter().map(Vec::as_slice)));
    }
    if !parts.polygons.is_empty() {
        kind(out, &|out| push_polygons(out, &parts.polygons));
    }
    if collection {
        out.push_str("]}");
    }
}

/// Writes a Point, or a MultiPoint where there are several.
fn push_points(out: &mut String, points: &[Point]) {
    if let [point] = points {
        return push_point(out, *point);
    }
    out.push_str(r#"{"type":"MultiPoint","coordinates":"#);
    push_list_of_positions(out, points.iter().map(|p| p.degrees()));
    out.push('}');
}

/// Writes `[[longitude,latitude],...]`.
pub fn push_list_of_positions(out: &mut String, positions: impl Iterator<Item = (f64, f64)>) {
    out.push('[');
    push_list(out, positions, push_position);
    out.push(']');
}

fn push_position(out: &mut String, (longitude, latitude): (f64, f64)) {
    out.push('[');
    push_real(out, longitude);
    out.push(',');
    push_real(out, latitude);
    out.push(']');
}

/// Writes items with commas between them.
pub fn push_list<T>(out: &mut String, items: impl Iterator<Item = T>, mut push: impl FnMut(&mut String, T)) {
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push(',');
        }
        push(out, item);
    }
}

/// Writes texts as a JSON array of strings; they need no escapes.
pub fn push_tokens<T: AsRef<str>>(out: &mut String, tokens: impl Iterator<Item = T>) {
    out.push('[');
    push_list(out, tokens, |out, token| {
        out.push('"');
        out.push_str(token.as_ref());
        out.push('"');
    });
    out.push(']');
}
