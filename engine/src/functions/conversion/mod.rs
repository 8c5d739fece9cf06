//! Conversion functions: from one type to another, from JSON text to dynamic, and the name of a type.

mod gettype;
mod parse_json;
mod to_type;

use super::Function;

/// The family, sorted by name.
pub static FUNCTIONS: &[&Function] = &[
    &gettype::GETTYPE,
    &parse_json::PARSE_JSON,
    &to_type::TOBOOL,
    &to_type::TODATETIME,
    &to_type::TODECIMAL,
    &to_type::TODOUBLE,
    &to_type::TOGUID,
    &to_type::TOINT,
    &to_type::TOLONG,
    &to_type::TOSTRING,
    &to_type::TOTIMESPAN,
];

#[cfg(test)]
mod tests {
    use rehunt_lang::types::{Type, Value};

    use crate::operators::testing::call;

    fn string(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    fn dynamic(json: &str) -> Value {
        Value::Dynamic(json.to_owned())
    }

    #[test]
    fn conversions_read_any_type() {
        assert_eq!(call("toreal", &[Value::Int(3)], Type::Real), Value::Real(3.0));
        assert_eq!(call("tobool", &[dynamic("\"0x10\"")], Type::Bool), Value::Bool(true));
        assert_eq!(call("tostring", &[Value::Null(Type::Guid)], Type::String), string(""));
    }

    #[test]
    fn parse_json_never_fails() {
        assert_eq!(call("parsejson", &[string("[1, 2.0]")], Type::Dynamic), dynamic("[1,2.0]"));
        assert_eq!(call("todynamic", &[string("[1,")], Type::Dynamic), dynamic("\"[1,\""));
        assert_eq!(call("parse_json", &[dynamic("\"[1]\"")], Type::Dynamic), dynamic("\"[1]\""));
        assert_eq!(call("parse_json", &[string("")], Type::Dynamic), Value::Null(Type::Dynamic));
    }

    #[test]
    fn gettype_looks_into_dynamics() {
        let name = |value| call("gettype", &[value], Type::String);
        assert_eq!(name(Value::Null(Type::Int)), string("int"));
        assert_eq!(name(Value::Null(Type::Dynamic)), string("null"));
        assert_eq!(name(dynamic("1.0")), string("double"));
    }
}
