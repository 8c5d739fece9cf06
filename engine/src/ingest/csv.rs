//! CSV and TSV: which table a header belongs to, and its rows.

use std::cell::Cell as Shared;
use std::io::{BufRead, Read};
use std::rc::Rc;

use chrono_tz::Tz;
use csv::{ByteRecord, StringRecord};
use rehunt_lang::types::Type;

use super::column::{Cell, Typed};
use super::entra_csv::SIGN_IN_ORDER;
use super::form::Form;
use super::loader::{Loader, TableNo};
use super::source::Source;
use super::time::Order;
use super::{LONGEST_LINE, LoadOptions, entra_csv, name, time, ual};
use crate::catalog::shipped;

/// Loads a CSV file. What is wrong with it is noted.
pub(super) fn read(loader: &mut Loader, source: Source) {
    let mut input = source.reader;
    let mut skipped = 0;
    // Windows PowerShell writes a line about .NET types before the header.
    if input.fill_buf().is_ok_and(|head| head.starts_with(b"#TYPE")) {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line).is_ok() {
            skipped = 1;
        }
    }
    let head = input.fill_buf().unwrap_or_default();
    let (delimiter, crlf) = (delimiter(head), ends_lines_in_crlf(head));
    if loader.order == Order::Unknown {
        loader.order = time::order_shown(head, delimiter);
    }
    let quotes = Rc::new(Shared::new(0));
    let input = Quotes { inner: input, count: Rc::clone(&quotes), since_line: 0 };
    let rows = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .buffer_capacity(1 << 18)
        .from_reader(input);
    let mut rows = Rows { rows, record: StringRecord::new(), again: false, line: 0, skipped, crlf, delimiter };
    if !rows.next(loader, "") {
        loader.form("empty");
        loader.problem(0, "", "", "the file is empty", "");
        return;
    }
    let mut header = Header::new(&rows.record);
    let headless = header.is_data() && name::given(loader).is_some();
    if headless || loader.options.form == Some(Form::CsvWithoutHeader) {
        match Header::given(loader, &rows.record) {
            Ok(given) => header = given,
            Err(reason) => return loader.refuse(1, reason, &header.text(delimiter)),
        }
        rows.again = true;
    }
    if loader.options.form == Some(Form::EntraSignIn) && header.place("Request ID").is_none() {
        match header.in_english() {
            Ok(english) => header = english,
            Err(reason) => return loader.refuse(1, reason, &header.text(delimiter)),
        }
    }
    match header.kind(&loader.options) {
        Ok(kind) => kind.load(loader, &header, &mut rows),
        Err(reason) => {
            return loader.refuse(1, reason, &header.text(delimiter));
        }
    }
    if quotes.get() % 2 == 1 && !loader.is_passed_over() {
        loader.problem(0, "", "", "a quote is opened and never closed: one cell has swallowed the lines after it", "");
    }
}

/// The header of a file.
pub(super) struct Header {
    /// The names as they stand.
    names: Vec<String>,
}

/// What a header says the rows are.
enum Kind {
    SignIns,
    EntraAudit,
    UnifiedAudit,
    Rows,
}

impl Header {
    fn new(record: &StringRecord) -> Self {
        Self { names: record.iter().map(|name| name.trim().to_owned()).collect() }
    }

