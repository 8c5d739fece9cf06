//! Union and intersection of polygons: boundaries are cut where they meet, the pieces that bound the result are kept
//! and joined to rings. Order and first points of the rings are S2's, which Kusto shows
//! (recorded answers of `geo_union_polygons_array`).

use std::collections::{BTreeMap, HashMap, HashSet};

use super::measure::turning;
use super::polygon_shape::{Polygon, Ring};
use super::predicates::{Crossing, changes_sides, crossing, intersection, sign};
use super::sphere::{Point, distance};
use super::sweep::{Edge, near, pairs};

/// Closer than this, in radians, a point is on an edge: the error of a computed intersection.
const ON_EDGE: f64 = 2e-15;

/// What to keep of two regions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// What either has.
    Union,
    /// What both have.
    Intersection,
}

/// The bits of a point, by which points are found again.
pub type Key = [u64; 3];

/// Returns the bits of a point; both zeros are one.
pub fn key(point: Point) -> Key {
    point.0.map(|x| (x + 0.0).to_bits())
}

/// Returns polygons that cover the same area, none of it twice.
pub fn merged(polygons: Vec<Polygon>) -> Option<Vec<Polygon>> {
    if polygons.len() < 2 {
        return Some(polygons);
    }
    union_of_all(polygons.into_iter().map(|polygon| vec![polygon]).collect())
}

/// Unites regions two at a time, the smallest first, in the order of S2's `DestructiveUnion`.
pub fn union_of_all(regions: Vec<Vec<Polygon>>) -> Option<Vec<Polygon>> {
    let mut queue: BTreeMap<(usize, usize), Vec<Polygon>> = BTreeMap::new();
    let mut number = 0;
    for region in regions {
        queue.insert((points_of(&region), number), region);
        number += 1;
    }
    loop {
        let ((size, _), first) = queue.pop_first()?;
        let Some(((other_size, _), second)) = queue.pop_first() else { return Some(first) };
        queue.insert((size + other_size, number), combined(&first, &second, Keep::Union));
        number += 1;
    }
}

fn points_of(region: &[Polygon]) -> usize {
    region.iter().flat_map(|polygon| &polygon.rings).map(|ring| ring.points().len()).sum()
}

/// Returns the union or intersection of two regions, each of polygons that do not overlap.
pub fn combined(first: &[Polygon], second: &[Polygon], keep: Keep) -> Vec<Polygon> {
    let sides = [boundary(first), boundary(second)];
    let cuts = cut(&sides);
    let others = cuts.each_ref().map(|pieces| pieces.iter().map(|p| (key(p.from), key(p.to))).collect::<HashSet<_>>());
    let mut kept = Vec::new();
    let mut number = 0;
    for (side, pieces) in cuts.iter().enumerate() {
        let (region, theirs) = if side == 0 { (second, &others[1]) } else { (first, &others[0]) };
        let corners: HashSet<Key> = theirs.iter().map(|(from, _)| *from).collect();
        let mut inside = None;
        for piece in pieces {
            // Whether the other region has the piece can change only where its boundary is met.
            if !piece.follows || corners.contains(&key(piece.from)) {
                inside = None;
            }
            let ends = (key(piece.from), key(piece.to));
            let wanted = if theirs.contains(&ends) {
                side == 0
            } else if theirs.contains(&(ends.1, ends.0)) {
                false
            } else {
                let contained = *inside.get_or_insert_with(|| {
                    let middle = (piece.from + piece.to).unit();
                    region.iter().any(|polygon| polygon.contains(middle))
                });
                contained == (keep == Keep::Intersection)
            };
            if wanted {
                kept.push(Kept { from: piece.from, to: piece.to, number: number + piece.edge });
            }
        }
        number += sides[side].len();
    }
    polygons(rings(kept))
}

/// A piece of an edge of a boundary.
pub struct Piece {
    pub from: Point,
    pub to: Point,
    /// The place of the edge it is of.
    pub edge: usize,
    /// Whether it begins where the piece before it ends.
    pub follows: bool,
}

/// A directed edge of the result, with the number of the edge it comes from.
#[derive(Clone, Copy)]
pub struct Kept {
    pub from: Point,
    pub to: Point,
    pub number: usize,
}

/// Returns the edges around a region, which is to their left.
pub fn boundary(region: &[Polygon]) -> Vec<Edge> {
    let mut edges = Vec::new();
    for polygon in region {
        for (i, ring) in polygon.rings.iter().enumerate() {
            match i {
                0 => edges.extend(ring.edges()),
                _ => edges.extend(around_hole(ring)),
            }
        }
    }
    edges
}

fn around_hole(ring: &Ring) -> impl Iterator<Item = Edge> + '_ {
    let points = || ring.points().iter().rev().copied();
    points().zip(points().cycle().skip(1))
}

