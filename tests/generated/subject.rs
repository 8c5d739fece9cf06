//! What checks are made of: two tables, a pipeline over the first, and expressions over what it gives.

use rehunt_lang::types::{Field, Type};

use super::checks::Stop;
use super::expressions::Draw;
use super::lab::Lab;
use super::pipelines::{PRELUDE, operator, table};
use super::tree::{Operator, Table, Tree, simpler_operators};

/// A case before it is a question.
#[derive(Clone)]
pub struct Subject {
    /// `T`.
    pub table: Table,
    /// `U`, for joins and unions.
    pub other: Table,
    /// What is done to `T`.
    pub operators: Vec<Operator>,
    /// Predicates over what that gives.
    pub p: Tree,
    pub q: Tree,
    /// A value of any type over it.
    pub value: Tree,
    /// Two constants of that type.
    pub pair: (Tree, Tree),
    /// A value over the columns of `T`.
    pub over_table: Tree,
    /// An aggregate over what the pipeline gives, and the name of its twin with a predicate.
    pub twins: Option<(Tree, &'static str)>,
    /// A small number.
    pub n: usize,
}

impl Subject {
    /// Draws the subject of a seed.
    pub fn draw(lab: &Lab, seed: u64) -> Self {
        let mut draw = Draw::new(&lab.engine, seed);
        let (own, other) = (table(&mut draw), table(&mut draw));
        let mut columns = own.fields.clone();
        let placeholder = || Tree::literal(Type::Bool, "true");
        let over_table = draw.any_call(&own.fields, 3);
        let mut subject = Self {
            table: own,
            other,
            operators: Vec::new(),
            p: placeholder(),
            q: placeholder(),
            value: placeholder(),
            pair: (placeholder(), placeholder()),
            over_table,
            twins: None,
            n: draw.random.below(5),
        };
        for _ in 0..draw.random.between(0, 4) {
            match subject.longer(lab, &mut draw, &columns) {
                Some(next) => columns = next,
                None => break,
            }
        }
        subject.p = draw.expr(Type::Bool, &columns, 3);
        subject.q = draw.expr(Type::Bool, &columns, 2);
        subject.value = draw.any_call(&columns, 3);
        let ty = subject.value.ty;
        subject.pair = (draw.literal(ty), draw.literal(ty));
        subject.twins = draw.twins(&columns);
        subject
    }

    /// Adds an operator that binds, and gives the columns after it; nothing when the pipeline must end here.
    fn longer(&mut self, lab: &Lab, draw: &mut Draw, columns: &[Field]) -> Option<Vec<Field>> {
        for _ in 0..4 {
            let Some(next) = operator(draw, columns) else { continue };
            let in_order = self.operators.iter().any(|o| o.text().contains("join") || o.text().contains("union"));
            // Without an order to rely on, what hangs on one differs from run to run.
            let next = Operator { arbitrary: next.arbitrary || (in_order && next.ordered), ..next };
            self.operators.push(next);
            match lab.columns(&self.query("")) {
                Ok(Some(after)) => return Some(after),
                Err(super::lab::Trouble::Refused) => drop(self.operators.pop()),
                // Several results, columns that depend on data, an accident: `runs` will tell.
                Ok(None) | Err(super::lab::Trouble::Broken(_)) => return None,
            }
        }
        None
    }

    /// Itself, unless its rows may differ from run to run.
    pub fn settled(&self) -> Result<&Self, Stop> {
        if self.operators.iter().any(|o| o.arbitrary) { Err(Stop::Skip) } else { Ok(self) }
    }

    /// A query with the statements before it that it needs; `source` is what `T` is.
    fn with_definitions(&self, source: &str, query: &str) -> String {
        let mut text = String::new();
        if query.contains("same(") {
            text.push_str(PRELUDE);
        }
        text.push_str(&format!("let T = {source};\n"));
        if query.contains('U') {
            text.push_str(&format!("let U = {};\n", self.other.text()));
        }
        text + query
    }

    /// A query that has `T` and `U`.
    pub fn defined(&self, query: &str) -> String {
        self.with_definitions(&self.table.text(), query)
    }

    /// `T | operator | ...`
    pub fn pipeline(&self) -> String {
        std::iter::once("T".to_owned())
            .chain(self.operators.iter().map(Operator::text))
            .collect::<Vec<_>>()
            .join("\n| ")
    }

    /// The whole query, with more operators behind it.
    pub fn query(&self, more: &str) -> String {
        self.query_of(&self.table.text(), more)
    }

    /// The same on another source of `T`.
    pub fn query_of(&self, source: &str, more: &str) -> String {
        self.with_definitions(source, format!("{}\n{more}", self.pipeline()).trim_end())
    }

    /// A query of the pipeline's rows as `S`.
    pub fn named_query(&self, body: &str) -> String {
        self.defined(&format!("let S = {};\n{body}", self.pipeline()))
    }

    /// Simpler subjects, the boldest first.
    pub fn simpler(&self) -> Vec<Subject> {
        let mut all: Vec<Subject> = Vec::new();
        all.extend(simpler_operators(&self.operators).into_iter().map(|operators| Self { operators, ..self.clone() }));
        all.extend(self.table.simpler().into_iter().map(|table| Self { table, ..self.clone() }));
        all.extend(self.other.simpler().into_iter().map(|other| Self { other, ..self.clone() }));
        all.extend(self.p.simpler().into_iter().map(|p| Self { p, ..self.clone() }));
        all.extend(self.q.simpler().into_iter().map(|q| Self { q, ..self.clone() }));
        all.extend(self.value.simpler().into_iter().map(|value| Self { value, ..self.clone() }));
        all.extend(self.over_table.simpler().into_iter().map(|over_table| Self { over_table, ..self.clone() }));
        if let Some((call, twin)) = &self.twins {
            all.extend(call.simpler().into_iter().map(|call| Self { twins: Some((call, twin)), ..self.clone() }));
        }
        all
    }
}
