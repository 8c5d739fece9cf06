//! Which side of an edge, and do edges cross: exact for all inputs, ties broken as S2 breaks them, so that every point
//! belongs to exactly one of the polygons that divide the earth.

use robust::{Coord3D, orient3d};

use super::sphere::Point;

/// The rounding error of a determinant of three unit vectors.
const MAX_DETERMINANT_ERROR: f64 = 1.8274 * f64::EPSILON;

/// Tells whether `a`, `b`, `c` turn left (1) or right (-1); 0 only where two of them are equal.
pub fn sign(a: Point, b: Point, c: Point) -> i32 {
    let determinant = a.cross(b).dot(c);
    if determinant > MAX_DETERMINANT_ERROR {
        return 1;
    }
    if determinant < -MAX_DETERMINANT_ERROR {
        return -1;
    }
    match a == b || b == c || c == a {
        true => 0,
        false => exact_sign(a, b, c),
    }
}

fn exact_sign(a: Point, b: Point, c: Point) -> i32 {
    let [a3, b3, c3] = [a, b, c].map(|Point([x, y, z])| Coord3D { x, y, z });
    let determinant = orient3d(a3, b3, c3, Coord3D { x: 0.0, y: 0.0, z: 0.0 });
    if determinant != 0.0 {
        return sign_of(determinant);
    }
    // The points lie in one plane with the center: as if each were moved a little, lexicographically smaller ones more.
    let mut points = [a, b, c];
    let mut parity = 1;
    for (i, j) in [(0, 1), (1, 2), (0, 1)] {
        if points[i].0.partial_cmp(&points[j].0) == Some(std::cmp::Ordering::Greater) {
            points.swap(i, j);
            parity = -parity;
        }
    }
    parity * perturbed_sign(points)
}

fn sign_of(value: f64) -> i32 {
    i32::from(value > 0.0) - i32::from(value < 0.0)
}

/// The sign of `a * b - c * d`, exactly.
fn sign_of_difference(a: f64, b: f64, c: f64, d: f64) -> i32 {
    let (left, right) = (a * b, c * d);
    if left != right {
        return sign_of(left - right);
    }
    sign_of(a.mul_add(b, -left) - c.mul_add(d, -right))
}

/// The sign of the first term that does not vanish when three sorted points are moved by infinitely small, infinitely
/// different amounts ("Simulation of Simplicity", Edelsbrunner and Muecke).
fn perturbed_sign([Point(a), Point(b), Point(c)]: [Point; 3]) -> i32 {
    let terms = [
        sign_of_difference(b[0], c[1], b[1], c[0]),
        sign_of_difference(b[2], c[0], b[0], c[2]),
        sign_of_difference(b[1], c[2], b[2], c[1]),
        sign_of_difference(c[0], a[1], c[1], a[0]),
        sign_of(c[0]),
        -sign_of(c[1]),
        sign_of_difference(c[2], a[0], c[0], a[2]),
        sign_of(c[2]),
        sign_of_difference(a[0], b[1], a[1], b[0]),
        -sign_of(b[0]),
        sign_of(b[1]),
        sign_of(a[0]),
    ];
    terms.into_iter().find(|term| *term != 0).unwrap_or(1)
}

/// Tells whether, seen from `o`, `b` is met between `a` and `c` when turning left.
fn ordered(a: Point, b: Point, c: Point, o: Point) -> bool {
    let turns = [sign(b, o, a) >= 0, sign(c, o, b) >= 0, sign(a, o, c) > 0];
    turns.into_iter().filter(|turn| *turn).count() >= 2
}

/// How two edges meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crossing {
    /// Not at all.
    None,
    /// In a vertex that both have.
    Vertex,
    /// In a point within both.
    Within,
}

/// Tells how the edges `a b` and `c d` meet.
pub fn crossing(a: Point, b: Point, c: Point, d: Point) -> Crossing {
    if a == c || a == d || b == c || b == d {
        return Crossing::Vertex;
    }
    if a == b || c == d {
        return Crossing::None;
    }
    let side = -sign(a, b, c);
    match sign(a, b, d) == side && -sign(c, d, b) == side && sign(c, d, a) == side {
        true => Crossing::Within,
        false => Crossing::None,
    }
}

/// Tells whether a walk along `a b` changes sides of `c d`, where the two share a vertex.
fn vertex_crossing(a: Point, b: Point, c: Point, d: Point) -> bool {
    if a == b || c == d {
        return false;
    }
    if a == c {
        return b == d || ordered(a.ortho(), d, b, a);
    }
    if b == d {
        return ordered(b.ortho(), c, a, b);
    }
    if a == d {
        return b == c || ordered(a.ortho(), c, b, a);
    }
    b == c && ordered(b.ortho(), d, a, b)
}

/// Tells whether a walk along `a b` changes sides of `c d`.
pub fn changes_sides(a: Point, b: Point, c: Point, d: Point) -> bool {
    match crossing(a, b, c, d) {
        Crossing::Within => true,
        Crossing::Vertex => vertex_crossing(a, b, c, d),
        Crossing::None => false,
    }
}

/// Tells whether the corner `a b c` of a polygon contains its vertex `b`.
pub fn corner_contains_vertex(a: Point, b: Point, c: Point) -> bool {
    !ordered(b.ortho(), c, a, b)
}

/// Returns the point in which two edges that cross within do so.
pub fn intersection(a: Point, b: Point, c: Point, d: Point) -> Point {
    let point = a.robust_cross(b).unit().cross(c.robust_cross(d).unit()).unit();
    // Of two opposite points the one on the side of the edges.
    if point.dot((a + b) + (c + d)) < 0.0 { -point } else { point }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(longitude: f64, latitude: f64) -> Point {
        Point::from_degrees(longitude, latitude)
    }

    #[test]
    fn the_sign_is_antisymmetric_and_zero_only_for_equal_points() {
        let points = [at(0.0, 0.0), at(10.0, 0.0), at(20.0, 0.0), at(0.0, 10.0), at(45.0, 45.0)];
        for a in points {
            for b in points {
                for c in points {
                    let s = sign(a, b, c);
                    assert_eq!(s == 0, a == b || b == c || a == c);
                    assert_eq!(s, -sign(c, b, a));
                    assert_eq!(s, sign(b, c, a));
                }
            }
        }
        assert_eq!(sign(at(0.0, 0.0), at(90.0, 0.0), at(0.0, 90.0)), 1);
    }

    #[test]
    fn edges_cross_within_or_in_a_vertex() {
        let (a, b) = (at(0.0, 0.0), at(10.0, 10.0));
        assert_eq!(crossing(a, b, at(0.0, 10.0), at(10.0, 0.0)), Crossing::Within);
        assert_eq!(crossing(a, b, b, at(10.0, 0.0)), Crossing::Vertex);
        assert_eq!(crossing(a, b, at(20.0, 0.0), at(10.0, 5.0)), Crossing::None);
        let (longitude, latitude) = intersection(a, b, at(0.0, 10.0), at(10.0, 0.0)).degrees();
        // Both great circles rise from the equator to 10 degrees within 10: tan(latitude) = sin(5) / cos(10).
        let expected = (5_f64.to_radians().sin() / 10_f64.to_radians().cos()).atan().to_degrees();
        assert!((longitude - 5.0).abs() < 1e-9 && (latitude - expected).abs() < 1e-9, "{longitude} {latitude}");
    }
}
