//! Geohash cells: rectangles of longitude and latitude, halved in turn (en.wikipedia.org/wiki/Geohash).

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Overload};
use rehunt_lang::types::Type;

use super::operand::{optional_long, positions};
use super::shape::{push_list_of_positions, push_tokens};
use crate::dynamic::push_real;
use crate::functions::signature::{number, signature, string};
use crate::functions::{Args, Body, Function};

const DIGITS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
/// How many characters a geohash may have: 45 bits for each axis.
const LONGEST: usize = 18;
const OF_CELL: &[Overload] = &[signature(&[string("geohash")], Type::Dynamic)];

/// `geo_point_to_geohash(longitude, latitude [, accuracy])`:
/// learn.microsoft.com/kusto/query/geo-point-to-geohash-function.
pub static GEO_POINT_TO_GEOHASH: Function = Function {
    spec: FunctionSpec {
        name: "geo_point_to_geohash",
        overloads: &[
            signature(&[number("longitude"), number("latitude")], Type::String).optional(&[number("accuracy")])
        ],
        summary: "Returns the geohash of a point, of 1 to 18 characters, 5 if not said; empty for no such point.",
        examples: &[Example { query: "print geo_point_to_geohash(-80.195829, 25.802215, 8)", answer: "dhwfz15h" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (points, accuracy) = (positions(args, 0)?, optional_long(args, 2, 5)?);
        args.texts(|row, out| {
            let length = usize::try_from(accuracy(row)?).ok().filter(|n| (1..=LONGEST).contains(n))?;
            let (longitude, latitude) = points.degrees(row)?;
            Cell::around(longitude, latitude, length).push(out);
            Some(())
        })
    }),
};

/// `geo_geohash_to_central_point(geohash)`: learn.microsoft.com/kusto/query/geo-geohash-to-central-point-function.
pub static GEO_GEOHASH_TO_CENTRAL_POINT: Function = Function {
    spec: FunctionSpec {
        name: "geo_geohash_to_central_point",
        overloads: OF_CELL,
        summary: "Returns the center of a geohash as a GeoJSON point.",
        examples: &[Example {
            query: "print geo_geohash_to_central_point('sunny')",
            answer: r#"{"type":"Point","coordinates":[42.47314453125,23.70849609375]}"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        each(args, |cell, out| {
            let ((west, south), (east, north)) = cell.corners();
            out.push_str(r#"{"type":"Point","coordinates":["#);
            push_real(out, (west + east) / 2.0);
            out.push(',');
            push_real(out, (south + north) / 2.0);
            out.push_str("]}");
        })
    }),
};

/// `geo_geohash_to_polygon(geohash)`: learn.microsoft.com/kusto/query/geo-geohash-to-polygon-function.
pub static GEO_GEOHASH_TO_POLYGON: Function = Function {
    spec: FunctionSpec {
        name: "geo_geohash_to_polygon",
        overloads: OF_CELL,
        summary: "Returns the rectangle of a geohash as a GeoJSON polygon.",
        examples: &[Example {
            query: "print geo_geohash_to_polygon('s')",
            answer: r#"{"type":"Polygon","coordinates":[[[0.0,0.0],[45.0,0.0],[45.0,45.0],[0.0,45.0],[0.0,0.0]]]}"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        each(args, |cell, out| {
            let ((west, south), (east, north)) = cell.corners();
            out.push_str(r#"{"type":"Polygon","coordinates":["#);
            let ring = [(west, south), (east, south), (east, north), (west, north), (west, south)];
            push_list_of_positions(out, ring.into_iter());
            out.push_str("]}");
        })
    }),
};

/// `geo_geohash_neighbors(geohash)`: learn.microsoft.com/kusto/query/geo-geohash-neighbors-function.
pub static GEO_GEOHASH_NEIGHBORS: Function = Function {
    spec: FunctionSpec {
        name: "geo_geohash_neighbors",
        overloads: OF_CELL,
        summary: "Returns the geohashes around a geohash.",
        examples: &[Example {
            query: "print geo_geohash_neighbors('sunny')",
            answer: r#"["sunnv","sunnt","sunnw","sunnx","sunpp","sunnz","sunpn","sunpj"]"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        each(args, |cell, out| {
            // West, south-west, south, south-east, north-east, east, north, north-west, as recorded.
            let steps = [(-1, 0), (-1, -1), (0, -1), (1, -1), (1, 1), (1, 0), (0, 1), (-1, 1)];
            let tokens = steps.into_iter().filter_map(|(east, north)| {
                let mut token = String::with_capacity(cell.length);
                cell.neighbor(east, north)?.push(&mut token);
                Some(token)
            });
            push_tokens(out, tokens);
        })
    }),
};

