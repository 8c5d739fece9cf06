//! Functions on IP addresses, written as text with an optional network suffix (`10.0.0.0/8`).

mod compare;
mod find;
mod format;
mod geo_info;
mod network;
mod range;

pub(crate) use geo_info::{GEO_INFO_FROM_IP_ADDRESS, lookup};
pub(crate) use network::Network;

use super::Function;

/// The functions of this family, sorted by name.
pub static FUNCTIONS: &[&Function] = &[
    &format::FORMAT_IPV4,
    &format::FORMAT_IPV4_MASK,
    &find::HAS_ANY_IPV4,
    &find::HAS_ANY_IPV4_PREFIX,
    &find::HAS_IPV4,
    &find::HAS_IPV4_PREFIX,
    &compare::IPV4_COMPARE,
    &range::IPV4_IS_IN_ANY_RANGE,
    &range::IPV4_IS_IN_RANGE,
    &compare::IPV4_IS_MATCH,
    &range::IPV4_IS_PRIVATE,
    &format::IPV4_NETMASK_SUFFIX,
    &format::IPV4_RANGE_TO_CIDR_LIST,
    &compare::IPV6_COMPARE,
    &range::IPV6_IS_IN_ANY_RANGE,
    &range::IPV6_IS_IN_RANGE,
    &compare::IPV6_IS_MATCH,
    &format::PARSE_IPV4,
    &format::PARSE_IPV4_MASK,
    &format::PARSE_IPV6,
    &format::PARSE_IPV6_MASK,
];
