//! The page of messages, made from the pages of cases: every code with the simplest query that raises it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use rehunt_lang::diagnostic::Diagnostic;
use rehunt_lang::lint::LINTS;

use crate::pages;
use crate::session::{NOW, PLAIN, files};

const HEAD: &str = "\
<!-- Made by `KQL_UPDATE=1 cargo test reference` from the queries in tests/cases; add a case there instead. -->

# Messages

What is said of a query, by code. Codes are stable; behind some stands Microsoft's code for the same finding. Each has the
simplest query of the tests that raises it.

## Errors and warnings
";

const LINT_HEAD: &str = "
## Lints

A query that only lints speak of is legal and runs. Advice that is about the price of an operator on a cluster
(`contains`, `count_distinct`, ...) has no place here.
";

/// What is known to be poor.
const WISHES: &str = "
## Messages that ought to be better

- `let f = (x) { x }` says that `x` is unknown before it says that a parameter needs a type.
- A string without its end swallows the rest of its line; what is missing is looked for at its beginning only.
- `T | take 1 -- comment` reads `--` as two signs and says that no column is named `comment`.
- `extend x == 1` says that `x` is unknown, not that a name is given with one `=`.
- `where State == a` cannot tell a forgotten quote from a wrong column.
- `join inner (U)` takes `inner` for a function.
- An unknown name is told at each place where it is used.
";

/// An example: a query, and what is said of it.
struct Example {
    query: String,
    said: Diagnostic,
    rank: (bool, usize, usize),
}

/// Writes the page.
pub fn page() -> String {
    let examples = examples();
    let is_lint = |code: &str| LINTS.iter().any(|lint| lint.code == code);
    let mut page = HEAD.to_owned();
    for (code, example) in examples.iter().filter(|(code, _)| !is_lint(code)) {
        entry(&mut page, code, "", example);
    }
    page.push_str(LINT_HEAD);
    for lint in LINTS {
        match examples.get(lint.code) {
            Some(example) => entry(&mut page, lint.code, lint.reason, example),
            None => panic!("lint `{}` has no case under tests/cases", lint.code),
        }
    }
    page.push_str(WISHES);
    let without: Vec<_> = codes().into_iter().filter(|code| !examples.contains_key(code)).collect();
    if !without.is_empty() {
        let listed: Vec<_> = without.iter().map(|code| format!("`{code}`")).collect();
        let _ = write!(page, "\n## Without a case yet\n\n{}\n", listed.join(", "));
    }
    page
}

fn entry(page: &mut String, code: &str, reason: &str, example: &Example) {
    let said = &example.said;
    let kusto = said.kusto_code.map(|kusto| format!(" ({kusto})")).unwrap_or_default();
    let _ = write!(page, "\n### {code}{kusto}\n");
    if !reason.is_empty() {
        let _ = write!(page, "\n{reason}\n");
    }
    let fence = if example.query.contains("```") { "~~~~" } else { "```" };
    let _ = write!(page, "\n{fence}kql\n{}\n{fence}\n\n```text\n{}\n", example.query.trim_end(), said.message);
    if let Some(help) = &said.help {
        let _ = writeln!(page, "help: {help}");
    }
    page.push_str("```\n");
}

/// The best example of each code: from a page of errors, with few other findings, and short.
fn examples() -> BTreeMap<String, Example> {
    let mut best: BTreeMap<String, Example> = BTreeMap::new();
    // What maps files is looked at without them there, and says something else.
    for case in pages::cases().into_iter().filter(|case| case.files.is_empty()) {
        let bound = PLAIN.session().at(NOW).check(&case.script());
        let found: Vec<_> = bound.diagnostics.into_iter().chain(bound.lints).chain(bound.not_yet).collect();
        for said in &found {
            let elsewhere = !(case.name.starts_with("cases/errors") || case.name.starts_with("cases/lints"));
            let rank = (elsewhere, found.len(), case.query.len());
            if best.get(said.code).is_none_or(|known| rank < known.rank) {
                let example = Example { query: case.query.clone(), said: said.clone(), rank };
                best.insert(said.code.to_owned(), example);
            }
        }
    }
    best
}

/// Every code that the sources raise.
fn codes() -> BTreeSet<String> {
    let sources = files("query-lang/src", ".rs").into_iter().chain(files("engine/src", ".rs"));
    let mut codes = BTreeSet::new();
    for text in sources.map(|path| std::fs::read_to_string(path).unwrap()) {
        for maker in ["Diagnostic::error(", "Diagnostic::warning("] {
            let raised =
                text.split(maker).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
            codes.extend(raised.map(str::to_owned));
        }
    }
    codes
}
