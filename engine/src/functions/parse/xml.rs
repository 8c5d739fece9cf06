//! `parse_xml`: an XML text as a bag. An element is its text, or a bag of its attributes (`@name`), its text (`#text`) and
//! its children; children of one name are an array.

use std::collections::HashMap;

use rehunt_lang::library::{Example, FunctionSpec, Naming};
use rehunt_lang::types::Type;

use crate::dynamic::{Builder, MAX_DEPTH};
use crate::functions::signature::{signature, text};
use crate::functions::{Body, Function};

/// Longer texts give null, as the reference page says.
const LONGEST: usize = 1 << 20;

/// `parse_xml(text)`: learn.microsoft.com/kusto/query/parse-xml-function.
pub static PARSE_XML: Function = Function {
    spec: FunctionSpec {
        name: "parse_xml",
        overloads: &[signature(&[text("xml_text")], Type::Dynamic)],
        naming: Naming::FirstArgument,
        summary: "Reads XML as a bag; null where it is none.",
        examples: &[Example {
            query: r#"print parse_xml('<e n="v"><a>1</a><a>2</a></e>'), parse_xml('<e>text</e>')"#,
            answer: r#"{"e":{"@n":"v","a":["1","2"]}} | {"e":"text"}"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let xml = args.text(0)?;
        args.texts(|row, out| {
            let root = document(xml.at(row).filter(|xml| xml.len() <= LONGEST)?)?;
            let mut bag = Builder::new();
            bag.begin_bag();
            bag.key(root.name);
            root.push(&mut bag);
            bag.end_bag();
            out.push_str(bag.text());
            Some(())
        })
    }),
};

#[derive(Debug, Default)]
struct Element<'x> {
    name: &'x str,
    attributes: Vec<(&'x str, String)>,
    text: String,
    children: Vec<Element<'x>>,
}

impl Element<'_> {
    fn push(&self, bag: &mut Builder) {
        let text = self.text.trim();
        if self.attributes.is_empty() && self.children.is_empty() {
            return if text.is_empty() { bag.null() } else { bag.string(text) };
        }
        bag.begin_bag();
        for (name, value) in &self.attributes {
            bag.key(&format!("@{name}"));
            bag.string(value);
        }
        if !text.is_empty() {
            bag.key("#text");
            bag.string(text);
        }
        // Each name once, at its first child.
        let mut groups: HashMap<&str, Vec<&Element>> = HashMap::new();
        let mut names = Vec::new();
        for child in &self.children {
            let group = groups.entry(child.name).or_default();
            if group.is_empty() {
                names.push(child.name);
            }
            group.push(child);
        }
        for name in names {
            bag.key(name);
            match groups.get(name).map(Vec::as_slice).unwrap_or_default() {
                [only] => only.push(bag),
                many => {
                    bag.begin_array();
                    many.iter().for_each(|child| child.push(bag));
                    bag.end_array();
                }
            }
        }
        bag.end_bag();
    }
}

/// Reads a document: one element, with declarations, comments and instructions around it.
fn document(xml: &str) -> Option<Element<'_>> {
    let mut rest = xml.trim_start_matches('\u{feff}');
    // The elements that are open, outermost first; the first is the document itself.
    let mut open = vec![Element::default()];
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        add_text(&mut open, text)?;
        if let Some(comment) = tag.strip_prefix("<!--") {
            rest = comment.split_once("-->")?.1;
        } else if let Some(data) = tag.strip_prefix("<![CDATA[") {
            let (data, after) = data.split_once("]]>")?;
            open.last_mut().filter(|e| !e.name.is_empty())?.text.push_str(data);
            rest = after;
        } else if let Some(instruction) = tag.strip_prefix("<?") {
            rest = instruction.split_once("?>")?.1;
        } else if let Some(declaration) = tag.strip_prefix("<!") {
            rest = declaration.split_once('>')?.1;
        } else if let Some(end) = tag.strip_prefix("</") {
            let (name, after) = end.split_once('>')?;
            let element = open.pop().filter(|e| e.name == name.trim_end() && !e.name.is_empty())?;
            open.last_mut()?.children.push(element);
            rest = after;
        } else {
            let (element, empty, after) = start_tag(tag.get(1..)?)?;
            match empty {
                true => open.last_mut()?.children.push(element),
                false => open.push(element),
            }
            rest = after;
        }
        // A level of elements may become two of JSON: an array of bags.
        if open.len() > MAX_DEPTH / 2 {
            return None;
        }
    }
    add_text(&mut open, rest)?;
    match (open.pop(), open.is_empty()) {
        (Some(mut document), true) if document.children.len() == 1 => document.children.pop(),
        _ => None,
    }
}

