//! Where the history of the prompt is kept.

use std::ffi::OsString;
use std::path::PathBuf;

/// Returns the file for this user: below `XDG_DATA_HOME`, else `~/.local/share`, on Windows `APPDATA`.
pub fn path(var: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let dir = |name: &str| var(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = match cfg!(windows) {
        true => dir("APPDATA"),
        false => dir("XDG_DATA_HOME")
            // The standard says to ignore what is not absolute: it would mean another place in every folder.
            .filter(|path| path.is_absolute())
            .or_else(|| dir("HOME").map(|home| home.join(".local").join("share"))),
    }?;
    Some(data.join("rehunt").join("history"))
}

#[cfg(all(test, not(windows)))]
mod tests {
    use super::*;

    #[test]
    fn the_data_folder_of_the_user_is_found() {
        let of = |vars: &[(&str, &str)]| path(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| v.into()));
        assert_eq!(of(&[("HOME", "/h"), ("XDG_DATA_HOME", "/x")]), Some("/x/rehunt/history".into()));
        assert_eq!(of(&[("HOME", "/h"), ("XDG_DATA_HOME", "x")]), Some("/h/.local/share/rehunt/history".into()));
        assert_eq!(of(&[]), None);
    }
}
