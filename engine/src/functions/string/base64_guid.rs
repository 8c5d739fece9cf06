//! Guids as base64 of their 16 bytes, the first three groups with the last byte first, as .NET lays them out.

use rehunt_lang::library::{Accepts, Example, FunctionSpec, Param};
use rehunt_lang::types::Type;

use super::encode::{decode, encode};
use crate::functions::signature::{signature, string};
use crate::functions::{Body, Function};
use crate::text::push_hex;

/// Where each byte of the text stands in memory.
const PLACES: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/// `base64_encode_fromguid(guid)`: learn.microsoft.com/kusto/query/base64-encode-fromguid-function.
pub static BASE64_ENCODE_FROMGUID: Function = Function {
    spec: FunctionSpec {
        name: "base64_encode_fromguid",
        overloads: &[signature(&[Param::new("guid", Accepts::Exactly(Type::Guid))], Type::String)],
        summary: "Writes the bytes of a guid as base64; empty for null.",
        examples: &[Example {
            query: "print base64_encode_fromguid(guid(00112233-4455-6677-8899-aabbccddeeff))",
            answer: "MyIRAFVEd2aImaq7zN3u/w==",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let guid = args.json(0)?;
        args.texts(|row, out| {
            let digits: Vec<u8> = guid.at(row)?.bytes().filter(|b| *b != b'-').collect();
            let mut bytes = [0; 16];
            for (pair, place) in digits.chunks(2).zip(PLACES) {
                let byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
                *bytes.get_mut(place)? = byte;
            }
            encode(&bytes, out);
            Some(())
        })
    }),
};

/// `base64_decode_toguid(base64)`: learn.microsoft.com/kusto/query/base64-decode-toguid-function.
pub static BASE64_DECODE_TOGUID: Function = Function {
    spec: FunctionSpec {
        name: "base64_decode_toguid",
        overloads: &[signature(&[string("base64_string")], Type::Guid)],
        summary: "Reads base64 of 16 bytes as a guid; null where it is none.",
        examples: &[Example {
            query: "print base64_decode_toguid('MyIRAFVEd2aImaq7zN3u/w=='), base64_decode_toguid('abcd')",
            answer: "00112233-4455-6677-8899-aabbccddeeff | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.text(0)?;
        args.texts(|row, out| {
            let bytes = decode(text.at(row)?).filter(|bytes| bytes.len() == 16)?;
            for (i, place) in PLACES.into_iter().enumerate() {
                if matches!(i, 4 | 6 | 8 | 10) {
                    out.push('-');
                }
                push_hex(out, &[*bytes.get(place)?]);
            }
            Some(())
        })
    }),
};
