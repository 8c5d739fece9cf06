//! JSON documents and JSON lines: finds the records, tells what they are, and puts them into tables.

use std::io::{BufRead, Read};

use super::alike::{Alike, Value};
use super::column::Cell;
use super::entra_json::{Mapping, Record};
use super::flat::Flat;
use super::form::Form;
use super::json_stream::Window;
use super::json_text::{Elements, Fault, Member, Members, is_json, said, skip_blanks, value_end};
use super::lines::{Line, Lines};
use super::loader::{Loader, TableNo};
use super::name::{self, Named};
use super::source::Source;
use super::{LONGEST_LINE, json_table, ual};

/// Bytes of a first line that is looked at as a whole, to tell lines from a document.
const LONGEST_FIRST_LINE: u64 = 8 << 20;

/// Loads a JSON file. What is wrong with it is noted.
pub(super) fn read(loader: &mut Loader, source: Source) {
    let mut reader =
        Reader { loader, kind: None, envelopes: Vec::new(), audit: None, flat: Flat::default(), line: 1, lines: false };
    reader.all(source.reader);
    reader.flat.settle(reader.loader, form_of(reader.lines));
}

/// Puts a JSON value into the current row.
pub(super) fn put_value(loader: &mut Loader, table: TableNo, column: usize, line: u64, value: &str) {
    match value.starts_with('"') {
        true => loader.put(table, column, line, Cell::Said(&said(value))),
        false => loader.put(table, column, line, Cell::Json(value)),
    }
}

/// Returns the form of a hunting API's answer.
pub(super) fn hunting_form(graph: bool) -> &'static str {
    if graph { "graph hunting json" } else { "hunting api json" }
}

fn form_of(lines: bool) -> &'static str {
    if lines { "json lines" } else { "json" }
}

/// What a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `category` and `properties`: the streaming API, diagnostic settings.
    Envelope,
    /// A record of the Graph audit log query.
    GraphAudit,
    /// The columns of `Search-UnifiedAuditLog` as JSON.
    AuditExport,
    /// A bare unified audit record: Management Activity API.
    Activity,
    /// Graph `directoryAudit`.
    DirectoryAudit,
    /// Graph `signIn`.
    SignIn,
    /// Keys are columns.
    Plain,
}

pub(super) struct Reader<'l> {
    pub(super) loader: &'l mut Loader,
    /// What the records are, as told by the first.
    pub(super) kind: Option<Kind>,
    /// Mappings of Entra records, by the category of their envelope.
    envelopes: Vec<(String, Category)>,
    /// The table of unified audit records.
    audit: Option<TableNo>,
    flat: Flat,
    pub(super) line: u64,
    lines: bool,
}

/// What records of one category are.
enum Category {
    /// A sign-in or audit record of Entra.
    Entra(Mapping),
    /// Rows of a table.
    Rows(TableNo, RowMap),
}

/// Where the keys of rows go; rows have their keys in the same order, mostly.
#[derive(Default)]
struct RowMap {
    keys: Vec<(String, usize)>,
    /// The keys of the last row, where the row before had them, too, and what it holds.
    alike: Option<Alike>,
    values: Vec<Value>,
}

impl RowMap {
    /// Returns the column of the key at a place of a row.
    fn column(&mut self, loader: &mut Loader, table: TableNo, at: usize, key: &str) -> usize {
        if let Some((known, column)) = self.keys.get(at)
            && known == key
        {
            return *column;
        }
        let column = loader.building(table).column(key, None);
        match self.keys.get_mut(at) {
            Some(slot) => *slot = (key.to_owned(), column),
            None => self.keys.push((key.to_owned(), column)),
        }
        column
    }

