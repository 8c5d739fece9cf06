//! JSON that brings its schema along: the hunting APIs, the Log Analytics query API, Kusto's responses.

use rehunt_lang::types::Type;

use super::alike::{Alike, Value};
use super::json::{members_of, put_value};
use super::json_text::{Elements, Fault, Member, said};
use super::loader::{Loader, TableNo};
use super::name;

/// What is said of an answer that lacks rows.
pub(super) const PARTIAL: &str = "the service answered in part only";

/// Reads the list of columns: objects with a name and a type, in any spelling of the two keys.
pub(super) fn columns(list: &str) -> Vec<(String, Option<Type>)> {
    let column = |value: &str| {
        let members = members_of(value);
        let find = |names: &[&str]| {
            let found = names.iter().find_map(|n| members.iter().find(|m| m.key.eq_ignore_ascii_case(n)));
            found.map(|m| said(m.value).into_owned())
        };
        let ty = find(&["ColumnType", "DataType", "Type"]).and_then(|t| type_of(&t));
        (find(&["ColumnName", "Name"]).unwrap_or_default(), ty)
    };
    Elements::new(list, 0).map_while(Result::ok).map(|(_, value)| column(value)).collect()
}

/// Reads a type as .NET or Kusto name it. `SByte` is how both spell bool.
fn type_of(name: &str) -> Option<Type> {
    let name = name.strip_prefix("System.").unwrap_or(name);
    Some(match name {
        "SByte" | "Boolean" => Type::Bool,
        "Int16" | "Int32" | "Byte" => Type::Int,
        "Int64" | "UInt32" => Type::Long,
        "Double" | "Single" => Type::Real,
        "Data.SqlTypes.SqlDecimal" | "SqlDecimal" | "Decimal" => Type::Decimal,
        "DateTime" => Type::Datetime,
        "TimeSpan" => Type::Timespan,
        "String" => Type::String,
        "Guid" => Type::Guid,
        "Object" => Type::Dynamic,
        other => return Type::from_name(&other.to_lowercase()),
    })
}

/// Starts the table that columns belong to, and finds their places; nothing where the file is refused.
fn begin(
    loader: &mut Loader,
    columns: &[(String, Option<Type>)],
    form: &str,
    line: u64,
) -> Option<(TableNo, Vec<usize>)> {
    let names: Vec<&str> = columns.iter().map(|c| c.0.as_str()).collect();
    loader.form(form);
    match name::of_rows(loader, &names) {
        Ok(named) => {
            let table = loader.table(&named);
            let building = loader.building(table);
            Some((table, columns.iter().map(|(name, ty)| building.column(name, *ty)).collect()))
        }
        Err(reason) => {
            loader.refuse(line, reason, &names.join(","));
            None
        }
    }
}

/// Puts the rows of a hunting API's answer: objects in the array at `at`.
///
/// # Errors
/// Where the array breaks off; the rows before are in.
pub(super) fn records(
    loader: &mut Loader,
    text: &str,
    at: usize,
    form: &str,
    schema: &str,
    line: u64,
) -> Result<(), Fault> {
    let Some(mut rows) = Records::begin(loader, form, schema, line) else { return Ok(()) };
    for element in Elements::new(text, at) {
        let (_, value) = element?;
        if rows.put_alike(loader, value, 0, line).is_none() {
            rows.put(loader, value, line);
        }
    }
    Ok(())
}

/// The rows of a hunting API's answer.
pub(super) struct Records {
    columns: Vec<(String, Option<Type>)>,
    table: TableNo,
    places: Vec<usize>,
    /// A row with all columns in the order of the schema, as mostly, and what it holds.
    alike: Option<Alike>,
    values: Vec<Value>,
}

impl Records {
    /// Starts their table; nothing where the file is refused.
    pub(super) fn begin(loader: &mut Loader, form: &str, schema: &str, line: u64) -> Option<Self> {
        let columns = columns(schema);
        let (table, places) = begin(loader, &columns, form, line)?;
        let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
        let alike = Alike::new(&names, None);
        Some(Self { columns, table, places, alike, values: Vec::new() })
    }

    /// Puts the bag at `at` where it is a row with all columns in their order, and returns the byte after it.
    pub(super) fn put_alike(&mut self, loader: &mut Loader, text: &str, at: usize, line: u64) -> Option<usize> {
        let end = self.alike.as_ref()?.read(text, at, &mut self.values)?;
        for (value, place) in self.values.iter().zip(&self.places) {
            value.put(loader, self.table, *place, line, text);
        }
        loader.end_row(self.table);
        Some(end)
    }

    /// Puts a row.
    pub(super) fn put(&mut self, loader: &mut Loader, value: &str, line: u64) {
        for (n, member) in members_of(value).iter().enumerate() {
            // Rows have their keys in the schema's order, mostly.
            let place = match self.columns.get(n) {
                Some((name, _)) if *name == member.key => self.places.get(n).copied(),
                _ => None,
            };
            let place = place.unwrap_or_else(|| loader.building(self.table).column(&member.key, None));
            put_value(loader, self.table, place, line, member.value);
        }
        loader.end_row(self.table);
    }
}

