//! Finds the edges that may meet, without comparing each with each.

use super::sphere::Point;

/// A directed edge.
pub type Edge = (Point, Point);

struct Span {
    low: f64,
    high: f64,
    second: bool,
    place: usize,
}

/// Calls `meet` with the places of an edge of each list, for all pairs that are close enough to meet, until it says to
/// stop by `true`. Tells whether it did.
pub fn pairs(first: &[Edge], second: &[Edge], mut meet: impl FnMut(usize, usize) -> bool) -> bool {
    let mut spans: Vec<Span> = Vec::with_capacity(first.len() + second.len());
    spans.extend(first.iter().enumerate().map(|(place, edge)| span(edge, false, place)));
    spans.extend(second.iter().enumerate().map(|(place, edge)| span(edge, true, place)));
    spans.sort_by(|a, b| a.low.total_cmp(&b.low));
    for (i, span) in spans.iter().enumerate() {
        for other in spans.iter().skip(i + 1).take_while(|other| other.low <= span.high) {
            let (a, b) = match (span.second, other.second) {
                (false, true) => (span.place, other.place),
                (true, false) => (other.place, span.place),
                _ => continue,
            };
            if meet(a, b) {
                return true;
            }
        }
    }
    false
}

/// How far an edge reaches from south to north.
fn span((a, b): &Edge, second: bool, place: usize) -> Span {
    let (low, high) = reach(*a, *b, 2);
    Span { low, high, second, place }
}

/// How far an edge reaches along an axis; an arc bulges out from its chord by less than half the square of its length.
pub fn reach(a: Point, b: Point, axis: usize) -> (f64, f64) {
    let bulge = (a - b).norm2() / 2.0 + 1e-14;
    let at = |p: Point| p.0.get(axis).copied().unwrap_or(0.0);
    (at(a).min(at(b)) - bulge, at(a).max(at(b)) + bulge)
}

/// Tells whether two edges are close enough to meet.
pub fn near((a, b): Edge, (c, d): Edge) -> bool {
    (0..3).all(|axis| {
        let ((low, high), (other_low, other_high)) = (reach(a, b, axis), reach(c, d, axis));
        low <= other_high && other_low <= high
    })
}
