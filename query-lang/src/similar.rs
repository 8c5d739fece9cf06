//! Finds the name somebody probably meant.

/// Returns the candidate nearest to `name`, when one is near enough to be worth saying.
///
/// A difference in case only always counts as near; otherwise at most one edit in three characters.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let limit = wanted.chars().count() / 3;
    candidates
        .into_iter()
        .filter(|c| *c != name)
        .map(|c| (distance(&wanted, &c.to_lowercase()), c))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, c)| (*d, c.len()))
        .map(|(_, c)| c)
}

/// Counts the insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut older: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(older[j - 2] + 1);
            }
        }
        older = std::mem::replace(&mut last, row);
    }
    last[b.len()]
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
        // Any two letters are one edit apart: short names are near in case only.
        assert_eq!(nearest("k", ["r", "T"]), None);
        assert_eq!(nearest("t", ["r", "T"]), Some("T"));
    }
}
