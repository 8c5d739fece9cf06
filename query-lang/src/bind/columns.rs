//! Names for result columns: what a new column is called when its name is taken, or when it has none.

use std::collections::HashSet;

use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// Gives out names that are unique within one list of columns.
#[derive(Default)]
pub struct Names {
    taken: HashSet<String>,
    /// Those of them that follow from an expression or a `*`, not from the user's word.
    inferred: HashSet<String>,
    /// The number of the next unnamed column.
    unnamed: usize,
}

impl Names {
    /// Starts with names that are taken.
    pub fn of<'a>(taken: impl IntoIterator<Item = &'a str>) -> Self {
        Self { taken: taken.into_iter().map(str::to_owned).collect(), ..Self::default() }
    }

    /// Takes a declared name; false if a column has it already.
    pub fn declare(&mut self, name: &str) -> bool {
        self.taken.insert(name.to_owned())
    }

    /// Takes a declared name beside inferred ones: `arg_max(t, *), n = count()` where the input has a column `n`
    /// numbers the second. Nothing if another declared column has the name already.
    pub fn declare_beside(&mut self, name: &str) -> Option<String> {
        match self.inferred.contains(name) {
            true => Some(self.infer(name)),
            false => self.declare(name).then(|| name.to_owned()),
        }
    }

    /// Takes a name that follows from an expression: numbered from 1 where it is taken.
    pub fn infer(&mut self, name: &str) -> String {
        let mut candidate = name.to_owned();
        let mut n = 1;
        while !self.declare(&candidate) {
            candidate = format!("{name}{n}");
            n += 1;
        }
        self.inferred.insert(candidate.clone());
        candidate
    }

    /// Takes the next `ColumnN` that is free.
    pub fn unnamed(&mut self) -> String {
        loop {
            self.unnamed += 1;
            let name = format!("Column{}", self.unnamed);
            if self.declare(&name) {
                return name;
            }
        }
    }
}

/// Two columns of one operator were given one name.
pub(crate) fn duplicate(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error("duplicate-column", span, format!("two columns are named `{name}`")).kusto("KS171")
}

/// Names the columns of a join or lookup: the first of a name keeps it, later ones get the smallest
/// number that is free, where every original name counts as taken.
pub fn joined_names(names: &[&str]) -> Vec<String> {
    let originals: HashSet<&str> = names.iter().copied().collect();
    let mut used: HashSet<String> = HashSet::new();
    names
        .iter()
        .map(|name| {
            let mut candidate = (*name).to_owned();
            let mut n = 1;
            while used.contains(&candidate) {
                candidate = format!("{name}{n}");
                while originals.contains(candidate.as_str()) {
                    n += 1;
                    candidate = format!("{name}{n}");
                }
                n += 1;
            }
            used.insert(candidate.clone());
            candidate
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_columns_are_numbered_around_existing_names() {
        assert_eq!(joined_names(&["c", "c"]), ["c", "c1"]);
        assert_eq!(joined_names(&["c", "c1", "c"]), ["c", "c1", "c2"]);
        assert_eq!(joined_names(&["c", "c", "c1"]), ["c", "c2", "c1"]);
        assert_eq!(joined_names(&["v", "v1", "v", "v1"]), ["v", "v1", "v2", "v11"]);
    }

    #[test]
    fn inferred_names_are_numbered_from_one() {
        let mut names = Names::of(["s"]);
        assert_eq!(names.infer("s"), "s1");
        assert_eq!(names.infer("s"), "s2");
        assert_eq!(names.infer("count_"), "count_");
        assert!(!names.declare("s1"));
        assert_eq!(names.unnamed(), "Column1");
    }
}
