//! The engines and the clock that trials share, and where their files are.

use std::path::PathBuf;
use std::sync::LazyLock;

use rehunt_engine::engine::{Answer, Engine};
use rehunt_engine::error::Error;
use rehunt_engine::ingest::{LoadOptions, Quiet};
use tokio::runtime::{Builder, Runtime};

/// Every query of the tests runs at the end of the sample's story.
pub const NOW: i64 = rehunt_engine::sample::NOW;

/// The engine of pages and examples: it has no table.
pub static PLAIN: LazyLock<Engine> = LazyLock::new(Engine::new);

/// The engine of the hunts: it has the sample that ships with them.
pub static SAMPLE: LazyLock<Result<Engine, String>> = LazyLock::new(|| {
    let mut engine = Engine::new();
    let folder = root().join("examples/hunting/tenant");
    engine.load(&folder, &LoadOptions::default(), &Quiet).map_err(|e| e.to_string())?;
    Ok(engine)
});

/// Planning in a debug build goes deep: worker threads get the stack the program gives its own.
pub static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build().unwrap());

const STACK: usize = 16 << 20;

/// A trial's work.
pub type Check = fn() -> Result<(), libtest_mimic::Failed>;

/// Runs a query as a user's session would.
pub fn run(engine: &Engine, query: &str) -> Result<Answer, Error> {
    let session = engine.session().at(NOW);
    let query = query.to_owned();
    RUNTIME.block_on(RUNTIME.spawn(async move { session.run(&query).await })).unwrap_or_else(|e| panic!("{e}"))
}

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Whether expectations are rewritten in place of being checked.
pub fn updating() -> bool {
    std::env::var_os("KQL_UPDATE").is_some_and(|value| !value.is_empty() && value != "0")
}

/// All files below a folder whose names end so, sorted.
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A path as the repository's reader knows it.
pub fn shown(path: &std::path::Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Checks a file's text, or writes it when expectations are rewritten.
pub fn check_file(path: &std::path::Path, expected: &str) -> Result<(), libtest_mimic::Failed> {
    let found = std::fs::read_to_string(path).unwrap_or_default();
    if found == expected {
        return Ok(());
    }
    if updating() {
        std::fs::create_dir_all(path.parent().unwrap())?;
        return Ok(std::fs::write(path, expected)?);
    }
    let line = found.lines().zip(expected.lines()).take_while(|(a, b)| a == b).count() + 1;
    let shown = shown(path);
    let (was, is) =
        (found.lines().nth(line - 1).unwrap_or("nothing"), expected.lines().nth(line - 1).unwrap_or("nothing"));
    Err(format!("{shown}:{line} is out of date; `KQL_UPDATE=1 cargo test` rewrites it\n  has: {was}\n  now: {is}")
        .into())
}