/// Cuts the edges of two lists where they meet each other.
pub fn cut([first, second]: &[Vec<Edge>; 2]) -> [Vec<Piece>; 2] {
    let mut cuts: [HashMap<usize, Vec<Point>>; 2] = [HashMap::new(), HashMap::new()];
    pairs(first, second, |i, j| {
        if let (Some(a), Some(b)) = (first.get(i), second.get(j))
            && near(*a, *b)
        {
            let [on_first, on_second] = meeting(*a, *b);
            cuts[0].entry(i).or_default().extend(on_first);
            cuts[1].entry(j).or_default().extend(on_second);
        }
        false
    });
    let [first_cuts, second_cuts] = cuts;
    [pieces(first, first_cuts), pieces(second, second_cuts)]
}

/// Returns where two edges are to be cut: in their common point, or in an end of one that is on the other.
fn meeting(a: Edge, b: Edge) -> [Vec<Point>; 2] {
    if crossing(a.0, a.1, b.0, b.1) == Crossing::Within {
        let point = intersection(a.0, a.1, b.0, b.1);
        return [vec![point], vec![point]];
    }
    let on = |edge: Edge, point: Point| point != edge.0 && point != edge.1 && distance(point, edge.0, edge.1) < ON_EDGE;
    let ends = |edge: Edge, other: Edge| [other.0, other.1].into_iter().filter(|p| on(edge, *p)).collect();
    [ends(a, b), ends(b, a)]
}

fn pieces(edges: &[Edge], mut cuts: HashMap<usize, Vec<Point>>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::with_capacity(edges.len());
    for (edge, (from, to)) in edges.iter().copied().enumerate() {
        let mut points = cuts.remove(&edge).unwrap_or_default();
        points.sort_by(|a, b| (*a - from).norm2().total_cmp(&(*b - from).norm2()));
        points.push(to);
        let mut at = from;
        for point in points.into_iter().filter(|p| *p != from) {
            if point != at {
                let follows = pieces.last().is_some_and(|before| before.to == at);
                pieces.push(Piece { from: at, to: point, edge, follows });
                at = point;
            }
        }
    }
    pieces
}

/// Joins edges to rings that touch at most in corners, each with the number of its first edge, in order of these.
fn rings(kept: Vec<Kept>) -> Vec<Vec<Point>> {
    let mut leaving: HashMap<Key, Vec<usize>> = HashMap::new();
    for (i, edge) in kept.iter().enumerate() {
        leaving.entry(key(edge.from)).or_default().push(i);
    }
    let mut used = vec![false; kept.len()];
    let mut rings = Vec::new();
    for start in 0..kept.len() {
        let mut path: Vec<usize> = Vec::new();
        let mut places: HashMap<Key, usize> = HashMap::new();
        let mut next = Some(start);
        while let Some((at, edge)) = next.and_then(|at| Some((at, kept.get(at)?))) {
            if used.get(at).copied().unwrap_or(true) {
                break;
            }
            used[at] = true;
            places.insert(key(edge.from), path.len());
            path.push(at);
            // A point met before closes a ring, which is taken off the path.
            if let Some(place) = places.get(&key(edge.to)).copied() {
                let ring = path.split_off(place);
                ring.iter().filter_map(|i| kept.get(*i)).for_each(|edge| {
                    places.remove(&key(edge.from));
                });
                rings.push(in_order(ring.iter().filter_map(|i| kept.get(*i)).copied().collect()));
            }
            let candidates = leaving.get(&key(edge.to)).map(Vec::as_slice).unwrap_or_default();
            let free = candidates.iter().copied().filter(|i| used.get(*i) == Some(&false));
            next = sharpest_left(*edge, free, &kept);
        }
    }
    rings.retain(|(_, ring)| ring.len() > 2);
    rings.sort_by_key(|(number, _)| *number);
    rings.into_iter().map(|(_, ring)| ring).collect()
}

/// Of the edges that leave the end of an edge, returns the one that turns left most.
fn sharpest_left(edge: Kept, free: impl Iterator<Item = usize>, kept: &[Kept]) -> Option<usize> {
    let corner = edge.to;
    let axis = corner.ortho();
    let other_axis = corner.cross(axis);
    let direction = |to: Point| other_axis.dot(to - corner).atan2(axis.dot(to - corner));
    let back = direction(edge.from);
    let clockwise = |i: usize| {
        let to = kept.get(i).map_or(corner, |next| next.to);
        let angle = (back - direction(to)).rem_euclid(std::f64::consts::TAU);
        // Straight back is no turn at all but the last choice.
        if angle == 0.0 { std::f64::consts::TAU } else { angle }
    };
    free.min_by(|a, b| clockwise(*a).total_cmp(&clockwise(*b)))
}