    /// Puts the row that a bag is.
    fn put_bag(&mut self, loader: &mut Loader, table: TableNo, line: u64, bag: &str) {
        let alike = self.alike.as_ref().and_then(|alike| alike.read(bag, 0, &mut self.values));
        if alike == Some(bag.len()) {
            for (value, (_, column)) in self.values.iter().zip(&self.keys) {
                value.put(loader, table, *column, line, bag);
            }
            return loader.end_row(table);
        }
        let members = members_of(bag);
        let keys = self.keys.iter().map(|(key, _)| key.as_str());
        let again = keys.eq(members.iter().map(|m| m.key.as_ref()));
        self.put(loader, table, line, &members);
        self.keys.truncate(members.len());
        let keys = || self.keys.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
        self.alike = again.then(|| Alike::new(&keys(), None)).flatten();
    }

    /// Puts a row.
    fn put(&mut self, loader: &mut Loader, table: TableNo, line: u64, members: &[Member]) {
        for (at, member) in members.iter().enumerate() {
            let column = self.column(loader, table, at, &member.key);
            put_value(loader, table, column, line, member.value);
        }
        loader.end_row(table);
    }
}

impl Reader<'_> {
    /// Reads lines where the first is a whole value, else documents.
    fn all(&mut self, mut input: Box<dyn BufRead + '_>) {
        let mut first = Vec::new();
        let broken = input.by_ref().take(LONGEST_FIRST_LINE).read_until(b'\n', &mut first).err();
        let whole_value = std::str::from_utf8(&first).is_ok_and(|text| is_json(text.trim()));
        if whole_value && broken.is_none() {
            self.lines = true;
            self.line(&first);
            return self.further_lines(input);
        }
        self.documents(&mut Window::new(first, broken, input));
    }

    /// Reads the lines after the first.
    fn further_lines(&mut self, input: Box<dyn BufRead + '_>) {
        let mut lines = Lines::new(input);
        loop {
            self.line += 1;
            match lines.next(LONGEST_LINE) {
                Ok(Line::End) => return,
                Ok(Line::Whole(line)) => self.line(line),
                Ok(Line::TooLong(start)) => {
                    let reason = format!("a line is longer than {} MB", LONGEST_LINE >> 20);
                    self.loader.problem(self.line, "", "", reason, &String::from_utf8_lossy(start));
                }
                Err((error, start)) => {
                    let reason = format!("the file breaks off: {error}");
                    return self.loader.problem(self.line, "", "", reason, &String::from_utf8_lossy(start));
                }
            }
            if self.loader.is_stopped() {
                return;
            }
        }
    }

    /// Reads one line of JSON lines.
    fn line(&mut self, bytes: &[u8]) {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => std::borrow::Cow::Borrowed(text),
            Err(_) => {
                let text = String::from_utf8_lossy(bytes);
                self.loader.problem(self.line, "", "", "bytes that are not UTF-8, shown as \u{fffd}", &text);
                text
            }
        };
        let mut at = skip_blanks(&text, 0);
        while at < text.len() {
            match self.document(&text, at) {
                Ok(end) => at = skip_blanks(&text, end),
                Err(fault) => {
                    let raw = text.get(at..).unwrap_or("").trim_end();
                    return self.loader.problem(self.line, "", "", format!("not JSON: {}", fault.reason), raw);
                }
            }
        }
    }

    /// Reads the value that begins at `at` and returns the byte after it.
    pub(super) fn document(&mut self, text: &str, at: usize) -> Result<usize, Fault> {
        match text.as_bytes().get(at) {
            Some(b'[') => self.array(text, at),
            Some(b'{') => match self.row_alike(text, at) {
                Some(end) => Ok(end),
                None => self.bag(text, at),
            },
            _ => {
                let end = value_end(text, at).map_err(|fault| fault.since(at))?;
                let raw = text.get(at..end).unwrap_or("");
                self.loader.problem(self.line, "", "", "a single value where a record should be", raw);
                Ok(end)
            }
        }
    }

    /// Puts the bag at `at` where it is a row like the last, and returns the byte after it.
    pub(super) fn row_alike(&mut self, text: &str, at: usize) -> Option<usize> {
        let plain = self.kind == Some(Kind::Plain) && matches!(self.loader.options.form, None | Some(Form::Rows));
        plain.then(|| self.flat.put_alike(self.loader, self.line, text, at)).flatten()
    }

    /// Reads an array of records, or of the frames of one answer. What comes before a fault is kept.
    fn array(&mut self, text: &str, at: usize) -> Result<usize, Fault> {
        let base = self.line;
        let mut counted = at;
        let mut elements = Elements::new(text, at);
        let mut frames: Option<json_table::Frames> = None;
        let mut fault = None;
        for element in elements.by_ref() {
            let (start, value) = match element {
                Ok(element) => element,
                Err(found) => {
                    fault = Some(found);
                    break;
                }
            };
            if !self.lines {
                self.line += newlines(text, counted, start);
                counted = start;
            }
            let members = members_of(value);
            if !value.starts_with('{') {
                self.loader.problem(self.line, "", "", "a single value where a record should be", value);
            } else if frames.is_some() || self.kind.is_none() && members.iter().any(|m| m.key == "FrameType") {
                frames.get_or_insert_default().add(members);
            } else {
                self.record(value, &members);
            }
        }
        self.line = base;
        if let Some(frames) = frames {
            frames.put(self.loader, self.line);
        }
        fault.map_or(Ok(elements.end()), Err)
    }

    /// Reads a bag: a document that holds records, or a record.
    fn bag(&mut self, text: &str, at: usize) -> Result<usize, Fault> {
        let mut walk = Members::new(text, at);
        let (mut members, fault) = walk.until_fault();
        // A list that breaks off still has rows before the break.
        let end = walk.end();
        if let (Some(_), Some(key)) = (fault, walk.pending()) {
            members.push(Member { key, value: text.get(end..).unwrap_or(""), at: end });
        }
        let find = |name: &str| members.iter().find(|m| m.key.eq_ignore_ascii_case(name));
        // Most bags are rows without any list: nothing to look for, five times each.
        let lists = members.iter().any(|m| m.value.starts_with('['));
        let list = |name: &str| if lists { find(name).filter(|m| m.value.starts_with('[')) } else { None };
        if let (Some(schema), Some(results)) = (list("Schema"), list("Results")) {
            let form = hunting_form(find("@odata.context").is_some() || schema.key == "schema");
            json_table::records(self.loader, text, results.at, form, schema.value, self.line)?;
        } else if let Some(tables) = list("tables").filter(|m| first_has(m.value, &["columns", "rows"])) {
            json_table::tables(self.loader, text, tables.at, self.line)?;
            if let Some(error) = find("error") {
                self.loader.problem(self.line, "", "", json_table::PARTIAL, error.value);
            }
        } else if let Some(records) = list("records").filter(|m| first_has(m.value, &["category", "properties"])) {
            self.array(text, records.at)?;
        } else if let Some(value) =
            list("value").filter(|_| members.iter().all(|m| m.key.starts_with('@') || m.key == "value"))
        {
            self.array(text, value.at)?;
        } else if fault.is_none() {
            let value = text.get(at..end).unwrap_or("");
            self.record(value, &members);
        }
        match fault {
            Some(fault) => Err(fault.since(at)),
            None => Ok(end),
        }
    }

    /// Puts one record.
    pub(super) fn record(&mut self, value: &str, members: &[Member]) {
        let kind = match (&self.kind, self.loader.options.form) {
            (_, Some(form)) => Kind::as_form(form, members),
            (Some(kind), _) if kind.fits(members) => kind.clone(),
            _ => Kind::of(members),
        };
        if self.kind.is_none() {
            self.kind = Some(kind.clone());
        }
        let line = self.line;
        let find = |name: &str| members.iter().find(|m| m.key == name).map_or("", |m| m.value);
        match kind {
            Kind::Envelope => self.envelope(members),
            Kind::GraphAudit => {
                let table = self.one_table("graph audit query json", ual::TABLE);
                let (date, id, operation) = (said(find("createdDateTime")), said(find("id")), said(find("operation")));
                let (user, record_type) = (said(find("userPrincipalName")), said(find("auditLogRecordType")));
                let wrapping = ual::Wrapping {
                    date: &date,
                    id: &id,
                    operation: &operation,
                    record_type: &record_type,
                    user: &user,
                };
                ual::put(self.loader, table, line, &ual::without_annotations(find("auditData")), wrapping);
                self.loader.end_row(table);
            }
            Kind::AuditExport => {
                let table = self.one_table("unified audit json", ual::TABLE);
                let first =
                    |names: [&str; 2]| names.iter().map(|n| said(find(n))).find(|t| !t.is_empty()).unwrap_or_default();
                let (date, id) = (first(["CreationDate", "CreationTime"]), first(["Identity", "RecordId"]));
                let (operation, user) = (first(["Operations", "Operation"]), first(["UserIds", "UserId"]));
                let record_type = said(find("RecordType"));
                let wrapping = ual::Wrapping {
                    date: &date,
                    id: &id,
                    operation: &operation,
                    record_type: &record_type,
                    user: &user,
                };
                ual::put(self.loader, table, line, &said(find("AuditData")), wrapping);
                self.loader.end_row(table);
            }
            Kind::Activity => {
                let table = self.one_table("management activity json", ual::TABLE);
                ual::put(self.loader, table, line, value, ual::Wrapping::default());
                self.loader.end_row(table);
            }
            Kind::DirectoryAudit => self.entra("graph audit json", "AuditLogs", Record::Audit, members, &[]),
            Kind::SignIn => self.entra("graph sign-in json", "SigninLogs", Record::SignIn, members, &[]),
            Kind::Plain => self.flat.put(self.loader, line, value, members, form_of(self.lines)),
        }
    }

    /// Puts a record of the streaming API or of diagnostic settings.
    fn envelope(&mut self, members: &[Member]) {
        let find = |name: &str| members.iter().find(|m| m.key == name).map_or("", |m| m.value);
        let category = said(find("category"));
        let properties = find("properties");
        if let Some(name) = category.strip_prefix("AdvancedHunting-") {
            self.rows_of(&category, name, "streaming json", |rows, loader, table, line| {
                rows.put_bag(loader, table, line, properties);
            });
            return;
        }
        let properties = members_of(properties);
        let record = match category.as_ref() {
            "AuditLogs" => Some(("AuditLogs", Record::Audit)),
            "SignInLogs" => Some(("SigninLogs", Record::SignIn)),
            "NonInteractiveUserSignInLogs" => Some(("AADNonInteractiveUserSignInLogs", Record::SignIn)),
            "ServicePrincipalSignInLogs" => Some(("AADServicePrincipalSignInLogs", Record::SignIn)),
            "ManagedIdentitySignInLogs" => Some(("AADManagedIdentitySignInLogs", Record::SignIn)),
            _ => None,
        };
        match record {
            Some((table, record)) => self.entra("entra diagnostic json", table, record, &properties, members),
            None => {
                // Another service's log: its properties beside what the envelope says.
                let outer = members.iter().filter(|m| m.key != "properties").cloned();
                let row: Vec<Member> = outer.chain(properties).collect();
                let name: String = category.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
                self.rows_of(&category, &name, "diagnostic json", |rows, loader, table, line| {
                    rows.put(loader, table, line, &row);
                });
            }
        }
    }

    /// Puts a row of the table that its category names.
    fn rows_of(
        &mut self,
        category: &str,
        name: &str,
        form: &str,
        put: impl FnOnce(&mut RowMap, &mut Loader, TableNo, u64),
    ) {
        let known = self.envelopes.iter().position(|(c, _)| c == category);
        let at = known.unwrap_or_else(|| {
            self.loader.form(form);
            let named = name::given(self.loader).unwrap_or_else(|| Named::new(name, "category"));
            let table = self.loader.table(&named);
            self.envelopes.push((category.to_owned(), Category::Rows(table, RowMap::default())));
            self.envelopes.len() - 1
        });
        if let Some((_, Category::Rows(table, rows))) = self.envelopes.get_mut(at) {
            put(rows, self.loader, *table, self.line);
        }
    }

    /// Puts a record of Entra.
    fn entra(&mut self, form: &str, table: &str, record: Record, members: &[Member], envelope: &[Member]) {
        let known = self.envelopes.iter().position(|(c, _)| c == table);
        let at = known.unwrap_or_else(|| {
            self.loader.form(form);
            let named = name::of_form(self.loader, table);
            let mapping = Mapping::new(self.loader.table(&named), record);
            self.envelopes.push((table.to_owned(), Category::Entra(mapping)));
            self.envelopes.len() - 1
        });
        if let Some((_, Category::Entra(mapping))) = self.envelopes.get_mut(at) {
            mapping.put(self.loader, self.line, members, envelope);
            let table = mapping.table();
            self.loader.end_row(table);
        }
    }

    /// Returns the only table of the file.
    fn one_table(&mut self, form: &str, name: &str) -> TableNo {
        if let Some(table) = self.audit {
            return table;
        }
        self.loader.form(form);
        let table = self.loader.table(&name::of_form(self.loader, name));
        self.audit = Some(table);
        table
    }
}

