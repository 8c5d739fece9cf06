//! The files of `externaldata`: read as the query says, without recognising anything.
//!
//! Cells go to columns by place in separated text, by name in JSON and Parquet, unless a mapping says otherwise.
//! What is missing or does not convert is null, or `""`: learn.microsoft.com/kusto/ingestion-supported-formats.

use std::fs::File;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringViewBuilder};
use arrow::datatypes::SchemaRef;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use csv::ByteRecord;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rehunt_lang::plan::External;
use rehunt_lang::types::{Field, Type};

use super::json_text::{Elements, skip_blanks, value_end};
use super::source;
use crate::catalog::{blank, natural, natural_type};
use crate::dynamic::{Raw, Step, follow, normalize, parse_column};
use crate::functions::parse::path_steps;
use crate::operators::convert::convert_column;

/// Rows of a batch.
const ROWS: usize = 8192;

/// Bytes of a file, unpacked, at most: what `externaldata` is for is small, and it is held in memory.
const MOST_BYTES: u64 = 1 << 30;

/// A file with how it is read.
#[derive(Debug)]
pub(crate) struct ExternalFile {
    path: PathBuf,
    form: Form,
    skip_first: bool,
    fields: Vec<Field>,
    /// Where the cells of each column are.
    origins: Vec<Origin>,
}

/// The forms of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Records of cells with a delimiter between.
    Separated(u8),
    /// Each line is a cell.
    Lines,
    /// All of it is a cell.
    Whole,
    /// A JSON object a line.
    JsonLines,
    /// JSON objects, or arrays of them.
    Json,
    Parquet,
}

/// Where in a record a cell is.
#[derive(Clone, Debug)]
enum Origin {
    Place(usize),
    Path(Vec<Step>),
    Constant(String),
    Nowhere,
}

impl ExternalFile {
    /// Decides how a file is read.
    ///
    /// # Errors
    /// When its format is not known, or its mapping cannot be read.
    pub(crate) fn new(path: PathBuf, external: &External, fields: &[Field]) -> Result<Self, String> {
        let form = match &external.format {
            Some(format) => form(&format.to_ascii_lowercase())
                .ok_or_else(|| format!("not supported yet: format `{format}` of `externaldata`"))?,
            None => form(&ending(&path)).unwrap_or(Form::Separated(b',')),
        };
        let origins = match &external.mapping {
            Some(mapping) => mapped(mapping, fields).ok_or(
                "`ingestionMapping` is a JSON array such as `[{\"Column\":\"a\",\"Properties\":{\"Path\":\"$.b\"}}]`",
            )?,
            None => fields.iter().enumerate().map(|(i, field)| of_itself(form, i, field)).collect(),
        };
        Ok(Self { path, form, skip_first: external.ignore_first_record, fields: fields.to_vec(), origins })
    }

    /// Reads all rows.
    ///
    /// # Errors
    /// When the file cannot be read, is not of its form, or is too large.
    pub(crate) fn read(&self, schema: &SchemaRef) -> Result<Vec<RecordBatch>, String> {
        self.rows(schema).map_err(|error| format!("`externaldata` cannot read {}: {error}", self.path.display()))
    }

    fn rows(&self, schema: &SchemaRef) -> Result<Vec<RecordBatch>, String> {
        if self.form == Form::Parquet {
            return self.parquet(schema);
        }
        let source = source::of_stream(File::open(&self.path).map_err(text)?).map_err(text)?;
        let mut input = source.reader.take(MOST_BYTES);
        let mut rows = Rows::new(self, schema);
        match self.form {
            Form::Separated(delimiter) => self.separated(&mut input, delimiter, &mut rows)?,
            Form::Lines | Form::JsonLines => self.lines(&mut input, &mut rows)?,
            Form::Whole | Form::Json | Form::Parquet => {
                let mut bytes = Vec::new();
                input.read_to_end(&mut bytes).map_err(text)?;
                let whole = String::from_utf8_lossy(&bytes);
                match self.form {
                    Form::Json => json(&whole, &mut rows)?,
                    _ => rows.put(&[Some(&whole)])?,
                }
            }
        }
        if input.limit() == 0 {
            return Err(format!("it is larger than {MOST_BYTES} bytes"));
        }
        rows.finish()
    }

