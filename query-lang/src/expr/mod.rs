//! Scalar expressions: their tree, their grammar, and how they bind.

pub mod ast;
