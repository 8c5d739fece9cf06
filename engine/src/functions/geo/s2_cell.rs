//! S2 cells: a cube around the earth, its six faces quartered in turn along a Hilbert curve
//! (s2geometry.io/devguide/s2cell_hierarchy). A cell is a 64-bit number: face, path, and a 1 that ends the path.

use super::sphere::Point;

/// How often a face is quartered at most.
pub const MAX_LEVEL: u32 = 30;
/// How many of the smallest cells a side of a face has.
const SIDE: i64 = 1 << MAX_LEVEL;

/// What stands at each place of the curve, for each way to lie: right and up as bits.
const PLACE_TO_QUARTER: [[u8; 4]; 4] = [[0, 1, 3, 2], [0, 2, 3, 1], [3, 2, 0, 1], [3, 1, 0, 2]];
/// How the curve lies in the quarter at each place: 1 swaps the axes, 2 turns them around.
const TURNS: [u8; 4] = [1, 0, 0, 3];

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell(u64);

impl Cell {
    /// Returns the smallest cell around a point.
    pub fn around(point: Point) -> Self {
        let (face, u, v) = to_face(point);
        Self::of_quarters(face, to_index(to_st(u)), to_index(to_st(v)))
    }

    /// Returns the whole faces.
    pub fn faces() -> impl Iterator<Item = Self> {
        (0..6).map(|face| Self(face << 61 | 1 << 60))
    }

    /// Reads a token: the number in base 16 without its last zeros.
    pub fn read(token: &str) -> Option<Self> {
        if token.is_empty() || token.len() > 16 || !token.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let digits = u64::from_str_radix(token, 16).ok()?;
        let id = digits << (4 * (16 - token.len()));
        // The 1 that ends the path stands at an even place.
        let ends = id & id.wrapping_neg() & 0x1555_5555_5555_5555 != 0;
        (ends && id >> 61 < 6).then_some(Self(id))
    }

    /// Returns the token.
    pub fn token(self) -> String {
        let digits = format!("{:016x}", self.0);
        digits.trim_end_matches('0').to_owned()
    }

    /// Returns how often the face was quartered.
    pub fn level(self) -> u32 {
        MAX_LEVEL - self.0.trailing_zeros() / 2
    }

    /// Returns the cell of a level that is this one or around it.
    pub fn parent(self, level: u32) -> Self {
        let end = 1u64 << (2 * (MAX_LEVEL - level.min(MAX_LEVEL)));
        Self(self.0 & end.wrapping_neg() | end)
    }

    /// Returns the quarters in order of the curve; none of the smallest cell.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let end = self.0 & self.0.wrapping_neg();
        let step = end >> 2;
        (0..if step == 0 { 0 } else { 4 }).map(move |i| Self(self.0 - end + (2 * i + 1) * step))
    }

    /// Returns the center.
    pub fn center(self) -> Point {
        let (face, i, j, size) = self.square();
        let middle = |at: i64| to_uv((2 * at + size) as f64 / (2 * SIDE) as f64);
        from_face(face, middle(i), middle(j)).unit()
    }

    /// Returns the corners, turning left.
    pub fn corners(self) -> [Point; 4] {
        let (face, i, j, size) = self.square();
        let at = |k: i64| to_uv(k as f64 / SIDE as f64);
        let (left, right, low, high) = (at(i), at(i + size), at(j), at(j + size));
        [(left, low), (right, low), (right, high), (left, high)].map(|(u, v)| from_face(face, u, v).unit())
    }

    /// Returns the cells of its level around it, in the order that was recorded.
    pub fn neighbors(self) -> [Self; 8] {
        let (face, i, j, size) = self.square();
        let level = self.level();
        [(1, 1), (1, 0), (-1, 0), (0, -1), (-1, 1), (1, -1), (0, 1), (-1, -1)].map(|(right, up)| {
            let (i, j) = (i + right * size, j + up * size);
            let inside = (0..SIDE).contains(&i) && (0..SIDE).contains(&j);
            let cell = if inside { Self::of_quarters(face, i, j) } else { beyond(face, i, j) };
            cell.parent(level)
        })
    }

    /// Returns the face, the lower corner and the side, in smallest cells.
    fn square(self) -> (u64, i64, i64, i64) {
        let (face, level) = (self.0 >> 61, self.level());
        let (mut i, mut j, mut lie) = (0, 0, (face & 1) as u8);
        for step in 1..=level {
            let place = (self.0 >> (61 - 2 * step) & 3) as usize;
            let quarter = quarter_at(lie, place);
            i = i << 1 | i64::from(quarter >> 1);
            j = j << 1 | i64::from(quarter & 1);
            lie ^= turn_at(place);
        }
        let size = 1 << (MAX_LEVEL - level);
        (face, i * size, j * size, size)
    }

    fn of_quarters(face: u64, i: i64, j: i64) -> Self {
        let (mut path, mut lie) = (0, (face & 1) as u8);
        for bit in (0..MAX_LEVEL).rev() {
            let quarter = ((i >> bit & 1) << 1 | j >> bit & 1) as u8;
            let place = (0..4).find(|place| quarter_at(lie, *place) == quarter).unwrap_or(0);
            path = path << 2 | place as u64;
            lie ^= turn_at(place);
        }
        Self(face << 61 | path << 1 | 1)
    }
}

