//! Points and edges on the unit sphere, as the S2 library has them: Kusto's geometry is S2's, and its answers carry the
//! last digits of S2's formulas (recorded answers; s2geometry.io/about/overview).

use std::f64::consts::PI;
use std::ops::{Add, Mul, Neg, Sub};

/// The radius of the sphere in meters; recorded lengths divided by their angles give it to nine digits.
pub const EARTH_RADIUS: f64 = 6_371_010.0;

/// A point of the unit sphere, or any vector in space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point(pub [f64; 3]);

impl Point {
    /// Makes the point at a longitude and latitude in degrees; nothing if they are out of range.
    pub fn at(longitude: f64, latitude: f64) -> Option<Self> {
        ((-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude))
            .then(|| Self::from_degrees(longitude, latitude))
    }

    /// Makes the point at a longitude and latitude in degrees, whatever the longitude.
    pub fn from_degrees(longitude: f64, latitude: f64) -> Self {
        let (theta, phi) = (longitude * (PI / 180.0), latitude * (PI / 180.0));
        Self([phi.cos() * theta.cos(), phi.cos() * theta.sin(), phi.sin()])
    }

    /// Returns longitude and latitude in degrees.
    pub fn degrees(self) -> (f64, f64) {
        let [x, y, z] = self.0;
        (y.atan2(x) * (180.0 / PI), z.atan2((x * x + y * y).sqrt()) * (180.0 / PI))
    }

    pub fn dot(self, other: Self) -> f64 {
        let ([a, b, c], [x, y, z]) = (self.0, other.0);
        a * x + b * y + c * z
    }

    pub fn cross(self, other: Self) -> Self {
        let ([a, b, c], [x, y, z]) = (self.0, other.0);
        Self([b * z - c * y, c * x - a * z, a * y - b * x])
    }

    /// A cross product that keeps its direction for points that are close or opposite.
    pub fn robust_cross(self, other: Self) -> Self {
        let result = (other + self).cross(other - self);
        match result.norm2() == 0.0 {
            true => self.ortho(),
            false => result,
        }
    }

    pub fn norm2(self) -> f64 {
        self.dot(self)
    }

    pub fn norm(self) -> f64 {
        self.norm2().sqrt()
    }

    /// Scales to length 1; the zero vector stays.
    pub fn unit(self) -> Self {
        match self.norm() {
            0.0 => self,
            norm => self * (1.0 / norm),
        }
    }

    /// Returns the angle to another vector in radians.
    pub fn angle(self, other: Self) -> f64 {
        self.cross(other).norm().atan2(self.dot(other))
    }

    /// Returns some unit vector at right angles, always the same for a point: the reference direction of S2.
    pub fn ortho(self) -> Self {
        let mut other = [0.012, 0.0053, 0.00457];
        let [x, y, z] = self.0.map(f64::abs);
        // The axis before that of the largest component.
        let axis = match () {
            () if x > y && x > z => 2,
            () if x <= y && y > z => 0,
            () => 1,
        };
        other[axis] = 1.0;
        self.cross(Self(other)).unit()
    }
}

impl Add for Point {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let ([a, b, c], [x, y, z]) = (self.0, other.0);
        Self([a + x, b + y, c + z])
    }
}

impl Sub for Point {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Point {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.map(|x| -x))
    }
}

impl Mul<f64> for Point {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self(self.0.map(|x| x * factor))
    }
}

/// Returns the point that is a fraction of the way from `a` to `b`.
pub fn interpolate(a: Point, b: Point, fraction: f64) -> Point {
    match fraction {
        0.0 => a,
        1.0 => b,
        _ => at_distance(a, b, fraction * a.angle(b)),
    }
}

/// Returns the point at an angle from `a` in the direction of `b`.
pub fn at_distance(a: Point, b: Point, angle: f64) -> Point {
    let tangent = a.robust_cross(b).cross(a).unit();
    (a * angle.cos() + tangent * angle.sin()).unit()
}

/// Returns the angle between a point and the nearest point of an edge.
pub fn distance(point: Point, a: Point, b: Point) -> f64 {
    let length2 = squared_distance(point, a, b);
    2.0 * (0.5 * length2.min(4.0).sqrt()).asin()
}

/// The squared length of the chord from a point to an edge.
fn squared_distance(point: Point, a: Point, b: Point) -> f64 {
    let (to_a, to_b, length) = ((point - a).norm2(), (point - b).norm2(), (a - b).norm2());
    // Only within this band can the nearest point lie between the ends.
    if (to_a - to_b).abs() < length {
        let normal = a.robust_cross(b);
        let cross = normal.cross(point);
        if (a - point).dot(cross) < 0.0 && (b - point).dot(cross) > 0.0 {
            let (norm, along) = (normal.norm2(), point.dot(normal));
            let rest = 1.0 - (cross.norm2() / norm).sqrt();
            return along * along / norm + rest * rest;
        }
    }
    to_a.min(to_b)
}

/// Returns the point of an edge that is nearest to a point.
pub fn nearest(point: Point, a: Point, b: Point) -> Point {
    if point == a || point == b {
        return point;
    }
    let normal = a.robust_cross(b).unit();
    let foot = point - normal * point.dot(normal);
    if normal.cross(a).dot(foot) > 0.0 && b.cross(normal).dot(foot) > 0.0 {
        return foot.unit();
    }
    if (point - a).norm2() <= (point - b).norm2() { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn degrees_come_back() {
        for (longitude, latitude) in [(0.0, 0.0), (180.0, 0.0), (-73.96, 40.78), (12.5, -90.0)] {
            let (lng, lat) = Point::from_degrees(longitude, latitude).degrees();
            assert!(near(lng, longitude) && near(lat, latitude), "{lng} {lat}");
        }
        assert_eq!(Point::at(181.0, 0.0), None);
        assert_eq!(Point::at(0.0, f64::NAN), None);
    }

    #[test]
    fn the_nearest_point_of_an_edge_is_an_end_or_between() {
        let (a, b) = (Point::from_degrees(0.0, 0.0), Point::from_degrees(10.0, 0.0));
        let above = Point::from_degrees(5.0, 3.0);
        assert!(near(distance(above, a, b), 3f64.to_radians()));
        assert!(near(nearest(above, a, b).degrees().0, 5.0));
        let beyond = Point::from_degrees(-2.0, 0.0);
        assert!(near(distance(beyond, a, b), 2f64.to_radians()));
        assert_eq!(nearest(beyond, a, b), a);
        assert!(near(interpolate(a, b, 0.25).degrees().0, 2.5));
    }
}
