//! `gzip_...` and `zlib_..._base64_string`: compressed text as base64.

use std::io::{Read, Write};

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use flate2::read::{GzDecoder, ZlibDecoder};
use flate2::write::{DeflateEncoder, ZlibEncoder};
use flate2::{Compression, Crc};
use rehunt_lang::library::{Example, FunctionSpec, Overload};
use rehunt_lang::types::Type;

use super::encode::{decode, encode};
use crate::functions::signature::{signature, string};
use crate::functions::{Args, Body, Function};

const TEXT: &[Overload] = &[signature(&[string("string")], Type::String)];

/// A longer text is taken for a bomb and gives nothing.
const LONGEST: u64 = 64 << 20;

const fn of_text(
    name: &'static str,
    summary: &'static str,
    examples: &'static [Example],
    kernel: fn(&Args) -> Result<ColumnarValue>,
) -> Function {
    let spec = FunctionSpec { name, overloads: TEXT, summary, examples, ..FunctionSpec::BASE };
    Function { spec, body: Body::Kernel(kernel) }
}

/// `gzip_decompress_from_base64_string(base64)`: learn.microsoft.com/kusto/query/gzip-base64-decompress.
pub static GZIP_DECOMPRESS: Function = of_text(
    "gzip_decompress_from_base64_string",
    "Reads gzip in base64; empty where it is none.",
    &[Example {
        query: "print gzip_decompress_from_base64_string('H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==')",
        answer: "1234567890qwertyuiop",
    }],
    |args| decompressed(args, |bytes| inflated(GzDecoder::new(bytes))),
);

/// `zlib_decompress_from_base64_string(base64)`: learn.microsoft.com/kusto/query/zlib-base64-decompress.
pub static ZLIB_DECOMPRESS: Function = of_text(
    "zlib_decompress_from_base64_string",
    "Reads zlib in base64; empty where it is none.",
    &[Example {
        query: "print zlib_decompress_from_base64_string(zlib_compress_to_base64_string('abc'))",
        answer: "abc",
    }],
    |args| decompressed(args, |bytes| inflated(ZlibDecoder::new(bytes))),
);

/// `zlib_compress_to_base64_string(text)`: learn.microsoft.com/kusto/query/zlib-base64-compress. What it gives
/// decompresses to the same text in the engine, but need not be the same base64.
pub static ZLIB_COMPRESS: Function =
    of_text("zlib_compress_to_base64_string", "Compresses a text with zlib and writes it in base64.", &[], |args| {
        let text = args.text(0)?;
        args.texts(|row, out| {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(text.at(row)?.as_bytes()).ok()?;
            encode(&encoder.finish().ok()?, out);
            Some(())
        })
    });

/// `gzip_compress_to_base64_string(text)`: learn.microsoft.com/kusto/query/gzip-base64-compress. What it gives
/// decompresses to the same text in the engine, but need not be the same base64.
pub static GZIP_COMPRESS: Function = of_text(
    "gzip_compress_to_base64_string",
    "Compresses a text with gzip and writes it in base64.",
    &[Example {
        query: "print gzip_compress_to_base64_string('1234567890qwertyuiop')",
        answer: "H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==",
    }],
    |args| {
        let text = args.text(0)?;
        args.texts(|row, out| {
            let text = text.at(row)?.as_bytes();
            let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
            let deflated = deflated(text, Compression::default())?;
            // A text that does not shrink is stored, as recorded.
            match deflated.len() < text.len() {
                true => bytes.extend(deflated),
                false => bytes.extend(self::deflated(text, Compression::none())?),
            }
            let mut checksum = Crc::new();
            checksum.update(text);
            bytes.extend(checksum.sum().to_le_bytes());
            bytes.extend((text.len() as u32).to_le_bytes());
            encode(&bytes, out);
            Some(())
        })
    },
);

fn deflated(text: &[u8], level: Compression) -> Option<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), level);
    encoder.write_all(text).ok()?;
    encoder.finish().ok()
}

fn decompressed(args: &Args, inflate: fn(&[u8]) -> Option<String>) -> Result<ColumnarValue> {
    let text = args.text(0)?;
    args.texts(|row, out| {
        out.push_str(&inflate(&decode(text.at(row)?)?)?);
        Some(())
    })
}

fn inflated(reader: impl Read) -> Option<String> {
    let mut text = String::new();
    let read = reader.take(LONGEST + 1).read_to_string(&mut text).ok()?;
    (read as u64 <= LONGEST).then_some(text)
}
