//! What is in a case.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rehunt_lang::time::{datetime_text, parse_datetime};
use rehunt_lang::types::{Field, Type};
use serde::{Deserialize, Serialize};

use super::{MANIFEST, aside};
use crate::catalog::{FileLog, LoadLog, Problem, SourceFile};
use crate::error::{Error, Result};

/// The form of the manifest; a higher one is refused.
const VERSION: u32 = 1;

/// The manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u32,
    /// Parts are numbered through all tables and imports.
    pub next_part: u64,
    /// The tables by name.
    pub tables: BTreeMap<String, CaseTable>,
    /// The evidence.
    pub files: Vec<CaseFile>,
    /// What was wrong with it.
    pub problems: Vec<CaseProblem>,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CaseTable {
    /// Name and type of each column.
    pub columns: Vec<(String, String)>,
    /// Its files.
    pub parts: Vec<Part>,
}

/// A file of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    /// Its path within the case.
    pub file: String,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
    /// Digests of its blocks; empty in a case that is older than they are.
    #[serde(default)]
    pub blocks: String,
}

/// A file of evidence, once for each table it has rows of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CaseFile {
    path: PathBuf,
    form: String,
    table: String,
    chosen_by: String,
    rows: u64,
    earliest: Option<String>,
    latest: Option<String>,
    duplicates: u64,
    problems: u64,
    unparsed: u64,
    unknown_columns: Vec<String>,
    pub bytes: u64,
    pub sha256: String,
}

/// Something that could not be read as it should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CaseProblem {
    path: PathBuf,
    line: u64,
    table: String,
    column: String,
    reason: String,
    raw: String,
}

impl Default for Manifest {
    fn default() -> Self {
        Self { version: VERSION, next_part: 1, tables: BTreeMap::new(), files: Vec::new(), problems: Vec::new() }
    }
}

impl Manifest {
    /// Reads the manifest of a case.
    ///
    /// # Errors
    /// When it cannot be read, or is of a newer form.
    pub(super) fn read(case: &Path) -> Result<Self> {
        let path = case.join(MANIFEST);
        let wrong = |message: String| Error::Load { path: path.clone(), message, help: None };
        let bytes = std::fs::read(&path).map_err(|error| wrong(error.to_string()))?;
        let manifest: Manifest =
            serde_json::from_slice(&bytes).map_err(|error| wrong(format!("the manifest is broken: {error}")))?;
        match manifest.version <= VERSION {
            true => Ok(manifest),
            false => Err(wrong("the case was written by a newer version".to_owned())),
        }
    }

    /// Replaces the manifest of a case in one step.
    ///
    /// # Errors
    /// When it cannot be written; the old one stays.
    pub(super) fn write(&self, case: &Path) -> Result<()> {
        let path = case.join(MANIFEST);
        let written = aside::create(&path, |file| {
            let mut out = BufWriter::new(file);
            serde_json::to_writer(&mut out, self)?;
            out.flush()
        });
        written.map_err(|error| Error::Load { path: path.clone(), message: error.to_string(), help: None })
    }

    /// Adds what loading has to tell.
    pub(super) fn add_log(&mut self, log: LoadLog) {
        self.files.extend(log.files.into_iter().map(CaseFile::of));
        self.problems.extend(log.problems.into_iter().map(|p| {
            let Problem { path, line, table, column, reason, raw } = p;
            CaseProblem { path, line, table, column, reason, raw }
        }));
    }

    /// Returns what loading had to tell.
    pub(super) fn log(&self) -> LoadLog {
        let problem = |p: &CaseProblem| {
            let CaseProblem { path, line, table, column, reason, raw } = p.clone();
            Problem { path, line, table, column, reason, raw }
        };
        LoadLog {
            files: self.files.iter().map(CaseFile::log).collect(),
            problems: self.problems.iter().map(problem).collect(),
        }
    }
}

impl CaseTable {
    /// Returns the columns.
    pub(super) fn fields(&self) -> Vec<Field> {
        let field = |(name, ty): &(String, String)| Field::new(name, Type::from_name(ty).unwrap_or(Type::String));
        self.columns.iter().map(field).collect()
    }

    /// Takes the columns of a new part; where a column has two types, it gets one that holds both.
    pub(super) fn widen(&mut self, fields: &[Field]) {
        for field in fields {
            match self.columns.iter_mut().find(|(name, _)| *name == field.name) {
                None => self.columns.push((field.name.clone(), field.ty.name().to_owned())),
                Some((_, ty)) => {
                    let known = Type::from_name(ty).unwrap_or(Type::String);
                    if known != field.ty {
                        *ty = known.wider(field.ty).unwrap_or(Type::String).name().to_owned();
                    }
                }
            }
        }
    }
}

impl CaseFile {
    fn of(entry: FileLog) -> Self {
        let FileLog { file, table, unparsed, unknown, bytes, sha256 } = entry;
        let SourceFile { path, form, by, rows, span, duplicates, problems } = file;
        Self {
            path,
            form,
            table,
            chosen_by: by,
            rows,
            earliest: span.map(|span| datetime_text(span.0)),
            latest: span.map(|span| datetime_text(span.1)),
            duplicates,
            problems,
            unparsed,
            unknown_columns: unknown,
            bytes,
            sha256,
        }
    }

    fn log(&self) -> FileLog {
        let time = |text: &Option<String>| text.as_deref().and_then(parse_datetime);
        let file = SourceFile {
            path: self.path.clone(),
            form: self.form.clone(),
            by: self.chosen_by.clone(),
            rows: self.rows,
            span: time(&self.earliest).zip(time(&self.latest)),
            duplicates: self.duplicates,
            problems: self.problems,
        };
        FileLog {
            file,
            table: self.table.clone(),
            unparsed: self.unparsed,
            unknown: self.unknown_columns.clone(),
            bytes: self.bytes,
            sha256: self.sha256.clone(),
        }
    }
}