    fn separated(&self, input: impl Read, delimiter: u8, rows: &mut Rows) -> Result<(), String> {
        let mut records = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(self.skip_first)
            .from_reader(input);
        let mut record = ByteRecord::new();
        while records.read_byte_record(&mut record).map_err(text)? {
            let cells: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
            let cells: Vec<Option<&str>> = cells.iter().map(|cell| Some(cell.as_ref())).collect();
            rows.put(&cells)?;
        }
        Ok(())
    }

    /// Empty lines are no records.
    fn lines(&self, mut input: impl BufRead, rows: &mut Rows) -> Result<(), String> {
        let mut line = Vec::new();
        let mut first = self.skip_first && self.form == Form::Lines;
        while input.read_until(b'\n', &mut line).map_err(text)? > 0 {
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\n', '\r']);
            if !text.trim().is_empty() && !std::mem::take(&mut first) {
                match self.form {
                    Form::JsonLines => json(text, rows)?,
                    _ => rows.put(&[Some(text)])?,
                }
            }
            line.clear();
        }
        Ok(())
    }

    fn parquet(&self, schema: &SchemaRef) -> Result<Vec<RecordBatch>, String> {
        let file = std::fs::File::open(&self.path).map_err(text)?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(text)?;
        let reader = reader.with_batch_size(ROWS).build().map_err(text)?;
        let mut batches = Vec::new();
        for batch in reader {
            let batch = batch.map_err(text)?;
            let mut arrays = Vec::with_capacity(self.fields.len());
            for field in &self.fields {
                let array = match batch.column_by_name(&field.name) {
                    Some(column) => {
                        let from = natural_type(column.data_type())
                            .ok_or_else(|| format!("column `{}` is of a type that Kusto does not have", field.name))?;
                        convert_column(&natural(column).map_err(text)?, from, field.ty).map_err(text)?
                    }
                    None => blank(field.ty, batch.num_rows()),
                };
                arrays.push(array);
            }
            batches.push(batch_of(schema, arrays, batch.num_rows())?);
        }
        Ok(batches)
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn form(format: &str) -> Option<Form> {
    Some(match format {
        "csv" => Form::Separated(b','),
        "tsv" => Form::Separated(b'\t'),
        "psv" => Form::Separated(b'|'),
        "scsv" => Form::Separated(b';'),
        "sohsv" => Form::Separated(1),
        "txt" => Form::Lines,
        "raw" => Form::Whole,
        "json" | "singlejson" => Form::JsonLines,
        "multijson" => Form::Json,
        "parquet" => Form::Parquet,
        _ => return None,
    })
}

/// The ending of a file's name, that of its packing not counted.
fn ending(path: &Path) -> String {
    let ending = |path: &Path| path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    match ending(path) {
        Some(gz) if gz == "gz" => path.file_stem().and_then(|stem| ending(Path::new(stem))),
        other => other,
    }
    .unwrap_or_default()
}

fn of_itself(form: Form, place: usize, field: &Field) -> Origin {
    match form {
        Form::JsonLines | Form::Json => Origin::Path(vec![Step::key(&field.name)]),
        _ => Origin::Place(place),
    }
}

/// Reads a mapping: `[{"Column": "a", "Properties": {"Path": "$.b"}}]`, or `Ordinal` or `ConstValue` for the path.
/// Older ones have it all on one level.
fn mapped(mapping: &str, fields: &[Field]) -> Option<Vec<Origin>> {
    use serde_json::Value;
    let Ok(Value::Array(entries)) = serde_json::from_str(mapping) else { return None };
    let slot = |entry: &Value, wanted: &str| {
        let find = |bag: &Value| {
            bag.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.clone())
        };
        find(entry).or_else(|| find(&find_properties(entry)?))
    };
    let said = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    fields
        .iter()
        .map(|field| {
            let of_field = |entry: &&Value| slot(entry, "Column").is_some_and(|name| said(name) == field.name);
            let Some(entry) = entries.iter().find(of_field) else { return Some(Origin::Nowhere) };
            match (slot(entry, "Path"), slot(entry, "Ordinal"), slot(entry, "ConstValue")) {
                (Some(path), ..) => path_steps(&said(path)).map(Origin::Path),
                (_, Some(place), _) => said(place).parse().ok().map(Origin::Place),
                (.., Some(constant)) => Some(Origin::Constant(said(constant))),
                _ => Some(Origin::Nowhere),
            }
        })
        .collect()
}

fn find_properties(entry: &serde_json::Value) -> Option<serde_json::Value> {
    entry.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case("Properties")).map(|(_, value)| value.clone())
}

