//! Broken queries: every prefix and every single-token deletion of every query in tests and examples.
//!
//! Binding them neither panics nor hangs. Nothing runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use rehunt_lang::lexer::tokens;

use crate::session::{PLAIN, SAMPLE};
use crate::{examples, hunts, pages};

/// A bind of a broken query takes milliseconds; this much is a loop or something quadratic.
const LIMIT: Duration = Duration::from_secs(5);

/// Above this many bytes prefixes end at tokens, not at every character: a hunt has thousands of them.
const LONG: usize = 300;

pub fn trials() -> Vec<Trial> {
    let groups = [("examples", examples::queries()), ("pages", pages::queries()), ("hunts", hunts::queries())];
    let parts = |(group, queries): (&str, Vec<(String, String)>)| {
        // Groups of a few queries: a trial each would be hundreds, one for all would run alone.
        let name = |n: usize| format!("robust > broken {group} {n}");
        let chunks: Vec<_> = queries.chunks(40).map(<[_]>::to_vec).collect();
        chunks
            .into_iter()
            .zip(1..)
            .map(|(chunk, n)| {
                Trial::test(name(n), move || chunk.iter().try_for_each(|(name, query)| check(name, query)))
            })
            .collect::<Vec<_>>()
    };
    groups.into_iter().flat_map(parts).collect()
}

fn check(name: &str, query: &str) -> Result<(), Failed> {
    // Hunts name the sample's tables; without them a bind would end at the first error.
    let engine = match &*SAMPLE {
        Ok(engine) => engine,
        Err(_) => &PLAIN,
    };
    let session = engine.session().at(crate::session::NOW);
    for broken in broken(query) {
        let begun = Instant::now();
        let bound = catch_unwind(AssertUnwindSafe(|| session.check(&broken)));
        let took = begun.elapsed();
        if bound.is_err() {
            return Err(format!("{name} panics when it is\n{broken}").into());
        }
        if took > LIMIT {
            return Err(format!("{name} takes {took:?} to bind when it is\n{broken}").into());
        }
    }
    Ok(())
}

fn broken(query: &str) -> Vec<String> {
    let spans: Vec<_> = tokens(query).0.iter().map(|token| token.span).collect();
    let prefixes: Vec<usize> = match query.len() > LONG {
        true => spans.iter().flat_map(|span| [span.start, span.end]).collect(),
        false => query.char_indices().map(|(at, _)| at).collect(),
    };
    let prefixes = prefixes.into_iter().map(|end| query[..end].to_owned());
    let deletions = spans.iter().map(|span| format!("{}{}", &query[..span.start], &query[span.end..]));
    prefixes.chain(deletions).collect()
}
