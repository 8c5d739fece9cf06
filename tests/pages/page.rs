//! A page: its parts in order, and the page written again with other expectations.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::case::{Case, Expectation, Kind};
use crate::session;

/// A page of cases.
pub struct Page {
    /// Its path below `tests`, without the ending.
    pub name: String,
    pub path: PathBuf,
    pub text: String,
}

/// A piece of a page. The pieces of a page, one after the other, are its text.
enum Piece<'a> {
    /// A heading with its level.
    Heading(&'a str, usize),
    /// Anything else that is not in a fence.
    Prose,
    Fence {
        info: &'a str,
        body: &'a str,
    },
}

impl Page {
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let name = session::shown(path).replace("tests/", "").replace(".md", "");
        Self { name, path: path.to_owned(), text }
    }

    /// Goes through the cases: each query with the expectations that follow it.
    pub fn cases(&self) -> impl Iterator<Item = Case> {
        let mut cases: Vec<Case> = Vec::new();
        let (mut heading, mut setup, mut page_setup) = (String::new(), String::new(), String::new());
        let mut files: Vec<(String, String)> = Vec::new();
        let mut seen = HashMap::new();
        for (piece, _) in pieces(&self.text) {
            match piece {
                Piece::Heading(text, level) => {
                    if level > 1 {
                        setup = page_setup.clone();
                    }
                    heading = if level > 1 { text.to_owned() } else { String::new() };
                }
                Piece::Prose => {}
                Piece::Fence { info: "setup", body } => {
                    setup.push_str(body);
                    if heading.is_empty() {
                        page_setup.push_str(body);
                    }
                }
                Piece::Fence { info, body } if info.starts_with("map ") => {
                    files.push((info.trim_start_matches("map ").to_owned(), body.to_owned()));
                }
                Piece::Fence { info: "kql", body } => {
                    let count = seen.entry(heading.clone()).or_insert(0);
                    *count += 1;
                    let title = if heading.is_empty() { "query" } else { &heading };
                    let number = if *count > 1 { format!(" {count}") } else { String::new() };
                    let name = format!("{} > {title}{number}", self.name);
                    let (setup, query, files) = (setup.clone(), body.to_owned(), files.clone());
                    cases.push(Case { name, setup, query, files, expectations: Vec::new() });
                }
                Piece::Fence { info, body } => {
                    let kind = Kind::of(info);
                    let case = cases.last_mut();
                    let (Some(kind), Some(case)) = (kind, case) else {
                        panic!("{}: the fence `{info}` has no meaning here", self.name);
                    };
                    case.expectations.push(Expectation { kind, text: body.to_owned() });
                }
            }
        }
        cases.into_iter()
    }

    /// Writes the page with what its queries give now. Known gaps keep the right expectation.
    pub fn rewritten(&self) -> String {
        let mut cases = self.cases();
        let mut out = String::new();
        // After a query the old expectations are skipped, with the blank lines between them.
        let mut replacing = false;
        for (piece, text) in pieces(&self.text) {
            match piece {
                Piece::Fence { info: "kql", .. } => {
                    if replacing {
                        out.push('\n');
                    }
                    out.push_str(text);
                    for expectation in cases.next().unwrap().rewritten() {
                        out.push_str(&format!("\n```{}\n{}```\n", expectation.kind.info(), expectation.text));
                    }
                    replacing = true;
                }
                Piece::Fence { info, .. } if replacing && Kind::of(info).is_some() => {}
                Piece::Prose if replacing && text.trim().is_empty() => {}
                _ => {
                    if replacing {
                        out.push('\n');
                    }
                    replacing = false;
                    out.push_str(text);
                }
            }
        }
        out
    }
}

/// Splits a page into its pieces, each with its text: a line of prose, a heading, a fence with both its ends.
fn pieces(text: &str) -> Vec<(Piece<'_>, &str)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let line_end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let line = rest[..line_end].trim_end();
        let (piece, length) = if let Some(info) = line.strip_prefix("```") {
            let body = &rest[line_end..];
            let close = if body.starts_with("```") { Some(0) } else { body.find("\n```").map(|at| at + 1) };
            let close = close.unwrap_or_else(|| panic!("the fence `{info}` has no end"));
            let after = body[close..].find('\n').map_or(body.len(), |at| close + at + 1);
            (Piece::Fence { info: info.trim(), body: &body[..close] }, line_end + after)
        } else if line.starts_with('#') {
            let title = line.trim_start_matches('#');
            (Piece::Heading(title.trim(), line.len() - title.len()), line_end)
        } else {
            (Piece::Prose, line_end)
        };
        pieces.push((piece, &rest[..length]));
        rest = &rest[length..];
    }
    pieces
}
