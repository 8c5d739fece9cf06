//! Paths: steps into a value, one path at a time or many in one pass over the text.

use super::Raw;
use super::raw::escape;

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Under a key of a bag, given with its escapes; make it with [`Step::key`].
    Key(Box<str>),
    /// To an element of an array, 0-based; a negative index counts from the end.
    Index(i64),
}

impl Step {
    /// Makes a step under a key.
    pub fn key(key: &str) -> Self {
        Step::Key(escape(key).into())
    }

    /// Takes the step; nothing where there is no such key or element, or the value is of the wrong kind.
    pub fn take<'a>(&self, value: Raw<'a>) -> Option<Raw<'a>> {
        match self {
            Step::Key(key) => value.key(key),
            Step::Index(index) => value.index(*index),
        }
    }
}

/// Follows a path; nothing where it leads nowhere or to a null.
pub fn follow<'a>(value: Raw<'a>, path: &[Step]) -> Option<Raw<'a>> {
    path.iter().try_fold(value, |value, step| step.take(value)).filter(|value| !value.is_null())
}

/// Several paths into one column, merged where they begin alike, so that one pass over a value finds them all.
#[derive(Debug, Default)]
pub struct PathTree {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    /// The paths that end here.
    ends: Vec<usize>,
    keys: Vec<(Box<str>, Node)>,
    indexes: Vec<(i64, Node)>,
}

impl PathTree {
    /// Merges paths. They are told apart by their place in the list.
    pub fn new<'p>(paths: impl IntoIterator<Item = &'p [Step]>) -> Self {
        let mut root = Node::default();
        for (i, path) in paths.into_iter().enumerate() {
            let mut node = &mut root;
            for step in path {
                node = match step {
                    Step::Key(key) => child(&mut node.keys, key),
                    Step::Index(index) => child(&mut node.indexes, index),
                };
            }
            node.ends.push(i);
        }
        Self { root }
    }

    /// Follows all paths and puts what they lead to in their place of `found`; places of paths that lead nowhere or
    /// to a null are left as they are.
    pub fn follow<'a>(&self, value: Raw<'a>, found: &mut [Option<Raw<'a>>]) {
        self.root.follow(value, found);
    }
}

fn child<'n, K: Clone + PartialEq>(children: &'n mut Vec<(K, Node)>, key: &K) -> &'n mut Node {
    let at = children.iter().position(|(k, _)| k == key).unwrap_or_else(|| {
        children.push((key.clone(), Node::default()));
        children.len() - 1
    });
    &mut children[at].1 // found or pushed just now
}

impl Node {
    fn follow<'a>(&self, value: Raw<'a>, found: &mut [Option<Raw<'a>>]) {
        if !value.is_null() {
            for end in &self.ends {
                if let Some(place) = found.get_mut(*end) {
                    *place = Some(value);
                }
            }
        }
        if !self.keys.is_empty() && value.is_bag() {
            self.follow_keys(value, found);
        }
        for (index, node) in &self.indexes {
            if let Some(element) = value.index(*index) {
                node.follow(element, found);
            }
        }
    }

    /// Looks at each slot once and stops when every key was seen. The first of equal keys counts.
    fn follow_keys<'a>(&self, value: Raw<'a>, found: &mut [Option<Raw<'a>>]) {
        if self.keys.len() > 64 {
            // More than the bits of `seen`; no hunt asks for so many.
            return self.keys.iter().for_each(|(key, node)| {
                if let Some(slot) = value.key(key) {
                    node.follow(slot, found);
                }
            });
        }
        let all = u64::MAX >> (64 - self.keys.len()); // there is at least one key
        let mut seen = 0u64;
        for (key, slot) in value.slots() {
            let Some(at) = self.keys.iter().position(|(name, _)| **name == *key) else { continue };
            if seen & 1 << at == 0 {
                seen |= 1 << at;
                self.keys[at].1.follow(slot, found); // `at` is a position in `keys`
                if seen == all {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOC: &str = r#"{"a":{"b":[1,{"c":"x"},null],"d":null},"k\"":true,"a":2,"e":7}"#;

    #[test]
    fn follows_one_path() {
        let at = |path: &[Step]| follow(Raw::new(DOC), path).map(Raw::text);
        assert_eq!(at(&[Step::key("a"), Step::key("b"), Step::Index(1), Step::key("c")]), Some("\"x\""));
        assert_eq!(at(&[Step::key("k\"")]), Some("true"));
        assert_eq!(at(&[Step::key("a"), Step::key("d")]), None);
        assert_eq!(at(&[Step::key("a"), Step::Index(0)]), None);
        assert_eq!(at(&[Step::key("a"), Step::key("b"), Step::key("c")]), None);
        assert_eq!(at(&[]), Some(DOC));
    }

    #[test]
    fn many_paths_find_what_each_finds_alone() {
        let (a, b) = (Step::key("a"), Step::key("b"));
        let paths = [
            vec![a.clone(), b.clone(), Step::Index(0)],
            vec![a.clone()],
            vec![Step::key("missing")],
            vec![a.clone(), b.clone(), Step::Index(-2), Step::key("c")],
            vec![Step::key("e")],
            vec![a.clone(), b],
            vec![a, Step::key("d")],
            vec![Step::key("e")],
        ];
        let tree = PathTree::new(paths.iter().map(Vec::as_slice));
        let mut found = vec![None; paths.len()];
        tree.follow(Raw::new(DOC), &mut found);
        let alone: Vec<_> = paths.iter().map(|p| follow(Raw::new(DOC), p)).collect();
        assert_eq!(found, alone);
    }

    #[test]
    fn keys_beyond_the_sixty_fourth_are_found() {
        let doc = format!("{{{}}}", (0..70).map(|i| format!("\"k{i}\":{i}")).collect::<Vec<_>>().join(","));
        let paths: Vec<_> = (0..70).map(|i| vec![Step::key(&format!("k{i}"))]).collect();
        let mut found = vec![None; 70];
        PathTree::new(paths.iter().map(Vec::as_slice)).follow(Raw::new(&doc), &mut found);
        assert!(found.iter().enumerate().all(|(i, v)| v.is_some_and(|v| v.as_long() == Some(i as i64))));
    }
}
