//! `reduce`: groups texts by the terms that many rows have in the same place.
//!
//! Kusto says of its own way only that it follows R. Vaarandi's paper on mining event logs (SLCT, "A data clustering
//! algorithm for mining patterns from event logs", 2003). This is that algorithm, with what Kusto's documentation
//! shows of it:
//!
//! 1. A text is cut into terms at separators: what is ASCII and neither letter nor digit, with the sides changed for
//!    the characters that `characters` lists.
//! 2. A term is frequent where more than `threshold` of all rows have it in the same place, counted from the left.
//!    A term of digits alone is a value and never frequent.
//! 3. Rows with the same frequent terms are a group, if they are more than `threshold` of all rows.
//! 4. Its pattern has these terms, the separators that all its rows agree on, and `*` for all else.
//! 5. Rows without a group are `others`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringViewArray};
use arrow::datatypes::{Field, Schema};
use datafusion::common::{Result as DfResult, exec_datafusion_err};
use rehunt_lang::plan::{Expr, Rel};

use super::whole::gathered;
use super::{Lowered, Lowering, key};
use crate::error::Result;
use crate::types::arrow_type;

/// The pattern of rows without a group.
const OTHERS: &str = "others";

/// How texts are grouped.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// The share of all rows that a term, and a group, must exceed.
    pub threshold: f64,
    /// Separators that are part of terms, and the other way round.
    pub characters: String,
}

impl Lowering<'_> {
    pub(super) fn reduce(&self, rel: &Rel, input: &Rel, exprs: &[Expr], rules: Rules, source: bool) -> Result<Lowered> {
        let (plan, _) = self.whole_input(input, exprs)?;
        let fields = rel.columns.iter().map(|c| Field::new(key(c.id), arrow_type(c.ty), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let out = Arc::clone(&schema);
        let kernel = gathered(Arc::clone(&schema), move |inputs| {
            // The text stands behind the columns of the input.
            let (rows, text) = inputs
                .first()
                .and_then(|rows| Some((rows, rows.columns().last()?.as_string_view_opt()?)))
                .ok_or_else(|| exec_datafusion_err!("`reduce` has no text"))?;
            let groups = Groups::of(text, &rules);
            let columns = if source { groups.of_each_row(rows) } else { groups.of_each_group() };
            DfResult::Ok(RecordBatch::try_new(Arc::clone(&out), columns)?)
        });
        Ok(Lowered::unordered(self.run_kernel("reduce", vec![plan], schema, kernel)?))
    }
}

/// A text, cut: where its terms are.
fn terms<'t>(text: &'t str, rules: &Rules) -> Vec<(usize, &'t str)> {
    let mut all = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (rules.separates(c), start) {
            (true, Some(from)) => {
                all.push((from, text.get(from..at).unwrap_or_default()));
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    all.extend(start.map(|from| (from, text.get(from..).unwrap_or_default())));
    all
}

impl Rules {
    fn separates(&self, c: char) -> bool {
        separates_at_first(c) != self.characters.contains(c)
    }
}

fn separates_at_first(c: char) -> bool {
    c.is_ascii() && !c.is_ascii_alphanumeric()
}

/// What stands between two frequent terms, before the first or behind the last, in all rows of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Gap<'t> {
    /// The separators at its start.
    lead: &'t str,
    /// Whether something else follows.
    varies: bool,
    /// The separators at its end.
    trail: &'t str,
}

impl<'t> Gap<'t> {
    fn of(text: &'t str, rules: &Rules) -> Self {
        // A separator that only this query has is no part of a pattern.
        let kept = |c: char| separates_at_first(c) && rules.separates(c);
        let rest = text.trim_start_matches(kept);
        let varying = rest.trim_end_matches(kept);
        let (lead, trail) = (text.len() - rest.len(), varying.len());
        Self {
            lead: text.get(..lead).unwrap_or_default(),
            varies: !varying.is_empty(),
            trail: rest.get(trail..).unwrap_or_default(),
        }
    }

    /// Makes it stand for another row as well.
    fn widen(&mut self, other: &Self) {
        if self != other {
            self.varies = true;
            let agreed = |a: &'t str, b: &'t str| if a == b { a } else { "" };
            (self.lead, self.trail) = (agreed(self.lead, other.lead), agreed(self.trail, other.trail));
        }
    }
}

/// Rows with the same frequent terms.
struct Group<'t> {
    /// The first of them.
    representative: &'t str,
    count: i64,
    terms: Vec<&'t str>,
    /// One more than terms.
    gaps: Vec<Gap<'t>>,
}

