//! The integration tests: one binary, every case a trial with a name.
//!
//! `cargo test mv-expand` runs what its name says. `KQL_UPDATE=1 cargo test` rewrites what pages, reference pages and
//! lists expect; read that diff like code.

mod bounded;
mod cli;
mod evidence;
mod examples;
mod facts;
mod format;
mod generated;
mod hunts;
mod messages;
mod pages;
mod parity;
mod reference;
mod robust;
mod rows;
mod sample;
mod session;
mod tidy;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(pages::trials());
    trials.extend(examples::trials());
    trials.extend(hunts::trials());
    trials.extend(cli::trials());
    trials.extend(bounded::trials());
    trials.extend(sample::trials());
    trials.extend(reference::trials());
    trials.extend(robust::trials());
    trials.extend(evidence::trials());
    trials.extend(generated::trials());
    trials.extend(facts::trials());
    trials.extend(parity::trials());
    trials.extend(format::trials());
    trials.extend(tidy::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}
