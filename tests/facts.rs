//! Answers recorded from Kusto itself, where the folder that holds them is at hand.
//!
//! They are not part of the repository: `REHUNT_FACTS` names the folder, else `../shared` is tried. Each case that
//! passes is listed in `tests/expected/conformance.txt` and must go on passing; `KQL_UPDATE=1` adds new ones. Each that does
//! not is in `docs/GAPS.md` with its reason.
//!
//! The folder also counts what published hunting queries use: all that can run offline must run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use libtest_mimic::{Completion, Failed, Trial};
use rehunt_engine::engine::AnswerTable;
use rehunt_lang::operators::OPERATORS;
use rehunt_lang::plugins::{PLUGINS, Runs};
use rehunt_lang::types::{Type, Value};
use serde_json::Value as Json;

use crate::session::{PLAIN, root, run, updating};

/// The folder of facts, if there is one.
pub fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("REHUNT_FACTS").map(PathBuf::from);
    named.or_else(|| Some(root().join("../shared"))).filter(|folder| folder.is_dir())
}

const LIST: &str = "tests/expected/conformance.txt";

pub fn trials() -> Vec<Trial> {
    let mut trials = recorded();
    trials.push(coverage());
    trials
}

fn recorded() -> Vec<Trial> {
    let cases = folder().and_then(|folder| std::fs::read_to_string(folder.join("conformance/dev.jsonl")).ok());
    let Some(cases) = cases else {
        let reason = "no recorded answers: set REHUNT_FACTS to the folder that has conformance/dev.jsonl";
        let ignored = move || Ok(Completion::ignored_with(reason));
        return vec![Trial::ignorable_test("facts > recorded answers", ignored)];
    };
    let cases: Vec<Json> = cases.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    if updating() {
        return vec![Trial::test("facts > recorded answers", move || rewrite(&cases))];
    }
    let listed = listed();
    let failing: BTreeSet<String> =
        cases.iter().map(|case| text(&case["id"]).to_owned()).filter(|id| !listed.contains(id)).collect();
    let gaps = Trial::test(format!("facts > {GAPS}"), move || explained(&failing));
    let mut families: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for case in cases.into_iter().filter(|case| listed.contains(text(&case["id"]))) {
        families.entry(text(&case["family"]).to_owned()).or_default().push(case);
    }
    let trial = |(family, cases): (String, Vec<Json>)| {
        Trial::test(format!("facts > recorded answers: {family}"), move || {
            let failed: Vec<_> = cases.iter().filter_map(failure).collect();
            if failed.is_empty() { Ok(()) } else { Err(failed.join("\n").into()) }
        })
    };
    families.into_iter().map(trial).chain([gaps]).collect()
}

const GAPS: &str = "docs/GAPS.md";

