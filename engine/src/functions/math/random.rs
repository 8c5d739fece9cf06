//! `rand` and `new_guid`: another value for each row and each run.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Naming};
use rehunt_lang::types::Type;

use crate::functions::signature::{integer, signature};
use crate::functions::{Args, Body, Function};

/// `rand([n])`: learn.microsoft.com/kusto/query/rand-function.
pub static RAND: Function = Function {
    spec: FunctionSpec {
        name: "rand",
        overloads: &[signature(&[], Type::Real).optional(&[integer("number")])],
        naming: Naming::FirstArgument,
        deterministic: false,
        summary: "Returns a random real from 0 up to 1, or a whole number from 0 up to a given one.",
        examples: &[Example { query: "print rand() < 1.0, rand(5) < 5", answer: "true | true" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(rand),
};

fn rand(args: &Args) -> Result<ColumnarValue> {
    let limit = if args.is_empty() { None } else { Some(args.long(0)?) };
    let mut bits = Bits::new();
    let array = (0..args.rows).map(|row| {
        // The 53 bits that a real holds exactly.
        let part = (bits.next() >> 11) as f64 / (1u64 << 53) as f64;
        match limit.as_ref().map_or(Some(1), |l| l.at(row))? {
            limit if limit > 1 => Some((part * limit as f64).floor()),
            _ => Some(part),
        }
    });
    Ok(ColumnarValue::Array(std::sync::Arc::new(array.collect::<arrow::array::Float64Array>())))
}

/// `new_guid()`: learn.microsoft.com/kusto/query/new-guid-function.
pub static NEW_GUID: Function = Function {
    spec: FunctionSpec {
        name: "new_guid",
        overloads: &[signature(&[], Type::Guid)],
        deterministic: false,
        summary: "Returns a random guid.",
        examples: &[Example { query: "print isnull(new_guid())", answer: "false" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        use std::fmt::Write;
        let mut bits = Bits::new();
        args.texts(|_, out| {
            let (a, b) = (bits.next(), bits.next());
            // Version 4, variant 1: RFC 9562.
            let (a, b) = (a & !0xf000 | 0x4000, b & !(3 << 62) | 2 << 62);
            write!(out, "{:08x}-{:04x}-{:04x}-", a >> 32, a >> 16 & 0xffff, a & 0xffff).ok()?;
            write!(out, "{:04x}-{:012x}", b >> 48, b & 0xffff_ffff_ffff).ok()
        })
    }),
};

/// SplitMix64 from a seed of the operating system: random enough for sampling, no secret.
struct Bits(u64);

impl Bits {
    fn new() -> Self {
        Self(RandomState::new().build_hasher().finish())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    }
}
