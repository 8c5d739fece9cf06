//! Query files in their canonical layout.

use std::io::Write;
use std::path::{Path, PathBuf};

use rehunt_engine::error::Error;

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::io::Io;
use crate::output::aside;
use crate::threads::Threads;
use crate::{once, render};

/// Lays out every file anew, or with `check` only names those that are not. `-` is standard input, which is answered
/// on standard output. A file that cannot be read as a query is told and left alone; the others go on.
///
/// # Errors
/// When a file is not what it should be: [`Failure::Told`], as what is wrong was said by then.
pub fn lay_out(files: &[PathBuf], check: bool, threads: &Threads, io: &mut Io) -> Result<(), Failure> {
    let mut all_well = true;
    for file in files {
        match lay_out_one(file, check, threads, io) {
            Ok(well) => all_well &= well,
            Err(failure @ Failure::Stream(_)) => return Err(failure),
            Err(failure) => {
                all_well = false;
                render::failure(&failure, io.terminal, &mut io.errors).map_err(Failure::Stream)?;
            }
        }
    }
    if all_well { Ok(()) } else { Err(Failure::Told) }
}

/// Tells whether all is well with a file when it is done with.
fn lay_out_one(file: &Path, check: bool, threads: &Threads, io: &mut Io) -> Result<bool, Failure> {
    let path = Some(file).filter(|file| *file != Path::new("-"));
    let script = once::read_text(path, io)?;
    let text = script.text.clone();
    let formatted = threads
        .work(&Interrupt::default(), move || rehunt_lang::format(&text).map_err(Error::Query))
        .map_err(|error| Failure::Engine(error, Some(script.clone())))?;
    let same = formatted == script.text;
    match path {
        _ if check && !same => writeln!(io.output, "{}", file.display()).map_err(Failure::Stream)?,
        None if !check => io.output.write_all(formatted.as_bytes()).map_err(Failure::Stream)?,
        Some(path) if !check && !same => {
            aside::replace(path, |out| out.write_all(formatted.as_bytes())).map_err(Failure::file(path))?;
        }
        _ => {}
    }
    Ok(same || !check)
}
