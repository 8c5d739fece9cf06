//! Kusto's scalar types, values and columns.

use std::fmt;

/// A scalar type of KQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// `true`, `false` or null.
    Bool,
    /// 32-bit integer; only `int(1)` writes one.
    Int,
    /// 64-bit integer; the type of a bare `1`.
    Long,
    /// 64-bit floating point.
    Real,
    /// Decimal number of 34 significant digits.
    Decimal,
    /// Ticks of 100 ns since 0001-01-01T00:00:00Z.
    Datetime,
    /// Ticks of 100 ns.
    Timespan,
    /// Text; never null.
    String,
    /// 128-bit identifier, shown in lower case with hyphens.
    Guid,
    /// Any JSON value.
    Dynamic,
    /// The type of an expression that already has an error: it silences everything built on it.
    Unknown,
}

impl Type {
    /// Every type a column can have.
    pub const ALL: [Type; 10] = [
        Type::Bool,
        Type::Int,
        Type::Long,
        Type::Real,
        Type::Decimal,
        Type::Datetime,
        Type::Timespan,
        Type::String,
        Type::Guid,
        Type::Dynamic,
    ];

    /// Returns Kusto's canonical name: `long`, not `int64`.
    pub fn name(self) -> &'static str {
        match self {
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Long => "long",
            Type::Real => "real",
            Type::Decimal => "decimal",
            Type::Datetime => "datetime",
            Type::Timespan => "timespan",
            Type::String => "string",
            Type::Guid => "guid",
            Type::Dynamic => "dynamic",
            Type::Unknown => "unknown",
        }
    }

    /// Reads a type name as a schema spells it (`datatable`, function parameters, `typeof`, `parse`).
    pub fn from_name(name: &str) -> Option<Type> {
        Some(match name {
            "bool" | "boolean" => Type::Bool,
            "int" | "int8" | "int16" | "int32" => Type::Int,
            "long" | "int64" => Type::Long,
            "real" | "double" => Type::Real,
            "decimal" => Type::Decimal,
            "datetime" | "date" => Type::Datetime,
            "timespan" | "time" => Type::Timespan,
            "string" => Type::String,
            "guid" | "uuid" | "uniqueid" => Type::Guid,
            "dynamic" => Type::Dynamic,
            _ => return None,
        })
    }

    /// Tells whether the type is int or long.
    pub fn is_integer(self) -> bool {
        matches!(self, Type::Int | Type::Long)
    }

    /// Tells whether the type is int, long, real or decimal.
    pub fn is_number(self) -> bool {
        matches!(self, Type::Int | Type::Long | Type::Real | Type::Decimal)
    }

    /// Tells whether values of the type can be summed: numbers, datetime, timespan.
    pub fn is_summable(self) -> bool {
        self.is_number() || matches!(self, Type::Datetime | Type::Timespan)
    }

    /// Tells whether values of the type have an order (`sort`, `min`, `arg_max`): not guid, not dynamic.
    pub fn is_orderable(self) -> bool {
        !matches!(self, Type::Guid | Type::Dynamic)
    }

    /// Returns the wider of two number types: int < long < real < decimal.
    pub fn wider(self, other: Type) -> Option<Type> {
        if self == other {
            return Some(self);
        }
        (self.is_number() && other.is_number()).then(|| self.max(other))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The null of a type. A string is never null: it is `Value::String` of nothing.
    Null(Type),
    /// A bool.
    Bool(bool),
    /// An int.
    Int(i32),
    /// A long.
    Long(i64),
    /// A real.
    Real(f64),
    /// A decimal, as its plain or exponent notation.
    Decimal(String),
    /// Ticks of 100 ns since year 1.
    Datetime(i64),
    /// Ticks of 100 ns.
    Timespan(i64),
    /// Text.
    String(String),
    /// Canonical lower-case text of a guid.
    Guid(String),
    /// Compact JSON text.
    Dynamic(String),
}

impl Value {
    /// Returns the value's type.
    pub fn ty(&self) -> Type {
        match self {
            Value::Null(ty) => *ty,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Long(_) => Type::Long,
            Value::Real(_) => Type::Real,
            Value::Decimal(_) => Type::Decimal,
            Value::Datetime(_) => Type::Datetime,
            Value::Timespan(_) => Type::Timespan,
            Value::String(_) => Type::String,
            Value::Guid(_) => Type::Guid,
            Value::Dynamic(_) => Type::Dynamic,
        }
    }

    /// Returns what a missing value of the type is: `""` for string, null for the rest.
    pub fn missing(ty: Type) -> Value {
        match ty {
            Type::String => Value::String(String::new()),
            other => Value::Null(other),
        }
    }

    /// Tells whether this is a null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null(_))
    }

    /// Returns an int or long as a long.
    pub fn as_long(&self) -> Option<i64> {
        match self {
            Value::Int(v) => Some(i64::from(*v)),
            Value::Long(v) => Some(*v),
            _ => None,
        }
    }

    /// Returns the text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(v) => Some(v),
            _ => None,
        }
    }
}

/// The identity of a column within one bound query; names may repeat, ids do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(pub u32);

impl fmt::Display for ColumnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A column of a bound relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its identity.
    pub id: ColumnId,
    /// The name a user sees.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// A column of a declared schema: what a table has before a query refers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name a user sees.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

impl Field {
    /// Makes a field.
    pub fn new(name: impl Into<String>, ty: Type) -> Self {
        Self { name: name.into(), ty }
    }
}
