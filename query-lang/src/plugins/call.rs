//! A call of a plugin on its way: reading its arguments, and making the node that runs it.

use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{self, Argument, ExprKind, Name};
use crate::expr::call::accepted;
use crate::library::Accepts;
use crate::plan::{self, Expr, Node, Operation, Rel};
use crate::span::Span;
use crate::types::{Column, Field, Type, Value};

use super::{PluginSpec, Runs};

/// The schema behind `:`, or inside `typeof(...)` among the arguments.
#[derive(Clone, Debug)]
pub(crate) struct OutputSchema {
    /// `*` stands first: the columns of the input are part of it.
    pub star: bool,
    /// The columns with their places in the text.
    pub fields: Vec<(Field, Span)>,
}

/// A call with all that surrounds it.
pub(crate) struct Call<'c, 'h> {
    pub binder: &'c mut Binder<'h>,
    pub env: &'c Env,
    pub spec: &'static PluginSpec,
    /// The plugin with its arguments.
    pub span: Span,
    /// The rows so far.
    pub input: Tabular,
    pub arguments: &'c [Argument],
    /// Taken by a plugin whose columns follow from it; otherwise the result is brought to it.
    pub schema: Option<&'c OutputSchema>,
}

/// A parameter: what it must be, its name in the documentation, and the types it takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Param {
    /// The name of a column of the input.
    Column(&'static str, Accepts),
    /// A value that is the same for all rows.
    Constant(&'static str, Accepts),
    /// A value of each row.
    Value(&'static str, Accepts),
}

/// An argument that was read.
#[derive(Clone, Debug)]
pub(super) struct Arg {
    /// Its value; poisoned after an error.
    pub expr: Expr,
    /// Its name, where it is a column.
    pub name: String,
}

impl Param {
    fn name(self) -> &'static str {
        let (Param::Column(name, _) | Param::Constant(name, _) | Param::Value(name, _)) = self;
        name
    }

    fn accepts(self) -> Accepts {
        let (Param::Column(_, accepts) | Param::Constant(_, accepts) | Param::Value(_, accepts)) = self;
        accepts
    }
}

impl<'c> Call<'c, '_> {
    /// Reads the arguments: required ones, then optional ones from the left, then columns that slice the result
    /// where the plugin has `dimensions`. Nothing is returned if their number is wrong.
    pub(super) fn read(&mut self, required: &[Param], optional: &[Param], dimensions: bool) -> Option<Vec<Arg>> {
        let most = required.len() + optional.len();
        let found = self.arguments.len();
        if found < required.len() || (found > most && !dimensions) {
            self.wrong_count(required.len(), (!dimensions).then_some(most));
            return None;
        }
        let dimension = Param::Column("dimension", Accepts::NotDynamic);
        let params = required.iter().chain(optional).copied().chain(std::iter::repeat(dimension));
        let mut read = Vec::with_capacity(found);
        for (param, argument) in params.zip(self.arguments) {
            if let Some(name) = argument.name.as_ref().filter(|n| !n.text.eq_ignore_ascii_case(param.name())) {
                self.no_parameter(name);
            }
            read.push(self.argument(param, &argument.value));
        }
        Some(read)
    }

    /// Reads one argument.
    pub(super) fn argument(&mut self, param: Param, value: &ast::Expr) -> Arg {
        if let Param::Column(name, accepts) = param {
            let expr = self.column_argument(name, value);
            let expr = self.check(name, accepts, expr, value.span);
            let name = match &value.kind {
                ExprKind::Name(name) => name.text.clone(),
                _ => String::new(),
            };
            return Arg { expr, name };
        }
        let expr = match param {
            Param::Value(..) => self.binder.expr(value, &Scope::row(&self.input, self.env)),
            _ => self.binder.expr(value, &Scope::constants(self.env)),
        };
        let expr = self.check(param.name(), param.accepts(), expr, value.span);
        let expr = match self.binder.constant(&expr) {
            Some(folded) => Expr { ty: expr.ty, kind: plan::ExprKind::Literal(folded) },
            None => expr,
        };
        Arg { expr, name: String::new() }
    }

    fn column_argument(&mut self, parameter: &str, value: &ast::Expr) -> Expr {
        let ExprKind::Name(name) = &value.kind else {
            self.not_a_column(parameter, value.span);
            return Expr::poison();
        };
        self.column_of(name, None)
    }

    /// Reports an argument that should be the name of a column.
    pub(super) fn not_a_column(&mut self, parameter: &str, span: Span) {
        let message = format!("`{parameter}` of `{}` is the name of a column", self.spec.name);
        let error = Diagnostic::error("not-a-column", span, message).kusto("KS109");
        self.binder.report(error.help("compute it before, with `extend`"));
    }

    /// The column of a name: of the input, or of another table.
    pub(super) fn column_of(&mut self, name: &Name, table: Option<&Tabular>) -> Expr {
        let no_lets = Env::default();
        let scope = Scope::row(table.unwrap_or(&self.input), &no_lets);
        match scope.column(&name.text) {
            Some(column) => Expr::column(column),
            None if scope.open => Expr::poison(),
            None => self.binder.unknown_column(name, &scope),
        }
    }

    /// Checks the type of an argument, and widens or converts it to the one that is wanted.
    fn check(&mut self, parameter: &str, accepts: Accepts, expr: Expr, span: Span) -> Expr {
        let ty = expr.ty;
        let fits = match accepts {
            _ if ty == Type::Unknown => true,
            Accepts::Exactly(Type::Real) => ty.is_number() && ty != Type::Decimal,
            Accepts::Exactly(wanted) => ty == wanted || (wanted == Type::Long && ty == Type::Int),
            Accepts::Integer => ty.is_integer(),
            Accepts::Number => ty.is_number(),
            Accepts::Summable => ty.is_summable(),
            Accepts::NotDynamic => ty != Type::Dynamic,
            Accepts::Array | Accepts::Bag => ty == Type::Dynamic,
            Accepts::StringOrDynamic => matches!(ty, Type::String | Type::Dynamic),
            _ => true,
        };
        if !fits {
            let message = format!("`{parameter}` of `{}` takes {}, found a {ty}", self.spec.name, accepted(accepts));
            return self.binder.poison(Diagnostic::error("argument-type", span, message).kusto("KS107"));
        }
        match accepts {
            Accepts::Exactly(wanted) => expr.to(wanted),
            Accepts::Integer => expr.to(Type::Long),
            _ => expr,
        }
    }

    /// The arguments from `from` on, one place for each name: by name where they are written `name = value`, else in
    /// order. Nothing is returned after an error.
    pub(super) fn named(&mut self, from: usize, names: &[&str]) -> Option<Vec<Option<&'c ast::Expr>>> {
        let mut places: Vec<Option<&ast::Expr>> = vec![None; names.len()];
        for (i, argument) in self.arguments.iter().skip(from).enumerate() {
            let place = match &argument.name {
                None => i,
                Some(name) => match names.iter().position(|n| n.eq_ignore_ascii_case(&name.text)) {
                    Some(place) => place,
                    None => {
                        self.no_parameter(name);
                        return None;
                    }
                },
            };
            match places.get_mut(place) {
                Some(free @ None) => *free = Some(&argument.value),
                _ => {
                    self.wrong_count(from, Some(from + names.len()));
                    return None;
                }
            }
        }
        Some(places)
    }

    /// Reports an argument that has the name of no parameter.
    pub(super) fn no_parameter(&mut self, name: &Name) {
        let message = format!("`{}` has no parameter `{}`", self.spec.name, name.text);
        self.binder.report(Diagnostic::error("unknown-parameter", name.span, message));
    }

    /// Reports that there are too few or too many arguments.
    pub(super) fn wrong_count(&mut self, least: usize, most: Option<usize>) {
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        let takes = match most {
            Some(most) if most == least => format!("{most} argument{}", plural(most)),
            Some(most) => format!("{least} to {most} arguments"),
            None => format!("at least {least} argument{}", plural(least)),
        };
        let message = format!("`{}` takes {takes}, found {}", self.spec.name, self.arguments.len());
        self.binder.report(Diagnostic::error("argument-count", self.span, message).kusto("KS119"));
    }

    /// Makes columns of the result.
    pub(super) fn columns<N: Into<String>>(&mut self, fields: impl IntoIterator<Item = (N, Type)>) -> Vec<Column> {
        fields.into_iter().map(|(name, ty)| self.binder.column(name, ty)).collect()
    }

    /// The columns that a schema in the text declares: with `*` those of the input first.
    pub(super) fn declared(&mut self, schema: &OutputSchema) -> Vec<Column> {
        let mut columns = Vec::new();
        if schema.star {
            let named = |c: &&Column| schema.fields.iter().any(|(f, _)| f.name == c.name);
            columns.extend(self.input.rel.columns.iter().filter(|c| !named(c)).cloned());
        }
        columns.extend(schema.fields.iter().map(|(f, _)| self.binder.column(f.name.clone(), f.ty)));
        columns
    }

    /// The rows that the kernel of the plugin makes of the input.
    pub(super) fn whole(&mut self, columns: Vec<Column>, exprs: Vec<Expr>) -> Tabular {
        let input = std::mem::replace(&mut self.input, Tabular::broken());
        let open = input.open;
        let operation = Operation::Plugin(self.spec.name);
        let node = Node::Whole { operation, inputs: vec![input.rel], exprs, locals: Vec::new() };
        Tabular { open, ..Tabular::new(Rel { columns, node }) }
    }

    /// Notes why the plugin does not run, if it does not.
    pub(super) fn refuse_to_run(&mut self) {
        match self.spec.runs {
            Runs::Yes => {}
            Runs::NotYet => self.binder.not_yet(self.span, format!("plugin `{}`", self.spec.name)),
            Runs::Never(why) => {
                let message = format!("`{}` {why}", self.spec.name);
                self.binder.refuse_to_run(Diagnostic::error("needs-service", self.span, message));
            }
        }
    }

    /// Brings the result to the schema behind `:`: its columns by name, converted where it says another type.
    pub(super) fn conform(&mut self, made: Tabular, schema: &OutputSchema) -> Tabular {
        let named = |c: &&Column| schema.fields.iter().any(|(f, _)| f.name == c.name);
        let mut columns: Vec<Column> = Vec::new();
        let mut exprs = Vec::new();
        if schema.star {
            for column in made.rel.columns.iter().filter(|c| !named(c)) {
                columns.push(column.clone());
                exprs.push(Expr::column(column));
            }
        }
        for (field, span) in &schema.fields {
            let found = made.rel.columns.iter().find(|c| c.name == field.name);
            if found.is_none() && !made.open {
                let message = format!("`{}` gives no column `{}`", self.spec.name, field.name);
                self.binder.report(Diagnostic::error("unknown-column", *span, message));
            }
            columns.push(self.binder.column(field.name.clone(), field.ty));
            exprs.push(found.map_or_else(|| Expr::literal(Value::missing(field.ty)), |c| Expr::column(c).to(field.ty)));
        }
        made.with(columns, |input| Node::Project { input, exprs })
    }
}
