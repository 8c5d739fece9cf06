//! `parse_url`, `parse_urlquery`. The parts are not unescaped. The page's example shows a path without its first slash;
//! published hunts that split paths count on the slash, so it stays.

use std::collections::BTreeMap;

use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::Type;

use crate::dynamic::Builder;
use crate::functions::signature::{signature, string};
use crate::functions::{Body, Function};

/// `parse_url(url)`: learn.microsoft.com/kusto/query/parse-url-function.
pub static PARSE_URL: Function = Function {
    spec: FunctionSpec {
        name: "parse_url",
        aliases: &["parseurl"],
        overloads: &[signature(&[string("url")], Type::Dynamic)],
        summary: "Takes an absolute URL apart; all parts are empty where it is none.",
        examples: &[Example {
            query: "print parse_url('https://u:p@host:1234/this/is?k1=v1&k2=v2#top')",
            answer: r#"{"Scheme":"https","Host":"host","Port":"1234","Path":"/this/is","Username":"u","Password":"p","Query Parameters":{"k1":"v1","k2":"v2"},"Fragment":"top"}"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let url = args.text(0)?;
        args.texts(|row, out| {
            let parts = Parts::of(url.at(row)?).unwrap_or_default();
            let mut bag = Builder::new();
            bag.begin_bag();
            for (key, value) in [
                ("Scheme", parts.scheme),
                ("Host", parts.host),
                ("Port", parts.port),
                ("Path", parts.path),
                ("Username", parts.username),
                ("Password", parts.password),
            ] {
                bag.key(key);
                bag.string(value);
            }
            bag.key("Query Parameters");
            push_query(parts.query, &mut bag);
            bag.key("Fragment");
            bag.string(parts.fragment);
            bag.end_bag();
            out.push_str(bag.text());
            Some(())
        })
    }),
};

/// `parse_urlquery(query)`: learn.microsoft.com/kusto/query/parse-url-query-function.
pub static PARSE_URLQUERY: Function = Function {
    spec: FunctionSpec {
        name: "parse_urlquery",
        aliases: &["parseurlquery"],
        overloads: &[signature(&[string("query")], Type::Dynamic)],
        summary: "Takes the query part of a URL apart.",
        examples: &[Example {
            query: "print parse_urlquery('k1=v1&k2=v2&k3=v3')",
            answer: r#"{"Query Parameters":{"k1":"v1","k2":"v2","k3":"v3"}}"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let query = args.text(0)?;
        args.texts(|row, out| {
            let mut bag = Builder::new();
            bag.begin_bag();
            bag.key("Query Parameters");
            push_query(query.at(row)?, &mut bag);
            bag.end_bag();
            out.push_str(bag.text());
            Some(())
        })
    }),
};

#[derive(Debug, Default, PartialEq)]
struct Parts<'u> {
    scheme: &'u str,
    username: &'u str,
    password: &'u str,
    host: &'u str,
    port: &'u str,
    path: &'u str,
    query: &'u str,
    fragment: &'u str,
}

impl<'u> Parts<'u> {
    /// Splits an absolute URL: RFC 3986, nothing checked beyond the scheme.
    fn of(url: &'u str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        if !named {
            return None;
        }
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let slash = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = (rest.get(..slash)?, rest.get(slash..)?);
        // A user without a password stays with the host, as measured.
        let user = authority.rsplit_once('@').and_then(|(user, host)| Some((user.split_once(':')?, host)));
        let ((username, password), host) = user.unwrap_or((("", ""), authority));
        let after_brackets = host.rfind(']').unwrap_or(0);
        let (host, port) = match host.get(after_brackets..)?.rfind(':') {
            Some(colon) => (host.get(..after_brackets + colon)?, host.get(after_brackets + colon + 1..)?),
            None => (host, ""),
        };
        Some(Self { scheme, username, password, host, port, path, query, fragment })
    }
}

/// Writes parameters as a bag with sorted keys: a repeated one has an array, an empty key or value is left out.
fn push_query(query: &str, bag: &mut Builder) {
    let mut parameters: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        if !key.is_empty() && !value.is_empty() {
            parameters.entry(key).or_default().push(value);
        }
    }
    bag.begin_bag();
    for (key, values) in parameters {
        bag.key(key);
        if let [only] = values.as_slice() {
            bag.string(only);
            continue;
        }
        bag.begin_array();
        values.iter().for_each(|value| bag.string(value));
        bag.end_array();
    }
    bag.end_bag();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities() {
        let parts = |url| Parts::of(url).map(|p| (p.username, p.password, p.host, p.port, p.path));
        assert_eq!(parts("http://u:p@[::1]:80/a"), Some(("u", "p", "[::1]", "80", "/a")));
        assert_eq!(parts("http://u@h"), Some(("", "", "u@h", "", "")));
        assert_eq!(parts("http://[::1]"), Some(("", "", "[::1]", "", "")));
        assert_eq!([parts("bing.com"), parts("1a://x"), parts("://x")], [None; 3]);
    }

    #[test]
    fn queries() {
        let mut bag = Builder::new();
        push_query("b=1&a=x%20y&b=2&=q&c=&d", &mut bag);
        assert_eq!(bag.text(), r#"{"a":"x%20y","b":["1","2"]}"#);
        assert_eq!(Parts::of("http://h?q=http://x#f#g").map(|p| (p.query, p.fragment)), Some(("q=http://x", "f#g")));
    }
}
