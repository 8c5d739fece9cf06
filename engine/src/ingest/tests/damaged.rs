//! Files damaged in several places by chance. A plain run damages some hundred; `REHUNT_DAMAGE_SECONDS=600 REHUNT_SEED=7
//! cargo test damaged` goes on for so long from that seed, and a failure names its seed.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::Compression;
use ::parquet::file::properties::{WriterProperties, WriterVersion};
use arrow::array::{Int64Array, StringArray, TimestampNanosecondArray};
use arrow::record_batch::RecordBatch;
use flate2::Crc;
use tokio::runtime::Runtime;

use super::robust::files;
use super::*;
use crate::engine::Engine;

/// What often stands at the borders of what a reader understands.
const WORDS: [&[u8]; 16] = [
    b"\"",
    b"\"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"\\",
    b"\\u",
    b"\n",
    b"\r\n",
    b"\0",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"99999999999999999999",
    b"{\"FrameType\":\"DataTable\"}",
];

/// Damages of one file at most, and files of a plain run.
const DAMAGES: usize = 4;
const FILES: u64 = 500;

struct Random(u64);

impl Random {
    /// A number below `n`; 0 where `n` is.
    fn below(&mut self, n: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// Files of every form and packing.
fn originals() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = files().into_iter().map(|(name, bytes, _)| (name.to_owned(), bytes)).collect();
    let packed: Vec<_> = all.iter().filter(|(name, _)| !name.ends_with(".gz")).cloned().collect();
    for (name, bytes) in packed {
        all.push((format!("{name}.zst"), zstd::encode_all(bytes.as_slice(), 0).unwrap()));
        all.push((format!("{name}.zip"), zip(&name, &bytes)));
    }
    let plain = || WriterProperties::builder().set_dictionary_enabled(false);
    let of_writers = [
        WriterProperties::default(),
        plain().build(),
        plain().set_writer_version(WriterVersion::PARQUET_2_0).set_compression(Compression::SNAPPY).build(),
        plain().set_compression(Compression::ZSTD(Default::default())).set_bloom_filter_enabled(true).build(),
        WriterProperties::builder().set_data_page_row_count_limit(1).set_max_row_group_row_count(Some(2)).build(),
    ];
    all.extend(of_writers.into_iter().enumerate().map(|(n, writer)| (format!("rows{n}.parquet"), parquet(writer))));
    all
}

/// An archive of one file that is stored as it is.
fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(bytes);
    let length = (bytes.len() as u32).to_le_bytes();
    // Version, flags, method, time, date; then what is known of the file.
    let mut about = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    about.extend(crc.sum().to_le_bytes());
    about.extend([length, length].concat());
    about.extend((name.len() as u16).to_le_bytes());
    about.extend([0, 0]);
    let mut out = [b"PK\x03\x04", about.as_slice(), name.as_bytes(), bytes].concat();
    let start = out.len() as u32;
    out.extend([b"PK\x01\x02\x14\x00".as_slice(), &about, &[0; 14], name.as_bytes()].concat());
    let size = out.len() as u32 - start;
    out.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    out.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

fn parquet(properties: WriterProperties) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter([
        ("Timestamp", Arc::new(TimestampNanosecondArray::from(vec![1_700_000_000_000_000_000; 3])) as _),
        ("n", Arc::new(Int64Array::from(vec![Some(1), None, Some(3)])) as _),
        ("text", Arc::new(StringArray::from(vec!["a", "", "c"])) as _),
    ]);
    let batch = batch.unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn damage(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let (at, length) = (random.below(bytes.len() + 1), random.below(40));
    let end = (at + length).min(bytes.len());
    match random.below(8) {
        0 | 1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.below(256) as u8;
            }
        }
        2 => drop(bytes.drain(at..end)),
        3 => bytes.truncate(at),
        4 | 5 => drop(bytes.splice(at..at, WORDS[random.below(WORDS.len())].iter().copied())),
        6 => {
            let again = bytes[at..end].to_vec();
            for _ in 0..=random.below(200) {
                bytes.splice(at..at, again.iter().copied());
            }
        }
        _ => {
            let from = random.below(other.len() + 1);
            let to = (from + length).min(other.len());
            bytes.splice(at..end, other[from..to].iter().copied());
        }
    }
}

/// Loads a file and looks at all of it: its tables have the rows that are told of it. A `damaged` one may be refused.
fn checked(runtime: &Runtime, path: &Path, damaged: bool) -> Result<(), String> {
    let mut engine = Engine::new();
    let loaded = catch_unwind(AssertUnwindSafe(|| engine.load(path, &LoadOptions::default(), &Quiet)));
    match loaded {
        Err(_) => return Err("the reader panics".to_owned()),
        Ok(Err(_)) if damaged => return Ok(()),
        Ok(loaded) => loaded.map_err(|error| error.to_string())?,
    }
    let names: Vec<&str> = engine.catalog().tables().map(|table| table.name.as_str()).collect();
    let tables = names.iter().filter(|name| !name.starts_with("load_"));
    let rows: Option<i64> = tables.map(|name| sum(runtime, &engine, &every_cell(name))).sum();
    let told = sum(runtime, &engine, "load_files | summarize sum(rows)");
    match rows {
        // The pages of a Parquet file are only read when they are asked for, and may turn out to be none.
        None if damaged => Ok(()),
        Some(_) if rows == told => Ok(()),
        _ => Err(format!("{rows:?} of {told:?} rows")),
    }
}

/// Counts the rows of a table and looks at all of them.
fn every_cell(table: &str) -> String {
    format!("['{table}'] | extend all = pack_all() | summarize countif(isnotnull(all))")
}

/// The number that a query gives; nothing where it fails.
fn sum(runtime: &Runtime, engine: &Engine, query: &str) -> Option<i64> {
    let answer = runtime.block_on(engine.session().run(query)).ok()?;
    match answer.tables.first()?.values().next()?.first()? {
        Value::Long(number) => Some(*number),
        _ => None,
    }
}

#[test]
fn a_damaged_file_is_read_or_refused() {
    let setting = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = setting("REHUNT_SEED").unwrap_or(1);
    let end = setting("REHUNT_DAMAGE_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let originals = originals();
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    for (name, original) in &originals {
        let path = folder.path().join(name);
        std::fs::write(&path, original).unwrap();
        assert_eq!(checked(&runtime, &path, false), Ok(()), "{name}");
        std::fs::remove_file(&path).unwrap();
    }
    let mut seed = first;
    while end.map_or(seed < first + FILES, |end| Instant::now() < end) {
        let mut random = Random(seed);
        let (name, original) = &originals[random.below(originals.len())];
        let (_, other) = &originals[random.below(originals.len())];
        let mut bytes = original.clone();
        for _ in 0..=random.below(DAMAGES) {
            damage(&mut bytes, other, &mut random);
        }
        let path = folder.path().join(name);
        std::fs::write(&path, &bytes).unwrap();
        if let Err(wrong) = checked(&runtime, &path, true) {
            panic!("REHUNT_SEED={seed}: {name}: {wrong}\n{}", bytes.escape_ascii());
        }
        std::fs::remove_file(&path).unwrap();
        seed += 1;
    }
    eprintln!("damaged: {} files from seed {first} on", seed - first);
}
