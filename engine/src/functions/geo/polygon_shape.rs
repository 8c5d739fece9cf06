//! Rings and polygons on the sphere: which side is inside, what they contain, how large they are.

use super::measure::{signed_area, turning};
use super::predicates::{Crossing, changes_sides, corner_contains_vertex, crossing};
use super::sphere::{self, Point};

/// A polygon: a shell and holes in it.
#[derive(Clone, Debug)]
pub struct Polygon {
    /// The shell first.
    pub rings: Vec<Ring>,
}

impl Polygon {
    /// Makes a polygon of rings without repeated last points; nothing if they have a corner twice, cross themselves or
    /// each other.
    pub fn new(rings: Vec<Vec<Point>>) -> Option<Self> {
        let rings: Vec<Ring> = rings.into_iter().map(Ring::new).collect();
        (!rings.is_empty() && well_formed(&rings)).then_some(Self { rings })
    }

    /// Tells whether a point is inside. Of the polygons around a corner exactly one contains it.
    pub fn contains(&self, point: Point) -> bool {
        self.rings.iter().filter(|ring| ring.contains(point)).count() % 2 == 1
    }

    /// Goes through the edges of all rings.
    pub fn edges(&self) -> impl Iterator<Item = (Point, Point)> + '_ {
        self.rings.iter().flat_map(Ring::edges)
    }
}

/// A closed line around an area of at most half the sphere, which is on its left.
#[derive(Clone, Debug)]
pub struct Ring {
    points: Vec<Point>,
    /// Whether the fixed point from which containment is reckoned is inside.
    origin_inside: bool,
    /// A cap around the ring, as its center and the cosine of its angle; nothing if it is no less than half the sphere.
    cap: Option<(Point, f64)>,
}

/// S2's fixed point: close to a pole, on no edge that anybody draws.
const ORIGIN: Point = Point([-0.009_999_466_435_025_02, 0.002_592_454_260_932_412, 0.999_946_643_502_502]);

impl Ring {
    /// Makes a ring of at least three points; it is turned around if it goes around the larger part.
    pub fn new(mut points: Vec<Point>) -> Self {
        if turning(&points) < 0.0 {
            points.reverse();
        }
        let mut ring = Self { cap: cap(&points), origin_inside: false, points };
        if let [before, corner, after, ..] = ring.points[..] {
            ring.origin_inside = corner_contains_vertex(before, corner, after) != ring.winds_around(corner);
        }
        ring
    }

    /// Returns the points, the first not repeated at the end.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Goes through the edges.
    pub fn edges(&self) -> impl Iterator<Item = (Point, Point)> + '_ {
        let next = self.points.iter().cycle().skip(1);
        self.points.iter().copied().zip(next.copied())
    }

    /// Returns the area on the unit sphere.
    pub fn area(&self) -> f64 {
        signed_area(&self.points).abs()
    }

    /// Tells whether a point is inside.
    pub fn contains(&self, point: Point) -> bool {
        if self.cap.is_some_and(|(center, cosine)| point.dot(center) < cosine) {
            return false;
        }
        self.winds_around(point)
    }

    /// Counts how often the way from the origin changes sides.
    fn winds_around(&self, point: Point) -> bool {
        let changes = self.edges().filter(|(a, b)| changes_sides(ORIGIN, point, *a, *b)).count();
        self.origin_inside != (changes % 2 == 1)
    }
}

fn cap(points: &[Point]) -> Option<(Point, f64)> {
    let center = points.iter().fold(Point([0.0; 3]), |sum, p| sum + *p).unit();
    let cosine = points.iter().map(|p| p.dot(center)).fold(1.0, f64::min);
    // A cap of less than half the sphere is convex: it has the edges as well, and the smaller side of the ring.
    (cosine > 0.01).then_some((center, cosine - 1e-14))
}

/// Tells whether no two edges cross, and no ring has a point or an edge twice.
fn well_formed(rings: &[Ring]) -> bool {
    let mut edges: Vec<Edge> = rings
        .iter()
        .enumerate()
        .flat_map(|(ring, r)| r.edges().enumerate().map(move |(place, ends)| Edge::new(ring, place, r, ends)))
        .collect();
    edges.sort_by(|a, b| a.low.total_cmp(&b.low));
    edges.iter().enumerate().all(|(i, edge)| {
        let others = edges.iter().skip(i + 1).take_while(|other| other.low <= edge.high);
        others.into_iter().all(|other| edge.may_stand_beside(other))
    })
}

struct Edge {
    ring: usize,
    place: usize,
    /// How many edges the ring has.
    count: usize,
    ends: (Point, Point),
    low: f64,
    high: f64,
}

impl Edge {
    fn new(ring: usize, place: usize, of: &Ring, ends: (Point, Point)) -> Self {
        let (a, b) = ends;
        // An arc bulges out from its chord by no more than this.
        let bulge = (a - b).norm2() / 2.0 + 1e-15;
        let (low, high) = (a.0[2].min(b.0[2]) - bulge, a.0[2].max(b.0[2]) + bulge);
        Self { ring, place, count: of.points.len(), ends, low, high }
    }

    fn may_stand_beside(&self, other: &Self) -> bool {
        let ((a, b), (c, d)) = (self.ends, other.ends);
        match crossing(a, b, c, d) {
            Crossing::None => true,
            Crossing::Within => false,
            Crossing::Vertex if self.ring != other.ring => {
                // Rings may touch in a corner, but not share an edge.
                (a, b) != (c, d) && (a, b) != (d, c)
            }
            Crossing::Vertex => {
                let step = self.place.abs_diff(other.place);
                (step == 1 || step == self.count - 1) && (a == d || b == c) && !(a == d && b == c)
            }
        }
    }
}

/// Returns the angle from a point to the nearest edge.
pub fn distance_to_edges(point: Point, edges: impl Iterator<Item = (Point, Point)>) -> f64 {
    edges.map(|(a, b)| sphere::distance(point, a, b)).fold(f64::INFINITY, f64::min)
}
