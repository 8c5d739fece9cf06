//! `schema_merge`: one schema of several.
//!
//! Types are reduced to a common one where one of two can hold the other: int in long, both in real, all numbers in
//! decimal. What else differs is an error at its column, as is a column that has another place than before where the
//! order must hold. The texts of errors are those of recorded answers.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringViewArray};
use arrow::datatypes::Int64Type;
use rehunt_lang::operators::net_type;
use rehunt_lang::types::{Type, Value};

use super::{Call, Work, batch};
use crate::error::Result;

const OUT_OF_ORDER: &str = "columns are out of order";

/// One column of the merged schema.
struct Merged {
    name: String,
    /// The last place it has in any schema.
    place: i64,
    /// The place in the first schema that has it.
    first: i64,
    ty: std::result::Result<String, &'static str>,
}

/// The arguments are the name, place and type of a column, and whether the order must hold.
pub(super) fn prepare(call: &Call) -> Result<Work> {
    let (name, ordinal, ty) = (call.place(0)?, call.place(1)?, call.place(2)?);
    let preserve_order = !matches!(call.constant(3)?, Value::Bool(false));
    let schema = Arc::clone(&call.schema);
    Ok(Work::Whole(Box::new(move |inputs| {
        let names = name.of(inputs)?.as_string_view();
        let ordinals = ordinal.of(inputs)?.as_primitive::<Int64Type>();
        let types = ty.of(inputs)?.as_string_view();
        let rows = (0..names.len()).map(|row| (names.value(row), ordinals.value(row), types.value(row)));
        let merged = merge(rows, preserve_order);
        let strings = |texts: Vec<String>| -> ArrayRef { Arc::new(StringViewArray::from_iter_values(texts)) };
        batch(
            &schema,
            vec![
                strings(merged.iter().map(|m| m.name.clone()).collect()),
                Arc::new(Int64Array::from_iter_values(
                    merged.iter().zip(0..).map(|(m, n)| if m.ty.is_ok() { n } else { -1 }),
                )),
                strings(merged.iter().map(Merged::data_type).collect()),
                strings(merged.iter().map(Merged::column_type).collect()),
            ],
        )
    })))
}

/// Columns in the order of their last places, those with an error at the end.
fn merge<'r>(rows: impl Iterator<Item = (&'r str, i64, &'r str)>, preserve_order: bool) -> Vec<Merged> {
    let mut merged: Vec<Merged> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (name, place, ty) in rows {
        let Some(column) = known.get(name).and_then(|at| merged.get_mut(*at)) else {
            known.insert(name, merged.len());
            merged.push(Merged { name: name.to_owned(), place, first: place, ty: Ok(ty.to_owned()) });
            continue;
        };
        column.place = column.place.max(place);
        if preserve_order && place != column.first {
            column.ty = Err(OUT_OF_ORDER);
        } else if let Ok(old) = &column.ty {
            column.ty = common(old, ty);
        }
    }
    merged.sort_by_key(|m| (m.ty.is_err(), m.place));
    merged
}

fn common(a: &str, b: &str) -> std::result::Result<String, &'static str> {
    match (Type::from_name(a), Type::from_name(b)) {
        _ if a == b => Ok(a.to_owned()),
        (Some(a), Some(b)) => a.wider(b).map(|ty| ty.name().to_owned()).ok_or("types cannot be merged"),
        _ => Err("types cannot be merged"),
    }
}

impl Merged {
    fn data_type(&self) -> String {
        match &self.ty {
            Ok(ty) => Type::from_name(ty).map_or("System.Object", net_type).to_owned(),
            Err(why) => format!("ERROR(unknown CSL type:ERROR({why}))"),
        }
    }

    fn column_type(&self) -> String {
        match &self.ty {
            Ok(ty) => ty.clone(),
            Err(why) => format!("ERROR({why})"),
        }
    }
}
