//! Compatibility columns of rows in memory: a column that an export lacks, taken from another.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringViewArray, StringViewBuilder};
use arrow::compute::{is_null, kernels::zip::zip};
use arrow::error::ArrowError;
use rehunt_lang::types::{Field, Type};

use super::shipped::{Shipped, Source};

/// Fills the columns of a stretch of rows where they have no value; a column without any value is `None` before.
///
/// # Errors
/// When two columns that should be of one type are not.
pub(crate) fn fill(table: &Shipped, fields: &[Field], columns: &mut [Option<ArrayRef>]) -> Result<(), ArrowError> {
    let rows = columns.iter().flatten().map(Array::len).next().unwrap_or(0);
    let place = |name: &str| fields.iter().position(|f| f.name == name);
    for (column, source) in &table.sources {
        let Some(at) = place(column) else { continue };
        let missing = match columns.get(at) {
            Some(Some(array)) => match missing(array) {
                Some(missing) => Some(missing),
                None => continue,
            },
            _ => None,
        };
        let other = |name: &str| place(name).and_then(|at| columns.get(at)).and_then(Clone::clone);
        let found = match source {
            Source::Column(name) => other(name),
            Source::DomainOf(name) => other(name).map(|addresses| domains(addresses.as_string_view())),
            Source::TableName if rows > 0 => Some(Arc::new(StringViewArray::from(vec![table.name; rows])) as ArrayRef),
            Source::TableName => None,
        };
        let Some(slot) = columns.get_mut(at) else { continue };
        *slot = match (found, missing, slot.take()) {
            (Some(found), Some(missing), Some(array)) => Some(zip(&missing, &found, &array)?),
            (found, _, array) => array.or(found),
        };
    }
    Ok(())
}

/// Returns the columns without any value (`told` says which have some) that [`fill`] takes from a single other column
/// as it stands: whoever reads the rows without them makes them again, as in Parquet files that lack them.
pub(crate) fn derived(table: &Shipped, fields: &[Field], told: &[bool]) -> Vec<usize> {
    let place = |name: &str| fields.iter().position(|f| f.name == name);
    let is_told = |name: &str| place(name).and_then(|at| told.get(at)).copied().unwrap_or(false);
    let sources = |name: &str| {
        let own = table.sources.iter().filter(move |(column, _)| column == name);
        own.map(|(_, source)| source).collect::<Vec<_>>()
    };
    let there = |source: &Source| match source {
        Source::Column(other) | Source::DomainOf(other) => is_told(other),
        Source::TableName => true,
    };
    // One that has no value yet may get some from a third.
    let may_tell = |source: &Source| match source {
        Source::Column(other) | Source::DomainOf(other) => is_told(other) || sources(other).into_iter().any(there),
        Source::TableName => true,
    };
    let follows = |name: &str| match sources(name).into_iter().filter(|s| may_tell(s)).collect::<Vec<_>>()[..] {
        [only] => there(only),
        _ => false,
    };
    (0..fields.len()).filter(|at| !is_told(&fields[*at].name) && follows(&fields[*at].name)).collect()
}

/// Marks the rows without a value; nothing where every row has one.
fn missing(array: &ArrayRef) -> Option<BooleanArray> {
    let missing = match array.as_string_view_opt() {
        Some(texts) => texts.iter().map(|t| Some(t.is_none_or(str::is_empty))).collect(),
        None => is_null(array).ok()?,
    };
    (missing.true_count() > 0).then_some(missing)
}

/// Returns what stands after the first `@` of each address and before a second one; `""` without one.
pub(crate) fn domains(addresses: &StringViewArray) -> ArrayRef {
    let mut out = StringViewBuilder::with_capacity(addresses.len());
    for address in addresses {
        out.append_value(address.and_then(|a| a.split('@').nth(1)).unwrap_or(""));
    }
    Arc::new(out.finish())
}

/// Returns the column that says when a row of a table happened.
pub(crate) fn time_column(table: &str, fields: &[Field]) -> Option<String> {
    let has = |name: &str| fields.iter().any(|f| f.name == name && f.ty == Type::Datetime);
    let own_first = match table {
        "AuditLogs" | "SigninLogs" | "UnifiedAuditLog" => ["TimeGenerated", "Timestamp"],
        _ => ["Timestamp", "TimeGenerated"],
    };
    own_first.into_iter().find(|name| has(name)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::catalog::shipped::find;

    #[test]
    fn an_alias_is_the_other_column_and_fills_its_own_gaps() {
        let table = find("IdentityLogonEvents").unwrap();
        let mut columns: Vec<Option<ArrayRef>> = vec![None; table.fields.len()];
        let at = |name: &str| table.fields.iter().position(|f| f.name == name).unwrap();
        columns[at("Location")] = Some(Arc::new(StringViewArray::from(vec!["JP", "NL"])));
        columns[at("ISP")] = Some(Arc::new(StringViewArray::from(vec!["", "b"])));
        columns[at("Isp")] = Some(Arc::new(StringViewArray::from(vec!["a", "c"])));
        fill(table, &table.fields, &mut columns).unwrap();
        let texts = |name: &str| {
            let array = columns[at(name)].clone().unwrap();
            array.as_string_view().iter().flatten().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(texts("CountryCode"), ["JP", "NL"]);
        assert_eq!(texts("ISP"), ["a", "b"]);
        assert_eq!(texts("Isp"), ["a", "c"]);
        assert!(columns[at("Timestamp")].is_none());
    }

    #[test]
    fn what_follows_from_one_other_column_need_not_be_kept() {
        let table = find("IdentityLogonEvents").unwrap();
        let names = |told: &[&str]| -> Vec<&str> {
            let told: Vec<bool> = table.fields.iter().map(|f| told.contains(&f.name.as_str())).collect();
            derived(table, &table.fields, &told).into_iter().map(|at| table.fields[at].name.as_str()).collect()
        };
        let follow = names(&["Timestamp", "ISP", "Isp"]);
        assert!(follow.contains(&"TimeGenerated") && !follow.contains(&"Timestamp"), "{follow:?}");
        assert!(!follow.contains(&"ISP") && !follow.contains(&"Isp") && !follow.contains(&"CountryCode"), "{follow:?}");
        assert!(names(&["TimeGenerated", "Location"]).contains(&"Timestamp"));
        // A column of two others, one in some rows and one in the rest, is neither.
        let logs = find("SigninLogs").unwrap();
        let told: Vec<bool> =
            logs.fields.iter().map(|f| f.name == "CreatedDateTime" || f.name == "Timestamp").collect();
        let time = logs.fields.iter().position(|f| f.name == "TimeGenerated").unwrap();
        assert_eq!(logs.sources.iter().filter(|(name, _)| name == "TimeGenerated").count(), 2);
        assert!(!derived(logs, &logs.fields, &told).contains(&time));
    }

    #[test]
    fn domains_are_the_second_part_of_an_address() {
        let found = domains(&StringViewArray::from(vec!["a@b.example", "", "none", "a@b@c"]));
        assert_eq!(found.as_string_view().iter().flatten().collect::<Vec<_>>(), ["b.example", "", "", "b"]);
    }
}
