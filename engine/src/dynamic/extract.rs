//! The path kernels: from a column of dynamics to columns of what is found in them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int32Type, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use rehunt_lang::types::Type;

use super::path::{PathTree, Step, follow};
use super::raw::escape;
use super::sink::Sink;
use super::udf::{columns, dynamic_udf, result, text_column};
use super::{Kind, Raw};
use crate::types::arrow_type;

/// A path, and the type that what it leads to is wanted in: `Type::Dynamic` for the value itself, any other type
/// for what its conversion function (`tostring`, `tolong` ...) makes of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// The steps, outermost first.
    pub steps: Vec<Step>,
    /// The type of the result.
    pub to: Type,
}

/// Makes the function of one argument, a dynamic, that follows a path. Null where it leads nowhere or to a null; `""`
/// where a string is wanted. It keeps its place in a plan, as every function that does not say otherwise:
/// pulled below a filter it would see many more rows.
pub fn path_udf(path: Path) -> ScalarUDF {
    let name = format!("path{}", path_text(&path));
    let returns = field("path", path.to);
    dynamic_udf(name, 1, returns, move |args, rows| {
        let (columns, scalar) = columns(args, rows)?;
        result(followed(text_column(&columns, 0)?, &path.steps, path.to)?, scalar)
    })
}

/// Converts a column of dynamics by content: what `tostring`, `tolong` and their kin do.
pub fn content_column(column: &StringViewArray, to: Type) -> Result<ArrayRef> {
    followed(column, &[], to)
}

fn followed(parent: &StringViewArray, path: &[Step], to: Type) -> Result<ArrayRef> {
    let mut sink = Sink::new(to, parent, parent.len());
    let mut memo = Memo::new(parent);
    for row in 0..parent.len() {
        match memo.earlier(row) {
            Some(earlier) => sink.repeat(earlier),
            None => sink.push(row, cell(parent, row).and_then(|value| follow(value, path))),
        }
    }
    Ok(sink.finish()?)
}

/// Makes the function of one argument, a dynamic, that follows several paths in one pass: a struct with the fields
/// `c0`, `c1` ... in the order of the paths.
pub fn paths_udf(paths: Vec<Path>) -> ScalarUDF {
    let name = format!("paths{}", paths.iter().map(path_text).collect::<Vec<_>>().join(","));
    let fields: Fields = paths.iter().enumerate().map(|(i, p)| field(&format!("c{i}"), p.to)).collect();
    let returns = Arc::new(Field::new("paths", DataType::Struct(fields.clone()), false));
    let tree = PathTree::new(paths.iter().map(|p| p.steps.as_slice()));
    dynamic_udf(name, 1, returns, move |args, rows| {
        let (columns, scalar) = columns(args, rows)?;
        let parent = text_column(&columns, 0)?;
        let mut sinks: Vec<Sink> = paths.iter().map(|p| Sink::new(p.to, parent, parent.len())).collect();
        let mut memo = Memo::new(parent);
        let mut found = vec![None; paths.len()];
        for row in 0..parent.len() {
            if let Some(earlier) = memo.earlier(row) {
                sinks.iter_mut().for_each(|sink| sink.repeat(earlier));
                continue;
            }
            found.fill(None);
            if let Some(value) = cell(parent, row) {
                tree.follow(value, &mut found);
            }
            sinks.iter_mut().zip(&found).for_each(|(sink, value)| sink.push(row, *value));
        }
        let arrays = sinks.into_iter().map(Sink::finish).collect::<Result<Vec<_>, _>>()?;
        let array = StructArray::try_new_with_length(fields.clone(), arrays, None, parent.len())?;
        result(Arc::new(array), scalar)
    })
}

/// A step of a path of which some steps are computed for each row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ComputedStep {
    /// A step known beforehand.
    Fixed(Step),
    /// The next argument says key or index; its type is string, int, long or dynamic.
    Argument(Type),
}

/// Makes the function that follows a path with computed steps. Its arguments are the dynamic, then one for each
/// [`ComputedStep::Argument`] in order. A step that is null, or neither text nor a whole number, leads nowhere.
pub fn computed_path_udf(steps: Vec<ComputedStep>, to: Type) -> ScalarUDF {
    let name = format!("path({steps:?}, {to})");
    let arguments = 1 + steps.iter().filter(|s| matches!(s, ComputedStep::Argument(_))).count();
    dynamic_udf(name, arguments, field("path", to), move |args, rows| {
        let (columns, scalar) = columns(args, rows)?;
        let parent = text_column(&columns, 0)?;
        let mut sink = Sink::new(to, parent, parent.len());
        for row in 0..parent.len() {
            let mut next = 1;
            let found = cell(parent, row).and_then(|root| {
                steps.iter().try_fold(root, |value, step| match step {
                    ComputedStep::Fixed(step) => step.take(value),
                    ComputedStep::Argument(ty) => {
                        next += 1;
                        computed_step(columns.get(next - 1)?, *ty, row)?.take(value)
                    }
                })
            });
            sink.push(row, found);
        }
        result(sink.finish()?, scalar)
    })
}

