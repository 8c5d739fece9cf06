//! The Kusto Query Language: text to tokens, tree, and a bound, typed core plan.
//!
//! This crate is the *language*: it resolves names, chooses overloads, inserts conversions and names
//! columns exactly as Kusto does, for any backend. It knows no Arrow, no DataFusion, no files, no
//! threads. What the backend knows (tables, functions, constant folding) comes in through [`host::Host`].

pub mod diagnostic;
pub mod expr;
pub mod host;
pub mod library;
pub mod operators;
pub mod plan;
pub mod similar;
pub mod span;
pub mod time;
pub mod types;
