//! Flat JSON rows, whose keys are columns. One file may hold rows of several tables: which, is judged row by row, and
//! for rows that do not say it by the first rows of the file together.

use std::collections::HashMap;

use super::json::{members_of, put_value};
use super::json_text::{Member, said};
use super::loader::{Loader, TableNo};
use super::name::{self, Named};
use crate::catalog::shipped;

/// Rows that are looked at before the first is put.
const AHEAD: usize = 100;
/// Bytes of them at most.
const AHEAD_BYTES: usize = 1 << 22;
/// Shapes of rows that are remembered.
const SHAPES: usize = 1000;

/// The rows of a file.
#[derive(Default)]
pub(super) struct Flat {
    state: State,
    shapes: HashMap<Vec<String>, Shape>,
    /// The shape of the last row, and its keys.
    last: Option<(Vec<String>, Shape)>,
}

#[derive(Default)]
enum State {
    /// Nothing is decided.
    #[default]
    Open,
    /// Rows wait, each with its line.
    Waiting { rows: Vec<(u64, String)>, bytes: usize },
    /// The table of rows that do not say theirs; `only` where it is the table of all.
    Decided { named: Named, only: bool },
    /// The file is refused.
    Refused,
}

/// Rows with the same keys in the same order.
#[derive(Clone)]
struct Shape {
    /// What the rows say in `Type`.
    ty: String,
    table: TableNo,
    places: Vec<usize>,
}

impl Flat {
    /// Takes a row. `form` says how the file holds it.
    pub(super) fn put(&mut self, loader: &mut Loader, line: u64, value: &str, members: &[Member], form: &str) {
        match &mut self.state {
            State::Open => {
                self.state = State::Waiting { rows: vec![(line, value.to_owned())], bytes: value.len() };
            }
            State::Waiting { rows, bytes } => {
                *bytes += value.len();
                rows.push((line, value.to_owned()));
                if rows.len() >= AHEAD || *bytes >= AHEAD_BYTES {
                    self.settle(loader, form);
                }
            }
            State::Decided { .. } => self.row(loader, line, members),
            State::Refused => {}
        }
    }

    /// Decides on the rows that wait, and puts them.
    pub(super) fn settle(&mut self, loader: &mut Loader, form: &str) {
        let State::Waiting { rows, .. } = std::mem::take(&mut self.state) else { return };
        loader.form(form);
        match decide(loader, &rows) {
            Ok((named, only)) => {
                self.state = State::Decided { named, only };
                for (line, value) in &rows {
                    self.row(loader, *line, &members_of(value));
                }
            }
            Err(reason) => {
                let (line, value) = rows.first().map_or((0, ""), |(line, value)| (*line, value.as_str()));
                loader.refuse(line, reason, value);
                self.state = State::Refused;
            }
        }
    }

    fn row(&mut self, loader: &mut Loader, line: u64, members: &[Member]) {
        let ty = type_of(members);
        let known = self.last.take().filter(|(keys, shape)| shape.ty == ty && same(keys, members));
        let (keys, shape) = match known {
            Some(known) => known,
            None => {
                let keys: Vec<String> = members.iter().map(|m| m.key.to_string()).collect();
                let shape = match self.shapes.get(&keys).filter(|shape| shape.ty == ty) {
                    Some(shape) => shape.clone(),
                    None => {
                        let shape = self.shape(loader, &keys, ty.into_owned());
                        if self.shapes.len() < SHAPES {
                            self.shapes.insert(keys.clone(), shape.clone());
                        }
                        shape
                    }
                };
                (keys, shape)
            }
        };
        for (place, member) in shape.places.iter().zip(members) {
            put_value(loader, shape.table, *place, line, member.value);
        }
        loader.building(shape.table).end_row();
        self.last = Some((keys, shape));
    }

    /// Finds the table and the columns of rows with such keys.
    fn shape(&self, loader: &mut Loader, keys: &[String], ty: String) -> Shape {
        let columns: Vec<&str> = keys.iter().map(String::as_str).collect();
        let named = match &self.state {
            State::Decided { named, only: true } => named.clone(),
            State::Decided { named, .. } if !ty.is_empty() => {
                name::of_typed_row(&columns, &ty).unwrap_or_else(|| named.clone())
            }
            State::Decided { named, .. } if known(&named.table, &columns) >= 0.95 => named.clone(),
            State::Decided { named, .. } => {
                let own = known(&named.table, &columns);
                let other = name::of_columns(&columns).filter(|other| known(&other.table, &columns) > own + 0.1);
                other.unwrap_or_else(|| named.clone())
            }
            _ => name::by_file(loader),
        };
        let table = loader.table(&named);
        let places = columns.iter().map(|column| loader.building(table).column(column, None)).collect();
        Shape { ty, table, places }
    }
}

/// Chooses the table of rows that do not say theirs: the one the user or the folder names, else the one that most rows
/// look like, else the one that all their columns together look like.
fn decide(loader: &Loader, rows: &[(u64, String)]) -> Result<(Named, bool), String> {
    let mut all: Vec<String> = Vec::new();
    let mut votes: Vec<(Named, usize)> = Vec::new();
    let mut seen: HashMap<Vec<String>, Option<Named>> = HashMap::new();
    let mut typed = false;
    for (_, value) in rows {
        let members = members_of(value);
        typed |= !type_of(&members).is_empty();
        let keys: Vec<String> = members.iter().map(|m| m.key.to_string()).collect();
        for key in &keys {
            if !all.contains(key) {
                all.push(key.clone());
            }
        }
        let named = seen
            .entry(keys)
            .or_insert_with_key(|keys| name::of_columns(&keys.iter().map(String::as_str).collect::<Vec<_>>()));
        if let Some(named) = named {
            match votes.iter_mut().find(|(n, _)| n.table == named.table) {
                Some((_, count)) => *count += 1,
                None => votes.push((named.clone(), 1)),
            }
        }
    }
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    if let Some(named) = name::told(loader) {
        return Ok((named, true));
    }
    if let Some(named) = name::by_file_name(loader, &all) {
        return Ok((named, false));
    }
    // `max_by_key` takes the last of equals: the first is wanted.
    match votes.into_iter().rev().max_by_key(|(_, count)| *count) {
        Some((named, _)) => Ok((named, false)),
        None if typed => Ok((name::by_file(loader), false)),
        None => name::of_rows(loader, &all).map(|named| (named, false)),
    }
}

/// Log Analytics names the table of each row; a key `Type` of any other file means something else.
fn type_of<'m>(members: &'m [Member]) -> std::borrow::Cow<'m, str> {
    let find = |name: &str| members.iter().find(|m| m.key == name);
    let told = find("TimeGenerated").and_then(|_| find("Type").or_else(|| find("$table")));
    told.filter(|m| m.value.starts_with('"')).map(|m| said(m.value)).unwrap_or_default()
}

fn same(keys: &[String], members: &[Member]) -> bool {
    keys.len() == members.len() && keys.iter().zip(members).all(|(key, member)| *key == member.key)
}

/// The share of the columns that a shipped table has.
fn known(table: &str, columns: &[&str]) -> f64 {
    let fields = shipped::find(table).map_or(&[][..], |t| &t.fields);
    let known = columns.iter().filter(|c| fields.iter().any(|f| f.name == **c)).count();
    known as f64 / columns.len().max(1) as f64
}
