//! Functions that Kusto has and we do not compute yet: known by their signatures, so that a query that uses one binds
//! with the right names and types, and is refused by name when it is run.

use rehunt_lang::library::{Accepts, FunctionSpec, Overload, Param, Returns};
use rehunt_lang::types::Type;

use super::signature::{array, bag, integer, number, scalar, signature, string, text};
use super::{Body, Function};

const fn unsupported(name: &'static str, overloads: &'static [Overload]) -> Function {
    refused(name, overloads, "")
}

/// A function that cannot be computed here at all, and what to do instead.
const fn refused(name: &'static str, overloads: &'static [Overload], instead: &'static str) -> Function {
    let summary = "Not supported yet.";
    let spec = FunctionSpec { name, overloads, summary, supported: false, instead, ..FunctionSpec::BASE };
    Function { spec, body: Body::Unsupported }
}

const LOOKUP: &str =
    "no places of addresses are shipped: name a MaxMind database with `--map geo_info_from_ip_address=FILE.mmdb`";
const SERVICE: &str = "it asks the service itself, which is not there offline";
const NOT_DYNAMIC: Param = Param::new("source", Accepts::NotDynamic);

/// The functions without a kernel, sorted by name.
#[rustfmt::skip] // one a line: what is added at once in two places merges
pub static FUNCTIONS: &[&Function] = &[
    &unsupported("__cast", &[Overload::new(&[Param::new("type", Accepts::Typeof), scalar("value")], Returns::Typeof(0))]),
    &unsupported("__geo_length_to_s2cell_level", &[signature(&[number("length")], Type::Int)]),
    &unsupported("__geo_line_s2cell_covering_level", &[signature(&[bag("lineString")], Type::Int)]),
    &unsupported("__geo_line_validate", &[signature(&[bag("lineString")], Type::String)]),
    &unsupported("__geo_polygon_s2cell_covering_level", &[signature(&[bag("polygon")], Type::Int)]),
    &unsupported("__geo_polygon_validate", &[signature(&[bag("polygon")], Type::String)]),
    &unsupported("__hash_crc32", &[signature(&[NOT_DYNAMIC, integer("mod"), integer("seed")], Type::Long)]),
    &unsupported("__hash_djb2", &[signature(&[NOT_DYNAMIC], Type::Long).optional(&[integer("mod")])]),
    &unsupported("__hash_many_crc32", &[signature(&[scalar("arg")], Type::Long).repeated(&[scalar("arg")])]),
    &unsupported("__hash_xxh64", &[signature(&[NOT_DYNAMIC, integer("mod"), integer("seed")], Type::Long)]),
    &refused("__invoke", &[Overload::new(&[Param::new("name", Accepts::Exactly(Type::String)).literal(), Param::new("type", Accepts::Typeof)], Returns::Typeof(1)).repeated(&[scalar("arg")])], SERVICE),
    &refused("__ipv6_lookup_ranges", &[signature(&[text("ip"), array("ranges")], Type::Dynamic)], SERVICE),
    &unsupported("__lz4_compress_dynamic_array_to_base64_string", &[signature(&[array("dynamic")], Type::String)]),
    &refused("current_node_id", &[signature(&[], Type::String)], SERVICE),
    &unsupported("estimate_data_size", &[signature(&[scalar("column")], Type::Long).repeated(&[scalar("column")])]),
    &refused("geo_info_from_ip_address", &[signature(&[string("ip")], Type::Dynamic)], LOOKUP),
    &unsupported("hash_combine", &[signature(&[scalar("source"), scalar("source")], Type::Long).repeated(&[scalar("source")])]),
    &unsupported("hash_many", &[signature(&[NOT_DYNAMIC], Type::Long).repeated(&[NOT_DYNAMIC])]),
    &refused("rowstore_ordinal_range", &[signature(&[], Type::Dynamic)], SERVICE),
];
