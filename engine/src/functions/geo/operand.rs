//! How kernels read their arguments: coordinates by row, shapes once where they are constant.

use datafusion::common::Result;
use rehunt_lang::types::Value;

use super::sphere::Point;
use crate::functions::kernel::{Reals, Texts};
use crate::functions::{Args, Prepare};

/// Two number arguments that are a position.
pub struct Positions {
    longitude: Reals,
    latitude: Reals,
}

/// Reads arguments `i` and `i + 1` as positions.
pub fn positions(args: &Args, i: usize) -> Result<Positions> {
    Ok(Positions { longitude: args.real(i)?, latitude: args.real(i + 1)? })
}

impl Positions {
    /// Returns longitude and latitude of a row where they are in range.
    pub fn degrees(&self, row: usize) -> Option<(f64, f64)> {
        let (longitude, latitude) = (self.longitude.at(row)?, self.latitude.at(row)?);
        Point::at(longitude, latitude).map(|_| (longitude, latitude))
    }

    /// Returns the point of a row where it is in range.
    pub fn point(&self, row: usize) -> Option<Point> {
        Point::at(self.longitude.at(row)?, self.latitude.at(row)?)
    }
}

/// Reads an optional number argument; `default` where the call has none.
pub fn optional(args: &Args, i: usize, default: f64) -> Result<impl Fn(usize) -> Option<f64> + use<>> {
    let given = if args.len() > i { Some(args.real(i)?) } else { None };
    Ok(move |row: usize| match &given {
        Some(given) => given.at(row),
        None => Some(default),
    })
}

/// As [`optional`], for whole numbers.
pub fn optional_long(args: &Args, i: usize, default: i64) -> Result<impl Fn(usize) -> Option<i64> + use<>> {
    let given = if args.len() > i { Some(args.long(i)?) } else { None };
    Ok(move |row: usize| match &given {
        Some(given) => given.at(row),
        None => Some(default),
    })
}

/// An argument that holds a shape.
pub struct Shape<T> {
    i: usize,
    read: fn(&str) -> Option<T>,
    /// The shape where the argument is constant; nothing in it where it is no shape.
    constant: Option<Option<T>>,
}

impl<T> Shape<T> {
    /// Looks at argument `i`; a constant is read here and now.
    pub fn new(prepare: &Prepare, i: usize, read: fn(&str) -> Option<T>) -> Self {
        let constant = prepare.constant(i).map(|value| match value {
            Value::Dynamic(json) => read(json),
            _ => None,
        });
        Self { i, read, constant }
    }

    /// Goes to the rows of a batch.
    pub fn rows(&self, args: &Args) -> Result<Rows<'_, T>> {
        let texts = if self.constant.is_none() { Some(args.json(self.i)?) } else { None };
        Ok(Rows { shape: self, texts, last: (String::new(), None) })
    }
}

/// The shapes of a batch.
pub struct Rows<'s, T> {
    shape: &'s Shape<T>,
    texts: Option<Texts>,
    /// The text read last, and what it was: tables that are joined with shapes repeat them.
    last: (String, Option<T>),
}

impl<T> Rows<'_, T> {
    /// Returns the shape of a row; nothing where there is none.
    pub fn at(&mut self, row: usize) -> Option<&T> {
        if let Some(constant) = &self.shape.constant {
            return constant.as_ref();
        }
        let text = self.texts.as_ref()?.at(row)?;
        if self.last.0 != text {
            self.last = (text.to_owned(), (self.shape.read)(text));
        }
        self.last.1.as_ref()
    }
}