/// Turns a ring so that its edge of the highest number, the last piece of it, comes last.
fn in_order(mut ring: Vec<Kept>) -> (usize, Vec<Point>) {
    let (mut last, mut gap) = (0, false);
    for i in 1..ring.len() {
        let order = ring[i].number.cmp(&ring[last].number);
        if order.is_lt() {
            gap = true;
        } else if order.is_gt() || !gap {
            (last, gap) = (i, false);
        }
    }
    let first = (last + 1) % ring.len().max(1);
    ring.rotate_left(first);
    let number = ring.first().map_or(0, |edge| edge.number);
    (number, ring.into_iter().map(|edge| edge.from).collect())
}

/// Returns the areas around which closed paths wind once or more; nothing if there are none.
pub fn outline(paths: Vec<Vec<Point>>) -> Option<Vec<Polygon>> {
    let mut edges: Vec<Edge> = Vec::new();
    for path in &paths {
        let pairs = path.iter().copied().zip(path.iter().copied().cycle().skip(1));
        edges.extend(pairs.filter(|(a, b)| a != b));
    }
    let center = edges.iter().fold(Point([0.0; 3]), |sum, (a, _)| sum + *a).unit();
    // Far from all paths, in no plane with any of their edges.
    let outside = (-center + center.ortho() * 1e-3).unit();
    let [pieces, _] = cut(&[edges.clone(), edges.clone()]);
    let mut met: HashMap<Key, usize> = HashMap::new();
    pieces.iter().for_each(|piece| *met.entry(key(piece.from)).or_default() += 1);
    let mut together: HashMap<(Key, Key), i64> = HashMap::new();
    pieces.iter().for_each(|piece| *together.entry((key(piece.from), key(piece.to))).or_default() += 1);
    let mut kept = Vec::new();
    let mut left = None;
    for piece in &pieces {
        let ends = (key(piece.from), key(piece.to));
        if !piece.follows || met.get(&ends.0) != Some(&1) {
            left = None;
        }
        let along = together.get(&ends).copied().unwrap_or(0);
        let against = together.get(&(ends.1, ends.0)).copied().unwrap_or(0);
        let left = *left.get_or_insert_with(|| winding_left_of(piece, &edges, outside, along - against));
        let right = left - (along - against);
        if left > 0 && right <= 0 && together.remove(&ends).is_some() {
            kept.push(Kept { from: piece.from, to: piece.to, number: piece.edge });
        }
    }
    let polygons = polygons(rings(kept));
    (!polygons.is_empty()).then_some(polygons)
}

/// Counts how often paths wind around what is just to the left of a piece; the piece itself adds `own` to it.
fn winding_left_of(piece: &Piece, edges: &[Edge], outside: Point, own: i64) -> i64 {
    let middle = (piece.from + piece.to).unit();
    let others = edges.iter().filter(|(a, b)| distance(middle, *a, *b) > ON_EDGE);
    let crossed = others.filter(|(a, b)| changes_sides(outside, middle, *a, *b));
    let winding: i64 = crossed.map(|(a, b)| -i64::from(sign(*a, *b, outside))).sum();
    // The way there ends on the side on which it began.
    if sign(piece.from, piece.to, outside) > 0 { winding } else { winding + own }
}

/// What two shapes have in common.
#[derive(Default)]
pub struct Parts {
    pub points: Vec<Point>,
    pub lines: Vec<Vec<Point>>,
    pub polygons: Vec<Polygon>,
}

/// Returns what two lists of lines have in common: edges, and points that are on none of these.
pub fn lines_on_lines(first: &[Edge], second: &[Edge]) -> Parts {
    let [first, second] = cut(&[first.to_vec(), second.to_vec()]);
    let theirs = undirected(&second);
    let lines = chains(first.iter().filter(|piece| theirs.contains(&undirected_key(piece))));
    let points = common_points(&first, &second, &lines, &[]);
    Parts { points, lines, polygons: Vec::new() }
}

/// Returns the parts of lines in a region or on its boundary.
pub fn lines_in_region(lines: &[Edge], region: &[Polygon]) -> Parts {
    let [first, second] = cut(&[lines.to_vec(), boundary(region)]);
    let theirs = undirected(&second);
    let inside = |piece: &&Piece| {
        let middle = (piece.from + piece.to).unit();
        theirs.contains(&undirected_key(piece)) || region.iter().any(|polygon| polygon.contains(middle))
    };
    let lines = chains(first.iter().filter(inside));
    let points = common_points(&first, &second, &lines, &[]);
    Parts { points, lines, polygons: Vec::new() }
}