fn quarter_at(lie: u8, place: usize) -> u8 {
    PLACE_TO_QUARTER.get(usize::from(lie)).and_then(|row| row.get(place)).copied().unwrap_or(0)
}

fn turn_at(place: usize) -> u8 {
    TURNS.get(place).copied().unwrap_or(0)
}

/// Returns the smallest cell at a place just off a face.
fn beyond(face: u64, i: i64, j: i64) -> Cell {
    const LIMIT: f64 = 1.0 + f64::EPSILON;
    let at = |k: i64| {
        let k = k.clamp(-1, SIDE);
        (1.0 / SIDE as f64 * (2 * (k - SIDE / 2) + 1) as f64).clamp(-LIMIT, LIMIT)
    };
    let (face, u, v) = to_face(from_face(face, at(i), at(j)));
    Cell::of_quarters(face, to_index(0.5 * (u + 1.0)), to_index(0.5 * (v + 1.0)))
}

/// Projects a point to the face it is on.
fn to_face(point: Point) -> (u64, f64, f64) {
    let [x, y, z] = point.0;
    let [ax, ay, az] = point.0.map(f64::abs);
    if ax > ay && ax > az {
        if x < 0.0 { (3, z / x, y / x) } else { (0, y / x, z / x) }
    } else if ay > az {
        if y < 0.0 { (4, z / y, -x / y) } else { (1, -x / y, z / y) }
    } else if z < 0.0 {
        (5, -y / z, -x / z)
    } else {
        (2, -x / z, -y / z)
    }
}

fn from_face(face: u64, u: f64, v: f64) -> Point {
    Point(match face {
        0 => [1.0, u, v],
        1 => [-u, 1.0, v],
        2 => [-u, -v, 1.0],
        3 => [-1.0, -v, -u],
        4 => [v, -1.0, -u],
        _ => [v, u, -1.0],
    })
}

/// The quadratic map that makes cells of a level of nearly one size.
fn to_st(u: f64) -> f64 {
    if u >= 0.0 { 0.5 * (1.0 + 3.0 * u).sqrt() } else { 1.0 - 0.5 * (1.0 - 3.0 * u).sqrt() }
}

fn to_uv(s: f64) -> f64 {
    if s >= 0.5 { (1.0 / 3.0) * (4.0 * s * s - 1.0) } else { (1.0 / 3.0) * (1.0 - 4.0 * (1.0 - s) * (1.0 - s)) }
}

fn to_index(s: f64) -> i64 {
    ((SIDE as f64 * s).floor() as i64).clamp(0, SIDE - 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_cell_is_around_its_center_and_beside_its_neighbors() {
        for token in ["1", "3", "5", "89c259", "88d9b", "47b1d", "1234567", "89c25a3000000001", "b", "5554"] {
            let cell = Cell::read(token).unwrap();
            assert_eq!(cell.token(), token);
            assert_eq!(Cell::around(cell.center()).parent(cell.level()), cell);
            assert!(cell.children().all(|child| child.parent(cell.level()) == cell));
            if cell.level() > 0 {
                assert!(cell.neighbors().iter().all(|n| n.level() == cell.level() && n.neighbors().contains(&cell)));
            }
        }
        assert!(["", "a", "g", "0", "d", "12345678901234567"].iter().all(|token| Cell::read(token).is_none()));
    }
}
