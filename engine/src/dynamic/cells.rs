//! Cells: a column of any type, each cell written as a value within a dynamic.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, StringViewArray};
use arrow::datatypes::{Decimal256Type, Float64Type, Int32Type, Int64Type};
use datafusion::common::{Result, exec_datafusion_err};
use rehunt_lang::time;
use rehunt_lang::types::Type;

use super::{Builder, Raw};
use crate::text;

/// A column whose cells can be put into a dynamic.
#[derive(Clone, Debug)]
pub struct Cells {
    column: Column,
    /// All ones, or 0 where one cell stands for every row.
    mask: usize,
}

#[derive(Clone, Debug)]
enum Column {
    Bool(BooleanArray),
    Int(PrimitiveArray<Int32Type>),
    Long(PrimitiveArray<Int64Type>),
    Real(PrimitiveArray<Float64Type>),
    Decimal(PrimitiveArray<Decimal256Type>),
    Datetime(PrimitiveArray<Int64Type>),
    Timespan(PrimitiveArray<Int64Type>),
    String(StringViewArray),
    Dynamic(StringViewArray),
}

impl Cells {
    /// Reads a column that holds values of type `ty` the engine's way.
    pub fn new(array: &ArrayRef, ty: Type) -> Result<Self> {
        let column = match ty {
            Type::Bool => array.as_boolean_opt().cloned().map(Column::Bool),
            Type::Int => array.as_primitive_opt().cloned().map(Column::Int),
            Type::Long => array.as_primitive_opt().cloned().map(Column::Long),
            Type::Real => array.as_primitive_opt().cloned().map(Column::Real),
            Type::Decimal => array.as_primitive_opt().cloned().map(Column::Decimal),
            Type::Datetime => array.as_primitive_opt().cloned().map(Column::Datetime),
            Type::Timespan => array.as_primitive_opt().cloned().map(Column::Timespan),
            Type::String | Type::Guid => array.as_string_view_opt().cloned().map(Column::String),
            Type::Dynamic => array.as_string_view_opt().cloned().map(Column::Dynamic),
            Type::Unknown => None,
        };
        let column = column.ok_or_else(|| exec_datafusion_err!("a {ty} arrived as {}", array.data_type()))?;
        Ok(Self { column, mask: usize::MAX })
    }

    /// Makes the first cell stand for every row.
    pub fn constant(self) -> Self {
        Self { mask: 0, ..self }
    }

    /// Tells whether a cell is null.
    pub fn is_null(&self, row: usize) -> bool {
        let row = row & self.mask;
        match &self.column {
            Column::Bool(a) => a.is_null(row),
            Column::Int(a) => a.is_null(row),
            Column::Long(a) | Column::Datetime(a) | Column::Timespan(a) => a.is_null(row),
            Column::Real(a) => a.is_null(row),
            Column::Decimal(a) => a.is_null(row),
            Column::String(a) | Column::Dynamic(a) => a.is_null(row),
        }
    }

    /// Returns the cell of a dynamic; nothing for null and for other types.
    pub fn dynamic(&self, row: usize) -> Option<Raw<'_>> {
        let row = row & self.mask;
        match &self.column {
            Column::Dynamic(a) => a.is_valid(row).then(|| Raw::new(a.value(row))),
            _ => None,
        }
    }

    /// Returns the text of a string or guid; nothing for null and for other types.
    pub fn text(&self, row: usize) -> Option<&str> {
        let row = row & self.mask;
        match &self.column {
            Column::String(a) => a.is_valid(row).then(|| a.value(row)),
            _ => None,
        }
    }

    /// Writes a cell: datetime, timespan, guid and decimal as strings, a null of any type as `null`.
    pub fn write(&self, row: usize, out: &mut Builder) {
        if self.is_null(row) {
            return out.null();
        }
        let row = row & self.mask;
        match &self.column {
            Column::Bool(a) => out.bool(a.value(row)),
            Column::Int(a) => out.long(i64::from(a.value(row))),
            Column::Long(a) => out.long(a.value(row)),
            Column::Real(a) => out.real(a.value(row)),
            Column::Decimal(a) => {
                let mut digits = String::new();
                text::push_decimal(&mut digits, a.value(row));
                out.string(&digits);
            }
            Column::Datetime(a) => out.string(&time::datetime_text(a.value(row))),
            Column::Timespan(a) => out.string(&time::timespan_text(a.value(row))),
            Column::String(a) => out.string(a.value(row)),
            Column::Dynamic(a) => out.raw(Raw::new(a.value(row))),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use arrow::array::{Float64Array, Int64Array};

    use super::*;

    #[test]
    fn writes_every_cell_as_json() {
        let reals: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None, Some(f64::NEG_INFINITY)]));
        let texts: ArrayRef = Arc::new(StringViewArray::from(vec!["[1]", "", "\""]));
        let one: ArrayRef = Arc::new(Int64Array::from(vec![7]));
        let columns = [
            Cells::new(&reals, Type::Real).unwrap(),
            Cells::new(&texts, Type::String).unwrap(),
            Cells::new(&one, Type::Long).unwrap().constant(),
        ];
        let mut out = Builder::new();
        out.begin_array();
        for row in 0..3 {
            columns.iter().for_each(|c| c.write(row, &mut out));
        }
        out.end_array();
        assert_eq!(out.text(), r#"[1.0,"[1]",7,null,"",7,"-Infinity","\"",7]"#);
        assert!(Cells::new(&texts, Type::Real).is_err());
    }
}
