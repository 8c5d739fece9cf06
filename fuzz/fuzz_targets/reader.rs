//! Hands bytes to the loader as a file.

use std::path::PathBuf;

use rehunt_engine::ingest::{LoadOptions, Quiet, load};

/// Loads the bytes as a file with this ending; whatever they are, the loader must come back.
pub fn read(bytes: &[u8], ending: &str) {
    let file = PathBuf::from(std::env::temp_dir()).join(format!("rehunt-fuzz-{}.{ending}", std::process::id()));
    if std::fs::write(&file, bytes).is_ok() {
        let _ = load(&file, &LoadOptions::default(), &Quiet);
    }
}
