//! The `rehunt` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    rehunt::run(std::env::args_os(), rehunt::io::Io::system())
}
