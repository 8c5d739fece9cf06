//! Base64, URL escapes and code points.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Param};
use rehunt_lang::types::Type;

use crate::dynamic::{Raw, push_long};
use crate::functions::signature::{array, scalar, signature, string};
use crate::functions::{Args, Body, Function};
use crate::text::push_hex;

/// `base64_encode_tostring(text)`: learn.microsoft.com/kusto/query/base64-encode-tostring-function.
pub static BASE64_ENCODE_TOSTRING: Function = Function {
    spec: FunctionSpec {
        name: "base64_encode_tostring",
        aliases: &["base64_encodestring"],
        overloads: &[signature(&[string("string")], Type::String)],
        summary: "Writes a text as base64.",
        examples: &[Example { query: "print base64_encode_tostring('Kusto')", answer: "S3VzdG8=" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.text(0)?;
        args.texts(|row, out| {
            encode(text.at(row)?.as_bytes(), out);
            Some(())
        })
    }),
};

/// `base64_decode_tostring(base64)`: learn.microsoft.com/kusto/query/base64-decode-tostring-function.
pub static BASE64_DECODE_TOSTRING: Function = Function {
    spec: FunctionSpec {
        name: "base64_decode_tostring",
        aliases: &["base64_decodestring"],
        overloads: &[signature(&[string("base64_string")], Type::String)],
        summary: "Reads base64; empty where it is none, or not UTF-8 inside.",
        examples: &[Example {
            query: "print base64_decode_tostring('S3VzdG8='), base64_decode_tostring('U3RyaW5n0KHR0tGA0L7Rh9C60LA=')",
            answer: "Kusto | ",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.text(0)?;
        args.texts(|row, out| {
            out.push_str(&String::from_utf8(decode(text.at(row)?)?).ok()?);
            Some(())
        })
    }),
};

/// `base64_decode_toarray(base64)`: learn.microsoft.com/kusto/query/base64-decode-toarray-function.
pub static BASE64_DECODE_TOARRAY: Function = Function {
    spec: FunctionSpec {
        name: "base64_decode_toarray",
        overloads: &[signature(&[string("base64_string")], Type::Dynamic)],
        summary: "Reads base64 as an array of bytes; null where it is none.",
        examples: &[Example { query: "print base64_decode_toarray('S3VzdG8=')", answer: "[75,117,115,116,111]" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.text(0)?;
        args.texts(|row, out| {
            push_array(decode(text.at(row)?)?.into_iter().map(i64::from), out);
            Some(())
        })
    }),
};

/// `base64_encode_fromarray(bytes)`: learn.microsoft.com/kusto/query/base64-encode-fromarray-function.
pub static BASE64_ENCODE_FROMARRAY: Function = Function {
    spec: FunctionSpec {
        name: "base64_encode_fromarray",
        overloads: &[signature(&[array("base64_string_decoded_as_array")], Type::String)],
        summary: "Writes an array of bytes as base64; empty where it is none.",
        examples: &[Example { query: "print base64_encode_fromarray(dynamic([75, 117, 115]))", answer: "S3Vz" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let bytes = args.json(0)?;
        args.texts(|row, out| {
            let elements = Raw::new(bytes.at(row)?).elements();
            let bytes: Option<Vec<u8>> = elements.map(|e| u8::try_from(e.as_long()?).ok()).collect();
            encode(&bytes?, out);
            Some(())
        })
    }),
};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes bytes as base64 with padding: RFC 4648.
pub(crate) fn encode(bytes: &[u8], out: &mut String) {
    for chunk in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|i| u32::from(chunk.get(i).copied().unwrap_or(0)));
        let bits = a << 16 | b << 8 | c;
        for i in 0..4 {
            // Six bits cannot exceed 63.
            let digit = char::from(ALPHABET[(bits >> (18 - 6 * i)) as usize & 63]);
            out.push(if i <= chunk.len() { digit } else { '=' });
        }
    }
}

/// Reads base64 with its padding; nothing where a character or the length is wrong.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(4) {
        return None;
    }
    let digits = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    for chunk in digits.as_bytes().chunks(4) {
        let mut bits = 0;
        for i in 0..4 {
            bits = bits << 6 | chunk.get(i).map_or(Some(0), |c| value(*c))?;
        }
        let [_, a, b, c] = bits.to_be_bytes();
        out.extend_from_slice([a, b, c].get(..chunk.len() - 1)?);
    }
    Some(out)
}