impl Group<'_> {
    fn pattern(&self) -> String {
        let mut pattern = String::new();
        for (i, gap) in self.gaps.iter().enumerate() {
            pattern.push_str(gap.lead);
            if gap.varies {
                pattern.push('*');
            }
            pattern.push_str(gap.trail);
            pattern.push_str(self.terms.get(i).unwrap_or(&""));
        }
        pattern
    }
}

/// The groups of a column of texts.
struct Groups<'t> {
    all: Vec<Group<'t>>,
    /// The group of each row, if it has one.
    of_row: Vec<Option<usize>>,
    /// The rows that a group must exceed.
    support: f64,
}

impl<'t> Groups<'t> {
    fn of(text: &'t StringViewArray, rules: &Rules) -> Self {
        let texts = || text.iter().map(Option::unwrap_or_default);
        let support = rules.threshold * text.len() as f64;
        let mut counts: HashMap<(usize, &str), u64> = HashMap::new();
        for text in texts() {
            for (place, (_, term)) in terms(text, rules).into_iter().enumerate() {
                *counts.entry((place, term)).or_default() += 1;
            }
        }
        let is_value = |term: &str| term.bytes().all(|b| b.is_ascii_digit());
        counts.retain(|(_, term), count| *count as f64 > support && !is_value(term));
        let mut all: Vec<Group> = Vec::new();
        let mut found: HashMap<Vec<(usize, &str)>, usize> = HashMap::new();
        let mut of_row = Vec::with_capacity(text.len());
        for text in texts() {
            let (mut frequent, mut gaps, mut end) = (Vec::new(), Vec::new(), 0);
            for (place, (start, term)) in terms(text, rules).into_iter().enumerate() {
                if counts.contains_key(&(place, term)) {
                    gaps.push(Gap::of(text.get(end..start).unwrap_or_default(), rules));
                    frequent.push((place, term));
                    end = start + term.len();
                }
            }
            if frequent.is_empty() {
                of_row.push(None);
                continue;
            }
            gaps.push(Gap::of(text.get(end..).unwrap_or_default(), rules));
            let terms = frequent.iter().map(|(_, term)| *term).collect();
            let group = *found.entry(frequent).or_insert(all.len());
            of_row.push(Some(group));
            match all.get_mut(group) {
                Some(group) => {
                    group.count += 1;
                    group.gaps.iter_mut().zip(&gaps).for_each(|(all, own)| all.widen(own));
                }
                None => all.push(Group { representative: text, count: 1, terms, gaps }),
            }
        }
        Self { all, of_row, support }
    }

    /// Returns a group that is large enough.
    fn supported(&self, group: Option<usize>) -> Option<&Group<'t>> {
        self.all.get(group?).filter(|group| group.count as f64 > self.support)
    }

    /// Pattern, count and representative of each group: the largest first, the rest last.
    fn of_each_group(&self) -> Vec<ArrayRef> {
        let mut groups: Vec<&Group> = (0..self.all.len()).filter_map(|i| self.supported(Some(i))).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        let others = self.others();
        let mut rows: Vec<_> = groups.iter().map(|g| (g.pattern(), g.count, g.representative)).collect();
        if others > 0 {
            rows.push((OTHERS.to_owned(), others, ""));
        }
        arrays(rows.iter().map(|(pattern, count, text)| (pattern.as_str(), *count, *text)))
    }

    /// The columns of the input, then those of each row's group.
    fn of_each_row(&self, rows: &RecordBatch) -> Vec<ArrayRef> {
        let patterns: Vec<String> = self.all.iter().map(Group::pattern).collect();
        let others = self.others();
        let own = self.of_row.iter().map(|group| match (self.supported(*group), *group) {
            (Some(found), Some(at)) => {
                (patterns.get(at).map_or(OTHERS, String::as_str), found.count, found.representative)
            }
            _ => (OTHERS, others, ""),
        });
        let kept = rows.num_columns().saturating_sub(1);
        rows.columns().iter().take(kept).cloned().chain(arrays(own)).collect()
    }

    fn others(&self) -> i64 {
        self.of_row.iter().filter(|group| self.supported(**group).is_none()).count() as i64
    }
}

fn arrays<'a>(rows: impl Iterator<Item = (&'a str, i64, &'a str)>) -> Vec<ArrayRef> {
    let (mut patterns, mut counts, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for (pattern, count, text) in rows {
        patterns.push(pattern);
        counts.push(count);
        texts.push(text);
    }
    vec![
        Arc::new(StringViewArray::from(patterns)),
        Arc::new(Int64Array::from(counts)),
        Arc::new(StringViewArray::from(texts)),
    ]
}
