//! A query as a tree of pieces, each with its type, so that parts of it can be replaced by simpler ones.

use rehunt_lang::types::{Field, Type};

use super::literals::simple;

/// What a tree may be replaced by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A constant; a simpler one of the type does as well.
    Literal,
    /// A column of the input.
    Column,
    /// A constant that must stay what it is.
    Fixed,
    /// Anything computed: a part of the type, or a constant.
    Call,
    /// A holder such as `name = value`: nothing itself, its parts are.
    Holder,
}

/// A part of a text.
#[derive(Clone, Debug)]
pub enum Piece {
    Text(String),
    Tree(Tree),
    /// Joined by commas; at least one stays.
    List(Vec<Tree>),
    /// The operators of a sub-query, joined by pipes.
    Operators(Vec<Operator>),
}

/// A typed expression, or a holder of one.
#[derive(Clone, Debug)]
pub struct Tree {
    pub ty: Type,
    pub role: Role,
    pub pieces: Vec<Piece>,
}

/// An operator of a pipeline.
#[derive(Clone, Debug)]
pub struct Operator {
    pub pieces: Vec<Piece>,
    /// Whether its rows may differ between runs of equal queries: `sample`, `rand()`, `take` where no order is given.
    pub arbitrary: bool,
    /// Whether its rows hang on the order of its input, which many batches at once do not keep.
    pub ordered: bool,
}

/// A table written out.
#[derive(Clone, Debug)]
pub struct Table {
    pub fields: Vec<Field>,
    pub rows: Vec<Vec<String>>,
}

impl Tree {
    pub fn literal(ty: Type, text: impl Into<String>) -> Self {
        Self { ty, role: Role::Literal, pieces: vec![Piece::Text(text.into())] }
    }

    pub fn fixed(ty: Type, text: impl Into<String>) -> Self {
        Self { ty, role: Role::Fixed, pieces: vec![Piece::Text(text.into())] }
    }

    pub fn column(field: &Field) -> Self {
        Self { ty: field.ty, role: Role::Column, pieces: vec![Piece::Text(name(&field.name))] }
    }

    pub fn call(ty: Type, pieces: Vec<Piece>) -> Self {
        Self { ty, role: Role::Call, pieces }
    }

    /// `name = value`.
    pub fn named(name: &str, value: Tree) -> Self {
        Self { ty: value.ty, role: Role::Holder, pieces: vec![text(format!("{name} = ")), Piece::Tree(value)] }
    }

    /// A tree around one piece that is no expression of its own.
    pub fn holder(pieces: Vec<Piece>) -> Self {
        Self { ty: Type::Unknown, role: Role::Holder, pieces }
    }

    pub fn text(&self) -> String {
        written(&self.pieces)
    }

    /// The tree with its columns replaced by what a function says.
    pub fn with_columns(&self, of: &dyn Fn(&str) -> Option<String>) -> Tree {
        let mut tree = self.clone();
        if let (Role::Column, Some(Piece::Text(text))) = (self.role, tree.pieces.first_mut()) {
            if let Some(other) = of(text) {
                *text = other;
            }
            return tree;
        }
        for piece in &mut tree.pieces {
            match piece {
                Piece::Tree(inner) => *inner = inner.with_columns(of),
                Piece::List(items) => items.iter_mut().for_each(|item| *item = item.with_columns(of)),
                Piece::Text(_) | Piece::Operators(_) => {}
            }
        }
        tree
    }

    /// Simpler trees of the same type.
    pub fn simpler(&self) -> Vec<Tree> {
        let mut all = Vec::new();
        match self.role {
            Role::Literal if self.text() != simple(self.ty) => all.push(Tree::literal(self.ty, simple(self.ty))),
            Role::Call => {
                all.push(Tree::literal(self.ty, simple(self.ty)));
                let parts = self.pieces.iter().filter_map(|p| match p {
                    Piece::Tree(t) if t.ty == self.ty && t.role != Role::Holder => Some(t.clone()),
                    _ => None,
                });
                all.extend(parts);
            }
            _ => {}
        }
        let own = simpler_pieces(&self.pieces);
        all.extend(own.into_iter().map(|pieces| Tree { pieces, ..self.clone() }));
        all
    }
}

