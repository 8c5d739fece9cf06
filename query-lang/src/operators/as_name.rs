//! `as Name`: gives the rows so far a name for later parts of the statement.
//! learn.microsoft.com/kusto/query/as-operator

use std::rc::Rc;

use super::{Operate, done};
use crate::bind::Binder;
use crate::bind::scope::{Definition, Env};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::name;

#[derive(Debug)]
struct As {
    name: String,
}

pub(super) fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (c, _) = super::parameters::read(c, &[])?;
    let (after, name) = name::declaration(c)?;
    done(after, As { name: name.text })
}

impl Operate for As {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, _: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let named = Tabular { label: Some(self.name.clone()), ..input };
        *env = env.with(self.name.clone(), Definition::Table(Rc::new(named.clone())));
        named
    }
}