/// Returns what two regions have in common: areas, edges where they only touch, and points likewise.
pub fn region_in_region(first: &[Polygon], second: &[Polygon]) -> Parts {
    let polygons = combined(first, second, Keep::Intersection);
    let [first, second] = cut(&[boundary(first), boundary(second)]);
    let back: HashSet<(Key, Key)> = second.iter().map(|p| (key(p.to), key(p.from))).collect();
    let lines = chains(first.iter().filter(|piece| back.contains(&(key(piece.from), key(piece.to)))));
    let points = common_points(&first, &second, &lines, &polygons);
    Parts { points, lines, polygons }
}

fn undirected(pieces: &[Piece]) -> HashSet<(Key, Key)> {
    pieces.iter().map(undirected_key).collect()
}

fn undirected_key(piece: &Piece) -> (Key, Key) {
    let (a, b) = (key(piece.from), key(piece.to));
    if a < b { (a, b) } else { (b, a) }
}

/// Joins pieces to lines where one begins in the end of the one before.
fn chains<'p>(pieces: impl Iterator<Item = &'p Piece>) -> Vec<Vec<Point>> {
    let mut lines: Vec<Vec<Point>> = Vec::new();
    for piece in pieces {
        match lines.last_mut() {
            Some(line) if line.last() == Some(&piece.from) => line.push(piece.to),
            _ => lines.push(vec![piece.from, piece.to]),
        }
    }
    lines
}

/// Returns the corners that both have and no line or polygon of the result.
fn common_points(first: &[Piece], second: &[Piece], lines: &[Vec<Point>], polygons: &[Polygon]) -> Vec<Point> {
    let theirs: HashSet<Key> = second.iter().flat_map(|piece| [key(piece.from), key(piece.to)]).collect();
    let rings = polygons.iter().flat_map(|polygon| &polygon.rings).map(Ring::points);
    let mut seen: HashSet<Key> = lines.iter().map(Vec::as_slice).chain(rings).flatten().map(|p| key(*p)).collect();
    let ends = first.iter().flat_map(|piece| [piece.from, piece.to]);
    ends.filter(|point| theirs.contains(&key(*point)) && seen.insert(key(*point))).collect()
}

/// Returns lines that cover the same edges, none of them twice, cut where they cross or fork.
pub fn union_of_lines(lines: &[Vec<Point>]) -> Vec<Vec<Point>> {
    let edges: Vec<Edge> =
        lines.iter().flat_map(|line| line.iter().copied().zip(line.iter().copied().skip(1))).collect();
    let [pieces, _] = cut(&[edges.clone(), edges]);
    let mut seen = HashSet::new();
    let pieces: Vec<Piece> = pieces.into_iter().filter(|piece| seen.insert(undirected_key(piece))).collect();
    let (mut leaving, mut arriving) = (HashMap::<Key, Vec<usize>>::new(), HashMap::<Key, usize>::new());
    for (i, piece) in pieces.iter().enumerate() {
        leaving.entry(key(piece.from)).or_default().push(i);
        *arriving.entry(key(piece.to)).or_default() += 1;
    }
    let passes = |at: Key| leaving.get(&at).is_some_and(|l| l.len() == 1) && arriving.get(&at) == Some(&1);
    let mut used = vec![false; pieces.len()];
    let mut lines = Vec::new();
    // Lines begin where they do not pass through; what is left are rings.
    for rings in [false, true] {
        for (start, first) in pieces.iter().enumerate() {
            if used[start] || (!rings && passes(key(first.from))) {
                continue;
            }
            let mut line = vec![first.from];
            let mut next = Some(start);
            while let Some(i) = next.filter(|i| !used[*i]) {
                used[i] = true;
                line.push(pieces[i].to);
                let end = key(pieces[i].to);
                next = leaving.get(&end).filter(|_| passes(end)).and_then(|l| l.first().copied());
            }
            lines.push(line);
        }
    }
    lines
}

/// Sorts rings into shells, which turn left, and the holes in them.
fn polygons(rings: Vec<Vec<Point>>) -> Vec<Polygon> {
    let (shells, holes): (Vec<_>, Vec<_>) = rings.into_iter().partition(|ring| turning(ring) > 0.0);
    let mut polygons: Vec<Polygon> =
        shells.into_iter().map(|shell| Polygon { rings: vec![Ring::new(shell)] }).collect();
    for hole in holes {
        let hole = Ring::new(hole);
        let Some(point) = hole.edges().next().map(|(a, b)| (a + b).unit()) else { continue };
        let around = polygons.iter_mut().filter(|p| p.rings.first().is_some_and(|shell| shell.contains(point)));
        let smallest = around.min_by(|a, b| area(a).total_cmp(&area(b)));
        if let Some(polygon) = smallest {
            polygon.rings.push(hole);
        }
    }
    polygons
}

fn area(polygon: &Polygon) -> f64 {
    polygon.rings.first().map_or(0.0, Ring::area)
}
