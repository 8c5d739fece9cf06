//! Columns that hold nothing: null, or `""` for strings. Tables are wide and exports are narrow, so all stretches of
//! all such columns share one buffer a type.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray, new_null_array};

use rehunt_lang::types::Type;

use crate::types::arrow_type;

/// Rows of the shared arrays.
const ROWS: usize = 8192;

static SHARED: LazyLock<Vec<(Type, ArrayRef)>> =
    LazyLock::new(|| Type::ALL.iter().map(|ty| (*ty, make(*ty, ROWS))).collect());

static SHARED_TEXT: LazyLock<Option<StringViewArray>> =
    LazyLock::new(|| blank(Type::String, ROWS).as_string_view_opt().cloned());

/// Returns an array of so many missing values.
pub(crate) fn blank(ty: Type, rows: usize) -> ArrayRef {
    match SHARED.iter().find(|(t, _)| *t == ty) {
        Some((_, array)) if rows <= ROWS => array.slice(0, rows),
        _ => make(ty, rows),
    }
}

/// Tells whether an array is known to hold nothing, without a look at its values.
pub(crate) fn is_blank(array: &ArrayRef) -> bool {
    match (array.as_string_view_opt(), &*SHARED_TEXT) {
        (Some(texts), Some(shared)) => texts.views().inner().data_ptr() == shared.views().inner().data_ptr(),
        _ => array.null_count() == array.len(),
    }
}

fn make(ty: Type, rows: usize) -> ArrayRef {
    match ty {
        Type::String => Arc::new(StringViewArray::from(vec![""; rows])),
        _ => new_null_array(&arrow_type(ty), rows),
    }
}