/// Adds text to the innermost element; only blanks may stand outside the root.
fn add_text(open: &mut [Element], text: &str) -> Option<()> {
    let element = open.last_mut()?;
    if element.name.is_empty() {
        return text.trim().is_empty().then_some(());
    }
    element.text.push_str(&unescaped(text)?);
    Some(())
}

/// Reads a start tag after its `<`: the element, whether it ends there, and what follows.
fn start_tag(tag: &str) -> Option<(Element<'_>, bool, &str)> {
    let end = tag.find(|c: char| c.is_whitespace() || c == '>' || c == '/')?;
    let (name, mut rest) = tag.split_at(end);
    if name.is_empty() || name.contains(['<', '"', '\'', '=', '&']) {
        return None;
    }
    let mut element = Element { name, ..Element::default() };
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>') {
            return Some((element, false, after));
        }
        if let Some(after) = rest.strip_prefix("/>") {
            return Some((element, true, after));
        }
        let (key, after) = rest.split_once('=')?;
        let key = key.trim_end();
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = after.get(1..)?.split_once(quote)?;
        if key.is_empty() || key.contains(|c: char| c.is_whitespace() || "<>/\"'".contains(c)) {
            return None;
        }
        element.attributes.push((key, unescaped(value)?));
        rest = after;
    }
}

/// Resolves `&lt;`, `&#65;`, `&#x41;` and their kin; nothing where one is unknown.
fn unescaped(text: &str) -> Option<String> {
    let mut parts = text.split('&');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (name, after) = part.split_once(';')?;
        out.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)?
            }
        });
        out.push_str(after);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value;

    use super::*;
    use crate::operators::testing::call;

    fn json(xml: &str) -> String {
        match call("parse_xml", &[Value::String(xml.into())], Type::Dynamic) {
            Value::Dynamic(json) => json,
            _ => "null".into(),
        }
    }

    #[test]
    fn the_rows_of_the_reference_page() {
        assert_eq!(json("<e/>"), r#"{"e":null}"#);
        assert_eq!(json("<e>text</e>"), r#"{"e":"text"}"#);
        assert_eq!(json(r#"<e name="value" />"#), r#"{"e":{"@name":"value"}}"#);
        assert_eq!(json(r#"<e name="value">text</e>"#), r##"{"e":{"@name":"value","#text":"text"}}"##);
        assert_eq!(json("<e> <a>text</a> <b>text</b> </e>"), r#"{"e":{"a":"text","b":"text"}}"#);
        assert_eq!(json("<e> <a>1</a> <a>2</a> </e>"), r#"{"e":{"a":["1","2"]}}"#);
        assert_eq!(json("<e> text <a>text</a> </e>"), r##"{"e":{"#text":"text","a":"text"}}"##);
    }

    #[test]
    fn what_else_stands_in_a_document() {
        assert_eq!(
            json("<?xml version=\"1.0\"?>\n<!-- c --><e a='1>2'>&lt;&#x41;<![CDATA[<b>]]></e>"),
            r##"{"e":{"@a":"1>2","#text":"<A<b>"}}"##
        );
        for xml in ["", "text", "<e>", "<e></f>", "<e/><f/>", "<e>&x;</e>", "<e a=1/>", "</e>", "<e a='1/>"] {
            assert_eq!(json(xml), "null", "{xml}");
        }
        let deep = "<a>".repeat(2000);
        assert_eq!(json(&deep), "null");
    }
}