    /// Returns the place of a column.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    /// Returns the names as they stand, outer blanks removed.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    fn text(&self, delimiter: u8) -> String {
        self.names.join(&char::from(delimiter).to_string())
    }

    /// Tells whether the line holds data: no column is called after a time.
    fn is_data(&self) -> bool {
        self.names.iter().any(|n| time::ticks(n, Order::Unknown).is_some())
    }

    /// Returns the columns of a file without header: those the user lists, else those of the table in its order. The
    /// first row must fit them.
    fn given(loader: &Loader, first: &StringRecord) -> Result<Self, String> {
        let table = name::given(loader).map(|named| named.table).unwrap_or_default();
        let shipped = shipped::find(&table);
        let names: Vec<String> = match (loader.options.columns.as_slice(), shipped) {
            ([], Some(shipped)) => shipped.own_columns().map(|f| f.name.clone()).collect(),
            ([], None) => return Err("the file has no header: name its columns with --columns A,B,...".to_owned()),
            (columns, _) => columns.to_vec(),
        };
        if names.len() != first.len() {
            let (cells, columns) = (first.len(), names.len());
            return Err(format!("{cells} cells where {columns} columns are to be: name them with --columns A,B,..."));
        }
        for (name, cell) in names.iter().zip(first) {
            let field = shipped.and_then(|t| t.fields.iter().find(|f| f.name == *name));
            if let Some(field) = field.filter(|f| f.ty != Type::Dynamic)
                && Typed::new(field.ty).put(0, cell).is_err()
            {
                let ty = field.ty;
                return Err(format!("`{cell}` is to be the {ty} `{name}`: name the columns with --columns A,B,..."));
            }
        }
        Ok(Self { names })
    }

    /// Returns the header of a sign-in export as if the tenant spoke English: columns go by their order.
    fn in_english(&self) -> Result<Self, String> {
        let (found, expected) = (self.names.len(), SIGN_IN_ORDER.len());
        match found == expected {
            true => Ok(Self { names: SIGN_IN_ORDER.map(|name| name.trim().to_owned()).into() }),
            false => {
                Err(format!("{found} columns where a sign-in export has {expected}: they cannot go by their order"))
            }
        }
    }

    /// Judges the header, or says why the file cannot be read.
    fn kind(&self, options: &LoadOptions) -> Result<Kind, String> {
        let has = |name: &str| self.place(name).is_some();
        let local = |name: &&String| column_of(name).local;
        if let Some(name) = self.names.iter().find(local).filter(|_| options.zone.is_none()) {
            return Err(format!(
                "the times in `{name}` are local and the file does not say of which zone: name it with --tz, such as \
                 --tz Asia/Tokyo"
            ));
        }
        let unknown = options.form.is_none() && self.names.len() == SIGN_IN_ORDER.len() && !has("Request ID");
        if unknown && self.names.first().is_some_and(|name| name.ends_with("(UTC)") && name != "Date (UTC)") {
            return Err(
                "this looks like Entra's export of sign-ins in another language: with --form entra-sign-in its \
                 columns go by their order"
                    .to_owned(),
            );
        }
        if self.is_data() {
            return Err("the first line holds data, not the names of columns: name the table with --table, and its \
                 columns with --columns where they are not all of the table's"
                .to_owned());
        }
        Ok(match () {
            () if options.form == Some(Form::EntraSignIn) => Kind::SignIns,
            () if options.form == Some(Form::EntraAudit) => Kind::EntraAudit,
            () if options.form == Some(Form::UnifiedAudit) => Kind::UnifiedAudit,
            () if options.form == Some(Form::Rows) => Kind::Rows,
            () if has("Date (UTC)") && has("Request ID") => Kind::SignIns,
            () if has("Date (UTC)") && has("Activity") && has("ActorType") => Kind::EntraAudit,
            () if has("AuditData") && !has("RecordTypeId") => Kind::UnifiedAudit,
            () => Kind::Rows,
        })
    }
}

impl Kind {
    fn load<R: Read>(self, loader: &mut Loader, header: &Header, rows: &mut Rows<R>) {
        let table = match self {
            Kind::SignIns => Some("SigninLogs"),
            Kind::EntraAudit => Some("AuditLogs"),
            Kind::UnifiedAudit => Some(ual::TABLE),
            Kind::Rows => None,
        };
        if table.is_some_and(|table| loader.passes_over(&name::of_form(loader, table))) {
            return;
        }
        match self {
            Kind::SignIns => {
                loader.form("entra sign-in csv");
                let table = loader.table(&name::of_form(loader, "SigninLogs"));
                let map = entra_csv::SignIns::new(loader, table, header);
                rows.each(loader, header, table, |loader, line, row| map.put(loader, line, row));
            }
            Kind::EntraAudit => {
                loader.form("entra audit csv");
                let table = loader.table(&name::of_form(loader, "AuditLogs"));
                let map = entra_csv::Audits::new(loader, table, header);
                rows.each(loader, header, table, |loader, line, row| map.put(loader, line, row));
            }
            Kind::UnifiedAudit => {
                let from_portal = header.place("Operation").is_some();
                loader.form(if from_portal { "unified audit csv (purview)" } else { "unified audit csv (powershell)" });
                let table = loader.table(&name::of_form(loader, ual::TABLE));
                let map = ual::FromCsv::new(loader, table, header);
                rows.each(loader, header, table, |loader, line, row| map.put(loader, line, row));
            }
            Kind::Rows => plain(loader, header, rows),
        }
    }
}

