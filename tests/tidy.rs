//! House rules that no lint knows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use rehunt_engine::aggregates::AGGREGATES;
use rehunt_engine::functions::FAMILIES;
use rehunt_lang::operators::OPERATORS;

use crate::session::{Check, files, root, shown};

pub fn trials() -> Vec<Trial> {
    let rules: &[(&str, Check)] = &[
        ("files stay readable", file_length),
        ("every module says what it is for", module_docs),
        ("every operator links to its reference", operator_links),
        ("lists of functions are sorted and whole", sorted_lists),
        ("the repository speaks of the project alone", foreign_words),
        ("local links lead somewhere", links),
    ];
    rules.iter().map(|(name, rule)| Trial::test(format!("tidy > {name}"), rule)).collect()
}

/// The longest a source file may be without a reason below.
const LINES: usize = 600;

/// Files that are longer, and why.
const LONG_FILES: &[(&str, &str)] =
    &[("query-lang/src/expr/parse.rs", "the whole grammar of expressions: its rules call each other")];

const ROOMS: [&str; 6] = ["query-lang", "engine", "repl", "tests", "examples", "benches"];

fn sources() -> Vec<PathBuf> {
    ROOMS.iter().flat_map(|room| files(room, ".rs")).filter(|p| !shown(p).contains("/target/")).collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Gathers what breaks a rule into one failure.
fn verdict(found: Vec<String>) -> Result<(), Failed> {
    match found.is_empty() {
        true => Ok(()),
        false => Err(found.join("\n").into()),
    }
}

fn file_length() -> Result<(), Failed> {
    let lengths: Vec<_> = sources().iter().map(|p| (shown(p), read(p).lines().count())).collect();
    let excused = |name: &str| LONG_FILES.iter().any(|(file, _)| *file == name);
    let too_long = lengths.iter().filter(|(name, lines)| *lines > LINES && !excused(name));
    let mut found: Vec<_> = too_long.map(|(name, lines)| format!("{name} has {lines} lines")).collect();
    let is_long = |file: &str| lengths.iter().any(|(name, lines)| name == file && *lines > LINES);
    let stale = LONG_FILES.iter().filter(|(file, _)| !is_long(file));
    found.extend(stale.map(|(file, _)| format!("{file} needs no reason any more")));
    verdict(found)
}

fn module_docs() -> Result<(), Failed> {
    let undocumented = sources().into_iter().filter(|p| !read(p).starts_with("//!"));
    verdict(undocumented.map(|p| format!("{} begins without //!", shown(&p))).collect())
}

/// Files in the operators' room that are no operator: shared rules of several.
const NO_OPERATORS: &[&str] = &["mod.rs", "parameters.rs", "wildcard.rs"];

fn operator_links() -> Result<(), Failed> {
    let operators = files("query-lang/src/operators", ".rs");
    let is_operator = |p: &PathBuf| !NO_OPERATORS.contains(&&*p.file_name().unwrap().to_string_lossy());
    let linked = |p: &PathBuf| {
        let text = read(p);
        let docs = text.lines().take_while(|line| line.starts_with("//!"));
        docs.into_iter().any(|line| line.contains("learn.microsoft.com/kusto/query/"))
    };
    let unlinked = operators.into_iter().filter(is_operator).filter(|p| !linked(p));
    verdict(unlinked.map(|p| format!("{} has no link to learn.microsoft.com/kusto/query", shown(&p))).collect())
}

fn sorted_lists() -> Result<(), Failed> {
    let families = FAMILIES.iter().map(|family| family.iter().map(|f| f.spec.name).collect::<Vec<_>>());
    let aggregates: Vec<_> = AGGREGATES.iter().map(|a| a.spec.name).collect();
    let mut found = Vec::new();
    for names in families.chain([aggregates]) {
        let misplaced = names.windows(2).filter(|pair| pair[0] >= pair[1]);
        found.extend(misplaced.map(|pair| format!("{} stands before {}", pair[0], pair[1])));
    }
    let functions = FAMILIES.iter().flat_map(|family| family.iter().map(|f| (f.spec.name, f.spec.summary)));
    let undocumented = functions.chain(AGGREGATES.iter().map(|a| (a.spec.name, a.spec.summary)));
    let undocumented = undocumented.chain(OPERATORS.iter().map(|(keyword, spec)| (*keyword, spec.summary)));
    found.extend(undocumented.filter(|(_, s)| s.is_empty()).map(|(name, _)| format!("{name} has no summary")));
    verdict(found)
}

/// Words that belong to somebody's machine or workshop, in halves so that this file may hold them.
const FOREIGN: &[(&str, &str)] = &[("/wo", "rk/"), ("/ro", "ot/"), ("anth", "ropic"), ("clau", "de"), ("subag", "ent")];

fn foreign_words() -> Result<(), Failed> {
    let texts = ["", "docs", ".ci", ".cargo"].into_iter().flat_map(|folder| {
        let entries = std::fs::read_dir(root().join(folder)).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file() && !path.ends_with(".git"))
    });
    let endings = [".rs", ".md", ".kql", ".toml"];
    let texts: BTreeSet<_> =
        texts.chain(ROOMS.iter().flat_map(|room| endings.into_iter().flat_map(|e| files(room, e)))).collect();
    let mut found = Vec::new();
    for path in texts.iter().filter(|p| !shown(p).contains("target/")) {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let text = text.to_lowercase();
        let words = FOREIGN.iter().map(|(a, b)| format!("{a}{b}")).filter(|word| text.contains(word));
        found.extend(words.map(|word| format!("{} says {word}", shown(path))));
    }
    verdict(found)
}

/// Relative links in the documents at the root and in `docs` lead to files.
fn links() -> Result<(), Failed> {
    let mut found = Vec::new();
    let at_root = std::fs::read_dir(root())?.map(|entry| entry.unwrap().path());
    let pages = at_root.filter(|p| p.extension().is_some_and(|e| e == "md")).chain(files("docs", ".md"));
    for page in pages {
        let text = read(&page);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|t| !t.contains("://") && !t.starts_with('#')) {
            let file = target.split('#').next().unwrap_or(target);
            if !page.parent().unwrap().join(file).exists() {
                found.push(format!("{} links to {target}", shown(&page)));
            }
        }
    }
    verdict(found)
}
