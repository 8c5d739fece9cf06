//! Local files in place of what lies outside of the evidence: `--map FileProfile=profiles.csv`.

use std::path::Path;
use std::sync::Arc;

use rehunt_lang::host::{side_table, watchlist_table};

use super::places::Places;
use super::side::{self, Side};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::functions::ip::GEO_INFO_FROM_IP_ADDRESS;
use crate::ingest::{LoadOptions, Progress};

impl Engine {
    /// Gives a file in place of what lies outside of the evidence: `FileProfile` and its kin, `_GetWatchlist('alias')`,
    /// a URL that `externaldata` reads, or `geo_info_from_ip_address`, whose file is a MaxMind database.
    ///
    /// # Errors
    /// When the file cannot be loaded or lacks what is looked for, or nothing of this name can be given.
    pub fn map(&mut self, name: &str, path: &Path, progress: &dyn Progress) -> Result<()> {
        let name = name.strip_suffix("()").unwrap_or(name);
        if name.contains("://") {
            self.map_url(name, path);
            return Ok(());
        }
        if name == GEO_INFO_FROM_IP_ADDRESS.spec.name {
            let places = Places::open(path).map_err(|message| refused(path, message, None))?;
            self.catalog_mut().places = Some(Arc::new(places));
            self.add_function(&GEO_INFO_FROM_IP_ADDRESS);
            return Ok(());
        }
        if let Some(side) = side::find(name) {
            return self.map_side(side, path, progress);
        }
        let Some(alias) = watchlist_alias(name) else {
            let known: Vec<&str> = side::names().chain([GEO_INFO_FROM_IP_ADDRESS.spec.name]).collect();
            let help = format!("map {}, _GetWatchlist('NAME') or a URL of `externaldata`", known.join(", "));
            return Err(refused(path, format!("no file can be given for `{name}`"), Some(help)));
        };
        let options = LoadOptions { table: Some(watchlist_table(alias)), ..LoadOptions::default() };
        self.load(path, &options, progress)
    }

    fn map_side(&mut self, side: &'static Side, path: &Path, progress: &dyn Progress) -> Result<()> {
        let table = side_table(side.name);
        let declared = side.columns.iter().map(|(name, ty)| ((*name).to_owned(), *ty)).collect();
        let options = LoadOptions { table: Some(table.clone()), declared, ..LoadOptions::default() };
        let before = self.catalog().table(&table).map_or(0, |t| t.files.len());
        self.load(path, &options, progress)?;
        let catalog = self.catalog_mut();
        let Some(loaded) = catalog.table(&table).filter(|t| t.files.len() > before) else {
            return Err(refused(path, format!("no rows for `{}` could be read", side.name), None));
        };
        if !side.keys.iter().any(|key| loaded.fields.iter().any(|f| f.name == *key)) {
            let keys: Vec<String> = side.keys.iter().map(|key| format!("`{key}`")).collect();
            let message = format!("a file for `{}` needs a column {}", side.name, keys.join(" or "));
            return Err(refused(path, message, None));
        }
        let definition = side.define(&loaded.fields);
        catalog.sides.insert(side.name, definition);
        Ok(())
    }
}

fn refused(path: &Path, message: String, help: Option<String>) -> Error {
    Error::Load { path: path.to_owned(), message, help }
}

/// Reads `_GetWatchlist('alias')`.
fn watchlist_alias(name: &str) -> Option<&str> {
    let inner = name.strip_prefix("_GetWatchlist(")?.strip_suffix(')')?.trim();
    let quoted = |quote: char| inner.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    quoted('\'').or_else(|| quoted('"'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::ingest::Quiet;

    #[test]
    fn what_cannot_be_given_is_refused() {
        let refused = Engine::new().map("Sightings", Path::new("x.csv"), &Quiet).unwrap_err().to_string();
        assert!(refused.contains("`Sightings`"), "{refused}");
        assert_eq!(watchlist_alias("_GetWatchlist( \"a b\" )"), Some("a b"));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.csv");
        std::fs::write(&file, "Hash,GlobalPrevalence\na,1\n").unwrap();
        let refused = Engine::new().map("FileProfile", &file, &Quiet).unwrap_err().to_string();
        assert!(refused.contains("needs a column `SHA1` or `SHA256` or `MD5`"), "{refused}");
    }
}
