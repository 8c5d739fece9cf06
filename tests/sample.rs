//! The sample that ships in `examples/hunting/tenant` is what the program writes, gzipped.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use libtest_mimic::{Failed, Trial};
use rehunt_engine::engine::Engine;
use rehunt_engine::ingest::{LoadOptions, Quiet};

use crate::hunts;
use crate::session::{root, updating};

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("sample > the shipped files are what is written", shipped),
        Trial::test("sample > a larger scale changes no answer about the scenario", scaled),
    ]
}

const LIMIT: u64 = 3 << 20;

fn shipped() -> Result<(), Failed> {
    let fresh = tempfile::tempdir()?;
    let report = rehunt_engine::sample::write(fresh.path(), 1).map_err(|e| e.to_string())?;
    let folder = root().join("examples/hunting/tenant");
    let mut size = 0;
    for file in &report.files {
        let name = format!("{}.gz", file.path.file_name().unwrap().to_string_lossy());
        let shipped = folder.join(&name);
        let text = std::fs::read(&file.path)?;
        let same = shipped.exists() && unzipped(&shipped)? == text;
        match (same, updating()) {
            (true, _) => {}
            (false, true) => zip(&shipped, &text)?,
            (false, false) => return Err(format!("{name} is out of date; `KQL_UPDATE=1 cargo test` writes it").into()),
        }
        size += shipped.metadata()?.len();
    }
    let found = std::fs::read_dir(&folder)?.count();
    if found != report.files.len() {
        return Err(format!("{found} files are shipped, {} are written", report.files.len()).into());
    }
    match size < LIMIT {
        true => Ok(()),
        false => Err(format!("the shipped sample has {size} bytes, more than {LIMIT}").into()),
    }
}

/// Twice the background: every hunt but the one that lists all outbound mail gives the same rows.
fn scaled() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    rehunt_engine::sample::write(folder.path(), 2).map_err(|e| e.to_string())?;
    let mut engine = Engine::new();
    engine.load(folder.path(), &LoadOptions::default(), &Quiet).map_err(|e| e.to_string())?;
    let lists_background = |hunt: &Path| hunt.to_string_lossy().contains("q4_external_sends");
    for hunt in hunts::hunts().iter().filter(|hunt| !lists_background(hunt)) {
        hunts::check(&engine, hunt).map_err(|e| format!("{}: {}", hunt.display(), e.message().unwrap_or_default()))?;
    }
    Ok(())
}

fn unzipped(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    GzDecoder::new(File::open(path)?).read_to_end(&mut text)?;
    Ok(text)
}

fn zip(path: &Path, text: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(path.parent().unwrap())?;
    let mut out = GzEncoder::new(File::create(path)?, Compression::best());
    out.write_all(text)?;
    out.finish().map(drop)
}
