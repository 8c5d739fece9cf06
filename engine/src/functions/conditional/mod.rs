//! Functions that choose between values or ask whether there is one.

mod assert;
mod choose;
mod clock;
mod presence;

use super::Function;

/// The functions of this family, sorted by name.
pub static FUNCTIONS: &[&Function] = &[
    &clock::AGO,
    &assert::ASSERT,
    &choose::CASE,
    &choose::COALESCE,
    &choose::IFF,
    &presence::ISEMPTY,
    &presence::ISFINITE,
    &presence::ISINF,
    &presence::ISNAN,
    &presence::ISNOTEMPTY,
    &presence::ISNOTNULL,
    &presence::ISNULL,
    &choose::MAX_OF,
    &choose::MIN_OF,
    &presence::NOT,
    &clock::NOW,
];
