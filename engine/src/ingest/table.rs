//! One table under construction: columns that grow row by row, over all files that have rows of it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{max, min};
use arrow::datatypes::{Int64Type, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use rehunt_lang::types::{Field, Type};

use super::column::{Cell, Column, Taken};
use super::time::Order;
use crate::catalog::{arrow_field, blank, derived, fill, shipped, time_column};
use crate::error::Result;

/// Rows of a record batch; DataFusion's own batch size, so that a scan need not cut them.
const STRETCH: usize = 8192;

/// A table that rows are added to.
pub(super) struct Building {
    /// Its name.
    pub name: String,
    columns: Vec<Column>,
    places: HashMap<String, usize>,
    /// Types of columns that the schema does not declare.
    types: Vec<(String, Type)>,
    /// Columns that the schema declares; they are the first.
    declared: usize,
    /// Columns that the current file has.
    touched: Vec<usize>,
    /// How the current file orders day and month.
    order: Order,
    /// Rows of the current stretch.
    row: usize,
    /// Stretches that are full.
    stretches: usize,
    /// Bytes of cells taken since rows were last given away.
    bytes: usize,
}

/// A table whose rows are all there.
#[derive(Debug)]
pub(crate) struct Built {
    /// Its columns.
    pub fields: Vec<Field>,
    /// Its columns as Arrow has them.
    pub schema: SchemaRef,
    /// Those of its columns that no file has and that follow from others.
    pub derived: Vec<usize>,
    /// Its rows.
    pub batches: Vec<RecordBatch>,
    /// The column that says when a row happened.
    pub time_column: Option<String>,
}

impl Building {
    /// Starts a table; a shipped one has its columns from the start.
    pub(super) fn new(name: &str, types: &[(String, Type)]) -> Self {
        let mut table = Self {
            name: name.to_owned(),
            columns: Vec::new(),
            places: HashMap::new(),
            types: types.to_vec(),
            declared: 0,
            touched: Vec::new(),
            order: Order::Unknown,
            row: 0,
            stretches: 0,
            bytes: 0,
        };
        for field in shipped::find(name).map_or(&[][..], |s| &s.fields) {
            table.column(&field.name, Some(field.ty));
        }
        table.declared = table.columns.len();
        table
    }

    /// Turns to the next file.
    pub(super) fn begin_file(&mut self, order: Order) {
        self.touched.clear();
        self.order = order;
    }

    /// Returns the columns of the current file that the table's schema does not have; none where it has no schema.
    pub(super) fn unknown(&self) -> Vec<String> {
        let beyond = self.touched.iter().filter(|place| self.declared > 0 && **place >= self.declared);
        beyond.map(|place| self.column_name(*place).to_owned()).collect()
    }

    /// Returns the place of a column, adding it where it is new. A column that is there already keeps its type.
    pub(super) fn column(&mut self, name: &str, ty: Option<Type>) -> usize {
        if let Some(place) = self.places.get(name).copied() {
            self.touch(place);
            if let Some(column) = self.columns.get_mut(place).filter(|_| ty == Some(Type::Datetime)) {
                column.holds_times = true;
            }
            return place;
        }
        let place = self.columns.len();
        let ty = ty.or_else(|| self.types.iter().find(|(known, _)| known == name).map(|(_, ty)| *ty));
        self.columns.push(Column::new(name, ty, self.stretches));
        self.places.insert(name.to_owned(), place);
        self.touch(place);
        place
    }

    fn touch(&mut self, place: usize) {
        if !self.touched.contains(&place) {
            self.touched.push(place);
        }
    }

    /// Returns the place of a column that is there.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// Returns the name of a column.
    pub(super) fn column_name(&self, place: usize) -> &str {
        self.columns.get(place).map_or("", |c| &c.name)
    }

    /// Tells whether the current row has a value in a column.
    pub(super) fn has(&self, place: usize) -> bool {
        self.columns.get(place).is_some_and(|c| c.has(self.row))
    }

    /// Takes a cell of the current row.
    pub(super) fn put(&mut self, place: usize, cell: Cell) -> Taken {
        self.bytes += cell.length();
        let row = self.row;
        match self.columns.get_mut(place) {
            Some(column) if column.has(row) => Taken::No("the row has this column twice"),
            Some(column) => {
                column.order = self.order;
                column.put(row, cell)
            }
            None => Taken::Yes,
        }
    }

    /// Goes on to the next row.
    pub(super) fn end_row(&mut self) {
        self.row += 1;
        if self.row == STRETCH {
            self.columns.iter_mut().for_each(|c| c.end_stretch(STRETCH));
            self.stretches += 1;
            self.row = 0;
        }
    }

    /// Tells whether a stretch has just been ended.
    pub(super) fn is_between_stretches(&self) -> bool {
        self.row == 0
    }

    /// Returns the bytes of cells that are held.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Counts the rows so far.
    pub(super) fn rows(&self) -> usize {
        self.stretches * STRETCH + self.row
    }

    /// Gives every column its type, makes batches of the rows, and goes on without them. Where more rows come, types
    /// only get wider: what a column has met is not forgotten.
    ///
    /// # Errors
    /// When Arrow refuses a batch: a bug here.
    pub(super) fn take(&mut self) -> Result<Built> {
        let rest = self.row;
        if rest > 0 {
            self.columns.iter_mut().for_each(|c| c.end_stretch(rest));
        }
        let lengths = std::iter::repeat_n(STRETCH, self.stretches).chain((rest > 0).then_some(rest));
        let lengths: Vec<usize> = lengths.collect();
        let shipped = shipped::find(&self.name);
        let mut fields = Vec::with_capacity(self.columns.len());
        let mut stretches: Vec<Vec<Option<ArrayRef>>> = vec![Vec::with_capacity(self.columns.len()); lengths.len()];
        let mut told = Vec::with_capacity(self.columns.len());
        for column in &mut self.columns {
            let (ty, chunks) = column.take();
            fields.push(Field::new(&column.name, ty));
            told.push(chunks.iter().any(Option::is_some));
            for (stretch, chunk) in stretches.iter_mut().zip(chunks) {
                stretch.push(chunk);
            }
        }
        let schema = Arc::new(Schema::new(fields.iter().map(arrow_field).collect::<Vec<_>>()));
        let mut batches = Vec::with_capacity(lengths.len());
        for (mut stretch, rows) in stretches.into_iter().zip(lengths) {
            if let Some(shipped) = shipped {
                fill(shipped, &fields, &mut stretch)?;
            }
            let arrays =
                stretch.into_iter().zip(&fields).map(|(array, field)| array.unwrap_or_else(|| blank(field.ty, rows)));
            let options = RecordBatchOptions::new().with_row_count(Some(rows));
            batches.push(RecordBatch::try_new_with_options(Arc::clone(&schema), arrays.collect(), &options)?);
        }
        (self.row, self.stretches, self.bytes) = (0, 0, 0);
        let time_column = time_column(&self.name, &fields);
        let derived = shipped.map_or_else(Vec::new, |shipped| derived(shipped, &fields, &told));
        Ok(Built { fields, schema, derived, batches, time_column })
    }
}

impl Built {
    /// Returns the earliest and latest time of some rows.
    pub(super) fn span(&self, rows: Range<usize>) -> Option<(i64, i64)> {
        let column = self.schema.index_of(self.time_column.as_deref()?).ok()?;
        let mut start = 0;
        let mut found: Option<(i64, i64)> = None;
        for batch in &self.batches {
            let end = start + batch.num_rows();
            let (from, to) = (rows.start.max(start), rows.end.min(end));
            if from < to {
                let times = batch.column(column).slice(from - start, to - from);
                let times = times.as_primitive::<Int64Type>();
                found = match (found, min(times).zip(max(times))) {
                    (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
                    (a, b) => a.or(b),
                };
            }
            start = end;
        }
        found
    }

    /// Deals the batches out to as many partitions as there are cores, neighbours together, where there are enough
    /// of them to be worth it.
    pub(super) fn partitions(self) -> Vec<Vec<RecordBatch>> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let each = self.batches.len().div_ceil(cores).max(4);
        match self.batches.is_empty() {
            true => vec![Vec::new()],
            false => self.batches.chunks(each).map(<[_]>::to_vec).collect(),
        }
    }
}
