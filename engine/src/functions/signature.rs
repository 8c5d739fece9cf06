//! Short spellings for the signatures in the statics of functions.

use rehunt_lang::library::{Accepts, Overload, Param, Returns};
use rehunt_lang::types::Type;

/// A bool parameter.
pub const fn boolean(name: &'static str) -> Param {
    Param::new(name, Accepts::Exactly(Type::Bool))
}

/// A string parameter.
pub const fn string(name: &'static str) -> Param {
    Param::new(name, Accepts::Exactly(Type::String))
}

/// A string or dynamic parameter.
pub const fn text(name: &'static str) -> Param {
    Param::new(name, Accepts::StringOrDynamic)
}

/// A long parameter.
pub const fn long(name: &'static str) -> Param {
    Param::new(name, Accepts::Exactly(Type::Long))
}

/// An int or long parameter.
pub const fn integer(name: &'static str) -> Param {
    Param::new(name, Accepts::Integer)
}

/// A parameter of any number type.
pub const fn number(name: &'static str) -> Param {
    Param::new(name, Accepts::Number)
}

/// A datetime parameter.
pub const fn datetime(name: &'static str) -> Param {
    Param::new(name, Accepts::Exactly(Type::Datetime))
}

/// A timespan parameter.
pub const fn timespan(name: &'static str) -> Param {
    Param::new(name, Accepts::Exactly(Type::Timespan))
}

/// A parameter that takes an array.
pub const fn array(name: &'static str) -> Param {
    Param::new(name, Accepts::Array)
}

/// A parameter that takes a bag.
pub const fn bag(name: &'static str) -> Param {
    Param::new(name, Accepts::Bag)
}

/// A parameter that turns something on: a bool or a number.
pub const fn switch(name: &'static str) -> Param {
    Param::new(name, Accepts::OneOf(&[Type::Bool, Type::Int, Type::Long, Type::Real, Type::Decimal]))
}

/// A parameter of any type.
pub const fn scalar(name: &'static str) -> Param {
    Param::new(name, Accepts::Scalar)
}

/// A signature of required parameters and a fixed result type.
pub const fn signature(required: &'static [Param], ty: Type) -> Overload {
    Overload::new(required, Returns::Is(ty))
}
