//! Which table a file's rows belong to.

use super::loader::Loader;
use crate::catalog::shipped;

/// Returns the table the user named.
pub(super) fn given(loader: &Loader) -> Option<String> {
    loader.options.table.clone()
}

/// Returns the table of rows that say nothing of it themselves: the one the user named, else the one the path names,
/// else the one whose columns they have, else one called after the file.
pub(super) fn of_rows(loader: &Loader, columns: &[&str]) -> String {
    let by_header = || shipped::by_header(columns).map(|(table, _)| table.name.clone());
    given(loader)
        .or_else(|| by_folder(loader))
        .or_else(|| by_file_name(loader, columns))
        .or_else(by_header)
        .unwrap_or_else(|| by_file(loader))
}

/// Returns the table of a row that has a column `Type`, as those of Log Analytics do. A record may have a type of its
/// own there, so a shipped table whose columns it has comes first.
pub(super) fn of_typed_row(columns: &[&str], ty: &str) -> Option<String> {
    let by_header = || shipped::by_header(columns).map(|(table, _)| table.name.clone());
    shipped::find(ty).map(|t| t.name.clone()).or_else(by_header).or_else(|| is_table_name(ty).then(|| ty.to_owned()))
}

/// Returns the table that a folder of the path names: the container of an export.
fn by_folder(loader: &Loader) -> Option<String> {
    let path = loader.path();
    path.iter().rev().skip(1).filter_map(|p| p.to_str()).find_map(|part| {
        let exported = part.strip_prefix("am-").filter(|n| is_table_name(n));
        let streamed = part.strip_prefix("insights-logs-advancedhunting-").and_then(shipped_name);
        exported.map(|n| shipped_name(n).unwrap_or(n)).or(streamed).map(str::to_owned)
    })
}

/// Returns the shipped table after which the file is called (`EmailEvents.csv`, `emailevents_2025-06-01.csv`), if it
/// has most of the columns: people call the results of their queries so, too.
fn by_file_name(loader: &Loader, columns: &[&str]) -> Option<String> {
    let stem = stem(loader);
    let called = shipped::all().iter().find(|t| {
        let rest = stem.get(t.name.len()..);
        let named = stem.get(..t.name.len()).is_some_and(|s| s.eq_ignore_ascii_case(&t.name));
        named && rest.is_some_and(|r| !r.starts_with(|c: char| c.is_ascii_alphabetic()))
    })?;
    let known = columns.iter().filter(|c| called.fields.iter().any(|f| f.name == **c)).count();
    (known * 2 >= columns.len()).then(|| called.name.clone())
}

/// Returns a table's name made of the file's.
fn by_file(loader: &Loader) -> String {
    let mut name: String =
        stem(loader).chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

/// Tells whether a text can be a table's name as services write them.
fn is_table_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
}

/// Returns the name of a shipped table in its own spelling.
fn shipped_name(name: &str) -> Option<&'static str> {
    shipped::all().iter().map(|t| t.name.as_str()).find(|n| n.eq_ignore_ascii_case(name))
}

/// Returns the file's name without the ends that tell its form.
fn stem(loader: &Loader) -> String {
    let path = loader.path();
    let mut stem = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    for end in [".gz", ".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".txt", ".log"] {
        if let Some(cut) = stem.len().checked_sub(end.len()).filter(|cut| *cut > 0)
            && stem.get(cut..).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
        {
            stem.truncate(cut);
        }
    }
    stem
}
