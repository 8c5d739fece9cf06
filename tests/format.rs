//! The formatter over every query of the project, and over the corpus of published queries where it is at hand.

use libtest_mimic::{Completion, Failed, Trial};
use rehunt_lang::format::{format, lay_out};
use rehunt_lang::lexer::tokens;
use rehunt_lang::parse;
use serde_json::Value as Json;

use crate::{examples, facts, hunts, pages};

pub fn trials() -> Vec<Trial> {
    let mut all: Vec<(&str, Vec<(String, String)>)> =
        vec![("examples", examples::queries()), ("pages", pages::queries()), ("hunts", hunts::queries())];
    let corpus = corpus();
    let missing = corpus.is_empty();
    all.push(("corpus", corpus));
    let mut trials = Vec::new();
    for (group, queries) in all {
        for (chunk, n) in queries.chunks(500).map(<[_]>::to_vec).zip(1..) {
            let check = move || chunk.iter().try_for_each(|(name, query)| check(name, query));
            trials.push(Trial::test(format!("format > {group} {n}"), check));
        }
    }
    if missing {
        let reason = "no corpus: set REHUNT_FACTS to the folder that has corpus/dev.jsonl";
        trials.push(Trial::ignorable_test("format > corpus", move || Ok(Completion::ignored_with(reason))));
    }
    trials
}

/// The published queries, by id.
pub fn corpus() -> Vec<(String, String)> {
    let lines = facts::folder().and_then(|folder| std::fs::read_to_string(folder.join("corpus/dev.jsonl")).ok());
    let lines = lines.unwrap_or_default();
    let case = |line: &str| -> Option<(String, String)> {
        let case: Json = serde_json::from_str(line).ok()?;
        Some((case["id"].as_str()?.to_owned(), case["query"].as_str()?.to_owned()))
    };
    lines.lines().filter_map(case).collect()
}

/// A layout keeps tokens, comments and meaning, and is its own layout.
fn check(name: &str, query: &str) -> Result<(), Failed> {
    let Some(once) = lay_out(query) else { return Ok(()) };
    let fail =
        |what: &str, other: &str| Err(format!("{name}: {what}\n{query}\n--- becomes\n{once}\n---\n{other}").into());
    if spelled(query) != spelled(&once) {
        return fail("other tokens", "");
    }
    if shape(query) != shape(&once) {
        return fail("another tree", "");
    }
    match format(&once) {
        Ok(twice) if twice == once => Ok(()),
        Ok(twice) => fail("does not settle", &twice),
        Err(errors) => fail("cannot be read again", &format!("{errors:?}")),
    }
}

/// Tokens and comments in order, as they are written.
fn spelled(text: &str) -> Vec<&str> {
    let (tokens, comments) = tokens(text);
    let mut all: Vec<_> = tokens.iter().map(|t| t.span).chain(comments).collect();
    all.sort_by_key(|span| span.start);
    all.into_iter().map(|span| span.of(text).trim_end()).collect()
}

/// The tree as text, places left out.
fn shape(text: &str) -> String {
    let tree = format!("{:?}", parse(text).query);
    let mut parts = tree.split("Span { ");
    let first = parts.next().unwrap_or("").to_owned();
    parts.fold(first, |all, part| all + part.split_once('}').map_or("", |(_, rest)| rest))
}
