//! Patterns of plain texts, without regexes: each text is searched for behind the one before.

use std::borrow::Cow;

use memchr::memmem;
use rehunt_lang::plan::PatternPart;
use rehunt_lang::types::Type;

use super::Finder;

/// What stands before, between and after the texts of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    /// Nothing: the pattern begins or ends with its text.
    Nothing,
    /// Anything.
    Skip,
    /// Anything, captured as a column.
    Capture(usize),
}

/// A pattern that is texts and what is between them. It covers a text from end to end; captures are as short as
/// they can be, so that searching from the left for each text finds them all, but for a last text that ends it.
#[derive(Debug)]
pub(super) struct Literals {
    first: Gap,
    /// Each text with what is behind it.
    texts: Vec<(memmem::Finder<'static>, Gap)>,
}

impl Literals {
    /// Compiles a pattern; nothing where a column must have the shape of its type, since nothing else ends it.
    pub fn new(parts: &[PatternPart]) -> Option<Self> {
        let mut literals = Literals { first: Gap::Nothing, texts: Vec::new() };
        let mut columns = 0;
        for (i, part) in parts.iter().enumerate() {
            let gap = match part {
                PatternPart::Text(text) => {
                    literals.texts.push((memmem::Finder::new(text).into_owned(), Gap::Nothing));
                    continue;
                }
                PatternPart::Skip => Gap::Skip,
                PatternPart::Capture(ty) => {
                    if *ty != Type::String && parts.get(i + 1) == Some(&PatternPart::Skip) {
                        return None;
                    }
                    columns += 1;
                    Gap::Capture(columns - 1)
                }
            };
            match literals.texts.last_mut() {
                Some((_, behind)) => *behind = gap,
                None => literals.first = gap,
            }
        }
        Some(literals)
    }

    fn captures<'t>(&self, text: &'t str, found: &mut [Option<Cow<'t, str>>]) -> Option<()> {
        let (mut rest, mut gap) = (text, self.first);
        for (i, (finder, behind)) in self.texts.iter().enumerate() {
            let needle = finder.needle();
            let ends = i + 1 == self.texts.len() && *behind == Gap::Nothing;
            let at = match ends {
                true => rest.len().checked_sub(needle.len()).filter(|_| rest.as_bytes().ends_with(needle)),
                false if gap == Gap::Nothing => rest.as_bytes().starts_with(needle).then_some(0),
                false => finder.find(rest.as_bytes()),
            }?;
            if gap == Gap::Nothing && at > 0 {
                return None;
            }
            fill(gap, rest.get(..at)?, found);
            (rest, gap) = (rest.get(at + needle.len()..)?, *behind);
        }
        fill(gap, rest, found);
        (gap != Gap::Nothing || rest.is_empty()).then_some(())
    }
}

fn fill<'t>(gap: Gap, part: &'t str, found: &mut [Option<Cow<'t, str>>]) {
    if let Gap::Capture(i) = gap
        && let Some(place) = found.get_mut(i)
    {
        *place = Some(Cow::Borrowed(part));
    }
}

impl Finder for &Literals {
    fn find<'t>(&mut self, text: &'t str, found: &mut [Option<Cow<'t, str>>]) -> bool {
        self.captures(text, found).is_some()
    }
}
