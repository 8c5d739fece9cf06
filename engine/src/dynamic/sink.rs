//! Columns of converted parts: what was found in the cells of one column, each as a value of a wanted type.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, PrimitiveArray, StringViewArray};
use arrow::datatypes::{Decimal256Type, i256};
use arrow::error::ArrowError;
use rehunt_lang::types::Type;

use super::Raw;
use super::views::Views;
use crate::types::arrow_type;

/// Builds a column of what was found in another.
#[derive(Debug)]
pub(super) enum Sink<'a> {
    /// The values themselves; JSON null becomes null.
    Dynamic(Views<'a>),
    /// As `tostring` shows them; never null.
    String(Views<'a>),
    Guid(Views<'a>),
    Bool(Vec<Option<bool>>),
    Int(Vec<Option<i32>>),
    Long(Vec<Option<i64>>),
    Datetime(Vec<Option<i64>>),
    Timespan(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Decimal(Vec<Option<i256>>),
}

impl<'a> Sink<'a> {
    /// Begins a column of type `to`, of about `rows` cells found in those of `parent`.
    pub(super) fn new(to: Type, parent: &'a StringViewArray, rows: usize) -> Self {
        match to {
            Type::String => Sink::String(Views::new(parent, rows)),
            Type::Guid => Sink::Guid(Views::new(parent, rows)),
            Type::Dynamic | Type::Unknown => Sink::Dynamic(Views::new(parent, rows)),
            Type::Bool => Sink::Bool(Vec::with_capacity(rows)),
            Type::Int => Sink::Int(Vec::with_capacity(rows)),
            Type::Long => Sink::Long(Vec::with_capacity(rows)),
            Type::Datetime => Sink::Datetime(Vec::with_capacity(rows)),
            Type::Timespan => Sink::Timespan(Vec::with_capacity(rows)),
            Type::Real => Sink::Real(Vec::with_capacity(rows)),
            Type::Decimal => Sink::Decimal(Vec::with_capacity(rows)),
        }
    }

    /// Counts the cells so far.
    pub(super) fn len(&self) -> usize {
        match self {
            Sink::Dynamic(views) | Sink::String(views) | Sink::Guid(views) => views.len(),
            Sink::Bool(cells) => cells.len(),
            Sink::Int(cells) => cells.len(),
            Sink::Long(cells) | Sink::Datetime(cells) | Sink::Timespan(cells) => cells.len(),
            Sink::Real(cells) => cells.len(),
            Sink::Decimal(cells) => cells.len(),
        }
    }

    /// Appends what was found in the parent's cell at `row`, converted by content.
    pub(super) fn push(&mut self, row: usize, value: Option<Raw<'_>>) {
        self.push_from(Some(row), value);
    }

    /// Appends a value that is in no cell of the parent, converted by content.
    pub(super) fn push_own(&mut self, value: Option<Raw<'_>>) {
        self.push_from(None, value);
    }

    fn push_from(&mut self, row: Option<usize>, value: Option<Raw<'_>>) {
        let value = value.filter(|v| !v.is_null());
        match self {
            Sink::Dynamic(views) => match value {
                Some(value) => views.text(row, value.text()),
                None => views.null(),
            },
            Sink::String(views) => match value.map(Raw::to_text) {
                Some(Cow::Borrowed(text)) => views.text(row, text),
                Some(Cow::Owned(text)) => views.own(&text),
                None => views.own(""),
            },
            Sink::Guid(views) => match value.and_then(Raw::to_guid) {
                Some(guid) => views.own(&guid),
                None => views.null(),
            },
            Sink::Bool(cells) => cells.push(value.and_then(Raw::to_bool)),
            Sink::Int(cells) => cells.push(value.and_then(Raw::to_int)),
            Sink::Long(cells) => cells.push(value.and_then(Raw::to_long)),
            Sink::Datetime(cells) => cells.push(value.and_then(Raw::to_datetime)),
            Sink::Timespan(cells) => cells.push(value.and_then(Raw::to_timespan)),
            Sink::Real(cells) => cells.push(value.and_then(Raw::to_real)),
            Sink::Decimal(cells) => cells.push(value.and_then(Raw::to_decimal)),
        }
    }

    /// Appends the cell appended as number `earlier` again.
    pub(super) fn repeat(&mut self, earlier: usize) {
        match self {
            Sink::Dynamic(views) | Sink::String(views) | Sink::Guid(views) => views.repeat(earlier),
            Sink::Bool(cells) => cells.push(cells[earlier]),
            Sink::Int(cells) => cells.push(cells[earlier]),
            Sink::Long(cells) | Sink::Datetime(cells) | Sink::Timespan(cells) => cells.push(cells[earlier]),
            Sink::Real(cells) => cells.push(cells[earlier]),
            Sink::Decimal(cells) => cells.push(cells[earlier]),
        }
    }

    /// Ends the column.
    pub(super) fn finish(self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Sink::Dynamic(views) | Sink::String(views) | Sink::Guid(views) => return views.finish(),
            Sink::Bool(cells) => Arc::new(BooleanArray::from(cells)),
            Sink::Int(cells) => Arc::new(Int32Array::from(cells)),
            Sink::Long(cells) | Sink::Datetime(cells) | Sink::Timespan(cells) => Arc::new(Int64Array::from(cells)),
            Sink::Real(cells) => Arc::new(Float64Array::from(cells)),
            Sink::Decimal(cells) => {
                let array: PrimitiveArray<Decimal256Type> = cells.into_iter().collect();
                Arc::new(array.with_data_type(arrow_type(Type::Decimal)))
            }
        })
    }
}
