//! `ipv4_is_private`, `ipv4_is_in_range`, `ipv4_is_in_any_range` and their twins: is an address in a network? Null where
//! the address is none.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec, Overload};
use rehunt_lang::types::{Type, Value};

use super::network::Network;
use crate::dynamic::Raw;
use crate::functions::signature::{array, signature, string, text};
use crate::functions::{Args, Body, Function, Prepare, Prepared};
use crate::operators::text::elements;

/// `ipv4_is_private(ip)`: learn.microsoft.com/kusto/query/ipv4-is-private-function. The networks of RFC 1918.
pub static IPV4_IS_PRIVATE: Function = Function {
    spec: FunctionSpec {
        name: "ipv4_is_private",
        overloads: &[signature(&[string("ip")], Type::Bool)],
        summary: "Tells whether an IPv4 address is of a private network.",
        examples: &[Example {
            query: "print ipv4_is_private('10.1.2.3'), ipv4_is_private('127.0.0.1'), ipv4_is_private('a')",
            answer: "true | false | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|_| {
        let private = Ranges::new(Network::v4, ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]);
        Ok(Arc::new(move |args| {
            let ip = args.text(0)?;
            args.bools(|row| Some(private.contain(Network::v4(ip.at(row)?)?.start())))
        }))
    }),
};

const RANGE: &[Overload] = &[signature(&[string("ip"), string("ip_range")], Type::Bool)];
const RANGES: &[Overload] = &[
    signature(&[text("ip"), string("ranges")], Type::Bool).repeated(&[string("ranges")]),
    signature(&[text("ip"), array("ranges")], Type::Bool),
];