impl Operator {
    pub fn new(pieces: Vec<Piece>) -> Self {
        Self { pieces, arbitrary: false, ordered: false }
    }

    pub fn text(&self) -> String {
        written(&self.pieces)
    }

    pub fn simpler(&self) -> Vec<Operator> {
        simpler_pieces(&self.pieces).into_iter().map(|pieces| Operator { pieces, ..self.clone() }).collect()
    }
}

impl Table {
    pub fn text(&self) -> String {
        let fields: Vec<_> = self.fields.iter().map(|f| format!("{}:{}", name(&f.name), f.ty)).collect();
        let rows: Vec<_> = self.rows.iter().map(|row| format!("  {}", row.join(", "))).collect();
        format!("datatable({})[\n{}]", fields.join(", "), rows.join(",\n"))
    }

    /// With fewer rows, fewer columns, or plainer cells.
    pub fn simpler(&self) -> Vec<Table> {
        let mut all = Vec::new();
        let n = self.rows.len();
        if n > 2 {
            all.push(Table { rows: self.rows[..n / 2].to_vec(), ..self.clone() });
            all.push(Table { rows: self.rows[n / 2..].to_vec(), ..self.clone() });
        }
        for row in 0..n {
            let mut fewer = self.clone();
            fewer.rows.remove(row);
            all.push(fewer);
        }
        for column in (0..self.fields.len()).filter(|_| self.fields.len() > 1) {
            let mut fewer = self.clone();
            fewer.fields.remove(column);
            fewer.rows.iter_mut().for_each(|row| drop(row.remove(column)));
            all.push(fewer);
        }
        for row in 0..n {
            for (column, field) in self.fields.iter().enumerate() {
                if self.rows[row][column] != simple(field.ty) {
                    let mut plainer = self.clone();
                    plainer.rows[row][column] = simple(field.ty).to_owned();
                    all.push(plainer);
                }
            }
        }
        all
    }
}

/// Operators without one of them, or with one of them simpler.
pub fn simpler_operators(operators: &[Operator]) -> Vec<Vec<Operator>> {
    let mut all = Vec::new();
    for at in (0..operators.len()).rev() {
        let mut fewer = operators.to_vec();
        fewer.remove(at);
        all.push(fewer);
    }
    for (at, operator) in operators.iter().enumerate() {
        all.extend(operator.simpler().into_iter().map(|simpler| {
            let mut own = operators.to_vec();
            own[at] = simpler;
            own
        }));
    }
    all
}

fn simpler_pieces(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut all = Vec::new();
    let mut replace = |at: usize, piece: Piece| {
        let mut own = pieces.to_vec();
        own[at] = piece;
        all.push(own);
    };
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Text(_) => {}
            Piece::Tree(tree) => tree.simpler().into_iter().for_each(|t| replace(at, Piece::Tree(t))),
            Piece::Operators(operators) => {
                let simpler = simpler_operators(operators).into_iter().filter(|o| !o.is_empty());
                simpler.for_each(|o| replace(at, Piece::Operators(o)));
            }
            Piece::List(items) => {
                for i in (0..items.len()).filter(|_| items.len() > 1) {
                    let mut fewer = items.clone();
                    fewer.remove(i);
                    replace(at, Piece::List(fewer));
                }
                for (i, item) in items.iter().enumerate() {
                    for simpler in item.simpler() {
                        let mut own = items.clone();
                        own[i] = simpler;
                        replace(at, Piece::List(own));
                    }
                }
            }
        }
    }
    all
}

pub fn text(text: impl Into<String>) -> Piece {
    Piece::Text(text.into())
}

pub fn tree(tree: Tree) -> Piece {
    Piece::Tree(tree)
}

fn written(pieces: &[Piece]) -> String {
    let parts = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Tree(tree) => tree.text(),
        Piece::List(items) => items.iter().map(Tree::text).collect::<Vec<_>>().join(", "),
        Piece::Operators(operators) => operators.iter().map(Operator::text).collect::<Vec<_>>().join(" | "),
    });
    parts.collect()
}

/// A column's name as a query writes it.
pub fn name(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if plain { name.to_owned() } else { format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'")) }
}
