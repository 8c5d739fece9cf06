//! Every example in the documentation of a function or an aggregate is run.

use libtest_mimic::{Failed, Trial};
use rehunt_lang::library::Example;

use crate::rows;
use crate::session::{PLAIN, run};

pub fn trials() -> Vec<Trial> {
    all().into_iter().map(|(name, example)| Trial::test(name, move || check(example))).collect()
}

/// Goes through the queries of all examples.
pub fn queries() -> Vec<(String, String)> {
    all().into_iter().map(|(name, example)| (name, example.query.to_owned())).collect()
}

fn all() -> Vec<(String, &'static Example)> {
    let library = PLAIN.builtins().library();
    let functions = library.functions().into_iter().map(|f| (f.name, f.examples));
    let aggregates = library.aggregates().into_iter().map(|a| (a.name, a.examples));
    let numbered = |(name, examples): (&'static str, &'static [Example])| {
        examples.iter().zip(1..).map(move |(example, n)| (format!("examples > {name} {n}"), example))
    };
    functions.chain(aggregates).flat_map(numbered).collect()
}

fn check(example: &Example) -> Result<(), Failed> {
    let answer = run(&PLAIN, example.query).map_err(|e| format!("{}\n{e}", example.query))?;
    let Some(table) = answer.tables.last() else {
        return Err(format!("{}\nhas no result", example.query).into());
    };
    let found = rows::bare(table);
    match found == example.answer {
        true => Ok(()),
        false => Err(format!("{}\nexpected: {}\nfound:    {found}", example.query, example.answer).into()),
    }
}
