//! Finds the name somebody probably meant.

/// Returns the candidate nearest to `name`, when one is near enough to be worth saying.
///
/// A difference in case only always counts as near; otherwise at most one edit in three characters.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    let mut reach = wanted.len() / 3;
    let mut best: Option<(usize, &str)> = None;
    let mut rows = Rows::default();
    for candidate in candidates.into_iter().filter(|c| *c != name) {
        // Most candidates are far, and their length tells: a host may have thousands of names.
        if candidate.chars().count().abs_diff(wanted.len()) > reach {
            continue;
        }
        let Some(distance) = rows.distance(&wanted, candidate, reach) else { continue };
        if best.is_none_or(|(least, shortest)| (distance, candidate.len()) < (least, shortest.len())) {
            best = Some((distance, candidate));
            reach = distance;
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The rows of the table of edits, kept from one candidate to the next.
#[derive(Default)]
struct Rows {
    other: Vec<char>,
    older: Vec<usize>,
    last: Vec<usize>,
    row: Vec<usize>,
}

impl Rows {
    /// Counts the insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`, case aside;
    /// nothing when there are more than `reach`. Only the band of the table is filled that they can lie in.
    fn distance(&mut self, a: &[char], b: &str, reach: usize) -> Option<usize> {
        self.other.clear();
        self.other.extend(b.chars().flat_map(char::to_lowercase));
        let b = &self.other;
        let far = reach + 1;
        self.older.clear();
        self.older.resize(b.len() + 1, far);
        self.last.clear();
        self.last.extend(0..=b.len());
        for i in 1..=a.len() {
            let (from, to) = (i.saturating_sub(reach).max(1), (i + reach).min(b.len()));
            self.row.clear();
            self.row.resize(b.len() + 1, far);
            self.row[0] = i;
            let mut least = i;
            for j in from..=to {
                let change = self.last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut edits = change.min(self.last[j] + 1).min(self.row[j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    edits = edits.min(self.older[j - 2] + 1);
                }
                self.row[j] = edits;
                least = least.min(edits);
            }
            if least > reach {
                return None;
            }
            std::mem::swap(&mut self.older, &mut self.last);
            std::mem::swap(&mut self.last, &mut self.row);
        }
        self.last.last().copied().filter(|edits| *edits <= reach)
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["Timestamp", "SenderFromAddress", "ISP"];
        assert_eq!(nearest("TimeStamp", names), Some("Timestamp"));
        assert_eq!(nearest("Timestmap", names), Some("Timestamp"));
        assert_eq!(nearest("Isp", names), Some("ISP"));
        assert_eq!(nearest("Banana", names), None);
        assert_eq!(nearest("SenderFormAdress", names), Some("SenderFromAddress"));
        assert_eq!(nearest("mestampTi", names), None);
        // Any two letters are one edit apart: short names are near in case only.
        assert_eq!(nearest("k", ["r", "T"]), None);
        assert_eq!(nearest("t", ["r", "T"]), Some("T"));
    }
}
