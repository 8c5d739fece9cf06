//! Addresses and networks of both versions in 128 bits: an IPv4 address is the IPv6 address `::ffff:a.b.c.d`, and its
//! suffix counts from bit 96.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The bits before an IPv4 address.
const V4: u128 = 0xffff << 32;

/// An address with the length of its network part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The address, host part included.
    pub bits: u128,
    /// How many bits from the left name the network: 0 to 128.
    pub prefix: u32,
}

impl Network {
    /// Reads an IPv4 address with an optional suffix of 0 to 32; no leading zeros, no blanks.
    pub fn v4(text: &str) -> Option<Self> {
        let (address, suffix) = parts(text);
        let address: Ipv4Addr = address.parse().ok()?;
        Some(Self { bits: V4 | u128::from(address.to_bits()), prefix: prefix(suffix, 32)? })
    }

    /// Reads an address of either version with an optional suffix. Where the last part is written as an IPv4 address, it
    /// is one, and the suffix is one of IPv4.
    pub fn v6(text: &str) -> Option<Self> {
        if let Some(network) = Self::v4(text) {
            return Some(network);
        }
        let (address, suffix) = parts(text);
        let bits = address.parse::<Ipv6Addr>().ok()?.to_bits();
        match address.contains('.') {
            true if bits >> 32 == 0 => Some(Self { bits: bits | V4, prefix: prefix(suffix, 32)? }),
            true => Some(Self { bits, prefix: prefix(suffix, 32)? }),
            false => Some(Self { bits, prefix: prefix(suffix, 128)? }),
        }
    }

    /// Makes the network of an IPv4 address given as a number.
    pub fn of_number(address: i64) -> Option<Self> {
        Some(Self { bits: V4 | u128::from(u32::try_from(address).ok()?), prefix: 128 })
    }

    /// Shortens the network part to a suffix of `width` bits (32 or 128), if it is one.
    pub fn limited(self, suffix: i64, width: u32) -> Option<Self> {
        let suffix = u32::try_from(suffix).ok().filter(|s| *s <= width)?;
        Some(Self { prefix: self.prefix.min(128 - width + suffix), ..self })
    }

    /// Returns the address without its host part.
    pub fn start(self) -> u128 {
        self.bits & mask(self.prefix)
    }

    /// Returns the last address of the network.
    pub fn end(self) -> u128 {
        self.bits | !mask(self.prefix)
    }

    /// Tells whether an address is in the network.
    pub fn contains(self, address: u128) -> bool {
        (self.start()..=self.end()).contains(&address)
    }
}

/// Returns the IPv4 address of bits that are one.
pub fn to_v4(bits: u128) -> Ipv4Addr {
    Ipv4Addr::from_bits(bits as u32)
}

fn parts(text: &str) -> (&str, Option<&str>) {
    text.split_once('/').map_or((text, None), |(address, suffix)| (address, Some(suffix)))
}

fn prefix(suffix: Option<&str>, width: u32) -> Option<u32> {
    let digits = |s: &&str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let suffix = suffix.map_or(Some(width), |s| Some(s).filter(digits)?.parse().ok())?;
    (suffix <= width).then_some(128 - width + suffix)
}

fn mask(prefix: u32) -> u128 {
    u128::MAX.checked_shl(128 - prefix.min(128)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn texts_that_are_no_address() {
        for text in ["", "1.2.3", "1.2.3.256", "1.2.3.04", " 1.2.3.4", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/+8", "x"] {
            assert_eq!(Network::v4(text), None, "{text}");
        }
        for text in ["", ":::", "fe80::g", "fe80::1/129", "::1.2.3.4/33"] {
            assert_eq!(Network::v6(text), None, "{text}");
        }
    }

    #[test]
    fn both_versions_share_one_space() {
        let four = Network::v4("192.168.1.1/24").unwrap();
        assert!(four.contains(Network::v6("::ffff:c0a8:01ff").unwrap().bits));
        assert_eq!(Network::v6("::192.168.1.1/24"), Some(four));
        assert_eq!(Network::v4("1.2.3.4/0").unwrap().start(), V4);
        assert_eq!(Network::v6("::1/0").unwrap().end(), u128::MAX);
    }
}
