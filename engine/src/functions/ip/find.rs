//! `has_ipv4`, `has_ipv4_prefix`, `has_any_ipv4`, `has_any_ipv4_prefix`: addresses within a text. An address stands alone
//! where no letter or digit touches it.

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

const ONE: &[Overload] = &[signature(&[text("source"), string("ip")], Type::Bool)];
const ANY: &[Overload] = &[
    signature(&[text("source"), string("ips")], Type::Bool).repeated(&[string("ips")]),
    signature(&[text("source"), array("ips")], Type::Bool),
];

const fn of_text(
    name: &'static str,
    overloads: &'static [Overload],
    summary: &'static str,
    examples: &'static [Example],
    prepare: fn(&Prepare) -> Result<Prepared, String>,
) -> Function {
    Function {
        spec: FunctionSpec { name, overloads, summary, examples, ..FunctionSpec::BASE },
        body: Body::Prepared(prepare),
    }
}

/// `has_ipv4(source, ip)`: learn.microsoft.com/kusto/query/has-ipv4-function.
pub static HAS_IPV4: Function = of_text(
    "has_ipv4",
    ONE,
    "Tells whether a text has an IPv4 address.",
    &[Example {
        query: "print has_ipv4('05:04:54 127.0.0.1 GET', '127.0.0.1'), has_ipv4('05:04:54127.0.0.1', '127.0.0.1')",
        answer: "true | false",
    }],
    |call| found(call, address),
);

/// `has_ipv4_prefix(source, prefix)`: learn.microsoft.com/kusto/query/has-ipv4-prefix-function.
pub static HAS_IPV4_PREFIX: Function = of_text(
    "has_ipv4_prefix",
    ONE,
    "Tells whether a text has an IPv4 address that begins so; the beginning ends in a dot.",
    &[Example {
        query: "print has_ipv4_prefix('at 127.0.0.1', '127.0.'), has_ipv4_prefix('at 127.0.0.1', '127.0')",
        answer: "true | false",
    }],
    |call| found(call, beginning),
);

/// `has_any_ipv4(source, ip, ...)`: learn.microsoft.com/kusto/query/has-any-ipv4-function.
pub static HAS_ANY_IPV4: Function = of_text(
    "has_any_ipv4",
    ANY,
    "Tells whether a text has one of several IPv4 addresses.",
    &[Example {
        query: "print has_any_ipv4('at 127.0.0.1', '127.0.0.1', '127.0.0.2'), has_any_ipv4('127.0.0.256', dynamic(['127.0.0.256']))",
        answer: "true | false",
    }],
    |call| found(call, address),
);

/// `has_any_ipv4_prefix(source, prefix, ...)`: learn.microsoft.com/kusto/query/has-any-ipv4-prefix-function.
pub static HAS_ANY_IPV4_PREFIX: Function = of_text(
    "has_any_ipv4_prefix",
    ANY,
    "Tells whether a text has an IPv4 address that begins in one of several ways.",
    &[Example {
        query: "print has_any_ipv4_prefix('at 127.0.0.1', dynamic(['127.0.', '192.168.'])), has_any_ipv4_prefix('at 127.0.0.1', '127.0')",
        answer: "true | false",
    }],
    |call| found(call, beginning),
);

type Read = fn(&str) -> Option<Network>;

/// Reads an address alone.
fn address(text: &str) -> Option<Network> {
    Network::v4(text).filter(|n| n.prefix == 128)
}

/// Reads an address, or the beginning of one with its dot, as the network it stands for.
fn beginning(text: &str) -> Option<Network> {
    let Some(octets) = text.strip_suffix('.') else { return address(text) };
    let count = octets.split('.').count();
    let rest = ".0".repeat(4usize.checked_sub(count)?);
    (count < 4).then(|| Network::v4(&format!("{octets}{rest}/{}", 8 * count)))?
}

fn found(call: &Prepare, read: Read) -> Result<Prepared, String> {
    let constants: Option<Vec<&Value>> = (1..call.types.len()).map(|i| call.constant(i)).collect();
    let Some(constants) = constants else { return Ok(Arc::new(move |args| found_computed(args, read))) };
    let wanted: Vec<Network> = constants.into_iter().flat_map(elements).filter_map(|text| read(&text)).collect();
    Ok(Arc::new(move |args| {
        let source = args.text(0)?;
        args.tests(|row| has(source.at(row).unwrap_or_default(), &wanted))
    }))
}

fn found_computed(args: &Args, read: Read) -> Result<ColumnarValue> {
    let source = args.text(0)?;
    let lists = (1..args.len()).map(|i| Ok((args.json(i)?, args.types.get(i)))).collect::<Result<Vec<_>>>()?;
    args.tests(|row| {
        let mut wanted = Vec::new();
        for (list, ty) in &lists {
            match (list.at(row), ty) {
                (Some(json), Some(Type::Dynamic)) => {
                    wanted.extend(Raw::new(json).elements().filter_map(|e| read(&e.to_text())));
                }
                (Some(text), _) => wanted.extend(read(text)),
                (None, _) => {}
            }
        }
        has(source.at(row).unwrap_or_default(), &wanted)
    })
}

fn has(text: &str, wanted: &[Network]) -> bool {
    !wanted.is_empty() && addresses(text).any(|ip| wanted.iter().any(|network| network.contains(ip.bits)))
}

/// Goes through the addresses that stand alone in a text.
fn addresses(text: &str) -> impl Iterator<Item = Network> + '_ {
    let mut before = ' ';
    text.char_indices().filter_map(move |(at, c)| {
        let touched = before.is_alphanumeric();
        before = c;
        if touched || !c.is_ascii_digit() {
            return None;
        }
        let rest = text.get(at..)?;
        let end = end_of_four(rest)?;
        let alone = !rest.get(end..)?.starts_with(char::is_alphanumeric);
        address(rest.get(..end)?).filter(|_| alone)
    })
}

/// Returns where four numbers with dots between end.
fn end_of_four(text: &str) -> Option<usize> {
    let mut dots = 0;
    let end = text.bytes().position(|b| {
        dots += usize::from(b == b'.');
        dots > 3 || !(b == b'.' || b.is_ascii_digit())
    });
    Some(end.unwrap_or(text.len())).filter(|_| dots >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str, read: Read, wanted: &[&str]) -> bool {
        has(text, &wanted.iter().filter_map(|w| read(w)).collect::<Vec<_>>())
    }

    #[test]
    fn addresses_stand_alone() {
        assert!(holds("x=127.0.0.1:80", address, &["127.0.0.1"]));
        assert!(!holds("127.0.0.12", address, &["127.0.0.1"]));
        assert!(!holds("127.0.0.1é", address, &["127.0.0.1"]));
        assert!(holds("to 127.0.0.1.", address, &["127.0.0.1"]));
        assert!(!holds("127.0.0.1", address, &["127.0.0.1/24"]));
    }

    #[test]
    fn beginnings_end_in_a_dot() {
        assert!(holds("at 127.0.0.1", beginning, &["192.", "127.0."]));
        assert!(!holds("at 127.0.0.256", beginning, &["127.0."]), "no address");
        assert!(holds("at 127.0.0.1", beginning, &["127.0.0.1"]));
        for text in ["127.0", ".", "1.2.3.4.", "1..", "300."] {
            assert_eq!(beginning(text), None, "{text}");
        }
    }
}
