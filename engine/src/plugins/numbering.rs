//! Numbers for combinations of values, in the order in which they first appear: ids and dimensions of a plugin become
//! small integers that are cheap to compare, sort and count.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, SortField};
use datafusion::common::Result as DfResult;

/// Gives equal rows equal numbers, from 0.
pub(crate) struct Numbering {
    converter: RowConverter,
    numbers: HashMap<Box<[u8]>, u32>,
}

impl Numbering {
    /// Starts for rows of these types.
    pub(crate) fn new<'t>(types: impl IntoIterator<Item = &'t DataType>) -> DfResult<Self> {
        let fields = types.into_iter().map(|ty| SortField::new(ty.clone())).collect();
        Ok(Self { converter: RowConverter::new(fields)?, numbers: HashMap::new() })
    }

    /// Numbers the rows of some columns, of which there must be one.
    pub(crate) fn number(&mut self, columns: &[ArrayRef]) -> DfResult<Vec<u32>> {
        let rows = self.converter.convert_columns(columns)?;
        let mut all = Vec::with_capacity(rows.num_rows());
        for row in &rows {
            let bytes = row.as_ref();
            let number = match self.numbers.get(bytes) {
                Some(number) => *number,
                None => {
                    let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
                    self.numbers.insert(bytes.into(), next);
                    next
                }
            };
            all.push(number);
        }
        Ok(all)
    }

    /// Returns the numbers of rows; nothing for those that were never numbered.
    pub(crate) fn find(&self, columns: &[ArrayRef]) -> DfResult<Vec<Option<u32>>> {
        let rows = self.converter.convert_columns(columns)?;
        Ok(rows.iter().map(|row| self.numbers.get(row.as_ref()).copied()).collect())
    }

    /// Counts the numbers given out.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }
}

/// Numbers the rows of one batch; `rows` of them are there even without columns. Returned with the numbers is, for
/// each, the row where it first appears.
pub(super) fn number_all(columns: &[ArrayRef], rows: usize) -> DfResult<(Vec<u32>, Vec<u32>)> {
    if columns.is_empty() {
        return Ok((vec![0; rows], if rows == 0 { Vec::new() } else { vec![0] }));
    }
    let mut numbering = Numbering::new(columns.iter().map(|c| c.data_type()))?;
    let numbers = numbering.number(columns)?;
    let mut first = Vec::with_capacity(numbering.len());
    for (row, number) in numbers.iter().enumerate() {
        if *number as usize == first.len() {
            first.push(u32::try_from(row).unwrap_or(u32::MAX));
        }
    }
    Ok((numbers, first))
}
