//! Punycode: letters of the world in ASCII (RFC 3492), alone and in the labels of domains.

use rehunt_lang::library::{Example, FunctionSpec, Overload};
use rehunt_lang::types::Type;

use crate::functions::signature::{signature, string};
use crate::functions::{Body, Function};

const TEXT: &[Overload] = &[signature(&[string("string")], Type::String)];

const fn coder(name: &'static str, summary: &'static str, examples: &'static [Example], body: Body) -> Function {
    Function { spec: FunctionSpec { name, overloads: TEXT, summary, examples, ..FunctionSpec::BASE }, body }
}

/// `punycode_from_string(text)`: learn.microsoft.com/kusto/query/punycode-from-string-function.
pub static PUNYCODE_FROM_STRING: Function = coder(
    "punycode_from_string",
    "Writes a text as punycode.",
    &[Example { query: "print punycode_from_string('bücher')", answer: "bcher-kva" }],
    Body::Kernel(|args| {
        let text = args.text(0)?;
        args.texts(|row, out| encode(text.at(row)?, out))
    }),
);

/// `punycode_to_string(punycode)`: learn.microsoft.com/kusto/query/punycode-to-string-function.
pub static PUNYCODE_TO_STRING: Function = coder(
    "punycode_to_string",
    "Reads punycode; empty where it is none.",
    &[Example { query: "print punycode_to_string('bcher-kva'), punycode_to_string('ü')", answer: "bücher | " }],
    Body::Kernel(|args| {
        let text = args.text(0)?;
        args.texts(|row, out| {
            out.push_str(&decode(text.at(row)?)?);
            Some(())
        })
    }),
);

/// `punycode_domain_to_string(domain)`: learn.microsoft.com/kusto/query/punycode-domain-to-string-function. In spite of
/// its name it writes punycode: the recorded answer is `xn--Riill-jta...` for `Riðill...`.
pub static PUNYCODE_DOMAIN_TO_STRING: Function = coder(
    "punycode_domain_to_string",
    "Writes the labels of a domain that are not ASCII as punycode, each with `xn--` before it.",
    &[Example { query: "print punycode_domain_to_string('bücher.Example.com')", answer: "xn--bcher-kva.Example.com" }],
    Body::Kernel(|args| {
        let text = args.text(0)?;
        args.texts(|row, out| {
            // Any of the dots of IDNA ends a label.
            labels(text.at(row)?, &['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'], out, |label, out| {
                if label.is_ascii() {
                    out.push_str(label);
                    return Some(());
                }
                out.push_str("xn--");
                encode(label, out)
            })
        })
    }),
);

/// `punycode_domain_from_string(domain)`: learn.microsoft.com/kusto/query/punycode-domain-from-string-function. It reads
/// punycode, as recorded.
pub static PUNYCODE_DOMAIN_FROM_STRING: Function = coder(
    "punycode_domain_from_string",
    "Reads the labels of a domain that begin with `xn--` as punycode; empty where one is none.",
    &[Example {
        query: "print punycode_domain_from_string('xn--bcher-kva.Example.com')",
        answer: "bücher.Example.com",
    }],
    Body::Kernel(|args| {
        let text = args.text(0)?;
        args.texts(|row, out| {
            labels(text.at(row)?, &['.'], out, |label, out| {
                match label.get(..4).filter(|start| start.eq_ignore_ascii_case("xn--")) {
                    Some(_) => out.push_str(&decode(label.get(4..)?)?),
                    None => out.push_str(label),
                }
                Some(())
            })
        })
    }),
);

fn labels(
    domain: &str,
    dots: &[char],
    out: &mut String,
    write: impl Fn(&str, &mut String) -> Option<()>,
) -> Option<()> {
    for (i, label) in domain.split(dots).enumerate() {
        if i > 0 {
            out.push('.');
        }
        write(label, out)?;
    }
    Some(())
}

const BASE: u32 = 36;
const LEAST: u32 = 1;
const MOST: u32 = 26;

/// A threshold digit at a place, given the bias.
fn threshold(place: u32, bias: u32) -> u32 {
    place.saturating_sub(bias).clamp(LEAST, MOST)
}

fn adapted(delta: u32, count: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / count;
    let mut steps = 0;
    while delta > (BASE - LEAST) * MOST / 2 {
        delta /= BASE - LEAST;
        steps += BASE;
    }
    steps + (BASE - LEAST + 1) * delta / (delta + 38)
}

fn encode(text: &str, out: &mut String) -> Option<()> {
    let basic = text.chars().filter(char::is_ascii).count() as u32;
    let total = text.chars().count() as u32;
    out.extend(text.chars().filter(char::is_ascii));
    if basic > 0 {
        out.push('-');
    }
    let (mut code, mut delta, mut bias, mut done) = (128u32, 0u32, 72, basic);
    while done < total {
        let next = text.chars().map(u32::from).filter(|c| *c >= code).min()?;
        delta = delta.checked_add((next - code).checked_mul(done + 1)?)?;
        code = next;
        for c in text.chars().map(u32::from) {
            if c < code {
                delta = delta.checked_add(1)?;
            }
            if c == code {
                let (mut rest, mut place) = (delta, BASE);
                loop {
                    let t = threshold(place, bias);
                    if rest < t {
                        break;
                    }
                    out.push(digit(t + (rest - t) % (BASE - t))?);
                    rest = (rest - t) / (BASE - t);
                    place += BASE;
                }
                out.push(digit(rest)?);
                bias = adapted(delta, done + 1, done == basic);
                delta = 0;
                done += 1;
            }
        }
        delta = delta.checked_add(1)?;
        code += 1;
    }
    Some(())
}

/// Letters stand for 0 to 25, digits for 26 to 35.
fn digit(value: u32) -> Option<char> {
    match value {
        0..=25 => char::from_u32(u32::from(b'a') + value),
        26..=35 => char::from_u32(u32::from(b'0') + value - 26),
        _ => None,
    }
}

fn decode(text: &str) -> Option<String> {
    if !text.is_ascii() {
        return None;
    }
    let (basic, extended) = text.rsplit_once('-').unwrap_or(("", text));
    let mut out: Vec<char> = basic.chars().collect();
    let (mut code, mut at, mut bias) = (128u32, 0u32, 72);
    let mut digits = extended.bytes();
    while digits.len() > 0 {
        let (before, mut weight, mut place) = (at, 1u32, BASE);
        loop {
            let digit = match digits.next()? {
                c @ b'a'..=b'z' => c - b'a',
                c @ b'A'..=b'Z' => c - b'A',
                c @ b'0'..=b'9' => c - b'0' + 26,
                _ => return None,
            };
            at = at.checked_add(u32::from(digit).checked_mul(weight)?)?;
            let t = threshold(place, bias);
            if u32::from(digit) < t {
                break;
            }
            weight = weight.checked_mul(BASE - t)?;
            place += BASE;
        }
        let count = out.len() as u32 + 1;
        bias = adapted(at - before, count, before == 0);
        code = code.checked_add(at / count)?;
        at %= count;
        out.insert(at as usize, char::from_u32(code)?);
        at += 1;
    }
    Some(out.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        for (text, code) in [("bücher", "bcher-kva"), ("你好", "6qq79v"), ("abc", "abc-"), ("", ""), ("ü", "tda")] {
            let mut out = String::new();
            assert_eq!(encode(text, &mut out), Some(()));
            assert_eq!(out, code);
            assert_eq!(decode(code).as_deref(), Some(text));
        }
        assert_eq!(decode("99999999999"), None);
        assert_eq!(decode("bcher-kvä"), None);
    }
}
