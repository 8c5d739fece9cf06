//! Files that a query names itself: where on this machine they are.

use std::path::{Path, PathBuf};

use super::Catalog;

impl Catalog {
    /// Says where the copy of a URL is.
    pub fn map(&mut self, uri: impl Into<String>, path: impl Into<PathBuf>) {
        self.mapped.insert(uri.into(), path.into());
    }

    /// Notes a folder that evidence was loaded from, or that of a single file: names of files are relative to it.
    pub(crate) fn add_folder(&mut self, path: &Path) {
        let folder = if path.is_dir() { Some(path) } else { path.parent() };
        if let Some(folder) = folder
            && !self.folders.iter().any(|f| f == folder)
        {
            self.folders.push(folder.to_owned());
        }
    }

    /// Finds the file that `externaldata` means: the copy of a mapped URL, a `file://` URL, or a path, relative to
    /// the evidence or the working directory.
    ///
    /// # Errors
    /// When it is a URL without a copy, or no such file is there.
    pub(crate) fn local_file(&self, uri: &str) -> Result<PathBuf, String> {
        // Behind a semicolon stand secrets and ways to sign in.
        let place = uri.split(';').next().unwrap_or(uri);
        if let Some(path) = self.mapped.get(uri).or_else(|| self.mapped.get(place)) {
            return Ok(path.clone());
        }
        if let Some(path) = place.strip_prefix("file://") {
            return existing(&[PathBuf::from(decoded(path))], uri);
        }
        if place.contains("://") {
            return Err(format!(
                "`externaldata` reads nothing from the network: save `{place}` and name the copy, \
                 `--map \"{place}=FILE\"`"
            ));
        }
        let folders = self.folders.iter().map(|folder| folder.join(place));
        let candidates: Vec<PathBuf> = folders.chain([PathBuf::from(place)]).collect();
        existing(&candidates, uri)
    }
}

fn existing(candidates: &[PathBuf], uri: &str) -> Result<PathBuf, String> {
    let found = candidates.iter().find(|path| path.is_file());
    found.cloned().ok_or_else(|| format!("`externaldata` finds no file `{uri}`"))
}

/// Reads `%20` and its kin in the path of a URL.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.filter(|_| *first == b'%').and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn urls_need_a_copy_and_paths_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a b.csv");
        std::fs::write(&file, "x").unwrap();
        let mut catalog = Catalog::default();
        let refused = catalog.local_file("https://a.example/b.csv").unwrap_err();
        assert!(refused.contains("--map \"https://a.example/b.csv=FILE\""), "{refused}");
        catalog.map("https://a.example/b.csv", &file);
        assert_eq!(catalog.local_file("https://a.example/b.csv;managed_identity=x").unwrap(), file);
        assert!(catalog.local_file("a b.csv").unwrap_err().contains("finds no file"));
        catalog.add_folder(&file);
        assert_eq!(catalog.local_file("a b.csv").unwrap(), file);
        let url = format!("file://{}", file.display()).replace(' ', "%20");
        assert_eq!(catalog.local_file(&url).unwrap(), file);
    }
}
