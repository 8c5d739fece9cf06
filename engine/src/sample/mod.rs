//! The synthetic tenant: a small company's exported logs with a few incidents in them, for trying rehunt and for benches.
//!
//! Nothing is random: every value is a formula of a family and an index, so a wrong row names its own cause and two
//! runs write the same bytes. Each table has its scenario rows, which the published hunts find or must not find, and
//! background rows. A scale of N adds N - 1 branch offices, each with people of its own who do the same ordinary
//! things; so answers about the scenario do not change with the scale.
//!
//! One file a table: [`table::Row`] says how its rows come about. What rehunt *reads* does not belong here.

mod audit;
mod click;
mod cloud;
mod logon;
mod mail;
mod sign_in;
mod table;
mod tenant;
mod ual;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The moment the tenant's story ends, in ticks: 2025-06-16T00:00:00Z. Hunts on the sample take it as their `now()`.
pub const NOW: i64 = tenant::NOW;

/// The largest scale: the office has four hexadecimal digits in an id.
const MAX_SCALE: u32 = 0x1_0000;

/// What [`write`] wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleReport {
    /// One entry a file, in the order written.
    pub files: Vec<SampleFile>,
}

/// A file of the sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleFile {
    /// Where it is.
    pub path: PathBuf,
    /// The table that its rows belong to.
    pub table: &'static str,
    /// Rows in it, the header not counted.
    pub rows: u64,
}

/// Writes the synthetic tenant into a folder, which is made if need be: one CSV file a table, in the form its portal
/// exports. Files of the same names are replaced.
///
/// At scale 1 there are 2,865 mails; each further step adds 1,575 mails, 20 cloud events, 100 logons and 1,200
/// sign-ins (about a million mails at scale 635). Memory holds one day of one table.
///
/// # Errors
/// When the scale is 0 or over 65,536, or a file cannot be written.
pub fn write(dir: &Path, scale: u32) -> Result<SampleReport> {
    if scale == 0 || scale > MAX_SCALE {
        let message = format!("a sample's scale is 1 to {MAX_SCALE}, found {scale}");
        return Err(Error::Load { path: dir.to_owned(), message, help: None });
    }
    std::fs::create_dir_all(dir).map_err(|e| Error::Load {
        path: dir.to_owned(),
        message: e.to_string(),
        help: None,
    })?;
    let files = vec![
        table::write::<mail::Mail>(dir, scale)?,
        table::write::<click::Click>(dir, scale)?,
        table::write::<cloud::CloudEvent>(dir, scale)?,
        table::write::<logon::Logon>(dir, scale)?,
        table::write::<sign_in::SignIn>(dir, scale)?,
        table::write::<audit::Audit>(dir, scale)?,
        table::write::<ual::Record>(dir, scale)?,
    ];
    Ok(SampleReport { files })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use std::collections::HashSet;

    use super::*;

    fn column(path: &Path, name: &str) -> Vec<String> {
        let mut reader = csv::Reader::from_path(path).unwrap();
        let at = reader.headers().unwrap().iter().position(|h| h.trim_start_matches('\u{feff}') == name).unwrap();
        reader.records().map(|r| r.unwrap()[at].to_owned()).collect()
    }

    #[test]
    fn scale_1_has_the_documented_rows() {
        let dir = tempfile::tempdir().unwrap();
        let rows: Vec<_> = write(dir.path(), 1).unwrap().files.into_iter().map(|f| (f.table, f.rows)).collect();
        let expected = [
            ("EmailEvents", 2865),
            ("UrlClickEvents", 3),
            ("CloudAppEvents", 25),
            ("IdentityLogonEvents", 1241),
            ("SigninLogs", 1370),
            ("AuditLogs", 48),
            ("UnifiedAuditLog", 291),
        ];
        assert_eq!(rows, expected);
    }

    /// More offices keep every row of the first, in order of time, under ids of their own.
    #[test]
    fn a_larger_scale_only_adds_rows() {
        let (one, three) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (small, large) = (write(one.path(), 1).unwrap(), write(three.path(), 3).unwrap());
        for (a, b) in small.files.iter().zip(&large.files) {
            let added = match a.table {
                "EmailEvents" => 2 * 1575,
                "CloudAppEvents" => 2 * 20,
                "IdentityLogonEvents" => 2 * 100,
                "SigninLogs" => 2 * 1200,
                _ => 0,
            };
            assert_eq!(b.rows, a.rows + added, "{}", a.table);
            let text = std::fs::read_to_string(&b.path).unwrap();
            let lines: HashSet<_> = text.lines().collect();
            assert!(std::fs::read_to_string(&a.path).unwrap().lines().all(|l| lines.contains(l)), "{}", a.table);
        }
        let mails = &large.files[0].path;
        let ids: HashSet<_> = column(mails, "ReportId").into_iter().collect();
        assert_eq!(ids.len() as u64, large.files[0].rows);
        assert!(column(mails, "Timestamp").is_sorted());
    }

    #[test]
    fn a_scale_without_rows_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(write(dir.path(), 0).is_err());
        assert!(write(dir.path(), MAX_SCALE + 1).is_err());
    }
}
