//! Any text: reading it, asking whether it is whole and laying it out neither panics nor runs away, and a layout
//! reads to the same tokens and is its own layout.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rehunt_lang::format::lay_out;
use rehunt_lang::lexer::tokens;
use rehunt_lang::{is_complete, parse};

fuzz_target!(|text: &str| {
    let _ = parse(text);
    let _ = is_complete(text);
    if let Some(once) = lay_out(text) {
        assert!(tokens(text).0.len() == tokens(&once).0.len(), "other tokens:\n{text}\n---\n{once}");
        assert_eq!(lay_out(&once).as_ref(), Some(&once), "of {text}");
    }
});
