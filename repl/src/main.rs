//! The `rehunt` program.

use std::process::ExitCode;
use std::thread;

use mimalloc::MiMalloc;

/// The system's allocator gives large buffers back at once, and every one that is taken again costs its page faults: a
/// tenth of an import.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // The main thread of Windows has 1 MiB of stack: too little to read a deeply nested query in a debug build.
    let running = thread::Builder::new()
        .stack_size(rehunt::threads::STACK)
        .spawn(|| rehunt::run(std::env::args_os(), rehunt::io::Io::system()));
    match running.map(thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        _ => ExitCode::FAILURE,
    }
}
