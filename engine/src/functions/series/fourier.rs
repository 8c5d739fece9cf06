//! `series_fft`, `series_ifft`, and what finding periods needs of them.

use std::f64::consts::PI;

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, Fields, FunctionSpec, Overload};
use rehunt_lang::types::Type;

use super::{cells, put_reals, reals_in, write};
use crate::functions::signature::{array, signature};
use crate::functions::{Args, Body, Function};

const FIELDS: Fields = Fields::Named(&[("real", Type::Dynamic), ("imag", Type::Dynamic)]);

/// `series_fft(real [, imaginary])`
pub static SERIES_FFT: Function = Function {
    spec: FunctionSpec {
        name: "series_fft",
        overloads: &[OF_REAL.optional(&[array("x_imaginary")])],
        fields: FIELDS,
        summary: "Transforms a series, whose imaginary part may be given, to frequencies: the real parts and the \
                  imaginary parts, a column each.",
        examples: &[Example {
            query: "print series_fft(dynamic([1, 0, 0, 0]))",
            answer: "[1.0,1.0,1.0,1.0] | [0.0,0.0,0.0,0.0]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| transformed(args, false)),
};

/// `series_ifft(real [, imaginary])`
pub static SERIES_IFFT: Function = Function {
    spec: FunctionSpec {
        name: "series_ifft",
        overloads: &[OF_REAL.optional(&[array("fft_imaginary")])],
        fields: FIELDS,
        summary: "Transforms frequencies back to a series: the real parts and the imaginary parts, a column each.",
        examples: &[Example {
            query: "print series_ifft(dynamic([4, 0, 0, 0]))",
            answer: "[1.0,1.0,1.0,1.0] | [0.0,0.0,0.0,0.0]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| transformed(args, true)),
};

const OF_REAL: Overload = signature(&[array("x_real")], Type::Dynamic);

fn transformed(args: &Args, inverse: bool) -> Result<ColumnarValue> {
    let real = cells(args, 0)?;
    let imaginary = if args.len() > 1 { Some(cells(args, 1)?) } else { None };
    write(args, |row, out| {
        let real = reals_in(&real, row)?;
        let imaginary = match &imaginary {
            Some(imaginary) => reals_in(imaginary, row)?,
            None => vec![0.0; real.len()],
        };
        if imaginary.len() != real.len() {
            return None;
        }
        let mut values: Vec<Complex> = real.into_iter().zip(imaginary).map(|(re, im)| Complex { re, im }).collect();
        if inverse {
            // The inverse is the transform of the conjugates, conjugated, divided by the length.
            values.iter_mut().for_each(Complex::conjugate);
            values = transform(values);
            let length = values.len() as f64;
            values.iter_mut().for_each(|v| *v = Complex { re: v.re / length, im: -v.im / length });
        } else {
            values = transform(values);
        }
        out.begin_array();
        put_reals(out, values.iter().map(|v| v.re));
        // A zero has no sign to show.
        put_reals(out, values.iter().map(|v| v.im + 0.0));
        out.end_array();
        Some(())
    })
}

/// The correlation of a series with itself, for each lag: the sum of products, not divided by anything.
pub(super) fn self_products(series: &[f64]) -> Vec<f64> {
    // Padded, so that the ends do not meet.
    let size = (2 * series.len()).next_power_of_two();
    let mut values: Vec<Complex> = series.iter().map(|re| Complex { re: *re, im: 0.0 }).collect();
    values.resize(size, Complex::default());
    power_of_two(&mut values);
    values.iter_mut().for_each(|v| *v = Complex { re: v.re * v.re + v.im * v.im, im: 0.0 });
    power_of_two(&mut values);
    values.iter().take(series.len()).map(|v| v.re / size as f64).collect()
}

/// The power of each frequency of a real series, up to half of its length.
pub(super) fn powers(series: &[f64]) -> Vec<f64> {
    let values = transform(series.iter().map(|re| Complex { re: *re, im: 0.0 }).collect());
    values.iter().take(series.len() / 2 + 1).map(|v| v.re * v.re + v.im * v.im).collect()
}

#[derive(Clone, Copy, Debug, Default)]
struct Complex {
    re: f64,
    im: f64,
}

impl Complex {
    fn turn(angle: f64) -> Self {
        Self { re: angle.cos(), im: angle.sin() }
    }

    fn times(self, other: Self) -> Self {
        Self { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }

    fn conjugate(&mut self) {
        self.im = -self.im;
    }
}

/// The transform of any length; Bluestein's way where it is no power of two.
fn transform(mut values: Vec<Complex>) -> Vec<Complex> {
    let length = values.len();
    if length < 2 || length.is_power_of_two() {
        power_of_two(&mut values);
        return values;
    }
    // k² modulo twice the length keeps the angle exact.
    let chirp = |k: usize| Complex::turn(-PI * ((k as u128 * k as u128) % (2 * length as u128)) as f64 / length as f64);
    let size = (2 * length - 1).next_power_of_two();
    let mut left: Vec<Complex> = values.iter().enumerate().map(|(k, v)| v.times(chirp(k))).collect();
    left.resize(size, Complex::default());
    let mut right = vec![Complex::default(); size];
    for k in 0..length {
        let mut turn = chirp(k);
        turn.conjugate();
        for at in [k, (size - k) % size] {
            if let Some(place) = right.get_mut(at) {
                *place = turn;
            }
        }
    }
    power_of_two(&mut left);
    power_of_two(&mut right);
    left.iter_mut().zip(&right).for_each(|(l, r)| {
        *l = l.times(*r);
        l.conjugate();
    });
    power_of_two(&mut left);
    let scaled = |v: &Complex| Complex { re: v.re / size as f64, im: -v.im / size as f64 };
    left.iter().take(length).enumerate().map(|(k, v)| scaled(v).times(chirp(k))).collect()
}

/// The transform in place, of a length that is a power of two: reordered by mirrored bits, then joined in pairs.
fn power_of_two(values: &mut [Complex]) {
    let length = values.len();
    if length < 2 {
        return;
    }
    let bits = length.trailing_zeros();
    for i in 0..length {
        let mirrored = i.reverse_bits() >> (usize::BITS - bits);
        if i < mirrored {
            values.swap(i, mirrored);
        }
    }
    let mut half = 1;
    while half < length {
        let turns: Vec<Complex> = (0..half).map(|k| Complex::turn(-PI * k as f64 / half as f64)).collect();
        for block in values.chunks_exact_mut(2 * half) {
            let (even, odd) = block.split_at_mut(half);
            for ((e, o), turn) in even.iter_mut().zip(odd).zip(&turns) {
                let turned = o.times(*turn);
                *o = Complex { re: e.re - turned.re, im: e.im - turned.im };
                *e = Complex { re: e.re + turned.re, im: e.im + turned.im };
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::series::tests::series;

    /// The sum that a transform is.
    fn by_definition(values: &[Complex]) -> Vec<Complex> {
        let n = values.len() as f64;
        let at = |k: usize| {
            values.iter().enumerate().fold(Complex::default(), |sum, (i, v)| {
                let turned = v.times(Complex::turn(-2.0 * PI * (k * i) as f64 / n));
                Complex { re: sum.re + turned.re, im: sum.im + turned.im }
            })
        };
        (0..values.len()).map(at).collect()
    }

    #[test]
    fn every_length_transforms_as_the_definition_says() {
        for length in [1, 2, 3, 5, 8, 12, 31, 60] {
            let values: Vec<Complex> =
                (0..length).map(|i| Complex { re: f64::from(i * i % 7), im: f64::from(i % 3) }).collect();
            let (fast, slow) = (transform(values.clone()), by_definition(&values));
            for (f, s) in fast.iter().zip(&slow) {
                assert!((f.re - s.re).abs() < 1e-9 && (f.im - s.im).abs() < 1e-9, "{length}: {f:?} is not {s:?}");
            }
        }
    }

    #[test]
    fn products_with_itself_do_not_wrap_around() {
        let found: Vec<f64> = self_products(&[1.0, 2.0, 3.0]).iter().map(|v| v.round()).collect();
        assert_eq!(found, [14.0, 8.0, 3.0]);
        assert_eq!(series("series_fft", &["[]"]), "[[],[]]");
    }
}
