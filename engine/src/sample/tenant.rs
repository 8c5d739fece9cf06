//! Who and where: the names, addresses, ids and clock that all tables of the sample share.

use std::fmt;

use rehunt_lang::time::{DAY, HOUR, MINUTE, SECOND, datetime_text};

/// 2025-06-16T00:00:00Z: the tenant's last moment.
pub(super) const NOW: i64 = 739_417 * DAY;
/// Ticks in a millisecond.
pub(super) const MILLISECOND: i64 = SECOND / 1000;

/// The tenant's mail domain. It contains the literal of the published DirectSend hunt.
pub(super) const DOMAIN: &str = "yourdomain.com.example";
/// The tenant's id.
pub(super) const TENANT: &str = "7e5a0000-0000-4000-8000-000000000001";
/// Where its people sit. All addresses are from ranges reserved for documentation.
pub(super) const OFFICE_IP: &str = "192.0.2.10";
/// Where the intruder comes from first.
pub(super) const INTRUDER_V6: &str = "2001:db8:bad::1";
/// Where the intruder comes from next.
pub(super) const INTRUDER_V4: &str = "198.51.100.162";
/// The victim of the story's main line.
pub(super) const VICTIM: &str = "johanna";
/// The intruder's session in the victim's account.
pub(super) const INTRUDER_SESSION: &str = "11111111-aaaa-4aaa-8aaa-000000000001";
/// Exchange Online's application id.
pub(super) const EXCHANGE_APP: &str = "00000002-0000-0ff1-ce00-000000000000";

/// Returns a moment by its distance in days from [`NOW`] and its time of day.
pub(super) fn at(days_ago: i64, hour: i64, minute: i64, second: i64) -> i64 {
    NOW - days_ago * DAY + hour * HOUR + minute * MINUTE + second * SECOND
}

/// Returns a moment as `2025-06-14T08:01:00`, without fraction and zone.
pub(super) fn seconds_text(time: i64) -> String {
    let mut text = datetime_text(time);
    text.truncate("2025-06-14T08:01:00".len());
    text
}

/// Delays a branch office's rows within a slot of the day, so that a large tenant is busy evenly.
pub(super) fn delay(office: u32, slot: i64) -> i64 {
    // A prime, and a minute's room: no row leaves its slot, so none leaves its day.
    i64::from(office) * 7919 * MILLISECOND % (slot - MINUTE)
}

/// Returns the account name of a numbered user: `u07` in office 0, `u07.b3` in branch office 3.
pub(super) fn user(office: u32, number: u64) -> String {
    match office {
        0 => format!("u{number:02}"),
        _ => format!("u{number:02}.b{office}"),
    }
}

/// Returns the mail address and sign-in name of an account.
pub(super) fn address(account: &str) -> String {
    format!("{account}@{DOMAIN}")
}

/// Returns the directory's object id of an account: a name-based UUID (version 5, RFC 9562) of its address.
pub(super) fn object_id(account: &str) -> String {
    // The namespace for domain names, from the RFC's appendix.
    const NAMESPACE: [u8; 16] = *b"\x6b\xa7\xb8\x10\x9d\xad\x11\xd1\x80\xb4\x00\xc0\x4f\xd4\x30\xc8";
    let mut hash = sha1_smol::Sha1::from(NAMESPACE);
    hash.update(address(account).as_bytes());
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = hash.digest().bytes();
    let bytes = [a, b, c, d, e, f, g & 0x0f | 0x50, h, i & 0x3f | 0x80, j, k, l, m, n, o, p];
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    let (hex, node) = hex.split_at(20);
    let (hex, clock) = hex.split_at(16);
    let (hex, version) = hex.split_at(12);
    let (low, mid) = hex.split_at(8);
    format!("{low}-{mid}-{version}-{clock}-{node}")
}

/// A GUID that names what it stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Id {
    /// The kind of row: `0xd5` is DirectSend.
    pub family: u32,
    /// The office it happened in.
    pub office: u32,
    /// Which of the family.
    pub index: u64,
}

impl Id {
    /// Makes the id of a row at office 0.
    pub(super) fn new(family: u32, index: u64) -> Self {
        Self { family, office: 0, index }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{:04x}-4000-8000-{:012x}", self.family, self.office, self.index)
    }
}

/// Returns a report id such as `cae-00012`, with the branch office's number where there is one.
pub(super) fn report_id(prefix: &str, office: u32, ordinal: usize) -> String {
    match office {
        0 => format!("{prefix}-{ordinal:05}"),
        _ => format!("{prefix}-{ordinal:05}.b{office}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn now_is_the_documented_moment() {
        assert_eq!(rehunt_lang::time::parse_datetime("2025-06-16T00:00:00Z"), Some(NOW));
    }

    #[test]
    fn object_ids_are_name_based() {
        assert_eq!(object_id("u07"), "092937b2-7936-54b1-b2a8-a470a39d45c0");
    }

    #[test]
    fn delays_stay_within_their_slot() {
        assert_eq!(delay(0, HOUR), 0);
        assert!((0..65_536).all(|office| (0..HOUR).contains(&delay(office, HOUR))));
    }
}