/// `ipv4_is_in_range(ip, range)`: learn.microsoft.com/kusto/query/ipv4-is-in-range-function.
pub static IPV4_IS_IN_RANGE: Function = Function {
    spec: FunctionSpec {
        name: "ipv4_is_in_range",
        overloads: RANGE,
        summary: "Tells whether an IPv4 address is in a network.",
        examples: &[Example {
            query: "print ipv4_is_in_range('192.168.1.1', '192.168.1.255/24'), ipv4_is_in_range('1.1.1.1', 'x')",
            answer: "true | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| in_range(args, Network::v4)),
};

/// `ipv6_is_in_range(ip, range)`: learn.microsoft.com/kusto/query/ipv6-is-in-range-function.
pub static IPV6_IS_IN_RANGE: Function = Function {
    spec: FunctionSpec {
        name: "ipv6_is_in_range",
        overloads: RANGE,
        summary: "Tells whether an address of either version is in a network.",
        examples: &[Example {
            query: "print ipv6_is_in_range('a5e:f127:8a9d:146d:e102:b5d3:c755:abcd', 'a5e:f127:8a9d:146d:e102:b5d3:c755:0000/112')",
            answer: "true",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| in_range(args, Network::v6)),
};

fn in_range(args: &Args, read: Read) -> Result<ColumnarValue> {
    let (ip, range) = (args.text(0)?, args.text(1)?);
    args.bools(|row| Some(read(range.at(row)?)?.contains(read(ip.at(row)?)?.start())))
}

/// `ipv4_is_in_any_range(ip, range, ...)`: learn.microsoft.com/kusto/query/ipv4-is-in-any-range-function.
pub static IPV4_IS_IN_ANY_RANGE: Function = Function {
    spec: FunctionSpec {
        name: "ipv4_is_in_any_range",
        overloads: RANGES,
        summary: "Tells whether an IPv4 address is in one of several networks; texts that are no network are passed over.",
        examples: &[Example {
            query: "print ipv4_is_in_any_range('192.168.1.6', '192.168.1.1/24', '10.0.0.1/8'), ipv4_is_in_any_range('1.1.1.1', dynamic(['127.0.0.1']))",
            answer: "true | false",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|call| any_range(call, Network::v4)),
};

/// `ipv6_is_in_any_range(ip, range, ...)`: learn.microsoft.com/kusto/query/ipv6-is-in-any-range-function.
pub static IPV6_IS_IN_ANY_RANGE: Function = Function {
    spec: FunctionSpec {
        name: "ipv6_is_in_any_range",
        overloads: RANGES,
        summary: "Tells whether an address of either version is in one of several networks.",
        examples: &[Example {
            query: "print ipv6_is_in_any_range('fe80::1', dynamic(['10.0.0.0/8', 'fe80::/10']))",
            answer: "true",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(|call| any_range(call, Network::v6)),
};

fn any_range(call: &Prepare, read: Read) -> Result<Prepared, String> {
    let constants: Option<Vec<&Value>> = (1..call.types.len()).map(|i| call.constant(i)).collect();
    let Some(constants) = constants else { return Ok(Arc::new(move |args| in_any_computed_range(args, read))) };
    let ranges = Ranges::new(read, constants.into_iter().flat_map(elements));
    Ok(Arc::new(move |args| {
        let ip = args.text(0)?;
        args.bools(|row| Some(ranges.contain(read(ip.at(row)?)?.start())))
    }))
}

fn in_any_computed_range(args: &Args, read: Read) -> Result<ColumnarValue> {
    let ip = args.text(0)?;
    let lists = (1..args.len()).map(|i| Ok((args.json(i)?, args.types.get(i)))).collect::<Result<Vec<_>>>()?;
    args.bools(|row| {
        let address = read(ip.at(row)?)?.start();
        let holds = |text: &str| read(text).is_some_and(|network| network.contains(address));
        Some(lists.iter().any(|(list, ty)| match (list.at(row), ty) {
            (Some(json), Some(Type::Dynamic)) => Raw::new(json).elements().any(|e| holds(&e.to_text())),
            (Some(text), _) => holds(text),
            (None, _) => false,
        }))
    })
}

type Read = fn(&str) -> Option<Network>;

/// Networks as intervals, sorted and merged: however many there are, a few steps find the one that counts.
#[derive(Debug)]
struct Ranges(Vec<(u128, u128)>);

impl Ranges {
    fn new<T: AsRef<str>>(read: Read, texts: impl IntoIterator<Item = T>) -> Self {
        let networks = texts.into_iter().filter_map(|text| read(text.as_ref()));
        let mut intervals: Vec<(u128, u128)> = networks.map(|n| (n.start(), n.end())).collect();
        intervals.sort_unstable();
        let mut merged: Vec<(u128, u128)> = Vec::with_capacity(intervals.len());
        for (start, end) in intervals {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        Self(merged)
    }

    fn contain(&self, address: u128) -> bool {
        let after = self.0.partition_point(|(start, _)| *start <= address);
        after.checked_sub(1).and_then(|i| self.0.get(i)).is_some_and(|(_, end)| address <= *end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::testing::{call, call_rows};

    #[test]
    fn ranges_may_overlap_and_nest() {
        let ranges = Ranges::new(Network::v4, ["10.0.0.0/8", "10.1.0.0/16", "x", "9.0.0.0/32", "255.255.255.255"]);
        let ask = |ip| Network::v4(ip).map(|n| ranges.contain(n.bits));
        assert_eq!([ask("10.200.0.1"), ask("10.1.2.3"), ask("9.0.0.0"), ask("255.255.255.255")], [Some(true); 4]);
        assert_eq!([ask("11.0.0.0"), ask("9.0.0.1"), ask("0.0.0.0")], [Some(false); 3]);
    }

    #[test]
    fn ranges_may_be_columns() {
        let text = |t: &str| Value::String(t.into());
        let row = |ip: &str| vec![text(ip), Value::Dynamic(r#"["10.0.0.0/8"]"#.into())];
        let got = call_rows("ipv4_is_in_any_range", &[row("10.1.1.1"), row("11.1.1.1"), row("x")], Type::Bool);
        assert_eq!(got, [Value::Bool(true), Value::Bool(false), Value::Null(Type::Bool)]);
        let json = [Value::Dynamic(r#""10.1.1.1""#.into()), text("10.0.0.0/8")];
        assert_eq!(call("ipv4_is_in_any_range", &json, Type::Bool), Value::Bool(true));
    }
}
