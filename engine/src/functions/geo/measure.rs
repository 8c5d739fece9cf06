//! Lengths, areas and centers, summed as S2 sums them.

use super::predicates::sign;
use super::sphere::Point;

/// Returns the length of a line in radians.
pub fn length(points: &[Point]) -> f64 {
    points.windows(2).map(|pair| if let [a, b] = pair { a.angle(*b) } else { 0.0 }).sum()
}

/// Returns the center of mass of a line times its length.
pub fn line_center(points: &[Point]) -> Point {
    let mut sum = Point([0.0; 3]);
    for pair in points.windows(2) {
        let [a, b] = pair else { continue };
        let (apart, together) = ((*a - *b).norm2(), (*a + *b).norm2());
        if together > 0.0 {
            sum = sum + (*a + *b) * (apart / together).sqrt();
        }
    }
    sum
}

/// Returns the area to the left of a ring, negative where the ring turns right.
pub fn signed_area(ring: &[Point]) -> f64 {
    let mut area = 0.0;
    triangles(ring, |a, b, c| area += f64::from(sign(a, b, c)) * triangle_area(a, b, c));
    area
}

/// Returns the center of mass of what is to the left of a ring, times its area.
pub fn area_center(ring: &[Point]) -> Point {
    let mut sum = Point([0.0; 3]);
    triangles(ring, |a, b, c| sum = sum + triangle_center(a, b, c));
    sum
}

/// Returns how far a ring turns left in all: positive if less than half of the sphere is on its left.
pub fn turning(ring: &[Point]) -> f64 {
    let n = ring.len();
    // By the theorem of Gauss and Bonnet this is what the area lacks to half the sphere. Sums of angles are exact enough
    // to choose the side, and keep to it for large rings, where the signed area wraps.
    let corner = |i: usize| ring.get(i % n.max(1)).copied().unwrap_or(Point([0.0; 3]));
    (0..n)
        .map(|i| {
            let (a, b, c) = (corner(i), corner(i + 1), corner(i + 2));
            let angle = a.robust_cross(b).angle(b.robust_cross(c));
            f64::from(sign(a, b, c)) * angle
        })
        .sum()
}

/// Splits a ring into triangles around its first point, and around others where an edge would be too long.
fn triangles(ring: &[Point], mut each: impl FnMut(Point, Point, Point)) {
    const LONGEST: f64 = std::f64::consts::PI - 1e-5;
    let [first, rest @ ..] = ring else { return };
    let mut origin = *first;
    for pair in rest.windows(2) {
        let [b, c] = pair else { continue };
        if c.angle(origin) > LONGEST {
            let before = origin;
            if origin == *first {
                origin = first.robust_cross(*b).unit();
            } else if b.angle(*first) < LONGEST {
                origin = *first;
            } else {
                origin = first.cross(before);
                each(*first, before, origin);
            }
            each(before, *b, origin);
        }
        each(origin, *b, *c);
    }
    if let Some(last) = rest.last()
        && origin != *first
    {
        each(origin, *last, *first);
    }
}

fn stable_angle(a: Point, b: Point) -> f64 {
    2.0 * (a - b).norm().atan2((a + b).norm())
}

/// The area of a triangle: by the sides, or by the angles where it is long and thin.
fn triangle_area(a: Point, b: Point, c: Point) -> f64 {
    let (sa, sb, sc) = (stable_angle(b, c), stable_angle(c, a), stable_angle(a, b));
    let s = 0.5 * (sa + sb + sc);
    if s >= 3e-4 {
        let s2 = s * s;
        let least = s - sa.max(sb).max(sc);
        if least < 1e-2 * s * s2 * s2 {
            let (ab, bc, ac) = (a.robust_cross(b), b.robust_cross(c), a.robust_cross(c));
            let area = (ab.angle(ac) - ab.angle(bc) + bc.angle(ac)).max(0.0);
            if least < s * (0.1 * (area + 5e-15)) {
                return area;
            }
        }
    }
    let tangents = [s, s - sa, s - sb, s - sc].map(|x| (0.5 * x).tan());
    4.0 * tangents.into_iter().product::<f64>().max(0.0).sqrt().atan()
}

/// The center of mass of a triangle times its area, with the sign of its turn.
fn triangle_center(a: Point, b: Point, c: Point) -> Point {
    let ratio = |x: f64| if x == 0.0 { 1.0 } else { x / x.sin() };
    let (ra, rb, rc) = (ratio(b.angle(c)), ratio(c.angle(a)), ratio(a.angle(b)));
    let ([ax, ay, az], [bx, by, bz], [cx, cy, cz]) = (a.0, (b - a).0, (c - a).0);
    let (x, y, z) = (Point([ax, bx, cx]), Point([ay, by, cy]), Point([az, bz, cz]));
    let r = Point([ra, rb - ra, rc - ra]);
    Point([y.cross(z).dot(r), z.cross(x).dot(r), x.cross(y).dot(r)]) * 0.5
}
