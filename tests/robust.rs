//! Broken queries: every prefix and every single-token deletion of every query in tests and examples, some tokens
//! doubled and swapped, and a sample of the same over published queries, where they are at hand.
//!
//! Binding them neither panics nor hangs. Nothing runs. `REHUNT_SWEEP=1 cargo test --release sweep` breaks every published
//! query in every way, in less than an hour on two cores; in a debug build that takes many.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use libtest_mimic::{Completion, Failed, Trial};
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
    groups.into_iter().flat_map(parts).chain(published()).collect()
}

/// Breaks published queries: a few ways for each, or with `REHUNT_SWEEP` all.
fn published() -> Vec<Trial> {
    let corpus = crate::format::corpus();
    let ignored = |name: &str, reason: &'static str| {
        Trial::ignorable_test(format!("robust > {name}"), move || Ok(Completion::ignored_with(reason)))
    };
    if corpus.is_empty() {
        return vec![ignored("broken corpus", "no corpus: set REHUNT_FACTS to the folder that has corpus/dev.jsonl")];
    }
    let sweep = std::env::var_os("REHUNT_SWEEP").is_some();
    let trial = |name: &str, chunk: Vec<(String, String)>, ways: usize| {
        Trial::test(format!("robust > {name}"), move || {
            chunk.iter().zip(0..).try_for_each(|((name, query), seed)| survive(name, some(broken(query), ways, seed)))
        })
    };
    let sample: Vec<_> = corpus.iter().step_by(29).cloned().collect();
    let mut trials = vec![trial("broken corpus, a sample", sample, 6)];
    if sweep {
        let chunks = corpus.chunks(100).zip(1..);
        trials.extend(chunks.map(|(chunk, n)| trial(&format!("sweep of the corpus {n}"), chunk.to_vec(), usize::MAX)));
    } else {
        trials.push(ignored("sweep of the corpus", "takes most of an hour: REHUNT_SWEEP=1 cargo test --release sweep"));
    }
    trials
}

/// So many of the texts, the same for each seed.
fn some(mut texts: Vec<String>, count: usize, seed: u64) -> Vec<String> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
    while texts.len() > count {
        // xorshift: enough to choose by.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let at = (state % texts.len() as u64) as usize;
        texts.swap_remove(at);
    }
    texts
}

fn check(name: &str, query: &str) -> Result<(), Failed> {
    survive(name, broken(query))
}

fn survive(name: &str, texts: Vec<String>) -> Result<(), Failed> {
    // Hunts name the sample's tables; without them a bind would end at the first error.
    let engine = match &*SAMPLE {
        Ok(engine) => engine,
        Err(_) => &PLAIN,
    };
    let session = engine.session().at(crate::session::NOW);
    for broken in texts {
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
    // Every fourth token, another one for each query.
    let chosen = |i: &usize| i % 4 == query.len() % 4;
    let doubled = (0..spans.len()).filter(chosen).map(|i| {
        let (before, after) = query.split_at(spans[i].end);
        format!("{before} {} {after}", spans[i].of(query))
    });
    let swapped = (1..spans.len()).filter(chosen).map(|i| {
        let (a, b) = (spans[i - 1], spans[i]);
        let gap = &query[a.end..b.start];
        format!("{}{}{gap}{}{}", &query[..a.start], b.of(query), a.of(query), &query[b.end..])
    });
    prefixes.chain(deletions).chain(doubled).chain(swapped).collect()
}
