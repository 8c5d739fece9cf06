//! Any bytes as a csv file.
#![no_main]

mod reader;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| reader::read(bytes, "csv"));
