//! Columns that hold nothing: null, or `""` for strings. Tables are wide and exports are narrow, so all stretches of
//! all such columns share one buffer a type.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, StringViewArray, new_null_array};

use rehunt_lang::types::Type;

use crate::types::arrow_type;

/// Rows of the shared arrays.
const ROWS: usize = 8192;

static SHARED: LazyLock<Vec<(Type, ArrayRef)>> =
    LazyLock::new(|| Type::ALL.iter().map(|ty| (*ty, make(*ty, ROWS))).collect());

/// Returns an array of so many missing values.
pub(crate) fn blank(ty: Type, rows: usize) -> ArrayRef {
    match SHARED.iter().find(|(t, _)| *t == ty) {
        Some((_, array)) if rows <= ROWS => array.slice(0, rows),
        _ => make(ty, rows),
    }
}

fn make(ty: Type, rows: usize) -> ArrayRef {
    match ty {
        Type::String => Arc::new(StringViewArray::from(vec![""; rows])),
        _ => new_null_array(&arrow_type(ty), rows),
    }
}
