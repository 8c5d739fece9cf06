//! Local files in place of what lies outside of the evidence: `--map "_GetWatchlist('vip')=vip.csv"`.

use std::path::Path;

use rehunt_lang::host::watchlist_table;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::ingest::{LoadOptions, Progress};

impl Engine {
    /// Gives a file in place of what lies outside of the evidence: `_GetWatchlist('alias')`, or a URL that
    /// `externaldata` reads.
    ///
    /// # Errors
    /// When the file cannot be loaded, or nothing of this name can be given.
    pub fn map(&mut self, name: &str, path: &Path, progress: &dyn Progress) -> Result<()> {
        if name.contains("://") {
            self.map_url(name, path);
            return Ok(());
        }
        let Some(alias) = watchlist_alias(name) else {
            return Err(Error::Load {
                path: path.to_owned(),
                message: format!("no file can be given for `{name}`"),
                help: Some("map _GetWatchlist('NAME') or a URL of `externaldata`".to_owned()),
            });
        };
        let options = LoadOptions { table: Some(watchlist_table(alias)), ..LoadOptions::default() };
        self.load(path, &options, progress)
    }
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
        let refused = Engine::new().map("SeenBy", Path::new("x.csv"), &Quiet).unwrap_err().to_string();
        assert!(refused.contains("`SeenBy`"), "{refused}");
        assert_eq!(watchlist_alias("_GetWatchlist( \"a b\" )"), Some("a b"));
    }
}
