//! Every hunt in `examples/hunting` gives, on the sample that ships with it, the rows kept in `tests/expected`.
//!
//! Those rows were worked out without any query engine. Columns not named there are not compared, nor is the order
//! of rows and of the elements of a list, which these hunts collect as sets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use rehunt_engine::engine::{AnswerTable, Engine};
use rehunt_lang::types::Value;

use crate::rows;
use crate::session::{SAMPLE, files, root, run};

pub fn trials() -> Vec<Trial> {
    let hunts = hunts().into_iter().map(|path| {
        let name = format!("hunts > {}", path.file_stem().unwrap().to_string_lossy());
        Trial::test(name, move || check(sample()?, &path))
    });
    let near_misses = NEAR_MISSES
        .iter()
        .map(|near| Trial::test(format!("hunts > near misses of {}", near.hunt), move || check_near(near)));
    hunts.chain(near_misses).collect()
}

/// Goes through the texts of all hunts.
pub fn queries() -> Vec<(String, String)> {
    let text = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
    hunts().iter().map(|p| (format!("hunts > {}", p.file_stem().unwrap().to_string_lossy()), text(p))).collect()
}

/// The files of all hunts.
pub fn hunts() -> Vec<PathBuf> {
    files("examples/hunting", ".kql")
}

fn sample() -> Result<&'static Engine, Failed> {
    SAMPLE.as_ref().map_err(|e| e.clone().into())
}

/// Compares what a hunt gives on an engine's tables with the rows that are kept.
pub fn check(engine: &Engine, hunt: &Path) -> Result<(), Failed> {
    let expected = Expected::of(hunt)?;
    let found = expected.rows_of(&answer(engine, hunt)?)?;
    if found == expected.rows {
        return Ok(());
    }
    let only = |these: &Rows, those: &Rows| {
        let more = |(row, n): (&Vec<String>, &usize)| {
            (*n > those.get(row).copied().unwrap_or(0)).then(|| format!("  {}", row.join(" | ")))
        };
        these.iter().filter_map(more).take(10).collect::<Vec<_>>().join("\n")
    };
    let (missing, extra) = (only(&expected.rows, &found), only(&found, &expected.rows));
    Err(format!("missing:\n{missing}\nunexpected:\n{extra}").into())
}

fn answer(engine: &Engine, hunt: &Path) -> Result<AnswerTable, Failed> {
    let query = std::fs::read_to_string(hunt)?;
    let answer = run(engine, &query).map_err(|e| e.to_string())?;
    Ok(answer.tables.into_iter().next_back().ok_or("the hunt has no result")?)
}

/// Rows with how often each occurs.
type Rows = BTreeMap<Vec<String>, usize>;

struct Expected {
    columns: Vec<String>,
    rows: Rows,
}

impl Expected {
    fn of(hunt: &Path) -> Result<Self, Failed> {
        let name = hunt.file_name().unwrap().to_string_lossy();
        let stem = name.split('.').next().unwrap_or_default();
        let mut reader = csv::Reader::from_path(root().join("tests/expected").join(format!("{stem}.csv")))?;
        let columns = reader.headers()?.iter().map(str::to_owned).collect();
        let mut rows = Rows::new();
        for record in reader.records() {
            *rows.entry(record?.iter().map(compared).collect()).or_default() += 1;
        }
        Ok(Self { columns, rows })
    }

    fn rows_of(&self, table: &AnswerTable) -> Result<Rows, Failed> {
        let at = |name: &String| table.columns.iter().position(|c| c.name == *name).ok_or(format!("no column {name}"));
        let places = self.columns.iter().map(at).collect::<Result<Vec<_>, _>>()?;
        let mut rows = Rows::new();
        for row in table.values() {
            *rows.entry(places.iter().map(|i| compared(&plain(&row[*i]))).collect()).or_default() += 1;
        }
        Ok(rows)
    }
}

/// A cell as the expected rows write it: null and the empty string are nothing.
fn plain(value: &Value) -> String {
    match value {
        Value::Null(_) => String::new(),
        Value::String(text) => text.clone(),
        other => rows::cell(other),
    }
}

/// A cell for comparison: lists sorted, whole reals as integers, times without zeros at the end.
fn compared(text: &str) -> String {
    if text.starts_with('[')
        && let Ok(serde_json::Value::Array(items)) = serde_json::from_str(text)
    {
        let mut items: Vec<_> = items.iter().map(ToString::to_string).collect();
        items.sort();
        return format!("[{}]", items.join(","));
    }
    let whole = text.strip_suffix(".0").filter(|t| t.parse::<i64>().is_ok());
    let time = text.strip_suffix('Z').filter(|t| t.contains('.') && t.contains('T'));
    match (whole, time) {
        (Some(whole), _) => whole.to_owned(),
        (_, Some(time)) => format!("{}Z", time.trim_end_matches('0').trim_end_matches('.')),
        _ => text.to_owned(),
    }
}