fn each(args: &Args, write: impl Fn(&Cell, &mut String)) -> Result<ColumnarValue> {
    let text = args.text(0)?;
    args.texts(|row, out| {
        write(&Cell::read(text.at(row)?)?, out);
        Some(())
    })
}

/// A cell: its column and row among all cells of as many characters.
struct Cell {
    column: u64,
    row: u64,
    length: usize,
}

impl Cell {
    /// Finds the cell of a number of characters around a point.
    fn around(longitude: f64, latitude: f64, length: usize) -> Self {
        let (columns, rows) = bits(length);
        Self { column: halved(longitude, 180.0, columns), row: halved(latitude, 90.0, rows), length }
    }

    /// Reads a geohash; nothing if it is none.
    fn read(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > LONGEST {
            return None;
        }
        let (mut column, mut row) = (0, 0);
        let mut even = true;
        for byte in text.bytes() {
            let digit = DIGITS.iter().position(|d| *d == byte)? as u64;
            for place in (0..5).rev() {
                let axis = if even { &mut column } else { &mut row };
                *axis = *axis << 1 | digit >> place & 1;
                even = !even;
            }
        }
        Some(Self { column, row, length: text.len() })
    }

    fn push(&self, out: &mut String) {
        let (mut columns, mut rows) = bits(self.length);
        let mut even = true;
        for _ in 0..self.length {
            let mut digit = 0;
            for _ in 0..5 {
                let (axis, left) = if even { (self.column, &mut columns) } else { (self.row, &mut rows) };
                *left -= 1;
                digit = digit << 1 | (axis >> *left & 1) as usize;
                even = !even;
            }
            out.extend(DIGITS.get(digit).map(|d| char::from(*d)));
        }
    }

    /// Returns the south-west and north-east corners in degrees.
    fn corners(&self) -> ((f64, f64), (f64, f64)) {
        let (columns, rows) = bits(self.length);
        let (width, height) = (360.0 / (1u64 << columns) as f64, 180.0 / (1u64 << rows) as f64);
        let (west, south) = (self.column as f64 * width - 180.0, self.row as f64 * height - 90.0);
        ((west, south), (west + width, south + height))
    }

    /// Returns the cell some steps to the east and north; there is none beyond a pole.
    fn neighbor(&self, east: i64, north: i64) -> Option<Self> {
        let (columns, rows) = bits(self.length);
        let column = self.column.wrapping_add_signed(east) & ((1 << columns) - 1);
        let row = self.row.checked_add_signed(north).filter(|row| *row < 1 << rows)?;
        Some(Self { column, row, length: self.length })
    }
}

/// How many bits of a geohash tell its column, and how many its row.
fn bits(length: usize) -> (usize, usize) {
    ((5 * length).div_ceil(2), 5 * length / 2)
}

/// Halves `[-limit, limit]` again and again; a half for each bit, 1 is the upper.
fn halved(value: f64, limit: f64, bits: usize) -> u64 {
    let (mut low, mut high, mut path) = (-limit, limit, 0);
    for _ in 0..bits {
        let middle = (low + high) / 2.0;
        let upper = value >= middle;
        if upper {
            low = middle
        } else {
            high = middle
        }
        path = path << 1 | u64::from(upper);
    }
    path
}
