//! One column under construction: takes cells as text and gives arrays of the engine's types.
//!
//! A column whose type is known reads each cell at once. One that nobody declared is *loose*: it keeps the text and
//! what kind of value it looks like, and chooses its type when every file has been read.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanBuilder, Decimal256Builder, Float64Builder, Int32Builder, Int64Builder, StringViewArray,
    StringViewBuilder,
};
use arrow::buffer::Buffer;
use rehunt_lang::time::{datetime_text, parse_timespan};
use rehunt_lang::types::Type;

use super::kind::{Kind, Kinds};
use super::time::{self, Order};
use crate::dynamic::{normalize, push_string};
use crate::text::{parse_decimal, parse_guid, parse_real};
use crate::types::arrow_type;

/// A cell as a file has it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    /// Text of unknown type, as in CSV. Empty means nothing.
    Text(&'a str),
    /// What a JSON string says.
    Said(&'a str),
    /// A JSON value that is no string: number, bool, null, bag, array. Checked, perhaps with blanks.
    Json(&'a str),
    /// The same in the form of [`normalize`].
    Normal(&'a str),
    /// A time that was read already, in ticks.
    Ticks(i64),
}

impl Cell<'_> {
    /// Returns its length in bytes, about.
    pub(super) fn length(&self) -> usize {
        match self {
            Cell::Text(text) | Cell::Said(text) | Cell::Json(text) | Cell::Normal(text) => text.len() + 8,
            Cell::Ticks(_) => 16,
        }
    }
}

/// What became of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is in its column (or was empty).
    Yes,
    /// It is in its column, but not as what it should be.
    Damaged(&'static str),
    /// It could not be read; the column has null there.
    No(&'static str),
}

/// A stretch of rows of one column.
#[derive(Debug)]
pub(super) enum Chunk {
    /// No row had a value.
    Absent,
    /// Typed values.
    Typed(ArrayRef),
    /// Text and the kind of each value.
    Loose(StringViewArray, Vec<Kind>),
}

enum Store {
    Bool(BooleanBuilder),
    Int(Int32Builder),
    Long(Int64Builder),
    Real(Float64Builder),
    Decimal(Decimal256Builder),
    Text(StringViewBuilder),
    Loose(StringViewBuilder, Vec<Kind>),
}

/// A column that rows are added to.
pub(super) struct Column {
    /// Its name.
    pub name: String,
    /// Its type, if declared.
    pub ty: Option<Type>,
    /// A file says that its cells here are times in UTC, though others that came before did not.
    pub holds_times: bool,
    /// How the current file orders day and month.
    pub order: Order,
    /// Every kind of value a loose column has met.
    kinds: Kinds,
    store: Store,
    /// Rows of the current stretch that are in the store; the rest of it is null so far.
    len: usize,
    chunks: Vec<Chunk>,
}

impl Column {
    /// Makes an empty column that joins its table after `stretches` finished stretches.
    pub(super) fn new(name: &str, ty: Option<Type>, stretches: usize) -> Self {
        let store = match ty {
            Some(Type::Bool) => Store::Bool(BooleanBuilder::new()),
            Some(Type::Int) => Store::Int(Int32Builder::new()),
            Some(Type::Long | Type::Datetime | Type::Timespan) => Store::Long(Int64Builder::new()),
            Some(Type::Real) => Store::Real(Float64Builder::new()),
            Some(Type::Decimal) => Store::Decimal(Decimal256Builder::new().with_data_type(arrow_type(Type::Decimal))),
            Some(Type::String | Type::Guid | Type::Dynamic) => Store::Text(texts(0, 0)),
            Some(Type::Unknown) | None => Store::Loose(texts(0, 0), Vec::new()),
        };
        let chunks = std::iter::repeat_with(|| Chunk::Absent).take(stretches).collect();
        Self {
            name: name.to_owned(),
            ty,
            holds_times: false,
            order: Order::Unknown,
            kinds: Kinds::default(),
            store,
            len: 0,
            chunks,
        }
    }

    /// Tells whether the row of the current stretch has its cell already.
    pub(super) fn has(&self, row: usize) -> bool {
        self.len > row
    }

    /// Takes the cell of a row of the current stretch; rows come in order, each once. Empty text and JSON null
    /// leave the row as it is: null, or `""`.
    pub(super) fn put(&mut self, row: usize, cell: Cell) -> Taken {
        match cell {
            Cell::Text("") | Cell::Said("") | Cell::Json("null") | Cell::Normal("null") => Taken::Yes,
            Cell::Text(text) | Cell::Said(text) => self.put_text(row, text, matches!(cell, Cell::Said(_))),
            Cell::Json(json) => self.put_json(row, json, normalize),
            Cell::Normal(json) => self.put_json(row, json, |json| Some(Cow::Borrowed(json))),
            Cell::Ticks(ticks) => self.put_ticks(row, ticks),
        }
    }

    fn put_ticks(&mut self, row: usize, ticks: i64) -> Taken {
        match self.ty {
            Some(Type::Datetime) => {
                self.pad(row);
                if let Store::Long(b) = &mut self.store {
                    b.append_value(ticks);
                    self.len = row + 1;
                }
                Taken::Yes
            }
            None | Some(Type::Unknown) => self.push_loose(row, &datetime_text(ticks), Kind::Time),
            _ => self.put_text(row, &datetime_text(ticks), false),
        }
    }

    fn put_text(&mut self, row: usize, text: &str, said: bool) -> Taken {
        match self.ty {
            Some(Type::String) => self.push_text(row, text),
            Some(Type::Dynamic) => self.put_dynamic(row, text),
            None | Some(Type::Unknown) => {
                let kind = match said {
                    _ if self.holds_times && time::ticks(text, self.order).is_some() => Kind::Time,
                    true => Kind::of_said(text),
                    false => Kind::of_text(text),
                };
                self.push_loose(row, text, kind)
            }
            Some(ty) => self.put_scalar(row, text.trim(), ty),
        }
    }

    fn put_json(&mut self, row: usize, json: &str, normal: impl Fn(&str) -> Option<Cow<'_, str>>) -> Taken {
        let nested = json.starts_with(['{', '[']);
        match self.ty {
            Some(Type::Dynamic) => self.put_normal(row, json, normal(json)),
            Some(Type::String) => self.push_text(row, &normal(json).unwrap_or(Cow::Borrowed(json))),
            None | Some(Type::Unknown) if nested => match normal(json) {
                Some(json) => self.push_loose(row, &json, Kind::Json),
                None => self.push_loose(row, json, Kind::Text),
            },
            None | Some(Type::Unknown) => self.push_loose(row, json, Kind::of_text(json)),
            Some(_) if nested => Taken::No("a bag or array where a single value should be"),
            Some(ty) => self.put_scalar(row, json, ty),
        }
    }

    /// Takes text into a dynamic column: JSON as what it says, other text as a string.
    fn put_dynamic(&mut self, row: usize, text: &str) -> Taken {
        self.put_normal(row, text, normalize(text))
    }

    fn put_normal(&mut self, row: usize, text: &str, normal: Option<Cow<str>>) -> Taken {
        match normal {
            Some(json) if json == "null" => Taken::Yes,
            Some(json) => self.push_text(row, &json),
            None => {
                self.push_text(row, &quoted(text));
                match text.trim_start().starts_with(['{', '[']) {
                    true => Taken::Damaged("broken JSON, kept as a string"),
                    false => Taken::Yes,
                }
            }
        }
    }

    fn put_scalar(&mut self, row: usize, text: &str, ty: Type) -> Taken {
        if text.is_empty() {
            return Taken::Yes;
        }
        self.pad(row);
        let taken = match (&mut self.store, ty) {
            (Store::Bool(b), _) => take(bool_of(text).map(|v| b.append_value(v)), "not a bool"),
            (Store::Int(b), _) => {
                let int = long_of(text).and_then(|v| i32::try_from(v).ok());
                take(int.map(|v| b.append_value(v)), "not an int")
            }
            (Store::Long(b), Type::Datetime) => take(
                time::ticks(text, self.order).map(|v| b.append_value(v)),
                "not a time that can be read in one way only",
            ),
            (Store::Long(b), Type::Timespan) => {
                let ticks = text.parse().ok().or_else(|| parse_timespan(text));
                take(ticks.map(|v| b.append_value(v)), "not a timespan")
            }
            (Store::Long(b), _) => take(long_of(text).map(|v| b.append_value(v)), "not a long"),
            (Store::Real(b), _) => take(parse_real(text).map(|v| b.append_value(v)), "not a number"),
            (Store::Decimal(b), _) => take(parse_decimal(text).map(|v| b.append_value(v)), "not a decimal number"),
            (Store::Text(b), Type::Guid) => take(parse_guid(text).map(|v| b.append_value(v)), "not a guid"),
            (Store::Text(b) | Store::Loose(b, _), _) => {
                b.append_value(text);
                Taken::Yes
            }
        };
        if taken == Taken::Yes {
            self.len = row + 1;
        }
        taken
    }

    fn push_text(&mut self, row: usize, text: &str) -> Taken {
        self.pad(row);
        if let Store::Text(b) = &mut self.store {
            b.append_value(text);
            self.len = row + 1;
        }
        Taken::Yes
    }

    fn push_loose(&mut self, row: usize, text: &str, kind: Kind) -> Taken {
        self.pad(row);
        self.kinds.add(kind);
        if let Store::Loose(b, kinds) = &mut self.store {
            b.append_value(text);
            kinds.push(kind);
            self.len = row + 1;
        }
        Taken::Yes
    }

    /// Fills the rows before `row` that had no cell.
    fn pad(&mut self, row: usize) {
        let missing = row.saturating_sub(self.len);
        if missing == 0 {
            return;
        }
        self.len = row;
        match &mut self.store {
            Store::Bool(b) => b.append_nulls(missing),
            Store::Int(b) => b.append_nulls(missing),
            Store::Long(b) => b.append_nulls(missing),
            Store::Real(b) => b.append_nulls(missing),
            Store::Decimal(b) => b.append_nulls(missing),
            Store::Text(b) if self.ty == Some(Type::String) => (0..missing).for_each(|_| b.append_value("")),
            Store::Text(b) => (0..missing).for_each(|_| b.append_null()),
            Store::Loose(b, kinds) => {
                (0..missing).for_each(|_| b.append_value(""));
                kinds.resize(kinds.len() + missing, Kind::Nothing);
            }
        }
    }

    /// Ends a stretch of so many rows.
    pub(super) fn end_stretch(&mut self, rows: usize) {
        if self.len == 0 {
            self.chunks.push(Chunk::Absent);
            return;
        }
        self.pad(rows);
        self.len = 0;
        self.chunks.push(match &mut self.store {
            Store::Bool(b) => Chunk::Typed(Arc::new(b.finish())),
            Store::Int(b) => Chunk::Typed(Arc::new(b.finish())),
            Store::Long(b) => Chunk::Typed(Arc::new(b.finish())),
            Store::Real(b) => Chunk::Typed(Arc::new(b.finish())),
            Store::Decimal(b) => Chunk::Typed(Arc::new(b.finish())),
            Store::Text(b) => Chunk::Typed(Arc::new(finish(b))),
            Store::Loose(b, kinds) => Chunk::Loose(finish(b), std::mem::take(kinds)),
        });
    }

    /// Returns the column's type, chosen by its values where nobody declared it, and its stretches, which leave it.
    pub(super) fn take(&mut self) -> (Type, Vec<Option<ArrayRef>>) {
        let ty = match self.ty {
            Some(ty) if ty != Type::Unknown => ty,
            _ => self.kinds.common(),
        };
        let chunks = std::mem::take(&mut self.chunks).into_iter().map(|chunk| match chunk {
            Chunk::Absent => None,
            Chunk::Typed(array) => Some(array),
            Chunk::Loose(text, kinds) => settle(text, &kinds, ty),
        });
        (ty, chunks.collect())
    }
}

/// Bytes of the first block of texts.
const BLOCK: usize = 1 << 14;
/// Bytes of a block of texts at most.
const LARGEST_BLOCK: usize = 1 << 20;

/// Starts a stretch of so many texts with so many bytes in all.
fn texts(rows: usize, bytes: usize) -> StringViewBuilder {
    let block = (bytes + bytes / 8).clamp(BLOCK, LARGEST_BLOCK);
    StringViewBuilder::with_capacity(rows).with_fixed_block_size(u32::try_from(block).unwrap_or(u32::MAX))
}

/// Ends a stretch of texts, and makes ready for one like it. Blocks would else grow to 2 MB each, of which a stretch
/// fills a part only.
fn finish(builder: &mut StringViewBuilder) -> StringViewArray {
    let array = builder.finish();
    *builder = texts(array.len(), array.data_buffers().iter().map(Buffer::len).sum());
    array
}

/// Gives the text of a loose column its type. Every value fits by the choice of the type.
fn settle(text: StringViewArray, kinds: &[Kind], ty: Type) -> Option<ArrayRef> {
    if kinds.iter().all(|k| *k == Kind::Nothing) {
        return None;
    }
    if ty == Type::String {
        return Some(Arc::new(text));
    }
    let mut column = Column::new("", Some(ty), 0);
    for (row, (value, kind)) in text.iter().zip(kinds).enumerate() {
        let value = value.unwrap_or("");
        match (ty, kind) {
            (_, Kind::Nothing) => {}
            (Type::Dynamic, Kind::Json | Kind::Long | Kind::Real | Kind::Bool) => {
                column.put(row, Cell::Json(value));
            }
            (Type::Dynamic, Kind::Said | Kind::SaidTime) => {
                column.push_text(row, &quoted(value));
            }
            _ => {
                column.put(row, Cell::Text(value));
            }
        }
    }
    column.end_stretch(text.len());
    match column.chunks.pop() {
        Some(Chunk::Typed(array)) => Some(array),
        _ => None,
    }
}

fn take(done: Option<()>, otherwise: &'static str) -> Taken {
    match done {
        Some(()) => Taken::Yes,
        None => Taken::No(otherwise),
    }
}

/// Reads `true`, `false`, `yes`, `no`, `1`, `0` in any case.
fn bool_of(text: &str) -> Option<bool> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    match () {
        () if is("true") || is("1") || is("yes") => Some(true),
        () if is("false") || is("0") || is("no") => Some(false),
        () => None,
    }
}

/// Reads a whole number, also where a spreadsheet has made a real of it (`1003.0`, `1.003E+03`).
fn long_of(text: &str) -> Option<i64> {
    if let Ok(long) = text.parse() {
        return Some(long);
    }
    /// Up to here every whole number is one real of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let real = parse_real(text)?;
    (real.fract() == 0.0 && real.abs() <= EXACT).then_some(real as i64)
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_string(&mut out, text);
    out
}

/// A column that texts are read into, as from a file.
pub(crate) struct Typed(Column);

impl Typed {
    /// Starts an empty column.
    pub(crate) fn new(ty: Type) -> Self {
        Self(Column::new("", Some(ty), 0))
    }

    /// Takes the text of a row; rows come in order. Empty text is null, or `""`.
    ///
    /// # Errors
    /// When the text cannot be read: the reason.
    pub(crate) fn put(&mut self, row: usize, text: &str) -> Result<(), &'static str> {
        match self.0.put(row, Cell::Text(text)) {
            Taken::Yes | Taken::Damaged(_) => Ok(()),
            Taken::No(reason) => Err(reason),
        }
    }

    /// Returns the column of so many rows.
    pub(crate) fn finish(mut self, rows: usize) -> ArrayRef {
        self.0.end_stretch(rows);
        let (ty, mut chunks) = self.0.take();
        chunks.pop().flatten().unwrap_or_else(|| crate::catalog::blank(ty, rows))
    }
}
