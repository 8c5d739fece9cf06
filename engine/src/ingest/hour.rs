//! The hour that the path of a file names: services write a folder for each (`y=2025/m=06/d=14/h=08/m=00/PT1H.json`).

use std::path::Path;

use rehunt_lang::time::{DAY, HOUR, datetime_from_parts, parse_datetime};

/// Returns when the hour, or the day, ends in which the rows of a file were received, in ticks.
pub(super) fn end(path: &Path) -> Option<i64> {
    let named = |keys: &[&str]| {
        path.iter()
            .filter_map(|part| part.to_str()?.split_once('='))
            .find_map(|(key, value)| keys.iter().any(|k| key.eq_ignore_ascii_case(k)).then(|| value.to_owned()))
    };
    let number = |keys: &[&str]| named(keys)?.parse().ok();
    if let (Some(year), Some(month), Some(day)) =
        (number(&["y", "year"]), number(&["m", "month"]), number(&["d", "day"]))
    {
        let hour = number(&["h", "hour"]);
        let start = datetime_from_parts((year, month, day), hour.unwrap_or(0), 0, 0, 0)?;
        return start.checked_add(if hour.is_some() { HOUR } else { DAY });
    }
    // `timestamp=2025-06-14T08`
    let hour = named(&["timestamp"]).filter(|text| text.len() == "2025-06-14T08".len())?;
    parse_datetime(&format!("{hour}:00"))?.checked_add(HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hour_is_that_of_the_folders() {
        let ends = |path: &str| end(Path::new(path));
        let nine = parse_datetime("2025-06-14T09:00:00Z");
        assert_eq!(ends("tenantId=1/y=2025/m=06/d=14/h=08/m=00/PT1H.json"), nine);
        assert_eq!(ends("jobId/1/year=2025/month=06/day=14/hour=08/1.parquet"), nine);
        assert_eq!(ends("jobId/1/timestamp=2025-06-14T08/1.parquet"), nine);
        assert_eq!(ends("y=2025/m=06/d=14/all.json"), parse_datetime("2025-06-15"));
        for other in ["2025/06/14/08/PT1H.json", "y=2025/m=13/d=14/h=08/a", "y=2025/m=06/a", "timestamp=today/a", ""] {
            assert_eq!(ends(other), None, "{other}");
        }
    }
}