/// Rows on either side of a hunt's edge, each by its id.
struct NearMiss {
    hunt: &'static str,
    table: &'static str,
    /// The table's column of ids.
    id: &'static str,
    /// What the hunt gives of it.
    found: &'static str,
    hits: &'static [&'static str],
    misses: &'static [&'static str],
}

const NEAR_MISSES: &[NearMiss] = &[
    // 30 days less a millisecond; exactly 30 days, 31 days, passed, softfail, look-alike, foreign, no and bad details.
    NearMiss {
        hunt: "published/q1_directsend.kql",
        table: "EmailEvents",
        id: "NetworkMessageId",
        found: "NetworkMessageId",
        hits: &[
            "000000d5-0000-4000-8000-000000000006",
            "000000d5-0000-4000-8000-000000000007",
            "000000d5-0000-4000-8000-000000000010",
            "000000d5-0000-4000-8000-000000000011",
        ],
        misses: &[
            "000000d5-0000-4000-8000-000000000008",
            "000000d5-0000-4000-8000-000000000009",
            "000000d5-0000-4000-8000-00000000000a",
            "000000d5-0000-4000-8000-00000000000b",
            "000000d5-0000-4000-8000-00000000000c",
            "000000d5-0000-4000-8000-00000000000d",
            "000000d5-0000-4000-8000-00000000000e",
            "000000d5-0000-4000-8000-00000000000f",
        ],
    },
    // Exactly 7 days ago and exactly now; a millisecond before.
    NearMiss {
        hunt: "published/q4_external_sends.as_published.kql",
        table: "EmailEvents",
        id: "NetworkMessageId",
        found: "NetworkMessageId",
        hits: &["000000e1-0000-4000-8000-000000000001", "000000e2-0000-4000-8000-000000000001"],
        misses: &["000000e3-0000-4000-8000-000000000001"],
    },
    // 101 mails in an hour; 100.
    NearMiss {
        hunt: "published/q5_external_senders_100.unfolded.kql",
        table: "EmailEvents",
        id: "bin(Timestamp, 1h)",
        found: "Timestamp",
        hits: &["2025-06-15T09:00:00.0000000Z"],
        misses: &["2025-06-15T11:00:00.0000000Z", "2025-06-13T03:00:00.0000000Z"],
    },
    // A success 10 s after the last failure; 10.001 s, 100 failures, split minutes, other providers, success before.
    NearMiss {
        hunt: "published/q6_bruteforce_then_success.unfolded.kql",
        table: "IdentityLogonEvents",
        id: "AccountUpn",
        found: "AccountUpn",
        hits: &["v01@yourdomain.com.example", "v02@yourdomain.com.example"],
        misses: &[
            "v03@yourdomain.com.example",
            "v04@yourdomain.com.example",
            "v05@yourdomain.com.example",
            "v06@yourdomain.com.example",
            "v07@yourdomain.com.example",
            "v08@yourdomain.com.example",
            "v09@yourdomain.com.example",
            "v11@yourdomain.com.example",
            "u17@yourdomain.com.example",
        ],
    },
    // Two countries in exactly 10 minutes and across a bin's edge; a second more, one country, a failed sign-in.
    NearMiss {
        hunt: "investigation/11_entra_two_countries_in_10_minutes.kql",
        table: "SigninLogs",
        id: "UserPrincipalName",
        found: "UserPrincipalName",
        hits: &["u21@yourdomain.com.example", "u25@yourdomain.com.example"],
        misses: &["u22@yourdomain.com.example", "u23@yourdomain.com.example", "u24@yourdomain.com.example"],
    },
    // Within the hour after the login; a second after it.
    NearMiss {
        hunt: "investigation/09_ual_files_after_foreign_login.kql",
        table: "UnifiedAuditLog",
        id: "tostring(todynamic(AuditData).SourceFileName)",
        found: "File",
        hits: &["Price list.xlsx"],
        misses: &["late.docx"],
    },
];

/// The misses are in the table and not in the answer; the hits are in both.
fn check_near(near: &NearMiss) -> Result<(), Failed> {
    let folder = root().join("examples/hunting");
    let column = |table: &AnswerTable, name: &str| -> Result<Vec<String>, Failed> {
        let at = table.columns.iter().position(|c| c.name == name).ok_or(format!("no column {name}"))?;
        Ok(table.values().map(|row| rows::cell(&row[at])).collect())
    };
    let all = run(sample()?, &format!("{} | distinct id = {}", near.table, near.id)).map_err(|e| e.to_string())?;
    let all = column(&all.tables[0], "id")?;
    let found = column(&answer(sample()?, &folder.join(near.hunt))?, near.found)?;
    for id in near.hits.iter().chain(near.misses) {
        if !all.iter().any(|known| known == id) {
            return Err(format!("{id} is not in {}", near.table).into());
        }
    }
    for (ids, wanted) in [(near.hits, true), (near.misses, false)] {
        for id in ids {
            if found.iter().any(|f| f == id) != wanted {
                return Err(format!("{id} should {}be found", if wanted { "" } else { "not " }).into());
            }
        }
    }
    Ok(())
}