fn value(digit: u8) -> Option<u32> {
    Some(u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// `url_encode(text)`: learn.microsoft.com/kusto/query/url-encode-function.
pub static URL_ENCODE: Function = Function {
    spec: FunctionSpec {
        name: "url_encode",
        overloads: &[signature(&[string("url")], Type::String)],
        summary: "Escapes a text for a URL; a blank becomes `+`.",
        examples: &[Example {
            query: "print url_encode('https://www.bing.com/hello world')",
            answer: "https%3a%2f%2fwww.bing.com%2fhello+world",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| url_encode(args, "+")),
};

/// `url_encode_component(text)`: learn.microsoft.com/kusto/query/url-encode-component-function.
pub static URL_ENCODE_COMPONENT: Function = Function {
    spec: FunctionSpec {
        name: "url_encode_component",
        overloads: &[signature(&[string("url")], Type::String)],
        summary: "Escapes a text for a URL; a blank becomes `%20`.",
        examples: &[Example {
            query: "print url_encode_component('https://www.bing.com/hello world/')",
            answer: "https%3a%2f%2fwww.bing.com%2fhello%20world%2f",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| url_encode(args, "%20")),
};

fn url_encode(args: &Args, blank: &str) -> Result<ColumnarValue> {
    let text = args.text(0)?;
    args.texts(|row, out| {
        for byte in text.at(row)?.bytes() {
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
                b' ' => out.push_str(blank),
                _ => {
                    out.push('%');
                    push_hex(out, &[byte]);
                }
            }
        }
        Some(())
    })
}

/// `url_decode(text)`: learn.microsoft.com/kusto/query/url-decode-function.
pub static URL_DECODE: Function = Function {
    spec: FunctionSpec {
        name: "url_decode",
        overloads: &[signature(&[string("encoded_url")], Type::String)],
        summary: "Reads the escapes of a URL; `+` is a blank.",
        examples: &[Example {
            query: "print url_decode('https%3a%2f%2fwww.bing.com%2f')",
            answer: "https://www.bing.com/",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.text(0)?;
        args.texts(|row, out| {
            out.push_str(&url_decoded(text.at(row)?));
            Some(())
        })
    }),
};

/// Resolves the escapes of a URL; what is no escape stays.
pub(crate) fn url_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).and_then(|h| std::str::from_utf8(h).ok());
        let escaped = hex.filter(|h| *byte == b'%' && !h.starts_with('+')).and_then(|h| u8::from_str_radix(h, 16).ok());
        match escaped {
            Some(plain) => {
                out.push(plain);
                at += 3;
            }
            None => {
                out.push(if *byte == b'+' { b' ' } else { *byte });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `unicode_codepoints_from_string(text)`: learn.microsoft.com/kusto/query/unicode-codepoints-from-string-function.
pub static UNICODE_CODEPOINTS_FROM_STRING: Function = Function {
    spec: FunctionSpec {
        name: "unicode_codepoints_from_string",
        aliases: &["to_utf8"],
        overloads: &[signature(&[scalar("value")], Type::Dynamic)],
        summary: "Returns the code points of a text as an array.",
        examples: &[Example { query: "print unicode_codepoints_from_string('⒦⒰')", answer: "[9382,9392]" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let text = args.spelled(0)?;
        args.texts(|row, out| {
            push_array(text.at(row)?.chars().map(|c| i64::from(u32::from(c))), out);
            Some(())
        })
    }),
};

/// A number or an array of numbers.
const POINTS: Param = Param::new("value", Accepts::OneOf(&[Type::Int, Type::Long, Type::Dynamic]));

/// `unicode_codepoints_to_string(point, ...)`: learn.microsoft.com/kusto/query/unicode-codepoints-to-string-function.
pub static UNICODE_CODEPOINTS_TO_STRING: Function = Function {
    spec: FunctionSpec {
        name: "unicode_codepoints_to_string",
        aliases: &["make_string"],
        overloads: &[signature(&[POINTS], Type::String).repeated(&[POINTS])],
        summary: "Makes a text of code points, given one by one or in arrays; empty where one is no code point.",
        examples: &[Example {
            query: "print unicode_codepoints_to_string(75, dynamic([117, 115]), 116, 111)",
            answer: "Kusto",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let points = (0..args.len()).map(|i| args.spelled(i)).collect::<Result<Vec<_>>>()?;
        args.texts(|row, out| {
            for points in &points {
                let json = Raw::new(points.at(row)?);
                match json.is_array() {
                    true => out.extend(json.elements().map(point).collect::<Option<Vec<char>>>()?),
                    false => out.push(point(json)?),
                }
            }
            Some(())
        })
    }),
};

fn point(json: Raw) -> Option<char> {
    char::from_u32(u32::try_from(json.as_long()?).ok()?)
}

fn push_array(numbers: impl Iterator<Item = i64>, out: &mut String) {
    out.push('[');
    for (i, number) in numbers.enumerate() {
        if i > 0 {
            out.push(',');
        }
        push_long(out, number);
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_needs_its_padding() {
        for text in ["", "K", "Ku", "Kus", "Kust"] {
            let mut coded = String::new();
            encode(text.as_bytes(), &mut coded);
            assert_eq!(decode(&coded).as_deref(), Some(text.as_bytes()), "{coded}");
        }
        assert_eq!(decode("S3VzdG8"), None);
        assert_eq!(decode("===="), None);
        assert_eq!(decode("S3Vz=G8="), None);
    }

    #[test]
    fn broken_escapes_stay() {
        assert_eq!(url_decoded("a%2fb%zz%4"), "a/b%zz%4");
        assert_eq!(url_decoded("%+1+é"), "%+1 é".replace("%+1", "% 1"));
    }
}
