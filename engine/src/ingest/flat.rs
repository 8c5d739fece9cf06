//! Flat JSON rows, whose keys are columns. One file may hold rows of several tables: which, is judged row by row, and
//! for rows that do not say it by the first rows of the file together.

use std::collections::HashMap;
use std::rc::Rc;

use super::alike::{Alike, Value};
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

/// The columns of the keys of a row; nothing for a key that is not put.
type Places = Rc<[Option<usize>]>;

/// The rows of a file.
#[derive(Default)]
pub(super) struct Flat {
    state: State,
    shapes: HashMap<Vec<String>, Shape>,
    /// Table and columns of rows by their keys and which of them have values.
    patterns: HashMap<(Vec<String>, Vec<bool>), (TableNo, Places)>,
    /// The shape of the last row, and its keys.
    last: Option<(Vec<String>, Shape)>,
    /// The values of a row that is like the last.
    values: Vec<Value>,
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
    /// The columns of the keys; nothing where the values of each row tell the table.
    places: Option<Places>,
    /// Meets rows of the shape again.
    alike: Option<Rc<Alike>>,
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

    /// Puts the bag at `at` where it is a row like the last, and returns the byte after it.
    pub(super) fn put_alike(&mut self, loader: &mut Loader, line: u64, text: &str, at: usize) -> Option<usize> {
        let (_, shape) = self.last.as_ref()?;
        let places = shape.places.as_ref()?;
        let end = shape.alike.as_ref()?.read(text, at, &mut self.values)?;
        for (place, value) in places.iter().zip(&self.values) {
            if let Some(place) = place {
                value.put(loader, shape.table, *place, line, text);
            }
        }
        loader.end_row(shape.table);
        Some(end)
    }

    fn row(&mut self, loader: &mut Loader, line: u64, members: &[Member]) {
        let ty = type_of(members);
        let known = self.last.take().filter(|(keys, shape)| shape.ty == ty && same(keys, members));
        let (keys, shape) = match known {
            Some(known) => known,
            None => {
                let keys: Vec<String> = members.iter().map(|m| m.key.to_string()).collect();
                let shape = self.shape(loader, &keys, &ty);
                (keys, shape)
            }
        };
        match &shape.places {
            Some(places) => put(loader, line, shape.table, places, members),
            None => {
                let pattern: Vec<bool> = members.iter().map(has_value).collect();
                let (table, places) = self.pattern(loader, &keys, pattern);
                put(loader, line, table, &places, members);
            }
        }
        self.last = Some((keys, shape));
    }

    /// Finds the table and the columns of rows with such keys.
    fn shape(&mut self, loader: &mut Loader, keys: &[String], ty: &str) -> Shape {
        if let Some(shape) = self.shapes.get(keys).filter(|shape| shape.ty == ty) {
            return shape.clone();
        }
        let columns: Vec<&str> = keys.iter().map(String::as_str).collect();
        let (named, by_values) = match &self.state {
            State::Decided { named, only: true } => (named.clone(), false),
            State::Decided { named, .. } if !ty.is_empty() => {
                let fits = known(&named.table, &columns) >= 0.5;
                let told =
                    name::of_typed_row(&columns, ty).filter(|told| !fits || shipped::find(&told.table).is_some());
                (told.unwrap_or_else(|| named.clone()), false)
            }
            State::Decided { named, .. } => (named.clone(), known(&named.table, &columns) < 0.95),
            _ => (name::by_file(loader), false),
        };
        let table = loader.table(&named);
        let places =
            (!by_values).then(|| columns.iter().map(|c| Some(loader.building(table).column(c, None))).collect());
        let alike =
            Alike::new(keys, type_place(|name| keys.iter().position(|k| k == name)).map(|at| (at, ty.to_owned())));
        let shape = Shape { ty: ty.to_owned(), table, places, alike: alike.map(Rc::new) };
        if self.shapes.len() < SHAPES {
            self.shapes.insert(keys.to_vec(), shape.clone());
        }
        shape
    }

    /// Finds the table and the columns of a row by those of its keys that have values: a union of several tables has
    /// the keys of all in every row.
    fn pattern(&mut self, loader: &mut Loader, keys: &[String], pattern: Vec<bool>) -> (TableNo, Places) {
        let key = (keys.to_vec(), pattern);
        if let Some(found) = self.patterns.get(&key) {
            return found.clone();
        }
        let columns: Vec<&str> = keys.iter().map(String::as_str).collect();
        let told: Vec<&str> = columns.iter().zip(&key.1).filter(|(_, has)| **has).map(|(c, _)| *c).collect();
        let named = match &self.state {
            State::Decided { named, .. } => {
                let own = known(&named.table, &told);
                let other = name::of_values(&columns, &told).filter(|other| known(&other.table, &told) > own + 0.1);
                other.unwrap_or_else(|| named.clone())
            }
            _ => name::by_file(loader),
        };
        let table = loader.table(&named);
        // A row without any value still has its columns.
        let place = |(column, has): (&&str, &bool)| {
            (*has || told.is_empty()).then(|| loader.building(table).column(column, None))
        };
        let places: Places = columns.iter().zip(&key.1).map(place).collect();
        if self.patterns.len() < SHAPES {
            self.patterns.insert(key, (table, Rc::clone(&places)));
        }
        (table, places)
    }
}

fn put(loader: &mut Loader, line: u64, table: TableNo, places: &[Option<usize>], members: &[Member]) {
    for (place, member) in places.iter().zip(members) {
        if let Some(place) = place {
            put_value(loader, table, *place, line, member.value);
        }
    }
    loader.end_row(table);
}

/// Chooses the table of rows that do not say theirs: the one the user or the folder names, else the one that most rows
/// look like, else the one that all their columns together look like.
fn decide(loader: &Loader, rows: &[(u64, String)]) -> Result<(Named, bool), String> {
    if let Some(named) = name::told(loader) {
        return Ok((named, true));
    }
    let mut all: Vec<String> = Vec::new();
    let mut votes: Vec<(Named, usize)> = Vec::new();
    let mut typed = false;
    for (_, value) in rows {
        let members = members_of(value);
        let ty = type_of(&members);
        typed |= !ty.is_empty();
        for member in &members {
            if !all.iter().any(|known| *known == member.key) {
                all.push(member.key.to_string());
            }
        }
        let columns: Vec<&str> = members.iter().map(|m| m.key.as_ref()).collect();
        let told: Vec<&str> = members.iter().filter(|m| has_value(m)).map(|m| m.key.as_ref()).collect();
        let by_type = name::of_typed_row(&columns, &ty).filter(|named| named.table == *ty);
        let by_type = by_type.filter(|named| shipped::find(&named.table).is_some());
        let named = by_type.or_else(|| name::of_columns(&columns)).or_else(|| name::of_values(&columns, &told));
        if let Some(named) = named {
            match votes.iter_mut().find(|(n, _)| n.table == named.table) {
                Some((_, count)) => *count += 1,
                None => votes.push((named, 1)),
            }
        }
    }
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
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

fn has_value(member: &Member) -> bool {
    !matches!(member.value, "null" | "\"\"")
}

/// Finds the key that names the table of a row: Log Analytics does so; a key `Type` of any other file means something
/// else.
fn type_place(place: impl Fn(&str) -> Option<usize>) -> Option<usize> {
    place("TimeGenerated").and_then(|_| place("Type").or_else(|| place("$table")))
}

fn type_of<'m>(members: &'m [Member]) -> std::borrow::Cow<'m, str> {
    let told = type_place(|name| members.iter().position(|m| m.key == name)).and_then(|at| members.get(at));
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
