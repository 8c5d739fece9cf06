//! H3 cells: hexagons (h3geo.org). Kusto calls the H3 library; `h3o` gives the same cells, in the same order.

use std::num::NonZero;

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use h3o::{CellIndex, LatLng, Resolution};
use rehunt_lang::library::{Example, FunctionSpec, Overload};
use rehunt_lang::types::Type;

use super::operand::{optional_long, positions};
use super::shape::{push_list, push_list_of_positions, push_tokens};
use crate::dynamic::push_real;
use crate::functions::signature::{number, signature, string};
use crate::functions::{Args, Body, Function};

const OF_CELL: &[Overload] = &[signature(&[string("h3cell")], Type::Dynamic)];

/// `geo_point_to_h3cell(longitude, latitude [, resolution])`: learn.microsoft.com/kusto/query/geo-point-to-h3cell-function.
pub static GEO_POINT_TO_H3CELL: Function = Function {
    spec: FunctionSpec {
        name: "geo_point_to_h3cell",
        overloads: &[
            signature(&[number("longitude"), number("latitude")], Type::String).optional(&[number("resolution")])
        ],
        summary: "Returns the H3 cell around a point, of resolution 0 to 15, 6 if not said; empty for no such point.",
        examples: &[Example {
            query: "print geo_point_to_h3cell(-74.04450446039874, 40.689250859314974, 6)",
            answer: "862a1072fffffff",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (points, resolution) = (positions(args, 0)?, optional_long(args, 2, 6)?);
        args.texts(|row, out| {
            let (longitude, latitude) = points.degrees(row)?;
            let cell = LatLng::new(latitude, longitude).ok()?.to_cell(resolution_of(resolution(row)?)?);
            push(out, cell);
            Some(())
        })
    }),
};

/// `geo_h3cell_to_central_point(h3cell)`: learn.microsoft.com/kusto/query/geo-h3cell-to-central-point-function.
pub static GEO_H3CELL_TO_CENTRAL_POINT: Function = Function {
    spec: FunctionSpec {
        name: "geo_h3cell_to_central_point",
        overloads: OF_CELL,
        summary: "Returns the center of an H3 cell as a GeoJSON point.",
        examples: &[Example {
            query: "print round(todouble(geo_h3cell_to_central_point('862a1072fffffff').coordinates[0]), 9)",
            answer: "-74.01600848",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        each(args, |cell, out| {
            let center = LatLng::from(cell);
            out.push_str(r#"{"type":"Point","coordinates":["#);
            push_real(out, center.lng());
            out.push(',');
            push_real(out, center.lat());
            out.push_str("]}");
        })
    }),
};

/// `geo_h3cell_to_polygon(h3cell)`: learn.microsoft.com/kusto/query/geo-h3cell-to-polygon-function.
pub static GEO_H3CELL_TO_POLYGON: Function = Function {
    spec: FunctionSpec {
        name: "geo_h3cell_to_polygon",
        overloads: OF_CELL,
        summary: "Returns the outline of an H3 cell as a GeoJSON polygon.",
        examples: &[Example {
            query: "print array_length(geo_h3cell_to_polygon('862a1072fffffff').coordinates[0])",
            answer: "7",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        each(args, |cell, out| {
            let boundary = cell.boundary();
            out.push_str(r#"{"type":"Polygon","coordinates":["#);
            let ring = boundary.iter().chain(boundary.first());
            push_list_of_positions(out, ring.map(|corner| (corner.lng(), corner.lat())));
            out.push_str("]}");
        })
    }),
};

/// `geo_h3cell_neighbors(h3cell)`: learn.microsoft.com/kusto/query/geo-h3cell-neighbors-function.
pub static GEO_H3CELL_NEIGHBORS: Function = Function {
    spec: FunctionSpec {
        name: "geo_h3cell_neighbors",
        overloads: OF_CELL,
        summary: "Returns the H3 cells around an H3 cell.",
        examples: &[Example {
            query: "print geo_h3cell_neighbors('862a1072fffffff')[0]",
            answer: r#""862a10727ffffff""#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| each(args, |cell, out| push_cells(out, rings(cell, 1).into_iter().skip(1).flatten()))),
};

/// `geo_h3cell_rings(h3cell, distance)`: learn.microsoft.com/kusto/query/geo-h3cell-rings-function.
pub static GEO_H3CELL_RINGS: Function = Function {
    spec: FunctionSpec {
        name: "geo_h3cell_rings",
        overloads: &[signature(&[string("h3cell"), number("distance")], Type::Dynamic)],
        summary: "Returns an H3 cell, the ring of cells around it, the ring around that, up to a distance of 0 to 142.",
        examples: &[Example {
            query: "print geo_h3cell_rings('861f8894fffffff', 0), array_length(geo_h3cell_rings('861f8894fffffff', 2)[2])",
            answer: r#"[["861f8894fffffff"]] | 12"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (text, distance) = (args.text(0)?, args.long(1)?);
        args.texts(|row, out| {
            let cell = read(text.at(row)?)?;
            let distance = u32::try_from(distance.at(row)?).ok().filter(|d| *d <= 142)?;
            out.push('[');
            push_list(out, rings(cell, distance).into_iter(), |out, ring| push_cells(out, ring.into_iter()));
            out.push(']');
            Some(())
        })
    }),
};

/// `geo_h3cell_children(h3cell [, resolution])`: learn.microsoft.com/kusto/query/geo-h3cell-children-function.
pub static GEO_H3CELL_CHILDREN: Function = Function {
    spec: FunctionSpec {
        name: "geo_h3cell_children",
        overloads: &[signature(&[string("h3cell")], Type::Dynamic).optional(&[number("resolution")])],
        summary: "Returns the cells of a finer resolution in an H3 cell, the next if not said; null beyond 5 steps.",
        examples: &[Example {
            query: "print array_length(geo_h3cell_children('862a1072fffffff')), geo_h3cell_children('862a1072fffffff', 12)",
            answer: "7 | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        related(args, |cell, resolution, out| {
            let own = i64::from(u8::from(cell.resolution()));
            let wanted = resolution.unwrap_or(own + 1);
            // Kusto gives no more than five steps at once.
            if !(own..=own + 5).contains(&wanted) {
                return None;
            }
            push_cells(out, cell.children(resolution_of(wanted)?));
            Some(())
        })
    }),
};

/// `geo_h3cell_parent(h3cell [, resolution])`: learn.microsoft.com/kusto/query/geo-h3cell-parent-function.
pub static GEO_H3CELL_PARENT: Function = Function {
    spec: FunctionSpec {
        name: "geo_h3cell_parent",
        overloads: &[signature(&[string("h3cell")], Type::String).optional(&[number("resolution")])],
        summary: "Returns the cell of a coarser resolution around an H3 cell, the next if not said.",
        examples: &[Example {
            query: "print geo_h3cell_parent('862a1072fffffff'), geo_h3cell_parent('862a1072fffffff', 1)",
            answer: "852a1073fffffff | 812a3ffffffffff",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        related(args, |cell, resolution, out| {
            let wanted = resolution.unwrap_or(i64::from(u8::from(cell.resolution())) - 1);
            push(out, cell.parent(resolution_of(wanted)?)?);
            Some(())
        })
    }),
};

/// `geo_h3cell_level(h3cell)`: learn.microsoft.com/kusto/query/geo-h3cell-level-function.
pub static GEO_H3CELL_LEVEL: Function = Function {
    spec: FunctionSpec {
        name: "geo_h3cell_level",
        overloads: &[signature(&[string("h3cell")], Type::Int)],
        summary: "Returns the resolution of an H3 cell.",
        examples: &[Example {
            query: "print geo_h3cell_level('862a1072fffffff'), geo_h3cell_level('abc')",
            answer: "6 | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.text(0)?;
        args.longs(|row| Some(i64::from(u8::from(read(text.at(row)?)?.resolution()))))
    }),
};

fn each(args: &Args, write: impl Fn(CellIndex, &mut String)) -> Result<ColumnarValue> {
    let text = args.text(0)?;
    args.texts(|row, out| {
        write(read(text.at(row)?)?, out);
        Some(())
    })
}

fn related(args: &Args, write: impl Fn(CellIndex, Option<i64>, &mut String) -> Option<()>) -> Result<ColumnarValue> {
    let text = args.text(0)?;
    let resolution = if args.len() > 1 { Some(args.long(1)?) } else { None };
    args.texts(|row, out| {
        let cell = read(text.at(row)?)?;
        let resolution = match &resolution {
            Some(resolution) => Some(resolution.at(row)?),
            None => None,
        };
        write(cell, resolution, out)
    })
}

fn read(token: &str) -> Option<CellIndex> {
    let id = u64::from_str_radix(token, 16).ok().and_then(NonZero::new)?;
    CellIndex::try_from(id.get()).ok()
}

pub(super) fn resolution_of(resolution: i64) -> Option<Resolution> {
    Resolution::try_from(u8::try_from(resolution).ok()?).ok()
}

fn push(out: &mut String, cell: CellIndex) {
    out.push_str(&cell.to_string());
}

pub(super) fn push_cells(out: &mut String, cells: impl Iterator<Item = CellIndex>) {
    push_tokens(out, cells.map(|cell| cell.to_string()));
}

/// Returns the cells by their distance, from 0.
fn rings(cell: CellIndex, distance: u32) -> Vec<Vec<CellIndex>> {
    let mut rings = vec![Vec::new(); distance as usize + 1];
    for (cell, away) in cell.grid_disk_distances::<Vec<_>>(distance) {
        if let Some(ring) = rings.get_mut(away as usize) {
            ring.push(cell);
        }
    }
    rings
}
