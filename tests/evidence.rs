//! Real exports, where the folder of facts that has them is at hand: what each file is recognised as, its rows, what is
//! wrong with it, and what hunts find in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use libtest_mimic::{Completion, Failed, Trial};
use rehunt_engine::engine::Engine;
use rehunt_engine::ingest::{LoadOptions, Quiet};
use rehunt_lang::types::Value;

use crate::facts;
use crate::session::{root, run};

/// Rows of each table, by the folder.
const ROWS: &[(&str, &[(&str, u64)])] = &[
    ("det_eng_samples", &[("UnifiedAuditLog", 125)]),
    (
        "otrf_goldensaml",
        &[
            ("AuditLogs", 4),
            ("CloudAppEvents", 2),
            ("DeviceEvents", 5),
            ("Event", 2),
            ("IdentityDirectoryEvents", 2),
            ("OfficeActivity", 1),
            ("SecurityEvent", 36),
        ],
    ),
    (
        "sentinel_training_lab",
        &[
            ("AuditLogs", 5),
            ("AzureActivity", 348),
            ("CommonSecurityLog", 1),
            ("HighRiskApps", 5),
            ("OfficeActivity", 268),
            ("PenTestsIPaddresses", 6),
            ("SigninLogs", 60),
            ("signinLogs", 1),
            ("solarigate_beacon_umbrella", 1),
        ],
    ),
];

/// Rows of each response of Kusto, and what is wrong with it: a time before the first, numbers that are none, answers
/// that the service cut off.
const RESPONSES: &[(&str, &str, u64, u64)] = &[
    ("adminthenquery", "kusto v1 json", 2, 0),
    ("alternative_order", "kusto v2 json", 11, 0),
    ("az_mon_schema", "json", 17, 0),
    ("dataframe", "kusto v2 json", 8, 4),
    ("deft", "kusto v2 json", 11, 0),
    ("deft_with_progressive_result", "kusto v2 json", 11, 0),
    ("dynamic", "kusto v2 json", 1, 0),
    ("kusto_raw_resp", "kusto v2 json", 10, 0),
    ("null_values", "kusto v2 json", 1, 0),
    ("pandas_bool", "kusto v2 json", 3, 0),
    ("progressive_result", "kusto v2 json", 5, 0),
    ("query_partial_results_defer_is_false", "kusto v2 json", 5, 2),
    ("query_partial_results_defer_is_true", "kusto v2 json", 5, 1),
    ("versionshowcommandresult", "kusto v1 json", 1, 0),
    ("zero_results", "kusto v2 json", 0, 0),
];

/// Rows that hunts find in the audit records.
const FOUND: &[(&str, usize)] = &[
    ("01_ual_inboxrule_parameters", 6),
    ("02_ual_inboxrule_hides_replies", 2),
    ("04_ual_deleted_mail_affecteditems", 0),
    ("10_ual_login_failed_then_ok", 4),
    ("16_ual_app_consent_chain", 1),
    ("18_ual_mail_forwarding", 6),
    ("19_ual_triage_census", 4),
];

/// Looks at the folder of real exports.
type Check = fn(&Path) -> Result<(), Failed>;

pub fn trials() -> Vec<Trial> {
    let checks: [(&str, Check); 3] = [("tables", tables), ("responses", responses), ("hunts", hunts)];
    let trial = |(name, check): (&str, Check)| {
        Trial::ignorable_test(format!("facts > real exports: {name}"), move || match data() {
            Some(folder) => check(&folder).map(|()| Completion::Completed),
            None => Ok(Completion::ignored_with("no real exports: set REHUNT_FACTS to the folder that has data/")),
        })
    };
    checks.map(trial).into()
}

fn data() -> Option<PathBuf> {
    facts::folder().map(|folder| folder.join("data")).filter(|data| data.is_dir())
}

fn load(folder: &Path, options: &LoadOptions) -> Result<Engine, Failed> {
    let mut engine = Engine::new();
    engine.load(folder, options, &Quiet)?;
    Ok(engine)
}

fn tables(data: &Path) -> Result<(), Failed> {
    for (folder, expected) in ROWS {
        let engine = load(&data.join(folder), &LoadOptions::default())?;
        let log = engine.catalog().log();
        let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
        for file in log.files.iter().filter(|f| !f.table.is_empty()) {
            *rows.entry(&file.table).or_default() += file.file.rows;
        }
        let rows: Vec<_> = rows.into_iter().collect();
        same(folder, &rows, &expected.to_vec())?;
        same(folder, &log.problems.iter().map(|p| p.reason.as_str()).collect(), &Vec::new())?;
    }
    let repeats = load(&data.join("det_eng_samples"), &LoadOptions::default())?;
    let repeats: u64 = repeats.catalog().log().files.iter().map(|f| f.file.duplicates).sum();
    same("repeated records", &repeats, &10)
}

fn responses(data: &Path) -> Result<(), Failed> {
    let engine = load(&data.join("kusto_rest"), &LoadOptions::default())?;
    let files = engine.catalog().log().files.iter();
    let found: Vec<_> = files.map(|f| (f.table.as_str(), f.file.form.as_str(), f.file.rows, f.file.problems)).collect();
    same("kusto_rest", &found, &RESPONSES.to_vec())
}

fn hunts(data: &Path) -> Result<(), Failed> {
    let folder = data.join("det_eng_samples");
    let engine = load(&folder, &LoadOptions::default())?;
    let hunt = |engine: &Engine, name: &str| {
        let text = std::fs::read_to_string(root().join(format!("examples/hunting/investigation/{name}.kql")))?;
        let answer = run(engine, &text)?;
        Ok::<_, Failed>(answer.tables.last().map(|table| table.values().collect::<Vec<_>>()).unwrap_or_default())
    };
    for (name, rows) in FOUND {
        same(name, &hunt(&engine, name)?.len(), rows)?;
    }
    let counts = |engine: &Engine| {
        let number = |value: &Value| match value {
            Value::Long(n) => *n,
            _ => -1,
        };
        let rows = hunt(engine, "10_ual_login_failed_then_ok")?;
        Ok::<_, Failed>(rows.iter().map(|r| [number(&r[1]), number(&r[2]), number(&r[3])]).collect::<Vec<_>>())
    };
    same("failed, ok, targets", &counts(&engine)?, &vec![[22, 3, 12], [8, 9, 8], [8, 1, 8], [8, 1, 6]])?;
    let once = load(&folder, &LoadOptions { dedupe: true, ..LoadOptions::default() })?;
    same("without repeats", &counts(&once)?.first().copied(), &Some([16, 2, 8]))
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), Failed> {
    if found == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, found {found:?}").into()) }
}
