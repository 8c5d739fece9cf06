//! Hashes. Text is hashed as its UTF-8; other values as `tostring` shows them by the cryptographic hashes, and as the
//! bytes of their number by xxHash.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use md5::Digest;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Overload, Param};
use rehunt_lang::types::Type;
use twox_hash::XxHash64;

use super::Function;
use crate::functions::signature::{integer, signature};
use crate::functions::{Args, Body};
use crate::text::push_hex;

/// The functions of this family, sorted by name.
pub static FUNCTIONS: &[&Function] = &[&HASH, &HASH_MD5, &HASH_SHA1, &HASH_SHA256];

/// What the engine was seen to hash as text or as 8 bytes.
const NUMBERED: Accepts = Accepts::OneOf(&[Type::String, Type::Long, Type::Real, Type::Datetime, Type::Timespan]);

/// `hash(source [, mod])`, `hash_xxhash64(source [, mod])`: learn.microsoft.com/kusto/query/hash-function.
pub static HASH: Function = Function {
    spec: FunctionSpec {
        name: "hash",
        aliases: &["hash_xxhash64"],
        overloads: &[signature(&[Param::new("source", NUMBERED)], Type::Long).optional(&[integer("mod")])],
        summary: "Returns the xxHash64 of a value, or its remainder by a number.",
        examples: &[Example {
            query: "print hash('World'), hash('World', 100), hash(datetime('2015-01-01'))",
            answer: "1846988464401551951 | 51 | 1380966698541616202",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(hash),
};

fn hash(args: &Args) -> Result<ColumnarValue> {
    let modulus = if args.len() > 1 { Some(args.long(1)?) } else { None };
    let finish = |row: usize, hash: u64| match &modulus {
        None => Some(hash as i64),
        Some(modulus) => {
            let modulus = u64::try_from(modulus.at(row)?).ok().filter(|m| *m > 0)?;
            Some((hash % modulus) as i64)
        }
    };
    let bytes = |bytes: &[u8]| XxHash64::oneshot(0, bytes);
    match args.types.first() {
        Some(Type::String) => {
            let text = args.text(0)?;
            args.longs(|row| finish(row, bytes(text.at(row)?.as_bytes())))
        }
        Some(Type::Real) => {
            let real = args.real(0)?;
            args.longs(|row| finish(row, bytes(&real.at(row)?.to_le_bytes())))
        }
        _ => {
            let long = args.long(0)?;
            args.longs(|row| finish(row, bytes(&long.at(row)?.to_le_bytes())))
        }
    }
}

const ANY: &[Overload] = &[signature(&[Param::new("source", Accepts::NotDynamic)], Type::String)];

/// `hash_md5(source)`: learn.microsoft.com/kusto/query/hash-md5-function.
pub static HASH_MD5: Function = Function {
    spec: FunctionSpec {
        name: "hash_md5",
        overloads: ANY,
        summary: "Returns the MD5 of a value in base 16; empty for an empty text.",
        examples: &[Example { query: "print hash_md5('World')", answer: "f5a7924e621e84c9280a9a27e1bcb7f6" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| digest(args, |bytes| md5::Md5::digest(bytes).into())),
};

/// `hash_sha1(source)`: learn.microsoft.com/kusto/query/hash-sha1-function.
pub static HASH_SHA1: Function = Function {
    spec: FunctionSpec {
        name: "hash_sha1",
        overloads: ANY,
        summary: "Returns the SHA-1 of a value in base 16; empty for an empty text.",
        examples: &[Example { query: "print hash_sha1('World')", answer: "70c07ec18ef89c5309bbb0937f3a6342411e1fdd" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| digest(args, |bytes| sha1_smol::Sha1::from(bytes).digest().bytes())),
};

/// `hash_sha256(source)`: learn.microsoft.com/kusto/query/hash-sha256-function.
pub static HASH_SHA256: Function = Function {
    spec: FunctionSpec {
        name: "hash_sha256",
        overloads: ANY,
        summary: "Returns the SHA-256 of a value in base 16; empty for an empty text.",
        examples: &[Example {
            query: "print hash_sha256('World')",
            answer: "78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| digest(args, |bytes| sha2::Sha256::digest(bytes).into())),
};

fn digest<const N: usize>(args: &Args, digest: fn(&[u8]) -> [u8; N]) -> Result<ColumnarValue> {
    let text = args.spelled(0)?;
    args.texts(|row, out| {
        let text = text.at(row).filter(|text| !text.is_empty())?;
        push_hex(out, &digest(text.as_bytes()));
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::call;

    #[test]
    fn recorded_answers_come_back() {
        let text = |t: &str| Value::String(t.into());
        assert_eq!(call("hash", &[text("World")], Type::Long), Value::Long(1_846_988_464_401_551_951));
        let day = Value::Datetime(735_598 * rehunt_lang::time::DAY);
        assert_eq!(call("hash", &[day], Type::Long), Value::Long(1_380_966_698_541_616_202));
        let sha1 = call("hash_sha1", &[Value::Datetime(737_424 * rehunt_lang::time::DAY)], Type::String);
        assert_eq!(sha1, text("e903e533f4d636b4fc0dcf3cf81e7b7f330de776"));
        assert_eq!(call("hash_md5", &[text("")], Type::String), text(""));
        assert_eq!(call("hash", &[text("World"), Value::Long(0)], Type::Long), Value::Null(Type::Long));
    }
}