fn computed_step(column: &ArrayRef, ty: Type, row: usize) -> Option<Step> {
    if column.is_null(row) {
        return None;
    }
    match ty {
        Type::Int => Some(Step::Index(i64::from(column.as_primitive_opt::<Int32Type>()?.value(row)))),
        Type::Long => Some(Step::Index(column.as_primitive_opt::<Int64Type>()?.value(row))),
        Type::Dynamic => {
            let value = Raw::new(column.as_string_view_opt()?.value(row));
            match value.kind() {
                Kind::String => Some(Step::Key(value.quoted()?.into())),
                _ => value.as_long().map(Step::Index),
            }
        }
        _ => Some(Step::Key(escape(column.as_string_view_opt()?.value(row)).into())),
    }
}

/// Remembers where a cell was seen before. Cells read from a dictionary (Parquet, deduplicated text) have equal views;
/// then the work is done once for each distinct value. On other columns it costs a comparison a row.
#[derive(Debug)]
struct Memo<'a> {
    parent: &'a StringViewArray,
    /// For each hash of a view, the last row that had it.
    rows: [u32; 256],
}

impl<'a> Memo<'a> {
    fn new(parent: &'a StringViewArray) -> Self {
        Self { parent, rows: [u32::MAX; 256] }
    }

    /// Returns an earlier row with the same cell.
    fn earlier(&mut self, row: usize) -> Option<usize> {
        if self.parent.is_null(row) {
            return None; // whatever text its view shows
        }
        let views = self.parent.views();
        let view = views[row];
        let hash = (view as u64 ^ (view >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
        let slot = &mut self.rows[hash as usize]; // eight bits
        match views.get(*slot as usize) {
            Some(earlier) if *earlier == view => Some(*slot as usize),
            _ => {
                *slot = row as u32;
                None
            }
        }
    }
}

/// Returns the value of a cell; nothing for null.
fn cell(column: &StringViewArray, row: usize) -> Option<Raw<'_>> {
    column.is_valid(row).then(|| Raw::new(column.value(row)))
}

fn field(name: &str, ty: Type) -> FieldRef {
    Arc::new(Field::new(name, arrow_type(ty), ty != Type::String))
}

fn path_text(path: &Path) -> String {
    format!("({:?}, {})", path.steps, path.to)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::{BooleanArray, Int64Array};

    use super::*;
    use crate::dynamic::udf::call;

    fn docs() -> ArrayRef {
        let long =
            r#"{"user":{"name":"a name with \"quotes\" in it"},"n":1.9,"tags":["x","a tag longer than a view"]}"#;
        Arc::new(StringViewArray::from(vec![
            Some(long),
            None,
            Some(r#"{"user":null,"n":"7"}"#),
            Some("[1]"),
            Some(long),
        ]))
    }

    fn path(steps: &[Step], to: Type) -> Path {
        Path { steps: steps.to_vec(), to }
    }

    fn texts(array: &ArrayRef) -> Vec<Option<&str>> {
        array.as_string_view().iter().collect()
    }

    #[test]
    fn a_path_gives_json_or_text() {
        let name = [Step::key("user"), Step::key("name")];
        let json = call(&path_udf(path(&name, Type::Dynamic)), &[docs()]);
        let quoted = Some(r#""a name with \"quotes\" in it""#);
        assert_eq!(texts(&json), [quoted, None, None, None, quoted]);
        let text = call(&path_udf(path(&name, Type::String)), &[docs()]);
        let plain = Some("a name with \"quotes\" in it");
        assert_eq!(texts(&text), [plain, Some(""), Some(""), Some(""), plain]);
        let tag = call(&path_udf(path(&[Step::key("tags"), Step::Index(-1)], Type::String)), &[docs()]);
        assert_eq!(texts(&tag)[0], Some("a tag longer than a view"));
    }

    #[test]
    fn several_paths_of_several_types_at_once() {
        let n = [Step::key("n")];
        let paths = vec![path(&n, Type::Long), path(&n, Type::Bool), path(&[Step::key("user")], Type::Dynamic)];
        let both = call(&paths_udf(paths), &[docs()]);
        let both = both.as_struct();
        let n: &Int64Array = both.column(0).as_primitive();
        assert_eq!(n.iter().collect::<Vec<_>>(), [Some(1), None, Some(7), None, Some(1)]);
        let truth: &BooleanArray = both.column(1).as_boolean();
        assert_eq!(truth.iter().collect::<Vec<_>>(), [Some(true), None, Some(true), None, Some(true)]);
        assert!(both.column(2).is_null(2) && both.column(2).is_valid(0));
    }

    #[test]
    fn computed_steps_differ_by_row() {
        let base: ArrayRef = Arc::new(StringViewArray::from(vec![r#"{"a":[1,2],"b\n":3}"#; 3]));
        let keys: ArrayRef = Arc::new(StringViewArray::from(vec!["a", "b\n", "c"]));
        let by_key = computed_path_udf(vec![ComputedStep::Argument(Type::String)], Type::Dynamic);
        assert_eq!(texts(&call(&by_key, &[Arc::clone(&base), keys])), [Some("[1,2]"), Some("3"), None]);
        let fixed = ComputedStep::Fixed(Step::key("a"));
        let by_index = computed_path_udf(vec![fixed, ComputedStep::Argument(Type::Long)], Type::Dynamic);
        let indexes: ArrayRef = Arc::new(Int64Array::from(vec![Some(0), Some(-1), None]));
        assert_eq!(texts(&call(&by_index, &[base, indexes])), [Some("1"), Some("2"), None]);
    }
}
