//! The unified audit log. Every export wraps the same record; the record itself tells the time, the operation and the
//! user, free of the exporting machine's language.

use csv::StringRecord;

use super::column::Cell;
use super::csv::Header;
use super::json_text::{Member, Members, said};
use super::loader::{Loader, TableNo};
use super::record_types::{name_of, number_of};

/// The table.
pub(super) const TABLE: &str = "UnifiedAuditLog";

/// What the export says of a record, beside the record; empty where it says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wrapping<'a> {
    pub date: &'a str,
    pub id: &'a str,
    pub operation: &'a str,
    pub record_type: &'a str,
    pub user: &'a str,
}

/// Puts one record into the current row. `record` is its JSON text, perhaps broken.
pub(super) fn put(loader: &mut Loader, table: TableNo, line: u64, record: &str, wrapping: Wrapping) {
    let mut own = Wrapping::default();
    let mut workload = "";
    for member in Members::new(record, 0).map_while(Result::ok) {
        let Member { key, value, .. } = member;
        match key.as_ref() {
            "CreationTime" => own.date = value,
            "Id" => own.id = value,
            "Operation" => own.operation = value,
            "RecordType" => own.record_type = value,
            "UserId" => own.user = value,
            "Workload" => workload = value,
            _ => {}
        }
    }
    let mut text = |column: &str, own: &str, wrapped: &str| {
        let own = said(own);
        let chosen = if own.is_empty() || own == "null" { wrapped } else { &own };
        loader.put_named(table, column, line, Cell::Text(chosen));
    };
    text("TimeGenerated", own.date, wrapping.date);
    text("RecordId", own.id, wrapping.id);
    text("Workload", workload, "");
    text("Operations", own.operation, wrapping.operation);
    text("UserIds", own.user, wrapping.user);
    let (number, name) = record_type(&said(own.record_type), wrapping.record_type);
    text("RecordType", "", &name);
    if let Some(number) = number {
        text("RecordTypeId", "", &number.to_string());
    }
    loader.put_named(table, "AuditData", line, Cell::Text(record));
}

/// Returns number and name of a record type of which the record gives the one and the export perhaps the other.
fn record_type(own: &str, wrapped: &str) -> (Option<i32>, String) {
    let wrapped = wrapped.trim();
    let number = own.parse().or_else(|_| wrapped.parse()).ok();
    let named = [own, wrapped].into_iter().find(|t| t.starts_with(|c: char| c.is_alphabetic()) && *t != "null");
    let number = number.or_else(|| named.and_then(number_of));
    let name = number.and_then(name_of).map(str::to_owned);
    let name = name.or_else(|| named.map(str::to_owned)).or_else(|| number.map(|n| n.to_string()));
    (number, name.unwrap_or_default())
}

/// The columns of a CSV export.
pub(super) struct FromCsv {
    table: TableNo,
    record: Option<usize>,
    date: Option<usize>,
    id: Option<usize>,
    operation: Option<usize>,
    record_type: Option<usize>,
    user: Option<usize>,
    /// Columns kept as they are: where they stand, and where they go.
    others: Vec<(usize, usize)>,
}

impl FromCsv {
    /// Finds the columns: `Search-UnifiedAuditLog` has the plural names, Purview the singular ones.
    pub(super) fn new(loader: &mut Loader, table: TableNo, header: &Header) -> Self {
        let one_of = |names: [&str; 2]| names.iter().find_map(|n| header.place(n));
        let mut map = Self {
            table,
            record: header.place("AuditData"),
            date: one_of(["CreationDate", "CreationTime"]),
            id: one_of(["RecordId", "Identity"]),
            operation: one_of(["Operations", "Operation"]),
            record_type: header.place("RecordType"),
            user: one_of(["UserIds", "UserId"]),
            others: Vec::new(),
        };
        let used = [
            map.record,
            map.id.filter(|_| header.place("RecordId").is_some()),
            map.operation,
            map.record_type,
            map.user,
        ];
        for (at, name) in header.names().iter().enumerate() {
            if !used.contains(&Some(at)) && !name.is_empty() {
                map.others.push((at, loader.building(table).column(name, None)));
            }
        }
        map
    }

    /// Puts a row.
    pub(super) fn put(&self, loader: &mut Loader, line: u64, row: &StringRecord) {
        let cell = |place: Option<usize>| place.and_then(|at| row.get(at)).unwrap_or("");
        let wrapping = Wrapping {
            date: cell(self.date),
            id: cell(self.id),
            operation: cell(self.operation),
            record_type: cell(self.record_type),
            user: cell(self.user),
        };
        put(loader, self.table, line, cell(self.record), wrapping);
        for (at, place) in &self.others {
            loader.put(self.table, *place, line, Cell::Text(cell(Some(*at))));
        }
    }
}

/// Drops the members that Graph adds to a record (`@odata.type`); the rest stays as it is.
pub(super) fn without_annotations(record: &str) -> String {
    let kept: Vec<String> = Members::new(record, 0)
        .map_while(Result::ok)
        .filter(|m| !m.key.starts_with("@odata"))
        .map(|m| {
            let mut text = String::new();
            crate::dynamic::push_string(&mut text, &m.key);
            text + ":" + m.value
        })
        .collect();
    format!("{{{}}}", kept.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_and_name_of_a_record_type_complete_each_other() {
        let of = |own, wrapped| {
            let (number, name) = record_type(own, wrapped);
            (number, name)
        };
        assert_eq!(of("15", "AzureActiveDirectoryStsLogon"), (Some(15), "AzureActiveDirectoryStsLogon".to_owned()));
        assert_eq!(of("", "50"), (Some(50), "ExchangeItemAggregated".to_owned()));
        assert_eq!(of("", "ExchangeItem"), (Some(2), "ExchangeItem".to_owned()));
        assert_eq!(of("99999", "BrandNew"), (Some(99999), "BrandNew".to_owned()));
        assert_eq!(of("99999", ""), (Some(99999), "99999".to_owned()));
        assert_eq!(of("", ""), (None, String::new()));
    }
}
