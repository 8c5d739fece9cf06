//! Kusto types on Arrow: the only place that maps one to the other.
//!
//! | KQL | Arrow | notes |
//! | --- | --- | --- |
//! | bool int long real | Boolean Int32 Int64 Float64 | |
//! | string | Utf8View | never null: a missing string is `""` |
//! | datetime | Int64 | ticks of 100 ns since 0001-01-01 |
//! | timespan | Int64 | ticks of 100 ns |
//! | decimal | Decimal256(76, 34) | |
//! | guid | Utf8View | canonical lower case |
//! | dynamic | Utf8View | JSON text; null is an Arrow null |

use arrow::datatypes::DataType;
use rehunt_lang::types::Type;

/// Digits of the decimal type, before and after the point together.
pub const DECIMAL_PRECISION: u8 = 76;
/// Digits of the decimal type after the point.
pub const DECIMAL_SCALE: i8 = 34;

/// Returns the Arrow type that holds a Kusto type inside the engine.
pub fn arrow_type(ty: Type) -> DataType {
    match ty {
        Type::Bool => DataType::Boolean,
        Type::Int => DataType::Int32,
        Type::Long | Type::Datetime | Type::Timespan => DataType::Int64,
        Type::Real => DataType::Float64,
        Type::Decimal => DataType::Decimal256(DECIMAL_PRECISION, DECIMAL_SCALE),
        Type::String | Type::Guid | Type::Dynamic => DataType::Utf8View,
        Type::Unknown => DataType::Null,
    }
}