/// Puts the records of a JSON text into rows: objects one after another, or in arrays.
fn json(whole: &str, rows: &mut Rows) -> Result<(), String> {
    let mut at = skip_blanks(whole, 0);
    while at < whole.len() {
        let fault = |_| format!("the JSON at byte {at} is broken");
        let end = value_end(whole, at).map_err(fault)?;
        let value = whole.get(at..end).unwrap_or_default();
        if value.starts_with('[') {
            for element in Elements::new(value, 0) {
                rows.put_json(element.map_err(fault)?.1)?;
            }
        } else {
            rows.put_json(value)?;
        }
        // Between documents there may be commas, though none of them belongs there.
        at = skip_blanks(whole, end);
        if whole.as_bytes().get(at) == Some(&b',') {
            at = skip_blanks(whole, at + 1);
        }
    }
    Ok(())
}

/// Rows under construction: cells as text, or as JSON, until a batch is full.
struct Rows<'f> {
    file: &'f ExternalFile,
    schema: &'f SchemaRef,
    cells: Vec<StringViewBuilder>,
    rows: usize,
    batches: Vec<RecordBatch>,
}

impl<'f> Rows<'f> {
    fn new(file: &'f ExternalFile, schema: &'f SchemaRef) -> Self {
        let cells = file.fields.iter().map(|_| StringViewBuilder::new()).collect();
        Self { file, schema, cells, rows: 0, batches: Vec::new() }
    }

    fn put(&mut self, record: &[Option<&str>]) -> Result<(), String> {
        for (cells, origin) in self.cells.iter_mut().zip(&self.file.origins) {
            cells.append_value(match origin {
                Origin::Place(place) => record.get(*place).copied().flatten().unwrap_or_default(),
                Origin::Constant(text) => text,
                Origin::Path(_) | Origin::Nowhere => "",
            });
        }
        self.end_row()
    }

    fn put_json(&mut self, record: &str) -> Result<(), String> {
        let Some(record) = normalize(record) else { return Err("a JSON value is broken".to_owned()) };
        for (cells, origin) in self.cells.iter_mut().zip(&self.file.origins) {
            match origin {
                Origin::Path(path) => cells.append_option(follow(Raw::new(&record), path).map(Raw::text)),
                Origin::Constant(text) => {
                    let mut quoted = String::new();
                    crate::dynamic::push_string(&mut quoted, text);
                    cells.append_value(quoted);
                }
                Origin::Place(_) | Origin::Nowhere => cells.append_null(),
            }
        }
        self.end_row()
    }

    fn end_row(&mut self) -> Result<(), String> {
        self.rows += 1;
        if self.rows == ROWS { self.end_batch() } else { Ok(()) }
    }

    fn end_batch(&mut self) -> Result<(), String> {
        let json = matches!(self.file.form, Form::Json | Form::JsonLines);
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.cells.len());
        for (cells, field) in self.cells.iter_mut().zip(&self.file.fields) {
            let cells: ArrayRef = Arc::new(cells.finish());
            arrays.push(match (json, field.ty) {
                (true, ty) => convert_column(&cells, Type::Dynamic, ty).map_err(text)?,
                (false, Type::Dynamic) => parse_column(cells.as_string_view()).map_err(text)?,
                (false, ty) => convert_column(&cells, Type::String, ty).map_err(text)?,
            });
        }
        self.batches.push(batch_of(self.schema, arrays, self.rows)?);
        self.rows = 0;
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<RecordBatch>, String> {
        if self.rows > 0 {
            self.end_batch()?;
        }
        Ok(self.batches)
    }
}

