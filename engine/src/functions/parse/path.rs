//! `parse_path`: file paths of Windows and Unix.

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use crate::dynamic::Builder;
use crate::functions::signature::{signature, string};
use crate::functions::{Body, Function};

/// `parse_path(path)`: learn.microsoft.com/kusto/query/parse-path-function.
pub static PARSE_PATH: Function = Function {
    spec: FunctionSpec {
        name: "parse_path",
        overloads: &[signature(&[string("path")], Type::Dynamic)],
        summary: "Takes a file path apart: scheme, root, directory, file name, extension, alternate stream.",
        examples: &[Example {
            query: r"print parse_path(@'C:\temp\file.txt')",
            answer: r#"{"Scheme":"","RootPath":"C:\\","DirectoryPath":"C:\\temp","DirectoryName":"temp","Filename":"file.txt","Extension":"txt","AlternateDataStreamName":""}"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let path = args.text(0)?;
        let mut bag = Builder::new();
        args.texts(|row, out| {
            bag.clear();
            let parts = parts(path.at(row)?);
            bag.begin_bag();
            for (key, value) in NAMES.iter().zip(parts) {
                bag.key(key);
                bag.string(value);
            }
            bag.end_bag();
            out.push_str(bag.text());
            Some(())
        })
    }),
};

const NAMES: [&str; 7] =
    ["Scheme", "RootPath", "DirectoryPath", "DirectoryName", "Filename", "Extension", "AlternateDataStreamName"];

const SLASHES: [char; 2] = ['/', '\\'];

fn parts(path: &str) -> [&str; 7] {
    let (scheme, path) = path.split_once("://").unwrap_or(("", path));
    let mut letters = path.chars();
    let drive = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.next() == Some(':')
        && letters.next().is_some_and(|c| SLASHES.contains(&c));
    let root = if drive { path.get(..3).unwrap_or_default() } else { "" };
    let (directory, file) = match path.rfind(SLASHES) {
        Some(at) => (path.get(..at).unwrap_or_default(), path.get(at + 1..).unwrap_or_default()),
        None => ("", path),
    };
    let (file, stream) = file.split_once(':').unwrap_or((file, ""));
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    // A drive alone is no directory with a name.
    let named = directory.get(root.len().min(directory.len())..).unwrap_or_default();
    let name = named.rsplit(SLASHES).next().unwrap_or_default();
    [scheme, root, directory, name, file, extension, stream]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_both_worlds() {
        assert_eq!(
            parts("file://C:/temp/file.txt:some.exe"),
            ["file", "C:/", "C:/temp", "temp", "file.txt", "txt", "some.exe"]
        );
        assert_eq!(
            parts(r"\\shared\users\temp\file.txt.gz"),
            ["", "", r"\\shared\users\temp", "temp", "file.txt.gz", "gz", ""]
        );
        assert_eq!(parts("/usr/lib/file"), ["", "", "/usr/lib", "lib", "file", "", ""]);
        assert_eq!(parts(r"C:\a.b"), ["", r"C:\", "C:", "", "a.b", "b", ""]);
        assert_eq!(parts(""), [""; 7]);
        assert_eq!(parts("é:\\x")[1], "");
    }
}
