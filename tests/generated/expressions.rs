//! Expressions of a wanted type: columns, constants, operators, and calls drawn from the library's own signatures, so
//! that a function added later is drawn at once.

use rehunt_engine::engine::Engine;
use rehunt_lang::expr::overload::{Given, choose};
use rehunt_lang::lexer::{TokenKind, tokens};
use rehunt_lang::library::{
    Accepts, AggregateShape, AggregateSpec, Example, Fields, FunctionSpec, Must, Overload, Param, Returns, Rows,
};
use rehunt_lang::types::{Field, Type};

use super::literals::{literal, texts_of};
use super::random::Random;
use super::tree::{Piece, Role, Tree, text, tree};

/// Draws parts of queries.
pub struct Draw {
    pub random: Random,
    functions: Vec<&'static FunctionSpec>,
    aggregates: Vec<&'static AggregateSpec>,
    /// Whether window functions may be drawn.
    pub windows: bool,
    /// Whether functions of several values may be drawn: in a list of expressions each is a column.
    pub tuples: bool,
    /// Whether functions that differ from call to call may be drawn.
    pub chance: bool,
    /// Whether one was.
    pub by_chance: bool,
    fresh: usize,
}

/// An aggregate call, and what is known of it.
pub struct AggregateCall {
    pub tree: Tree,
    /// Whether its result hangs on the order of rows.
    pub ordered: bool,
}

/// Functions that are left out of every query.
const LEFT_OUT: &[(&str, &str)] = &[
    ("assert", "it raises an error when its condition is false: that is what it is for"),
    ("cluster", "it names another place"),
    ("current_principal_is_member_of", "it asks the service"),
];

impl Draw {
    pub fn new(engine: &Engine, seed: u64) -> Self {
        let library = engine.builtins().library();
        let mut functions = library.functions();
        functions.retain(|f| f.supported && LEFT_OUT.iter().all(|(name, _)| *name != f.name));
        let mut aggregates = library.aggregates();
        aggregates.retain(|a| a.supported);
        let random = Random::new(seed);
        Self { random, functions, aggregates, windows: false, tuples: false, chance: false, by_chance: false, fresh: 0 }
    }

    /// A name that no column has.
    pub fn fresh(&mut self) -> String {
        self.fresh += 1;
        format!("x{}", self.fresh)
    }

    pub fn any_type(&mut self) -> Type {
        *self.random.pick(&Type::ALL)
    }

    pub fn literal(&mut self, ty: Type) -> Tree {
        let text = literal(&mut self.random, ty);
        Tree::literal(ty, text)
    }

    /// A column of a type, else a constant.
    pub fn leaf(&mut self, ty: Type, columns: &[Field]) -> Tree {
        let fitting: Vec<&Field> = columns.iter().filter(|c| c.ty == ty).collect();
        match fitting.is_empty() || self.random.percent(25) {
            true => self.literal(ty),
            false => Tree::column(fitting[self.random.below(fitting.len())]),
        }
    }

    /// An expression of a type.
    pub fn expr(&mut self, ty: Type, columns: &[Field], depth: usize) -> Tree {
        if depth == 0 || self.random.percent(20) {
            return self.leaf(ty, columns);
        }
        if self.random.percent(45) {
            return self.operation(ty, columns, depth);
        }
        for _ in 0..12 {
            let spec = *self.random.pick(&self.functions);
            if may_give(spec, ty)
                && let Some(call) = self.call(spec, columns, depth)
                && call.ty == ty
            {
                return call;
            }
        }
        self.leaf(ty, columns)
    }

    /// A call of any function.
    pub fn any_call(&mut self, columns: &[Field], depth: usize) -> Tree {
        for _ in 0..8 {
            let spec = *self.random.pick(&self.functions);
            if let Some(call) = self.call(spec, columns, depth) {
                return call;
            }
        }
        let ty = self.any_type();
        self.expr(ty, columns, depth)
    }

