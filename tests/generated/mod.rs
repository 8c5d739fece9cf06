//! Queries nobody wrote: drawn by a seed over small tables, their expressions from the library's own signatures, and
//! asked what must hold of any query.
//!
//! A plain run asks a fixed number of them. `REHUNT_GENERATE_SECONDS=1200 REHUNT_SEED=7 cargo test generated` goes on for
//! so long from that seed; a failure names the seed of its case, which as `REHUNT_SEED` gives it again as the first.
//! With `REHUNT_GENERATE_LAST=file` the query that runs is kept in a file, should the process end with it.

mod checks;
mod expressions;
mod lab;
mod literals;
mod pipelines;
mod random;
mod shrink;
mod subject;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use rehunt_lang::operators::OPERATORS;
use rehunt_lang::plugins::{PLUGINS, Runs};

use checks::{CHECKS, Check, Stop};
use lab::Lab;
use random::Random;
use subject::Subject;

use crate::session::PLAIN;

/// Where a plain run begins: any number does, and the same one gives the same queries.
const SEED: u64 = 20_260_101;

/// Subjects of one trial of a plain run, and trials.
const SUBJECTS: u64 = 4;
const TRIALS: u64 = 4;

/// Checks made of one subject: more would ask the same rows again.
const CHECKS_OF_ONE: usize = 4;

/// Failures after which a run ends, and differences that one check is asked for.
const ENOUGH: usize = 60;
const ENOUGH_ALIKE: usize = 4;

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![Trial::test("generated > every operator is drawn", every_operator)];
    let seed = std::env::var("REHUNT_SEED").ok().and_then(|text| text.parse().ok());
    let seconds = std::env::var("REHUNT_GENERATE_SECONDS").ok().and_then(|text| text.parse().ok());
    match seconds {
        Some(seconds) => trials.push(Trial::test("generated > queries for a time", move || {
            lab::quiet_panics();
            let end = Instant::now() + Duration::from_secs(seconds);
            ask(seed.unwrap_or(SEED), &mut |_| Instant::now() < end)
        })),
        None => trials.extend((0..TRIALS).map(|n| {
            let first = seed.unwrap_or(SEED) + n * SUBJECTS;
            Trial::test(format!("generated > queries {n}"), move || ask(first, &mut |seed| seed < first + SUBJECTS))
        })),
    }
    trials
}

/// Draws subjects from a seed on and makes some checks of each.
fn ask(first: u64, go_on: &mut dyn FnMut(u64) -> bool) -> Result<(), Failed> {
    let lab = Lab::new(PLAIN.clone());
    let mut found = BTreeMap::new();
    let mut seed = first;
    let (mut made, mut silent) = (0, 0);
    while go_on(seed) && found.len() < ENOUGH {
        let subject = Subject::draw(&lab, seed);
        for (name, check) in chosen(seed) {
            made += 1;
            let (kind, message) = match check(&lab, &subject) {
                Ok(()) => continue,
                Err(Stop::Skip) => {
                    silent += 1;
                    continue;
                }
                Err(Stop::Fail(kind, message)) => (kind, message),
            };
            let like = likeness(name, kind, &message);
            let again = found.keys().filter(|(known, _)| *known == like).count();
            if again < if kind == "accident" { 1 } else { ENOUGH_ALIKE } {
                let message = shrink::shrunk(&lab, *check, subject.clone(), kind, message);
                let failure = format!("##### {name} (REHUNT_SEED={seed})\n{message}");
                eprintln!("\n{failure}");
                found.insert((like, seed), failure);
            }
        }
        seed += 1;
    }
    let (ran, refused) = lab.counts();
    eprintln!(
        "generated: {} subjects from seed {first} on, {made} checks ({silent} say nothing), {ran} queries ran, {refused} were \
         refused, {} failures",
        seed - first,
        found.len()
    );
    match found.is_empty() {
        true => Ok(()),
        false => Err(found.into_values().collect::<Vec<_>>().join("\n\n").into()),
    }
}

/// The checks of a seed: the two that everything must pass, and some others.
fn chosen(seed: u64) -> Vec<&'static (&'static str, Check)> {
    let mut random = Random::new(!seed);
    let mut chosen: Vec<_> = CHECKS[..2].iter().collect();
    chosen.extend((0..CHECKS_OF_ONE).map(|_| random.pick(&CHECKS[2..])));
    chosen
}

/// What failures of one cause have in common: the error without its numbers and names, or the check.
fn likeness(check: &'static str, kind: &str, message: &str) -> String {
    match kind {
        "accident" => {
            let line = message.lines().next().unwrap_or_default();
            line.chars().filter(|c| !c.is_ascii_digit()).take(90).collect()
        }
        _ => check.to_owned(),
    }
}

/// An operator or plugin added later is drawn, or a reason says why not.
fn every_operator() -> Result<(), Failed> {
    let drawn = pipelines::OPERATORS.iter().map(|(word, ..)| *word).chain(pipelines::PLUGINS.iter().map(|(n, _)| *n));
    let excused = pipelines::LEFT_OUT.iter().chain(pipelines::PLUGINS_LEFT_OUT).map(|(word, _)| *word);
    let known: BTreeSet<&str> = drawn.chain(excused).collect();
    let operators = OPERATORS.iter().filter(|(_, spec)| spec.runs).map(|(word, _)| *word);
    let plugins = PLUGINS.iter().filter(|p| p.runs == Runs::Yes).map(|p| p.name);
    let missing: Vec<_> = operators.chain(plugins).filter(|word| !known.contains(word)).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!("no rule in tests/generated/pipelines.rs draws {}", missing.join(", ")).into()),
    }
}