/// Loads rows whose columns are columns of the table.
fn plain<R: Read>(loader: &mut Loader, header: &Header, rows: &mut Rows<R>) {
    let mut columns: Vec<ColumnName> = header.names.iter().map(|name| column_of(name)).collect();
    if name::watchlist(loader).is_some() {
        // What a watchlist holds is text, whatever it looks like.
        columns.iter_mut().for_each(|column| column.ty = column.ty.or(Some(Type::String)));
    }
    let names: Vec<&str> = columns.iter().map(|c| c.name).collect();
    let la = header.names.iter().any(|n| n.ends_with("[UTC]") || n.ends_with("[Local Time]"));
    let form = |delimiter: u8, known: bool| match delimiter {
        b'\t' => "tsv",
        _ if la => "log analytics csv",
        _ if known => "portal csv",
        _ => "csv",
    };
    // Log Analytics names the table of each row; a column `Type` of any other file means something else.
    let type_place = match names.contains(&"TimeGenerated") {
        true => names.iter().position(|n| matches!(*n, "Type" | "$table")),
        false => None,
    };
    let told = name::of_rows(loader, &names);
    let fallback = match (&told, type_place) {
        (Ok(named), _) => named.clone(),
        // The rows say it themselves; those that do not go by the file's name.
        (Err(_), Some(_)) => name::by_file(loader),
        (Err(reason), None) => return loader.refuse(1, reason, &header.text(rows.delimiter)),
    };
    if type_place.is_none() && loader.passes_over(&fallback) {
        return;
    }
    // The table of the rows with the type last seen.
    let mut current: Option<(String, TableNo, Vec<usize>)> = None;
    let delimiter = rows.delimiter;
    while rows.next(loader, &fallback.table) {
        let ty = type_place.and_then(|at| rows.record.get(at)).unwrap_or("");
        // Most files do not name a table in each row.
        if current.as_ref().is_none_or(|(current, ..)| type_place.is_some() && current != ty) {
            let typed = name::given(loader).or_else(|| name::of_typed_row(&names, ty).filter(|_| !ty.is_empty()));
            let named = typed.as_ref().unwrap_or(&fallback);
            let table = loader.table(named);
            loader.form(form(delimiter, shipped::find(&named.table).is_some()));
            let places = places(loader, table, &columns);
            current = Some((ty.to_owned(), table, places));
        }
        let Some((_, table, places)) = &current else { continue };
        let line = rows.line;
        rows.check_length(loader, header, *table);
        for ((place, column), cell) in places.iter().zip(&columns).zip(rows.record.iter()) {
            if !cell.is_empty() {
                let utc = loader.options.zone.filter(|_| column.local).and_then(|zone| wall_clock(loader, cell, zone));
                loader.put(*table, *place, line, utc.map_or(Cell::Text(cell), Cell::Ticks));
            }
        }
        loader.end_row(*table);
    }
    if current.is_none() {
        let table = loader.table(&fallback);
        places(loader, table, &columns);
        loader.form(form(delimiter, shipped::find(&fallback.table).is_some()));
    }
}

/// A column's name without what portals add to it.
struct ColumnName<'h> {
    name: &'h str,
    ty: Option<Type>,
    /// Its times are those of a zone that the file does not name.
    local: bool,
}

/// Reads what portals add to a column's name.
fn column_of(name: &str) -> ColumnName<'_> {
    for (end, local) in [("[UTC]", false), ("[Local Time]", true), (" Local time", true), (" (local)", true)] {
        let cut = name.len().saturating_sub(end.len());
        if cut > 0 && name.get(cut..).is_some_and(|tail| tail.eq_ignore_ascii_case(end)) {
            let name = name.get(..cut).unwrap_or(name).trim_end();
            return ColumnName { name, ty: Some(Type::Datetime), local };
        }
    }
    ColumnName { name, ty: None, local: false }
}

/// Reads a time of a zone's wall clock; nothing where the cell names a zone itself, or is no time.
fn wall_clock(loader: &Loader, cell: &str, zone: Tz) -> Option<i64> {
    let text = cell.trim_end();
    let tail = text.get(text.len().saturating_sub(6)..).unwrap_or("");
    let zoned = text.ends_with(['Z', 'z']) || tail.starts_with(['+', '-']) && tail.contains(':');
    time::ticks(text, loader.order).filter(|_| !zoned).and_then(|ticks| time::to_utc(ticks, zone))
}

/// Finds the place of each column in its table. A name that repeats gets a number; the two columns that the
/// Log Analytics portal makes of a dynamic one are one again.
fn places(loader: &mut Loader, table: TableNo, columns: &[ColumnName]) -> Vec<usize> {
    let building = loader.building(table);
    let has = |name: String| columns.iter().any(|c| c.name == name);
    let mut taken: Vec<String> = Vec::new();
    let mut places = Vec::new();
    for ColumnName { name, ty, .. } in columns {
        let split = name.strip_suffix("_dynamic").or_else(|| name.strip_suffix("_string"));
        let pair = split.filter(|base| has(format!("{base}_dynamic")) && has(format!("{base}_string")));
        let base = pair.or(split.filter(|base| building.place(base).is_some() && !taken.iter().any(|t| t == base)));
        places.push(match base {
            Some(base) => building.column(base, ty.or(Some(Type::Dynamic))),
            None => {
                let plain = if name.is_empty() { "Column" } else { name };
                let repeats = |name: &str| taken.iter().any(|t| t == name);
                let mut unique = plain.to_owned();
                for n in 1.. {
                    if !repeats(&unique) {
                        break;
                    }
                    unique = format!("{plain}{n}");
                }
                let place = building.column(&unique, *ty);
                taken.push(unique);
                place
            }
        });
    }
    places
}