fn batch_of(schema: &SchemaRef, arrays: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch, String> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options).map_err(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use crate::catalog::arrow_field;
    use crate::value::value_at;
    use arrow::datatypes::Schema;

    use super::*;

    /// Shows the rows of a file of some bytes: cells with ` | ` between, rows with ` / `.
    fn read(
        name: &str,
        bytes: &[u8],
        format: Option<&str>,
        skip: bool,
        mapping: Option<&str>,
    ) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let fields = [Field::new("a", Type::String), Field::new("b", Type::Long), Field::new("d", Type::Dynamic)];
        let schema = Arc::new(Schema::new(fields.iter().map(arrow_field).collect::<Vec<_>>()));
        let external = External {
            uris: vec![],
            format: format.map(str::to_owned),
            ignore_first_record: skip,
            mapping: mapping.map(str::to_owned),
        };
        let batches = ExternalFile::new(path, &external, &fields)?.read(&schema)?;
        let mut rows = Vec::new();
        for batch in batches {
            for row in 0..batch.num_rows() {
                let cell = |(i, field): (usize, &Field)| value_at(batch.column(i), field.ty, row).to_string();
                rows.push(fields.iter().enumerate().map(cell).collect::<Vec<_>>().join(" | "));
            }
        }
        Ok(rows.join(" / "))
    }

    #[test]
    fn separated_cells_go_by_place() {
        let rows = read("x.csv", b"a,b\n\"x,y\",1,\"{\"\"k\"\":1}\"\nz\n\nw,no,7,8\n", None, true, None).unwrap();
        assert_eq!(
            rows,
            r#""x,y" | 1 | dynamic({"k":1}) / "z" | long(null) | dynamic(null) / "w" | long(null) | dynamic(7)"#
        );
        assert_eq!(read("x.tsv", b"x\t1", None, false, None).unwrap(), "\"x\" | 1 | dynamic(null)");
        let mapping = r#"[{"Column":"b","Properties":{"Ordinal":"0"}},{"Column":"a","Properties":{"ConstValue":"k"}}]"#;
        assert_eq!(read("x.csv", b"5,x", None, false, Some(mapping)).unwrap(), "\"k\" | 5 | dynamic(null)");
    }

    #[test]
    fn lines_and_whole_texts_are_one_cell() {
        let rows = read("x", b"# a\nb,c\r\n\nd", Some("txt"), true, None).unwrap();
        assert_eq!(rows, "\"b,c\" | long(null) | dynamic(null) / \"d\" | long(null) | dynamic(null)");
        let rows = read("x.txt", b"a\nb", Some("raw"), false, None).unwrap();
        assert_eq!(rows, "\"a\\nb\" | long(null) | dynamic(null)");
    }

    #[test]
    fn json_goes_by_name_or_path() {
        let lines = b"{\"a\": \"x\", \"b\": 1}\n{\"d\": [1, 2], \"b\": \"7\"}\n";
        let rows = read("x.json", lines, None, false, None).unwrap();
        assert_eq!(rows, "\"x\" | 1 | dynamic(null) / \"\" | 7 | dynamic([1,2])");
        let many = b"[{\"b\": 1},\n {\"b\": 2}] {\"k\": {\"v\": 3}}";
        let mapping = r#"[{"Column":"b","Properties":{"Path":"$.k.v"}}]"#;
        let rows = read("x.json", many, Some("multijson"), false, Some(mapping)).unwrap();
        let nothing = "\"\" | long(null) | dynamic(null)";
        assert_eq!(rows, format!("{nothing} / {nothing} / \"\" | 3 | dynamic(null)"));
        assert!(read("x.json", b"{\"b\": ", Some("multijson"), false, None).unwrap_err().contains("broken"));
    }

    #[test]
    fn packed_files_and_formats() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"x,1").unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(read("x.csv.gz", &packed, None, false, None).unwrap(), "\"x\" | 1 | dynamic(null)");
        assert!(read("x.avro", b"", Some("avro"), false, None).unwrap_err().contains("not supported yet"));
        assert!(read("x.json", b"", None, false, Some("{}")).unwrap_err().contains("ingestionMapping"));
    }
}
