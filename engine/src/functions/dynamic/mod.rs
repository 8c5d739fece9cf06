//! Functions over arrays and property bags.

use super::Function;

/// The family, sorted by name.
pub static FUNCTIONS: &[&Function] = &[];
