//! What `rehunt check` says of published queries beside what Microsoft's analyser says, where its verdicts are at hand
//! (`REHUNT_FACTS`).
//!
//! Every difference is listed in `tests/expected/parity.txt` with the heading of docs/DIFFERENCES.md that explains
//! it; a new one fails, and so does one that is gone. `KQL_UPDATE=1` writes the list anew, with `unexplained` where a
//! heading is to be chosen. Looked at are the listed queries and a part of the others; all of them with
//! `REHUNT_SWEEP=1`, and when the list is written.

use std::collections::{BTreeMap, BTreeSet};

use libtest_mimic::{Completion, Failed, Trial};
use serde_json::{Value as Json, json};

use crate::cli::rehunt;
use crate::facts;
use crate::session::{root, updating};

const LIST: &str = "tests/expected/parity.txt";
const PAGE: &str = "docs/DIFFERENCES.md";
const UNEXPLAINED: &str = "unexplained";

/// Of so many queries that are not listed one is looked at.
const PART: usize = 8;

pub fn trials() -> Vec<Trial> {
    let explained = Trial::test("parity > every difference has its paragraph", paragraphs);
    let cases = facts::folder().and_then(|folder| std::fs::read_to_string(folder.join("corpus/dev.jsonl")).ok());
    let compared = match cases {
        Some(cases) => Trial::test("parity > corpus", move || compare(&cases)),
        None => {
            let reason = "no verdicts: set REHUNT_FACTS to the folder that has corpus/dev.jsonl";
            Trial::ignorable_test("parity > corpus", move || Ok(Completion::ignored_with(reason)))
        }
    };
    vec![explained, compared]
}

/// The listed differences: id and heading.
fn listed() -> BTreeMap<String, String> {
    let list = std::fs::read_to_string(root().join(LIST)).unwrap_or_default();
    let line = |line: &str| line.split_once(' ').map(|(id, heading)| (id.to_owned(), heading.to_owned()));
    list.lines().filter_map(line).collect()
}

/// Each heading of the list is a heading of the page, and the other way round.
fn paragraphs() -> Result<(), Failed> {
    let page = std::fs::read_to_string(root().join(PAGE))?;
    let headings: BTreeSet<_> = page.lines().filter_map(|line| line.strip_prefix("## ")).map(anchor).collect();
    let used: BTreeSet<_> = listed().into_values().collect();
    match (used.difference(&headings).next(), headings.difference(&used).next()) {
        (Some(heading), _) => Err(format!("{PAGE} has no heading `{heading}`").into()),
        (None, Some(heading)) => Err(format!("{PAGE} explains `{heading}`, which no listed query shows").into()),
        (None, None) => Ok(()),
    }
}

/// A heading as links name it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

fn compare(cases: &str) -> Result<(), Failed> {
    let listed = listed();
    let mut cases: Vec<Json> = cases.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    if !updating() && std::env::var_os("REHUNT_SWEEP").is_none() {
        let mut n = 0;
        cases.retain(|case| {
            n += 1;
            n % PART == 0 || case["id"].as_str().is_some_and(|id| listed.contains_key(id))
        });
    }
    let folder = facts::folder().ok_or("no facts")?;
    let schemas = folder.join("schemas/analyser.json");
    let schemas = schemas.to_str().ok_or("a path that is no text")?;
    let lines: String = cases.iter().map(|c| format!("{}\n", json!({"id": c["id"], "query": c["query"]}))).collect();
    let answers = rehunt(&["check", "--schemas", schemas], &lines).output;
    let answers: Vec<Json> = answers.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    // An answer that is missing would pass for an equal one.
    let ids = |all: &[Json]| all.iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    if ids(&cases) != ids(&answers) {
        return Err(format!("{} queries, {} answers", cases.len(), answers.len()).into());
    }
    let differ = cases.iter().zip(&answers).filter(|(case, answer)| differs(case, answer));
    let found: BTreeSet<&str> = differ.filter_map(|(case, _)| case["id"].as_str()).collect();
    if updating() {
        let line = |id: &&str| format!("{id} {}\n", listed.get(*id).map_or(UNEXPLAINED, String::as_str));
        return Ok(std::fs::write(root().join(LIST), found.iter().map(line).collect::<String>())?);
    }
    let known: BTreeSet<&str> = listed.keys().map(String::as_str).collect();
    let new: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(&found).collect();
    match new.is_empty() && gone.is_empty() {
        true => Ok(()),
        false => Err(format!("new differences: {new:?}; gone: {gone:?}. KQL_UPDATE=1 lists them anew").into()),
    }
}

/// Another verdict, or other columns of a query that both accept.
fn differs(case: &Json, answer: &Json) -> bool {
    let valid = case["verdict"] == "valid";
    if answer["ok"] != Json::Bool(valid) {
        return true;
    }
    if !valid || case["kind"] != "tabular" || case["open"] == Json::Bool(true) {
        return false;
    }
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let empty = Vec::new();
    let columns = answer["columns"].as_array().unwrap_or(&empty).iter();
    let columns = columns.map(|c| format!("{}:{}", text(&c["name"]), text(&c["type"])));
    !columns.eq(case["columns"].as_array().unwrap_or(&empty).iter().map(text))
}
