//! Functions on text. Positions and lengths count characters (code points); a missing text is empty, never null.

mod base64_guid;
mod bytes;
mod case;
mod compress;
mod count;
mod encode;
mod extract;
mod find;
mod join;
mod part;
mod punycode;
mod replace;
mod split;
mod trim;

use super::Function;
pub use split::piece_udf;

/// The functions of this family, sorted by name.
pub static FUNCTIONS: &[&Function] = &[
    &encode::BASE64_DECODE_TOARRAY,
    &base64_guid::BASE64_DECODE_TOGUID,
    &encode::BASE64_DECODE_TOSTRING,
    &encode::BASE64_ENCODE_FROMARRAY,
    &base64_guid::BASE64_ENCODE_FROMGUID,
    &encode::BASE64_ENCODE_TOSTRING,
    &count::COUNTOF,
    &extract::EXTRACT,
    &extract::EXTRACT_ALL,
    &bytes::FORMAT_BYTES,
    &compress::GZIP_COMPRESS,
    &compress::GZIP_DECOMPRESS,
    &find::HAS_ANY_INDEX,
    &find::INDEXOF,
    &find::INDEXOF_REGEX,
    &count::ISASCII,
    &count::ISUTF8,
    &punycode::PUNYCODE_DOMAIN_FROM_STRING,
    &punycode::PUNYCODE_DOMAIN_TO_STRING,
    &punycode::PUNYCODE_FROM_STRING,
    &punycode::PUNYCODE_TO_STRING,
    &replace::REGEX_QUOTE,
    &replace::REPLACE,
    &replace::REPLACE_REGEX,
    &replace::REPLACE_STRING,
    &replace::REPLACE_STRINGS,
    &case::REVERSE,
    &split::SPLIT,
    &join::STRCAT,
    &join::STRCAT_DELIM,
    &case::STRCMP,
    &count::STRING_SIZE,
    &count::STRLEN,
    &join::STRREP,
    &part::SUBSTRING,
    &case::TOLOWER,
    &case::TOUPPER,
    &replace::TRANSLATE,
    &trim::TRIM,
    &trim::TRIM_END,
    &trim::TRIM_START,
    &encode::UNICODE_CODEPOINTS_FROM_STRING,
    &encode::UNICODE_CODEPOINTS_TO_STRING,
    &encode::URL_DECODE,
    &encode::URL_ENCODE,
    &encode::URL_ENCODE_COMPONENT,
    &compress::ZLIB_COMPRESS,
    &compress::ZLIB_DECOMPRESS,
];