/// Puts the tables of a Log Analytics or Kusto v1 answer: objects with columns and rows in the array at `at`.
/// Of Kusto's several tables only the first holds results.
///
/// # Errors
/// Where the array breaks off.
pub(super) fn tables(loader: &mut Loader, text: &str, at: usize, line: u64) -> Result<(), Fault> {
    for (n, element) in Elements::new(text, at).enumerate() {
        let (_, value) = element?;
        let members = members_of(value);
        let kusto = members.iter().any(|m| m.key == "TableName");
        if n == 0 {
            let form = if kusto { "kusto v1 json" } else { "log analytics json" };
            let list = |name: &str| members.iter().find(|m| m.key.eq_ignore_ascii_case(name)).map_or("[]", |m| m.value);
            put_rows(loader, &columns(list("columns")), &[list("rows")], form, line);
        } else if !kusto {
            loader.problem(line, "", "", "a second table in one answer is not read", "");
        } else {
            let list = |name: &str| members.iter().find(|m| m.key == name).map_or("[]", |m| m.value);
            for error in errors(&columns(list("Columns")), list("Rows")) {
                loader.problem(line, "", "", PARTIAL, error);
            }
        }
    }
    Ok(())
}

/// Returns the rows by which the service says, beside the rows of its answer, that it did not give all of them: a limit
/// was met, a shard was lost. Such an answer comes as if all was well.
fn errors<'a>(columns: &[(String, Option<Type>)], rows: &'a str) -> Vec<&'a str> {
    let level = columns.iter().position(|(name, _)| matches!(name.as_str(), "LevelName" | "SeverityName"));
    let Some(level) = level else { return Vec::new() };
    let rows = Elements::new(rows, 0).map_while(Result::ok).map(|(_, row)| row);
    let failed = |row: &&str| {
        let cell = Elements::new(row, 0).map_while(Result::ok).nth(level);
        row.starts_with('[') && cell.is_some_and(|(_, text)| matches!(text, "\"Error\"" | "\"Critical\""))
    };
    rows.filter(failed).collect()
}

/// Puts rows that are arrays.
fn put_rows(loader: &mut Loader, columns: &[(String, Option<Type>)], lists: &[&str], form: &str, line: u64) {
    let Some((table, places)) = begin(loader, columns, form, line) else { return };
    let name = loader.building(table).name.clone();
    for row in lists.iter().flat_map(|list| Elements::new(list, 0)).map_while(Result::ok).map(|(_, row)| row) {
        if !row.starts_with('[') {
            loader.problem(line, &name, "", PARTIAL, row);
            continue;
        }
        let mut cells = Elements::new(row, 0).map_while(Result::ok);
        for place in &places {
            if let Some((_, cell)) = cells.next() {
                put_value(loader, table, *place, line, cell);
            }
        }
        loader.end_row(table);
    }
}

/// The frames of a Kusto v2 answer.
#[derive(Default)]
pub(super) struct Frames<'a> {
    columns: Vec<(String, Option<Type>)>,
    rows: Vec<&'a str>,
    /// Tables of results that have begun; the first is read.
    results: usize,
    /// The table that is being put together is the one that is read.
    primary: bool,
    errors: Vec<&'a str>,
}

impl<'a> Frames<'a> {
    /// Takes a frame.
    pub(super) fn add(&mut self, members: Vec<Member<'a>>) {
        let find = |name: &str| members.iter().find(|m| m.key == name).map_or("", |m| m.value);
        let rows = members.iter().find(|m| m.key == "Rows").map(|m| m.value);
        let result = find("TableKind") == "\"PrimaryResult\"";
        match said(find("FrameType")).as_ref() {
            "DataTable" if result => {
                self.begin(find("Columns"));
                self.rows.extend(rows.filter(|_| self.primary));
                self.primary = false;
            }
            "TableHeader" if result => self.begin(find("Columns")),
            "TableHeader" => self.primary = false,
            "TableFragment" if self.primary => {
                if find("TableFragmentType") == "\"DataReplace\"" {
                    self.rows.clear();
                }
                self.rows.extend(rows);
            }
            "DataTable" if find("TableKind") == "\"QueryCompletionInformation\"" => {
                self.errors.extend(rows.into_iter().flat_map(|rows| errors(&columns(find("Columns")), rows)));
            }
            "DataSetCompletion" if find("HasErrors") == "true" => self.errors.push(find("OneApiErrors")),
            _ => {}
        }
    }

    fn begin(&mut self, list: &str) {
        self.results += 1;
        self.primary = self.results == 1;
        if self.primary {
            self.columns = columns(list);
        }
    }

    /// Puts the rows of the result.
    pub(super) fn put(self, loader: &mut Loader, line: u64) {
        put_rows(loader, &self.columns, &self.rows, "kusto v2 json", line);
        if self.rows.is_empty() {
            loader.problem(line, "", "", "no table of results is among the frames of the answer", "");
        }
        if self.results > 1 {
            loader.problem(line, "", "", "a second table in one answer is not read", "");
        }
        for error in self.errors {
            loader.problem(line, "", "", PARTIAL, error);
        }
    }
}
