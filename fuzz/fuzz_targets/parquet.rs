//! Any bytes as a parquet file.
#![no_main]

mod reader;

// The parquet library panics at some damaged footers, and the loader catches that: only what gets past it is a finding.
libfuzzer_sys::fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |bytes: &[u8]| reader::read(bytes, "parquet"));
