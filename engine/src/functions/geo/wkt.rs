//! `geo_from_wkt`: well-known text as GeoJSON.

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use super::shape::push_list;
use crate::dynamic::push_real;
use crate::functions::signature::{signature, text};
use crate::functions::{Body, Function};

/// How deep collections may nest.
const MAX_DEPTH: usize = 32;

/// `geo_from_wkt(wkt)`: learn.microsoft.com/kusto/query/geo-from-wkt-function.
pub static GEO_FROM_WKT: Function = Function {
    spec: FunctionSpec {
        name: "geo_from_wkt",
        overloads: &[signature(&[text("wkt")], Type::Dynamic)],
        summary: "Turns well-known text into GeoJSON; null where it is none.",
        examples: &[Example {
            query: "print geo_from_wkt('LINESTRING (1 2, 3 4.5)'), geo_from_wkt('LINESTRING')",
            answer: r#"{"type":"LineString","coordinates":[[1.0,2.0],[3.0,4.5]]} | null"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.text(0)?;
        args.texts(|row, out| {
            let rest = geometry(text.at(row)?, out, 0)?;
            rest.trim_start().is_empty().then_some(())
        })
    }),
};

/// The kinds of geometry: their GeoJSON names and how deep their lists of positions nest.
const KINDS: &[(&str, usize)] =
    &[("Point", 0), ("LineString", 1), ("Polygon", 2), ("MultiPoint", 1), ("MultiLineString", 2), ("MultiPolygon", 3)];

/// Writes the geometry that a text begins with; returns the rest.
fn geometry<'t>(text: &'t str, out: &mut String, depth: usize) -> Option<&'t str> {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    if word.eq_ignore_ascii_case("GeometryCollection") && depth < MAX_DEPTH {
        out.push_str(r#"{"type":"GeometryCollection","geometries":["#);
        let rest = list(rest, out, |text, out| geometry(text, out, depth + 1))?;
        out.push_str("]}");
        return Some(rest);
    }
    let (name, nesting) = KINDS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name))?;
    out.push_str(r#"{"type":""#);
    out.push_str(name);
    out.push_str(r#"","coordinates":"#);
    let rest = match *name {
        "Point" => {
            let rest = position(after(rest, '(')?, out)?;
            after(rest, ')')?
        }
        // The points of a MultiPoint may stand in brackets of their own.
        "MultiPoint" => nested(rest, out, &|text, out| match after(text, '(') {
            Some(text) => after(position(text, out)?, ')'),
            None => position(text, out),
        })?,
        _ => positions(rest, out, *nesting)?,
    };
    out.push('}');
    Some(rest)
}

fn positions<'t>(text: &'t str, out: &mut String, nesting: usize) -> Option<&'t str> {
    nested(text, out, &|text, out| match nesting {
        1 => position(text, out),
        _ => positions(text, out, nesting - 1),
    })
}

type Item<'i> = &'i dyn for<'t> Fn(&'t str, &mut String) -> Option<&'t str>;

fn nested<'t>(text: &'t str, out: &mut String, item: Item) -> Option<&'t str> {
    out.push('[');
    let rest = list(text, out, item)?;
    out.push(']');
    Some(rest)
}

/// Reads `(item, ...)`.
fn list<'t>(
    text: &'t str,
    out: &mut String,
    item: impl Fn(&'t str, &mut String) -> Option<&'t str>,
) -> Option<&'t str> {
    let mut rest = item(after(text, '(')?, out)?;
    while let Some(next) = after(rest, ',') {
        out.push(',');
        rest = item(next, out)?;
    }
    after(rest, ')')
}

/// Reads two or more numbers with blanks between them.
fn position<'t>(text: &'t str, out: &mut String) -> Option<&'t str> {
    let end = text.find([',', '(', ')'])?;
    let (numbers, rest) = text.split_at(end);
    let numbers: Vec<f64> = numbers.split_whitespace().map(|n| n.parse().ok()).collect::<Option<_>>()?;
    if !(2..=4).contains(&numbers.len()) || !numbers.iter().all(|n| n.is_finite()) {
        return None;
    }
    out.push('[');
    push_list(out, numbers.into_iter(), push_real);
    out.push(']');
    Some(rest)
}

fn after(text: &str, sign: char) -> Option<&str> {
    text.trim_start().strip_prefix(sign)
}