/// The rows of a file.
pub(super) struct Rows<R> {
    rows: csv::Reader<R>,
    record: StringRecord,
    /// The record is still to be given.
    again: bool,
    line: u64,
    skipped: u64,
    crlf: bool,
    delimiter: u8,
}

impl<R: Read> Rows<R> {
    /// Reads the next row into `record`; false at the end, or where the file breaks off.
    fn next(&mut self, loader: &mut Loader, table: &str) -> bool {
        if std::mem::take(&mut self.again) {
            return true;
        }
        let mut bytes = std::mem::take(&mut self.record).into_byte_record();
        match self.rows.read_byte_record(&mut bytes) {
            Ok(true) => {}
            Ok(false) => return false,
            Err(error) => {
                let last = if self.line > 0 { format!(" after line {}", self.line) } else { String::new() };
                loader.problem(0, table, "", format!("the file breaks off{last}: {}", io_text(error)), "");
                return false;
            }
        }
        // The reader says where a row begins when it has read the CR before it, and not yet the LF.
        let unread = u64::from(self.crlf && self.line > 0);
        self.line = bytes.position().map_or(0, csv::Position::line) + self.skipped + unread;
        self.record = match StringRecord::from_byte_record(bytes) {
            Ok(record) => record,
            Err(error) => {
                let record = lossy(error.into_byte_record());
                let reason = "bytes that are not UTF-8, shown as \u{fffd}";
                let broken: Vec<&str> = record.iter().filter(|c| c.contains('\u{fffd}')).collect();
                loader.problem(self.line, table, "", reason, &broken.join(" "));
                record
            }
        };
        true
    }

    /// Goes through all rows of one table.
    fn each(
        &mut self,
        loader: &mut Loader,
        header: &Header,
        table: TableNo,
        put: impl Fn(&mut Loader, u64, &StringRecord),
    ) {
        let name = loader.building(table).name.clone();
        while self.next(loader, &name) {
            self.check_length(loader, header, table);
            put(loader, self.line, &self.record);
            loader.end_row(table);
        }
    }

    /// Notes a row with more or fewer cells than the header. Empty cells too many do not matter.
    fn check_length(&self, loader: &mut Loader, header: &Header, table: TableNo) {
        let (cells, columns) = (self.record.len(), header.names.len());
        if cells < columns || self.record.iter().skip(columns).any(|c| !c.is_empty()) {
            let name = loader.building(table).name.clone();
            let text: Vec<&str> = self.record.iter().collect();
            let text = text.join(&char::from(self.delimiter).to_string());
            loader.problem(self.line, &name, "", format!("{cells} cells where the header has {columns}"), &text);
        }
    }
}

fn ends_lines_in_crlf(head: &[u8]) -> bool {
    let end = head.iter().position(|b| *b == b'\n');
    end.and_then(|at| head.get(at.checked_sub(1)?)).is_some_and(|b| *b == b'\r')
}

fn lossy(bytes: ByteRecord) -> StringRecord {
    bytes.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect::<Vec<_>>().into()
}

fn io_text(error: csv::Error) -> String {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.to_string(),
        kind => format!("{kind:?}"),
    }
}

/// Chooses the sign between cells by which stands most often in the first line, outside quotes.
fn delimiter(head: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b'\t', 0), (b';', 0)];
    for byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => counts.iter_mut().filter(|(d, _)| d == byte).for_each(|(_, n)| *n += 1),
        }
    }
    counts.iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(d, _)| *d)
}

/// Counts the quotes on their way, of which a well-formed file has an even number, and stops at a line without end.
struct Quotes<R> {
    inner: R,
    count: Rc<Shared<usize>>,
    /// Bytes since a line ended.
    since_line: usize,
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let bytes = buffer.get(..read).unwrap_or_default();
        self.count.set(self.count.get() + memchr::memchr_iter(b'"', bytes).count());
        self.since_line = match memchr::memrchr(b'\n', bytes) {
            Some(at) => read - at,
            None => self.since_line + read,
        };
        if self.since_line > LONGEST_LINE {
            let text = format!("a line is longer than {} MB", LONGEST_LINE >> 20);
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, text));
        }
        Ok(read)
    }
}
