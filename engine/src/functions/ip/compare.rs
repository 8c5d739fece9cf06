//! `ipv4_compare`, `ipv4_is_match` and their twins for both versions: two addresses, as far as the shortest network part
//! named goes. Null where one is no address.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Overload, Param};
use rehunt_lang::types::Type;

use super::network::Network;
use crate::functions::signature::{long, signature, string};
use crate::functions::{Args, Body, Function};

const TWO: &[Param] = &[string("ip1"), string("ip2")];
const PREFIX: &[Param] = &[long("prefix")];
const TO_LONG: &[Overload] = &[signature(TWO, Type::Long).optional(PREFIX)];
const TO_BOOL: &[Overload] = &[signature(TWO, Type::Bool).optional(PREFIX)];

const fn of_two(
    name: &'static str,
    overloads: &'static [Overload],
    summary: &'static str,
    examples: &'static [Example],
    kernel: fn(&Args) -> Result<ColumnarValue>,
) -> Function {
    Function {
        spec: FunctionSpec { name, overloads, summary, examples, ..FunctionSpec::BASE },
        body: Body::Kernel(kernel),
    }
}

/// `ipv4_compare(a, b [, prefix])`: learn.microsoft.com/kusto/query/ipv4-compare-function.
pub static IPV4_COMPARE: Function = of_two(
    "ipv4_compare",
    TO_LONG,
    "Compares two IPv4 addresses by their network part: -1, 0 or 1.",
    &[Example {
        query: "print ipv4_compare('192.168.1.1/24', '192.168.1.255'), ipv4_compare('1.1.1.1', '1.1.1.2')",
        answer: "0 | -1",
    }],
    |args| order(args, Network::v4, 32),
);

/// `ipv4_is_match(a, b [, prefix])`: learn.microsoft.com/kusto/query/ipv4-is-match-function.
pub static IPV4_IS_MATCH: Function = of_two(
    "ipv4_is_match",
    TO_BOOL,
    "Tells whether two IPv4 addresses have the same network part.",
    &[Example {
        query: "print ipv4_is_match('192.168.1.1/24', '192.168.1.255'), ipv4_is_match('1.1.1.1', '1.1.1.2', 31), ipv4_is_match('x', '1.1.1.1')",
        answer: "true | false | null",
    }],
    |args| same(args, Network::v4, 32),
);

/// `ipv6_compare(a, b [, prefix])`: learn.microsoft.com/kusto/query/ipv6-compare-function.
pub static IPV6_COMPARE: Function = of_two(
    "ipv6_compare",
    TO_LONG,
    "Compares two addresses of either version by their network part: -1, 0 or 1.",
    &[Example { query: "print ipv6_compare('192.168.1.1/24', '::ffff:c0a8:01ff')", answer: "0" }],
    |args| order(args, Network::v6, 128),
);

/// `ipv6_is_match(a, b [, prefix])`: learn.microsoft.com/kusto/query/ipv6-is-match-function.
pub static IPV6_IS_MATCH: Function = of_two(
    "ipv6_is_match",
    TO_BOOL,
    "Tells whether two addresses of either version have the same network part.",
    &[Example {
        query: "print ipv6_is_match('fe80::85d:e82c:9446:7994/120', 'fe80::85d:e82c:9446:7998')",
        answer: "true",
    }],
    |args| same(args, Network::v6, 128),
);

type Read = fn(&str) -> Option<Network>;

fn order(args: &Args, read: Read, width: u32) -> Result<ColumnarValue> {
    let pair = pair(args, read, width)?;
    args.longs(|row| pair(row).map(|(a, b)| a.cmp(&b) as i64))
}

fn same(args: &Args, read: Read, width: u32) -> Result<ColumnarValue> {
    let pair = pair(args, read, width)?;
    args.bools(|row| pair(row).map(|(a, b)| a == b))
}

/// Reads the network parts of both addresses.
fn pair(args: &Args, read: Read, width: u32) -> Result<impl Fn(usize) -> Option<(u128, u128)> + use<>> {
    let (left, right) = (args.text(0)?, args.text(1)?);
    let prefix = if args.len() > 2 { Some(args.long(2)?) } else { None };
    Ok(move |row| {
        let (mut a, mut b) = (read(left.at(row)?)?, read(right.at(row)?)?);
        if let Some(prefix) = &prefix {
            a = a.limited(prefix.at(row)?, width)?;
        }
        a.prefix = a.prefix.min(b.prefix);
        b.prefix = a.prefix;
        Some((a.start(), b.start()))
    })
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::call;

    #[test]
    fn the_shortest_prefix_counts() {
        let compare = |a: &str, b: &str, prefix: Option<i64>| {
            let mut args = vec![Value::String(a.into()), Value::String(b.into())];
            args.extend(prefix.map(Value::Long));
            call("ipv4_compare", &args, Type::Long)
        };
        assert_eq!(compare("192.168.1.1/30", "192.168.1.255/24", None), Value::Long(0));
        assert_eq!(compare("192.168.1.1/24", "192.168.1.255", Some(31)), Value::Long(0));
        assert_eq!(compare("192.168.1.2", "192.168.1.1", Some(31)), Value::Long(1));
        assert_eq!(compare("192.168.1.2", "192.168.1.1", Some(33)), Value::Null(Type::Long));
    }
}
