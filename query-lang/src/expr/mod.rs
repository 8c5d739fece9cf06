//! Scalar expressions: their tree, their grammar, and how they bind.

mod aggregate;
mod ago;
pub mod ast;
pub mod auto_name;
mod bind;
pub(crate) mod call;
mod foreign;
mod membership;
mod of_schema;
pub mod operator_types;
pub mod overload;
pub mod parse;
pub mod term;
pub(crate) mod tuple;
mod unlike;

pub(crate) use bind::combine;