    fn call(&mut self, spec: &'static FunctionSpec, columns: &[Field], depth: usize) -> Option<Tree> {
        if spec.fields != Fields::One && !self.tuples {
            return None;
        }
        if (spec.rows == Rows::Serialized && !self.windows) || (!spec.deterministic && !self.chance) {
            return None;
        }
        let overload = self.random.pick(spec.overloads);
        let params = self.parameters(overload);
        let common = self.any_type();
        let args: Vec<Tree> =
            params.iter().map(|p| self.argument(spec.name, spec.examples, p, common, columns, depth)).collect();
        let (_, choice) = choose(spec.overloads, &given(&args)).ok()?;
        self.by_chance |= !spec.deterministic;
        Some(Tree::call(choice.returns, called(spec.name, args)))
    }

    /// The parameters of one call: some of the optional ones, a few blocks of the repeated ones.
    fn parameters(&mut self, overload: &'static Overload) -> Vec<&'static Param> {
        let mut params: Vec<&Param> = overload.required.iter().collect();
        let optional = self.random.between(0, overload.optional.len());
        params.extend(&overload.optional[..optional]);
        if optional == overload.optional.len() && !overload.repeated.is_empty() {
            (0..self.random.between(0, 2)).for_each(|_| params.extend(overload.repeated));
        }
        params.extend(overload.last);
        params
    }

    fn argument(
        &mut self,
        function: &str,
        examples: &'static [Example],
        param: &Param,
        common: Type,
        columns: &[Field],
        depth: usize,
    ) -> Tree {
        let ty = match param.accepts {
            Accepts::Typeof => {
                let ty = self.any_type();
                return Tree::fixed(ty, format!("typeof({ty})"));
            }
            Accepts::Common | Accepts::CommonOrDynamic if self.random.percent(4) => Type::Dynamic,
            Accepts::Common | Accepts::CommonOrDynamic => common,
            Accepts::Exactly(ty) if self.random.percent(95) => ty,
            Accepts::Exactly(Type::Real) => Type::Long,
            Accepts::Exactly(Type::Long) => Type::Int,
            Accepts::Exactly(_) => Type::Dynamic,
            Accepts::Scalar => self.any_type(),
            Accepts::OneOf(list) => *self.random.pick(list),
            Accepts::Number => *self.random.pick(&[Type::Int, Type::Long, Type::Real, Type::Decimal]),
            Accepts::Integer => *self.random.pick(&[Type::Int, Type::Long]),
            Accepts::Summable => {
                *self.random.pick(&[Type::Int, Type::Long, Type::Real, Type::Decimal, Type::Datetime, Type::Timespan])
            }
            Accepts::Orderable => self.one_where(Type::is_orderable),
            Accepts::NotDynamic => self.one_where(|t| t != Type::Dynamic),
            Accepts::StringOrDynamic => *self.random.pick(&[Type::String, Type::Dynamic]),
            Accepts::Array | Accepts::Bag => Type::Dynamic,
        };
        if !param.values.is_empty() {
            let word = self.random.pick(param.values);
            return Tree::fixed(Type::String, format!("'{word}'"));
        }
        if param.must != Must::Be {
            let text = self.likely(function, examples, param, ty, 80).unwrap_or_else(|| literal(&mut self.random, ty));
            return Tree::fixed(ty, text);
        }
        match self.likely(function, examples, param, ty, 35) {
            Some(text) => Tree::literal(ty, text),
            None => self.expr(ty, columns, depth - 1),
        }
    }

    fn one_where(&mut self, fits: fn(Type) -> bool) -> Type {
        let fitting: Vec<_> = Type::ALL.into_iter().filter(|t| fits(*t)).collect();
        *self.random.pick(&fitting)
    }

    /// A text or dynamic that a function will probably understand: one of its own examples, or by the parameter's name.
    fn likely(
        &mut self,
        function: &str,
        examples: &'static [Example],
        param: &Param,
        ty: Type,
        percent: usize,
    ) -> Option<String> {
        if !matches!(ty, Type::String | Type::Dynamic) || !self.random.percent(percent) {
            return None;
        }
        let mut known = harvested(function, examples, ty);
        if ty == Type::String {
            known.extend(texts_of(param.name).iter().map(|t| (*t).to_owned()));
        }
        (!known.is_empty()).then(|| self.random.pick(&known).clone())
    }

    /// An operator of the language that gives a type.
    fn operation(&mut self, ty: Type, columns: &[Field], depth: usize) -> Tree {
        let inner = depth - 1;
        let op = *self.random.pick(&["+", "-", "*", "/", "%"]);
        let sign = *self.random.pick(&["+", "-"]);
        let infix = |draw: &mut Self, op: &str, left: Type, right: Type| {
            let (left, right) = (draw.expr(left, columns, inner), draw.expr(right, columns, inner));
            Tree::call(ty, vec![text("("), tree(left), text(format!(" {op} ")), tree(right), text(")")])
        };
        match ty {
            Type::Bool => self.test(columns, depth),
            Type::Long => match self.random.below(4) {
                0 => infix(self, op, Type::Int, Type::Long),
                1 => Tree::call(
                    ty,
                    vec![text("(-"), tree(Tree::call(ty, self.bracketed(Type::Int, columns, inner))), text(")")],
                ),
                _ => infix(self, op, Type::Long, Type::Long),
            },
            Type::Real => {
                let other = *self.random.pick(&[Type::Real, Type::Long, Type::Int]);
                match self.random.percent(20) {
                    true => infix(self, "/", Type::Timespan, Type::Timespan),
                    false => infix(self, op, Type::Real, other),
                }
            }
            Type::Decimal => {
                let other = *self.random.pick(&[Type::Decimal, Type::Long]);
                infix(self, op, Type::Decimal, other)
            }
            Type::Datetime => infix(self, sign, Type::Datetime, Type::Timespan),
            Type::Timespan => match self.random.below(5) {
                0 => infix(self, "-", Type::Datetime, Type::Datetime),
                1 => infix(self, "*", Type::Timespan, Type::Real),
                2 => infix(self, "/", Type::Timespan, Type::Long),
                _ => infix(self, sign, Type::Timespan, Type::Timespan),
            },
            Type::Dynamic => self.path(columns, depth),
            Type::Int | Type::String | Type::Guid | Type::Unknown => {
                let from = self.any_type();
                let value = self.expr(from, columns, inner);
                Tree::call(ty, called(&format!("to{ty}"), vec![value]))
            }
        }
    }

    fn bracketed(&mut self, ty: Type, columns: &[Field], depth: usize) -> Vec<Piece> {
        let inner = self.expr(ty, columns, depth);
        vec![text("("), tree(inner), text(")")]
    }

    /// Steps into a dynamic value.
    fn path(&mut self, columns: &[Field], depth: usize) -> Tree {
        let base = self.expr(Type::Dynamic, columns, depth - 1);
        let mut pieces = vec![tree(base)];
        for _ in 0..self.random.between(1, 2) {
            let step = (*self.random.pick(&["['a']", "[0]", "[-1]", "['b']", "[1]", "COMPUTED"])).to_owned();
            match step.as_str() {
                "COMPUTED" => {
                    let ty = *self.random.pick(&[Type::Long, Type::String, Type::Int]);
                    let key = self.expr(ty, columns, depth - 1);
                    pieces.extend([text("["), tree(key), text("]")]);
                }
                _ => pieces.push(text(step)),
            }
        }
        // A literal cannot be stepped into as it stands.
        if !matches!(&pieces[0], Piece::Tree(t) if t.role == Role::Column) {
            pieces.insert(0, text("todynamic("));
            pieces.insert(2, text(")"));
        }
        Tree::call(Type::Dynamic, pieces)
    }

    /// A bool.
    fn test(&mut self, columns: &[Field], depth: usize) -> Tree {
        let inner = depth - 1;
        let ty = match self.random.percent(60) && !columns.is_empty() {
            true => self.random.pick(columns).ty,
            false => self.any_type(),
        };
        let pieces = match self.random.below(10) {
            0 => {
                let (a, b) = (self.expr(Type::Bool, columns, inner), self.expr(Type::Bool, columns, inner));
                let word = *self.random.pick(&[" and ", " or "]);
                vec![text("("), tree(a), text(word), tree(b), text(")")]
            }
            1 => called("not", vec![self.expr(Type::Bool, columns, inner)]),
            2 => {
                let a = self.expr(ty, columns, inner);
                let ty = if ty == Type::Dynamic { Type::String } else { ty };
                let list = (0..self.random.between(1, 3)).map(|_| self.leaf(ty, columns)).collect();
                let word = match ty {
                    Type::String => *self.random.pick(&[" in (", " !in (", " in~ (", " !in~ ("]),
                    _ => *self.random.pick(&[" in (", " !in ("]),
                };
                vec![text("("), tree(a), text(word), Piece::List(list), text("))")]
            }
            3 | 4 => self.text_test(columns, inner),
            5 => {
                let ty = self.one_where(|t| t.is_orderable() && !matches!(t, Type::String | Type::Bool));
                let (a, low, high) = (self.expr(ty, columns, inner), self.leaf(ty, columns), self.leaf(ty, columns));
                let word = *self.random.pick(&[" between (", " !between ("]);
                vec![text("("), tree(a), text(word), tree(low), text(" .. "), tree(high), text("))")]
            }
            6 => {
                let name = *self.random.pick(&["isnull", "isnotnull", "isempty", "isnotempty"]);
                called(name, vec![self.expr(ty, columns, inner)])
            }
            _ => {
                let other = if ty == Type::Dynamic { Type::String } else { ty };
                let (a, b) = (self.expr(ty, columns, inner), self.leaf(other, columns));
                let word = match ty {
                    Type::String | Type::Guid | Type::Dynamic | Type::Bool => *self.random.pick(&[" == ", " != "]),
                    _ => *self.random.pick(&[" == ", " != ", " < ", " <= ", " > ", " >= "]),
                };
                vec![text("("), tree(a), text(word), tree(b), text(")")]
            }
        };
        Tree::call(Type::Bool, pieces)
    }

    fn text_test(&mut self, columns: &[Field], depth: usize) -> Vec<Piece> {
        const WORDS: &[&str] = &[
            "=~",
            "!~",
            "has",
            "!has",
            "has_cs",
            "contains",
            "!contains",
            "contains_cs",
            "startswith",
            "!startswith",
            "startswith_cs",
            "endswith",
            "!endswith_cs",
            "hasprefix",
            "!hasprefix",
            "hassuffix",
            "hassuffix_cs",
        ];
        let ty = if self.random.percent(80) { Type::String } else { Type::Dynamic };
        let a = self.expr(ty, columns, depth);
        match self.random.below(8) {
            0 => {
                let list = (0..self.random.between(1, 3)).map(|_| self.leaf(Type::String, columns)).collect();
                let word = *self.random.pick(&[" has_any (", " has_all ("]);
                vec![text("("), tree(a), text(word), Piece::List(list), text("))")]
            }
            1 => {
                let pattern = *self.random.pick(texts_of("regex"));
                vec![text("("), tree(a), text(" matches regex "), text(pattern), text(")")]
            }
            _ => {
                let b = self.leaf(Type::String, columns);
                let word = *self.random.pick(WORDS);
                vec![text("("), tree(a), text(format!(" {word} ")), tree(b), text(")")]
            }
        }
    }

    /// A call of any aggregate, or of its twin with a predicate.
    pub fn aggregate(&mut self, columns: &[Field], depth: usize) -> Option<AggregateCall> {
        for _ in 0..8 {
            let spec = *self.random.pick(&self.aggregates);
            if let Some(call) = self.call_of_aggregate(spec, columns, depth) {
                return Some(call);
            }
        }
        None
    }

    fn call_of_aggregate(
        &mut self,
        spec: &'static AggregateSpec,
        columns: &[Field],
        depth: usize,
    ) -> Option<AggregateCall> {
        let ordered = rehunt_engine::aggregates::find(spec.name).is_some_and(|a| a.ordered);
        let (mut args, required) = match spec.shape {
            AggregateShape::Arg | AggregateShape::Any => {
                let ty = self.one_where(Type::is_orderable);
                let mut args = vec![self.expr(ty, columns, depth)];
                let more = if self.random.percent(30) {
                    Tree::fixed(Type::Unknown, "*")
                } else {
                    let ty = self.any_type();
                    self.expr(ty, columns, depth)
                };
                args.push(more);
                (args, 1)
            }
            _ => {
                let overload = self.random.pick(spec.overloads);
                let params = self.parameters(overload);
                let common = self.any_type();
                let args: Vec<Tree> =
                    params.iter().map(|p| self.argument(spec.name, spec.examples, p, common, columns, depth)).collect();
                choose(spec.overloads, &given(&args)).ok()?;
                (args, overload.required.len())
            }
        };
        let real = args.iter().any(|a| matches!(a.ty, Type::Real | Type::Dynamic));
        let mut name = spec.name;
        if let Some(twin) = spec.filtered.filter(|_| self.random.percent(30)) {
            name = twin;
            let filter = self.expr(Type::Bool, columns, depth);
            args.insert(required.min(args.len()), filter);
        }
        // Sums of reals hang on the order of rows in their last digits, and more where one overflows.
        Some(AggregateCall { tree: Tree::call(Type::Unknown, called(name, args)), ordered: ordered || real })
    }

    /// A call of an aggregate that has a twin with a predicate, and the name of that.
    pub fn twins(&mut self, columns: &[Field]) -> Option<(Tree, &'static str)> {
        let twins: Vec<_> = self.aggregates.iter().copied().filter(|a| a.filtered.is_some()).collect();
        let spec = *self.random.pick(&twins);
        if spec.shape != AggregateShape::One {
            return None;
        }
        let params: Vec<_> = self.random.pick(spec.overloads).required.iter().collect();
        let common = self.any_type();
        let args: Vec<Tree> =
            params.iter().map(|p| self.argument(spec.name, spec.examples, p, common, columns, 1)).collect();
        choose(spec.overloads, &given(&args)).ok()?;
        Some((Tree::call(Type::Unknown, called(spec.name, args)), spec.filtered?))
    }
}

/// `name(argument, ...)`; each argument is a piece of its own, as none may be left out.
fn called(name: &str, args: Vec<Tree>) -> Vec<Piece> {
    let mut pieces = vec![text(format!("{name}("))];
    for (i, arg) in args.into_iter().enumerate() {
        if i > 0 {
            pieces.push(text(", "));
        }
        pieces.push(tree(arg));
    }
    pieces.push(text(")"));
    pieces
}

fn given(args: &[Tree]) -> Vec<Given> {
    let of = |arg: &Tree| match arg.text().starts_with("typeof(") {
        true => Given::Typeof(arg.ty),
        false => Given::Value(arg.ty),
    };
    args.iter().map(of).collect()
}

/// Whether some call of a function can have a type.
fn may_give(spec: &FunctionSpec, ty: Type) -> bool {
    spec.overloads.iter().any(|o| match o.returns {
        Returns::Is(own) => own == ty,
        _ => true,
    })
}

/// The constants of a type in the examples of a function.
fn harvested(function: &str, examples: &[Example], ty: Type) -> Vec<String> {
    let mut found = Vec::new();
    for example in examples.iter().filter(|e| e.query.contains(function)) {
        let (tokens, _) = tokens(example.query);
        for (i, token) in tokens.iter().enumerate() {
            match (&token.kind, ty) {
                (TokenKind::Text(_), Type::String) => found.push(token.span.of(example.query).to_owned()),
                (TokenKind::Word, Type::Dynamic) if token.span.of(example.query) == "dynamic" => {
                    found.extend(
                        closing(example.query, &tokens[i + 1..])
                            .map(|end| example.query[token.span.start..end].to_owned()),
                    );
                }
                _ => {}
            }
        }
    }
    found
}

/// Where the bracket ends that opens at the first token.
fn closing(source: &str, tokens: &[rehunt_lang::lexer::Token]) -> Option<usize> {
    let mut depth = 0;
    for token in tokens {
        match token.span.of(source) {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(token.span.end).filter(|_| token.span.of(source) == ")");
        }
    }
    None
}
