//! Which table a file's rows belong to, and how that was found.

use rehunt_lang::host::watchlist_table;

use super::loader::Loader;
use crate::catalog::recognise::{Recognised, recognise};
use crate::catalog::shipped;

/// A table's name and what told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The name.
    pub table: String,
    /// What told it, in a few words; shown in `load_files`.
    pub by: String,
}

impl Named {
    pub(super) fn new(table: impl Into<String>, by: impl Into<String>) -> Self {
        Self { table: table.into(), by: by.into() }
    }
}

/// Returns the table the user named.
pub(super) fn given(loader: &Loader) -> Option<Named> {
    let path = loader.path();
    let of_file = loader.options.tables.iter().find(|(file, _)| path.ends_with(file));
    let name = of_file.map(|(_, table)| table).or(loader.options.table.as_ref());
    name.map(|table| Named::new(table, "--table"))
}

/// Returns the table that the user or the folder names: all rows of the file are its own.
pub(super) fn told(loader: &Loader) -> Option<Named> {
    given(loader).or_else(|| watchlist(loader)).or_else(|| by_folder(loader))
}

/// Returns the table of a watchlist: a file in a folder `watchlists`, by the name of the file.
pub(super) fn watchlist(loader: &Loader) -> Option<Named> {
    if let Some(table) = loader.options.table.as_ref().filter(|table| table.starts_with("_GetWatchlist(")) {
        return Some(Named::new(table, "--map"));
    }
    let path = loader.path();
    let folder = path.parent()?.file_name()?;
    (folder == "watchlists").then(|| Named::new(watchlist_table(&stem(loader)), "folder"))
}

/// Returns the table that records of a form always go to, unless the user named another.
pub(super) fn of_form(loader: &Loader, table: &str) -> Named {
    given(loader).unwrap_or_else(|| Named::new(table, "form"))
}

/// Returns the table of rows that say nothing of it themselves: the one the user named, else the one the path names,
/// else the one whose columns they have, else one called after the file.
///
/// # Errors
/// When the columns are those of several tables alike and the rows are events: the reason, with the candidates.
pub(super) fn of_rows(loader: &Loader, columns: &[&str]) -> Result<Named, String> {
    let told = told(loader).or_else(|| by_file_name(loader, columns));
    if let Some(named) = told {
        return Ok(named);
    }
    match recognise(columns) {
        Recognised::Table(table, share) => Ok(Named::new(table.name, by_columns(share))),
        // A list without times is nobody's evidence; it goes by its own name.
        Recognised::Alike(names) if columns.iter().any(|c| matches!(*c, "Timestamp" | "TimeGenerated")) => {
            let names: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
            Err(format!("the columns fit {} alike: say which with --table FILE=NAME", names.join(", ")))
        }
        _ => Ok(by_file(loader)),
    }
}

/// Returns the table that the columns alone tell, if they tell one.
pub(super) fn of_columns(columns: &[&str]) -> Option<Named> {
    match recognise(columns) {
        Recognised::Table(table, share) => Some(Named::new(table.name, by_columns(share))),
        _ => None,
    }
}

/// Returns the table that the columns with values tell; all columns decide where several tables fit alike.
pub(super) fn of_values(columns: &[&str], told: &[&str]) -> Option<Named> {
    match recognise(told) {
        Recognised::Table(table, share) => Some(Named::new(table.name, by_columns(share))),
        Recognised::Alike(names) => {
            let known = |name: &&&str| {
                let fields = shipped::find(name).map_or(&[][..], |t| &t.fields);
                columns.iter().filter(|c| fields.iter().any(|f| f.name == **c)).count()
            };
            let best = names.iter().max_by_key(known)?;
            let alone = names.iter().filter(|name| known(name) == known(&best)).count() == 1;
            let share = known(&best) as f64 / columns.len().max(1) as f64;
            alone.then(|| Named::new(*best, by_columns(share)))
        }
        Recognised::Unknown => None,
    }
}

/// Returns the table of a row that has a column `Type`, as those of Log Analytics do. A record may have a type of its
/// own there, so a shipped table whose columns it has comes first.
pub(super) fn of_typed_row(columns: &[&str], ty: &str) -> Option<Named> {
    let named = |table: &str| Named::new(table, "column Type");
    shipped::spelled(ty)
        .filter(|name| *name == ty)
        .map(named)
        .or_else(|| of_columns(columns))
        .or_else(|| is_table_name(ty).then(|| named(ty)))
}

fn by_columns(share: f64) -> String {
    format!("columns {share:.2}")
}

/// Returns the table that a folder of the path names: the container of an export.
fn by_folder(loader: &Loader) -> Option<Named> {
    let path = loader.path();
    path.iter().rev().skip(1).filter_map(|p| p.to_str()).find_map(|part| {
        let exported = part.strip_prefix("am-").filter(|n| is_table_name(n));
        let streamed = part.strip_prefix("insights-logs-advancedhunting-").and_then(shipped::spelled);
        exported.map(|n| shipped::spelled(n).unwrap_or(n)).or(streamed).map(|table| Named::new(table, "folder"))
    })
}

/// Returns the table of the records in a container of diagnostic settings, which is called after their category. The
/// records say their category themselves, so this tells only what need not be read.
pub(super) fn by_container(loader: &Loader) -> Option<Named> {
    const CATEGORIES: [(&str, &str); 5] = [
        ("auditlogs", "AuditLogs"),
        ("signinlogs", "SigninLogs"),
        ("noninteractiveusersigninlogs", "AADNonInteractiveUserSignInLogs"),
        ("serviceprincipalsigninlogs", "AADServicePrincipalSignInLogs"),
        ("managedidentitysigninlogs", "AADManagedIdentitySignInLogs"),
    ];
    let path = loader.path();
    let categories = path.iter().rev().skip(1).filter_map(|part| part.to_str()?.strip_prefix("insights-logs-"));
    let found = categories.filter_map(|category| CATEGORIES.iter().find(|(name, _)| *name == category)).next();
    found.map(|(_, table)| Named::new(*table, "folder"))
}

/// Returns the shipped table after which the file is called (`EmailEvents.csv`, `emailevents_2025-06-01.csv`), if it
/// has most of the columns: people call the results of their queries so, too.
pub(super) fn by_file_name(loader: &Loader, columns: &[&str]) -> Option<Named> {
    let stem = stem(loader);
    let called = shipped::names().find(|name| {
        let rest = stem.get(name.len()..);
        let named = stem.get(..name.len()).is_some_and(|s| s.eq_ignore_ascii_case(name));
        named && rest.is_some_and(|r| !r.starts_with(|c: char| c.is_ascii_alphabetic()))
    })?;
    let fields = &shipped::find(called)?.fields;
    let known = columns.iter().filter(|c| fields.iter().any(|f| f.name == **c)).count();
    (known * 2 >= columns.len()).then(|| Named::new(called, "file name"))
}

/// Returns a table's name made of the file's.
pub(super) fn by_file(loader: &Loader) -> Named {
    let mut name: String =
        stem(loader).chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    Named::new(name, "file name, no known table")
}

/// Tells whether a text can be a table's name as services write them.
fn is_table_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
}

/// Returns the file's name without the ends that tell its form.
pub(super) fn stem(loader: &Loader) -> String {
    let path = loader.path();
    let mut stem = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    for end in [".gz", ".zst", ".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".txt", ".log"] {
        if let Some(cut) = stem.len().checked_sub(end.len()).filter(|cut| *cut > 0)
            && stem.get(cut..).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
        {
            stem.truncate(cut);
        }
    }
    stem
}