impl Kind {
    /// Takes a record as what the user says it is.
    fn as_form(form: Form, members: &[Member]) -> Kind {
        let has = |name: &str| members.iter().any(|m| m.key == name);
        match (form, Kind::of(members)) {
            (Form::Rows, _) => Kind::Plain,
            (_, Kind::Envelope) => Kind::Envelope,
            (Form::EntraSignIn, _) => Kind::SignIn,
            (Form::EntraAudit, _) => Kind::DirectoryAudit,
            (Form::UnifiedAudit, _) if has("auditData") => Kind::GraphAudit,
            (Form::UnifiedAudit, _) if has("AuditData") => Kind::AuditExport,
            (Form::UnifiedAudit, _) => Kind::Activity,
            (Form::Csv | Form::CsvWithoutHeader | Form::Json, kind) => kind,
        }
    }

    /// Judges a record by its keys.
    fn of(members: &[Member]) -> Kind {
        let has = |name: &str| members.iter().any(|m| m.key == name);
        let bag = |name: &str| members.iter().any(|m| m.key == name && m.value.starts_with('{'));
        match () {
            () if has("category") && bag("properties") => Kind::Envelope,
            () if has("auditLogRecordType") && has("auditData") => Kind::GraphAudit,
            () if has("AuditData") && !has("RecordTypeId") => Kind::AuditExport,
            () if has("CreationTime") && has("RecordType") && has("Operation") => Kind::Activity,
            () if has("activityDateTime") && has("activityDisplayName") => Kind::DirectoryAudit,
            () if has("createdDateTime") && has("appDisplayName") && has("userPrincipalName") => Kind::SignIn,
            () => Kind::Plain,
        }
    }

    /// Tells cheaply whether a later record is still of the kind.
    fn fits(&self, members: &[Member]) -> bool {
        match self {
            Kind::Plain => true,
            Kind::Envelope => members.iter().any(|m| m.key == "properties" && m.value.starts_with('{')),
            kind => Kind::of(members) == *kind,
        }
    }
}

/// Tells whether the first element of an array is a bag with all of these keys, so that a row which merely has a
/// column of a telling name stays a row.
pub(super) fn first_has(list: &str, keys: &[&str]) -> bool {
    // A list that breaks off in its first element has nothing to show.
    let Some(Ok((_, first))) = Elements::new(list, 0).next() else { return true };
    let members = members_of(first);
    keys.iter().all(|key| members.iter().any(|m| m.key.eq_ignore_ascii_case(key)))
}

/// Returns the members of a checked bag.
pub(super) fn members_of(value: &str) -> Vec<Member<'_>> {
    Members::new(value, 0).map_while(Result::ok).collect()
}

pub(super) fn newlines(text: &str, from: usize, to: usize) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes().get(from..to).unwrap_or_default()).count() as u64
}