/// Every case that fails has a row in the page of gaps, and no other has.
fn explained(failing: &BTreeSet<String>) -> Result<(), Failed> {
    let page = std::fs::read_to_string(root().join(GAPS))?;
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let named: BTreeMap<&str, &str> = rows.collect();
    let unexplained = failing.iter().filter(|id| !named.contains_key(id.as_str())).map(|id| format!("{id} has no row"));
    let closed = named.keys().filter(|id| !failing.contains(**id)).map(|id| format!("{id} passes: its row goes"));
    let wrong: Vec<_> = unexplained.chain(closed).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// How many published queries must use something before it has to run.
const USED: u64 = 3;

/// Tells of a name whether what it names runs.
type Known = fn(&str) -> bool;

/// Lists of the inventory, and what tells whether an entry runs.
const RUNS: [(&str, Known); 4] = [
    ("scalar_functions", |name| {
        let library = PLAIN.builtins().library();
        // The inventory has the old names of aggregates here as well: `any`.
        library.function(name).is_some_and(|f| f.supported) || library.aggregate(name).is_some()
    }),
    ("aggregates", |name| PLAIN.builtins().library().aggregate(name).is_some()),
    ("query_operators", |name| name.split('|').all(|word| OPERATORS.iter().any(|(w, s)| *w == word && s.runs))),
    ("plugins", |name| PLUGINS.iter().any(|p| p.name == name && p.runs == Runs::Yes)),
];

/// Whatever hunters use and can run offline runs.
fn coverage() -> Trial {
    let name = "facts > what hunters use runs";
    let file = folder().and_then(|folder| std::fs::read_to_string(folder.join("language/inventory.json")).ok());
    let Some(inventory) = file.and_then(|file| serde_json::from_str::<Json>(&file).ok()) else {
        let reason = "no inventory: set REHUNT_FACTS to the folder that has language/inventory.json";
        return Trial::ignorable_test(name, move || Ok(Completion::ignored_with(reason)));
    };
    Trial::test(name, move || {
        let (mut seen, mut missing) = (0, Vec::new());
        for (list, runs) in RUNS {
            for entry in inventory[list].as_array().into_iter().flatten() {
                let name = entry["name"].as_str().or(entry["keyword"].as_str()).unwrap_or_default();
                let used = entry["hunting_queries_using"].as_u64().unwrap_or_default();
                if used >= USED && text(&entry["offline"]) == "yes" {
                    seen += 1;
                    if !runs(name) {
                        missing.push(format!("{list}: {name}, used by {used}"));
                    }
                }
            }
        }
        if seen == 0 {
            return Err("the inventory lists nothing that is used".into());
        }
        if missing.is_empty() { Ok(()) } else { Err(missing.join("\n").into()) }
    })
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

fn listed() -> BTreeSet<String> {
    let list = std::fs::read_to_string(root().join(LIST)).unwrap_or_default();
    list.lines().map(str::to_owned).collect()
}

fn rewrite(cases: &[Json]) -> Result<(), Failed> {
    let mut passing: Vec<_> = cases.iter().filter(|case| failure(case).is_none()).map(|c| text(&c["id"])).collect();
    passing.sort_unstable();
    Ok(std::fs::write(root().join(LIST), passing.iter().map(|id| format!("{id}\n")).collect::<String>())?)
}

/// Says how an answer differs from the recorded one, if it does.
fn failure(case: &Json) -> Option<String> {
    let expected = &case["expected"];
    let refused = expected["error"] == Json::Bool(true);
    let answer = match run(&PLAIN, text(&case["query"])) {
        Ok(_) if refused => return Some(format!("{}: accepted, Kusto refuses it", text(&case["id"]))),
        Ok(answer) => answer,
        Err(_) if refused => return None,
        Err(error) => return Some(format!("{}: {error}", text(&case["id"]))),
    };
    let table = answer.tables.first();
    let folded = case["types"] == "folded";
    let why = match table {
        None => "no result",
        Some(table) if !same_columns(table, expected, folded) => "other columns",
        Some(table) if !same_rows(table, expected, text(&case["query"])) => "other rows",
        Some(_) => return None,
    };
    Some(format!("{}: {why}", text(&case["id"])))
}

fn same_columns(table: &AnswerTable, expected: &Json, folded: bool) -> bool {
    let class = |name: &str| match name {
        "int" if folded => "long".to_owned(),
        "decimal" if folded => "real".to_owned(),
        other => other.to_owned(),
    };
    let found = table.columns.iter().map(|c| (c.name.clone(), class(c.ty.name())));
    let empty = Vec::new();
    let wanted = expected["columns"].as_array().unwrap_or(&empty).iter();
    found.eq(wanted.map(|c| (text(&c["name"]).to_owned(), class(text(&c["type"])))))
}

fn same_rows(table: &AnswerTable, expected: &Json, query: &str) -> bool {
    let sets = ["make_set", "makeset", "set_", "bag_keys", "make_bag", "pack_all", "treepath"];
    let sets = sets.iter().any(|word| query.contains(word));
    let found: Vec<Vec<String>> = table.values().map(|row| row.iter().map(|v| found_cell(v, sets)).collect()).collect();
    let empty = Vec::new();
    let rows = expected["rows"].as_array().unwrap_or(&empty).iter();
    let kinds: Vec<_> = table.columns.iter().map(|c| c.ty).collect();
    let wanted_row = |row: &Json| -> Vec<String> {
        row.as_array().unwrap_or(&empty).iter().zip(&kinds).map(|(v, ty)| wanted_cell(v, *ty, sets)).collect()
    };
    let mut wanted: Vec<_> = rows.map(wanted_row).collect();
    let mut found = found;
    if !crate::rows::is_ordered(query) {
        found.sort();
        wanted.sort();
    }
    found == wanted
}

/// Numbers to nine significant digits, times in ticks, dynamics as JSON with numbers alike.
fn found_cell(value: &Value, sets: bool) -> String {
    match value {
        Value::Null(Type::Dynamic) => "null".into(),
        Value::Null(_) => "missing".into(),
        Value::Bool(v) => v.to_string(),
        Value::Int(v) => number(f64::from(*v)),
        Value::Long(v) => format!("{:.9e}", *v as f64),
        Value::Real(v) => number(*v),
        Value::Decimal(v) => number(v.parse().unwrap_or(f64::NAN)),
        Value::Datetime(v) | Value::Timespan(v) => v.to_string(),
        Value::String(v) | Value::Guid(v) => v.clone(),
        Value::Dynamic(v) => match serde_json::from_str(v) {
            Ok(json) => dynamic(&json, sets),
            Err(_) => v.clone(),
        },
    }
}

fn wanted_cell(value: &Json, ty: Type, sets: bool) -> String {
    let value = match value {
        Json::Object(slots) if slots.len() == 1 && slots.contains_key("$dynamic") => &slots["$dynamic"],
        other => other,
    };
    match (ty, value) {
        (Type::Dynamic, Json::String(json)) if json.starts_with(['{', '[', '"']) => match serde_json::from_str(json) {
            Ok(json) => dynamic(&json, sets),
            Err(_) => dynamic(value, sets),
        },
        (Type::Dynamic, value) => dynamic(value, sets),
        (Type::String, Json::Null) => String::new(),
        (_, Json::Null) => "missing".into(),
        (Type::Bool, Json::Number(n)) => (n.as_f64() != Some(0.0)).to_string(),
        (Type::Datetime, value) => {
            rehunt_lang::time::parse_datetime(text(value)).map_or("no time".into(), |t| t.to_string())
        }
        (Type::Timespan, value) => {
            rehunt_lang::time::parse_timespan(text(value)).map_or("no timespan".into(), |t| t.to_string())
        }
        (Type::Int | Type::Long | Type::Real | Type::Decimal, Json::String(special)) => {
            number(special.parse().unwrap_or(f64::NAN))
        }
        (_, Json::Number(n)) => number(n.as_f64().unwrap_or(f64::NAN)),
        (_, Json::String(v)) => v.clone(),
        (_, other) => other.to_string(),
    }
}

fn number(value: f64) -> String {
    match value {
        // -0.0 is 0.0, and a real of 1.0 is as good as a long of 1.
        0.0 => format!("{:.9e}", 0.0),
        v => format!("{v:.9e}"),
    }
}

fn dynamic(value: &Json, sets: bool) -> String {
    match value {
        Json::Number(n) => number(n.as_f64().unwrap_or(f64::NAN)),
        Json::Array(items) => {
            let mut items: Vec<_> = items.iter().map(|item| dynamic(item, sets)).collect();
            if sets {
                items.sort();
            }
            format!("[{}]", items.join(","))
        }
        Json::Object(slots) => {
            let mut slots: Vec<_> = slots.iter().map(|(k, v)| format!("{k:?}:{}", dynamic(v, sets))).collect();
            slots.sort();
            format!("{{{}}}", slots.join(","))
        }
        Json::String(time) if rehunt_lang::time::parse_datetime(time).is_some() && time.contains('T') => {
            format!("{:?}", rehunt_lang::time::parse_datetime(time))
        }
        other => other.to_string(),
    }
}
