//! `parse_ipv4`, `format_ipv4`, `parse_ipv6` and their kin: addresses as numbers and in one form of text.

use std::net::Ipv6Addr;

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use super::network::{Network, to_v4};
use crate::dynamic::push_string;
use crate::functions::signature::{long, scalar, signature, string};
use crate::functions::{Args, Body, Function};

/// `parse_ipv4(ip)`: learn.microsoft.com/kusto/query/parse-ipv4-function.
pub static PARSE_IPV4: Function = Function {
    spec: FunctionSpec {
        name: "parse_ipv4",
        overloads: &[signature(&[string("ip")], Type::Long)],
        summary: "Returns an IPv4 address as a number, without its host part where it has a suffix; null where it is none.",
        examples: &[Example {
            query: "print parse_ipv4('192.168.1.1'), parse_ipv4('192.168.1.1/24'), parse_ipv4('1.2.3')",
            answer: "3232235777 | 3232235776 | null",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let ip = args.text(0)?;
        args.longs(|row| Some(i64::from(to_v4(Network::v4(ip.at(row)?)?.start()).to_bits())))
    }),
};

/// `parse_ipv4_mask(ip, prefix)`: learn.microsoft.com/kusto/query/parse-ipv4-mask-function.
pub static PARSE_IPV4_MASK: Function = Function {
    spec: FunctionSpec {
        name: "parse_ipv4_mask",
        overloads: &[signature(&[string("ip"), long("prefix")], Type::Long)],
        summary: "Returns so many leading bits of an IPv4 address as a number.",
        examples: &[Example { query: "print parse_ipv4_mask('127.0.0.1', 24)", answer: "2130706432" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (ip, prefix) = (args.text(0)?, args.long(1)?);
        args.longs(|row| {
            let network = Network::v4(ip.at(row)?)?.limited(prefix.at(row)?, 32)?;
            Some(i64::from(to_v4(network.start()).to_bits()))
        })
    }),
};

/// `ipv4_netmask_suffix(ip)`: learn.microsoft.com/kusto/query/ipv4-netmask-suffix-function.
pub static IPV4_NETMASK_SUFFIX: Function = Function {
    spec: FunctionSpec {
        name: "ipv4_netmask_suffix",
        overloads: &[signature(&[string("ip")], Type::Long)],
        summary: "Returns the suffix of an IPv4 network, 32 where there is none.",
        examples: &[Example {
            query: "print ipv4_netmask_suffix('192.168.1.1/24'), ipv4_netmask_suffix('10.1.2.3')",
            answer: "24 | 32",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let ip = args.text(0)?;
        args.longs(|row| Some(i64::from(Network::v4(ip.at(row)?)?.prefix) - 96))
    }),
};

/// `format_ipv4(ip [, prefix])`: learn.microsoft.com/kusto/query/format-ipv4-function.
pub static FORMAT_IPV4: Function = Function {
    spec: FunctionSpec {
        name: "format_ipv4",
        overloads: &[signature(&[scalar("ip")], Type::String).optional(&[long("prefix")])],
        summary: "Writes an IPv4 address, given as text or number, without its host part.",
        examples: &[Example {
            query: "print format_ipv4('192.168.1.1', 24), format_ipv4(3232235777), format_ipv4('192.168.1.1/24', 32)",
            answer: "192.168.1.0 | 192.168.1.1 | 192.168.1.0",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| format_ipv4(args, false)),
};

/// `format_ipv4_mask(ip, prefix)`: learn.microsoft.com/kusto/query/format-ipv4-mask-function.
pub static FORMAT_IPV4_MASK: Function = Function {
    spec: FunctionSpec {
        name: "format_ipv4_mask",
        overloads: &[signature(&[scalar("ip")], Type::String).optional(&[long("prefix")])],
        summary: "Writes an IPv4 network, given as text or number, with its suffix.",
        examples: &[Example { query: "print format_ipv4_mask('192.168.1.1', 24)", answer: "192.168.1.0/24" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| format_ipv4(args, true)),
};

fn format_ipv4(args: &Args, with_suffix: bool) -> Result<ColumnarValue> {
    use std::fmt::Write;
    let prefix = if args.len() > 1 { Some(args.long(1)?) } else { None };
    let number = args.types.first().is_some_and(|ty| ty.is_integer());
    let (numbers, texts) = match number {
        true => (Some(args.long(0)?), None),
        false => (None, Some(args.spelled(0)?)),
    };
    args.texts(|row, out| {
        let mut network = match (&numbers, &texts) {
            (Some(numbers), _) => Network::of_number(numbers.at(row)?)?,
            (None, texts) => Network::v4(texts.as_ref()?.at(row)?)?,
        };
        if let Some(prefix) = &prefix {
            network = network.limited(prefix.at(row)?, 32)?;
        }
        write!(out, "{}", to_v4(network.start())).ok()?;
        if with_suffix {
            write!(out, "/{}", network.prefix.saturating_sub(96)).ok()?;
        }
        Some(())
    })
}

/// `parse_ipv6(ip)`: learn.microsoft.com/kusto/query/parse-ipv6-function.
pub static PARSE_IPV6: Function = Function {
    spec: FunctionSpec {
        name: "parse_ipv6",
        overloads: &[signature(&[string("ip")], Type::String)],
        summary: "Writes an address of either version with all digits of IPv6, without its host part; empty where it is none.",
        examples: &[Example {
            query: "print parse_ipv6('192.168.255.255/24'), parse_ipv6('x')",
            answer: "0000:0000:0000:0000:0000:ffff:c0a8:ff00 | ",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let ip = args.text(0)?;
        args.texts(|row, out| push_v6(Network::v6(ip.at(row)?)?, out))
    }),
};

/// `parse_ipv6_mask(ip, prefix)`: learn.microsoft.com/kusto/query/parse-ipv6-mask-function.
pub static PARSE_IPV6_MASK: Function = Function {
    spec: FunctionSpec {
        name: "parse_ipv6_mask",
        overloads: &[signature(&[string("ip"), long("prefix")], Type::String)],
        summary: "Writes so many leading bits of an address of either version with all digits of IPv6.",
        examples: &[Example {
            query: "print parse_ipv6_mask('fe80::85d:e82c:9446:7994/120', 124)",
            answer: "fe80:0000:0000:0000:085d:e82c:9446:7900",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (ip, prefix) = (args.text(0)?, args.long(1)?);
        args.texts(|row, out| push_v6(Network::v6(ip.at(row)?)?.limited(prefix.at(row)?, 128)?, out))
    }),
};

fn push_v6(network: Network, out: &mut String) -> Option<()> {
    use std::fmt::Write;
    for (i, group) in Ipv6Addr::from_bits(network.start()).segments().into_iter().enumerate() {
        if i > 0 {
            out.push(':');
        }
        write!(out, "{group:04x}").ok()?;
    }
    Some(())
}

/// `ipv4_range_to_cidr_list(start, end)`: learn.microsoft.com/kusto/query/ipv4-range-to-cidr-list-function.
pub static IPV4_RANGE_TO_CIDR_LIST: Function = Function {
    spec: FunctionSpec {
        name: "ipv4_range_to_cidr_list",
        overloads: &[signature(&[string("start_ip"), string("end_ip")], Type::Dynamic)],
        summary: "Returns the fewest networks that make up the addresses from one to another; null where one is none.",
        examples: &[Example {
            query: "print ipv4_range_to_cidr_list('1.1.128.0', '1.1.140.255')",
            answer: r#"["1.1.128.0/21","1.1.136.0/22","1.1.140.0/24"]"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (first, last) = (args.text(0)?, args.text(1)?);
        args.texts(|row, out| {
            let (start, end) = (Network::v4(first.at(row)?)?, Network::v4(last.at(row)?)?);
            push_networks(to_v4(start.start()).to_bits().into(), to_v4(end.end()).to_bits().into(), out);
            Some(())
        })
    }),
};

/// Takes the largest network that begins at `start` and does not pass `end`, again and again.
fn push_networks(mut start: u64, end: u64, out: &mut String) {
    out.push('[');
    while start <= end {
        let aligned = start.trailing_zeros().min(32);
        let fitting = (end - start + 1).ilog2();
        let size = aligned.min(fitting);
        if out.len() > 1 {
            out.push(',');
        }
        push_string(out, &format!("{}/{}", to_v4(start.into()), 32 - size));
        start += 1 << size;
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_every_width() {
        let list = |start, end| {
            let mut out = String::new();
            push_networks(start, end, &mut out);
            out
        };
        assert_eq!(list(0, u32::MAX.into()), r#"["0.0.0.0/0"]"#);
        assert_eq!(list(1, 2), r#"["0.0.0.1/32","0.0.0.2/32"]"#);
        assert_eq!(list(2, 1), "[]");
        assert_eq!(list(u32::MAX.into(), u32::MAX.into()), r#"["255.255.255.255/32"]"#);
    }
}
