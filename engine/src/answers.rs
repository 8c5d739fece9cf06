//! What data answers when the columns of a query depend on it: the slots of bags, the values of a column.

use std::collections::HashMap;

use arrow::array::{ArrayRef, AsArray};
use datafusion::execution::session_state::SessionState;
use futures::TryStreamExt;
use rehunt_lang::bind::data::{Answer, Ask, Question};
use rehunt_lang::time::parse_datetime;
use rehunt_lang::types::{Field, Type, Value};

use crate::dynamic::{Kind, Raw, unescape};
use crate::error::{Error, Result};
use crate::lower::Found;
use crate::plugins::Numbering;
use crate::run::{Running, context_in_order};
use crate::types::arrow_type;
use crate::value::value_at;

/// So many columns data may give a query.
const MOST_COLUMNS: usize = 10_000;

/// Runs what a question is about and answers it.
///
/// # Errors
/// When the rows cannot be read, or would make more columns than a query may have.
pub(crate) async fn answer(running: &Running<'_>, ask: &Ask, found: &[Found], state: &SessionState) -> Result<Answer> {
    match ask.question {
        Question::Slots => {
            let mut slots = Slots::default();
            let mut rows = running.stream(&ask.rel, found).await?;
            while let Some(batch) = rows.try_next().await? {
                batch.columns().first().map_or(Ok(()), |bags| slots.add(bags))?;
            }
            Ok(Answer::Slots(slots.fields()))
        }
        Question::Values => {
            // Values become columns in the order in which they appear, so that order must not depend on threads.
            let context = context_in_order(state);
            let running = Running { context: &context, ..*running };
            let ty = ask.rel.columns.first().map_or(Type::Unknown, |c| c.ty);
            let mut values = Values { ty, numbering: Numbering::new([&arrow_type(ty)])?, values: Vec::new() };
            let mut rows = running.stream(&ask.rel, found).await?;
            while let Some(batch) = rows.try_next().await? {
                batch.columns().first().map_or(Ok(()), |column| values.add(column))?;
            }
            Ok(Answer::Values(values.values))
        }
    }
}

/// The slots seen so far, by their names as they are escaped.
#[derive(Default)]
struct Slots(HashMap<String, Type>);

impl Slots {
    fn add(&mut self, bags: &ArrayRef) -> Result<()> {
        for bag in bags.as_string_view().iter().flatten() {
            for (name, value) in Raw::new(bag).slots() {
                let Some(ty) = slot_type(value) else { continue };
                match self.0.get_mut(name) {
                    Some(known) => *known = common(*known, ty),
                    None => {
                        self.0.insert(name.to_owned(), ty);
                    }
                }
            }
            too_many(self.0.len())?;
        }
        Ok(())
    }

    fn fields(self) -> Vec<Field> {
        self.0.into_iter().map(|(name, ty)| Field::new(unescape(&name).into_owned(), ty)).collect()
    }
}

/// The type of a slot; nothing for null, which does not count.
fn slot_type(value: Raw) -> Option<Type> {
    Some(match value.kind() {
        Kind::Null => return None,
        Kind::Bool => Type::Bool,
        Kind::Long => Type::Long,
        Kind::Real => Type::Real,
        Kind::String if is_datetime(value) => Type::Datetime,
        Kind::String => Type::String,
        Kind::Array | Kind::Bag => Type::Dynamic,
    })
}

/// A dynamic keeps a datetime as its text; only a text that is exactly that of a datetime is taken for one, so that
/// nothing is lost if it was a string.
fn is_datetime(value: Raw) -> bool {
    const LENGTH: usize = "2020-01-02T03:04:05.0000000Z".len();
    value.quoted().is_some_and(|text| {
        text.len() == LENGTH
            && text.as_bytes().get(10) == Some(&b'T')
            && text.ends_with('Z')
            && parse_datetime(text).is_some()
    })
}

/// The type of a slot that has values of two types: `dynamic` where they differ.
fn common(a: Type, b: Type) -> Type {
    match (a, b) {
        _ if a == b => a,
        (Type::Datetime, Type::String) | (Type::String, Type::Datetime) => Type::String,
        _ => Type::Dynamic,
    }
}

/// The distinct values seen so far.
struct Values {
    ty: Type,
    numbering: Numbering,
    values: Vec<Value>,
}

impl Values {
    fn add(&mut self, column: &ArrayRef) -> Result<()> {
        let numbers = self.numbering.number(std::slice::from_ref(column))?;
        for (row, number) in numbers.into_iter().enumerate() {
            if number as usize == self.values.len() {
                self.values.push(value_at(column, self.ty, row));
            }
        }
        too_many(self.values.len())
    }
}

fn too_many(columns: usize) -> Result<()> {
    match columns > MOST_COLUMNS {
        true => {
            Err(Error::Run(format!("the data would make more than {MOST_COLUMNS} columns: say which ones behind `:`")))
        }
        false => Ok(()),
    }
}
