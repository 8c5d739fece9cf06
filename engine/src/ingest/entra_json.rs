//! Sign-ins and audit records of Entra ID as JSON: what Graph and the portal download, and the same within the envelope
//! of diagnostic settings. Keys in camel case go to the columns of Log Analytics, whose names differ in case only,
//! but for the few listed here.

use std::collections::HashMap;

use super::column::Cell;
use super::json::put_value;
use super::json_text::{Member, Members, said};
use super::loader::{Loader, TableNo};
use crate::catalog::shipped;

/// Keys of a sign-in that are columns of `SigninLogs` by another name.
static SIGN_IN: &[(&str, &[&str])] = &[
    ("appliedConditionalAccessPolicies", &["ConditionalAccessPolicies", "AppliedConditionalAccessPolicies"]),
    ("createdDateTime", &["TimeGenerated", "CreatedDateTime"]),
    ("location", &["LocationDetails"]),
    ("resourceId", &["ResourceIdentity"]),
];

/// Keys of an audit record that are columns of `AuditLogs` by another name.
static AUDIT: &[(&str, &[&str])] = &[
    ("activityDateTime", &["TimeGenerated", "ActivityDateTime"]),
    ("activityDisplayName", &["OperationName", "ActivityDisplayName"]),
    ("operationType", &["AADOperationType"]),
];

/// Keys of the envelope that are columns by another name. `time` is when the record was sent.
static ENVELOPE: &[(&str, &[&str])] =
    &[("callerIpAddress", &["IPAddress"]), ("properties", &[]), ("tenantId", &["AADTenantId"]), ("time", &[])];

/// Which record it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// A sign-in.
    SignIn,
    /// A change of the directory.
    Audit,
}

/// Where the keys of one kind of record go.
pub(super) struct Mapping {
    table: TableNo,
    record: Record,
    own: HashMap<String, Vec<usize>>,
    envelope: HashMap<String, Vec<usize>>,
}

impl Mapping {
    /// Starts without knowing any key.
    pub(super) fn new(table: TableNo, record: Record) -> Self {
        Self { table, record, own: HashMap::new(), envelope: HashMap::new() }
    }

    /// Returns the table the rows go to.
    pub(super) fn table(&self) -> TableNo {
        self.table
    }

    /// Puts a record into the current row; `envelope` is empty where there is none.
    pub(super) fn put(&mut self, loader: &mut Loader, line: u64, record: &[Member], envelope: &[Member]) {
        let renames = match self.record {
            Record::SignIn => SIGN_IN,
            Record::Audit => AUDIT,
        };
        let mut nested = Nested::default();
        for member in record {
            match (self.record, member.key.as_ref()) {
                (Record::SignIn, "status") => nested.status = member.value,
                (Record::SignIn, "location") => nested.location = member.value,
                (Record::Audit, "result") => {
                    let result = said(member.value).to_lowercase();
                    loader.put_named(self.table, "Result", line, Cell::Said(&result));
                    continue;
                }
                _ => {}
            }
            put(loader, self.table, line, &mut self.own, renames, self.record, member);
        }
        for member in envelope {
            // The code of the country; the record has the whole place.
            if member.key == "location" && !member.value.starts_with('"') {
                continue;
            }
            put(loader, self.table, line, &mut self.envelope, ENVELOPE, self.record, member);
        }
        if self.record == Record::SignIn {
            self.complete(loader, line, nested);
        }
    }

    /// Fills what only an envelope would say from the record itself.
    fn complete(&self, loader: &mut Loader, line: u64, nested: Nested) {
        let mut code = String::new();
        for member in Members::new(nested.status, 0).map_while(Result::ok) {
            match member.key.as_ref() {
                "errorCode" => code = said(member.value).into_owned(),
                "failureReason" if !matches!(code.as_str(), "" | "0") => {
                    if_missing(loader, self.table, line, "ResultDescription", &said(member.value));
                }
                _ => {}
            }
        }
        if_missing(loader, self.table, line, "ResultType", &code);
        let mut place = Members::new(nested.location, 0).map_while(Result::ok);
        if let Some(country) = place.find(|m| m.key == "countryOrRegion" && m.value.starts_with('"')) {
            if_missing(loader, self.table, line, "Location", &said(country.value));
        }
    }
}

#[derive(Default)]
struct Nested<'a> {
    status: &'a str,
    location: &'a str,
}

fn if_missing(loader: &mut Loader, table: TableNo, line: u64, column: &str, text: &str) {
    let place = loader.building(table).column(column, None);
    if !loader.building(table).has(place) {
        loader.put(table, place, line, Cell::Said(text));
    }
}

/// Puts a member into its columns where these are still free in the row.
fn put(
    loader: &mut Loader,
    table: TableNo,
    line: u64,
    known: &mut HashMap<String, Vec<usize>>,
    renames: &[(&str, &[&str])],
    record: Record,
    member: &Member,
) {
    if !known.contains_key(member.key.as_ref()) {
        let places = places(loader, table, renames, record, &member.key);
        known.insert(member.key.to_string(), places);
    }
    for place in known.get(member.key.as_ref()).into_iter().flatten() {
        if !loader.building(table).has(*place) {
            put_value(loader, table, *place, line, member.value);
        }
    }
}

/// Finds the columns of a key.
fn places(loader: &mut Loader, table: TableNo, renames: &[(&str, &[&str])], record: Record, key: &str) -> Vec<usize> {
    let building = loader.building(table);
    if let Some((_, columns)) = renames.iter().find(|(name, _)| *name == key) {
        return columns.iter().map(|c| building.column(c, None)).collect();
    }
    // Notes of the pipeline, not of the record.
    if key.starts_with("__UDI_") || key.starts_with("@odata") || key.contains("@odata.") {
        return Vec::new();
    }
    let model = match record {
        Record::SignIn => "SigninLogs",
        Record::Audit => "AuditLogs",
    };
    let fields = shipped::find(model).map_or(&[][..], |t| &t.fields);
    match fields.iter().find(|f| f.name.eq_ignore_ascii_case(key)) {
        Some(field) => vec![building.column(&field.name, Some(field.ty))],
        None => {
            let mut name = key.to_owned();
            if let Some(first) = name.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            vec![building.column(&name, None)]
        }
    }
}
