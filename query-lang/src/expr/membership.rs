//! `in` and its kin, `has_any` and `has_all`: a value beside a list, a dynamic array or the first column of a table.

use crate::bind::Binder;
use crate::bind::scope::Scope;
use crate::bind::tabular::Tabular;
use crate::plan::{self, InList, Node, Prelude, Rel};
use crate::span::Span;
use crate::types::Type;

use super::ast::In;
use super::operator_types;

impl Binder<'_> {
    pub(super) fn membership(&mut self, membership: &In, scope: &Scope) -> plan::Expr {
        let terms = matches!(membership.op, "has_any" | "has_all");
        let value = match terms {
            true => self.text_side(&membership.value, membership.op, scope),
            false => self.expr(&membership.value, scope),
        };
        let bound = match (membership.items.as_slice(), terms) {
            ([item], _) if let Some(table) = self.as_table(item, scope) => {
                self.in_table(membership.op, value, table, terms, item.span)
            }
            _ => self.in_items(membership, value, terms, scope),
        };
        let Some((value, list)) = bound.filter(|(value, _)| value.ty != Type::Unknown) else {
            return plan::Expr::poison_of(Type::Bool);
        };
        let value = Box::new(value);
        let kind = match membership.op {
            "has_any" | "has_all" => plan::ExprKind::HasTerms { value, list, all: membership.op == "has_all" },
            op => plan::ExprKind::In { value, list, negated: op.starts_with('!'), fold_case: op.ends_with('~') },
        };
        plan::Expr { ty: Type::Bool, kind }
    }

    /// The first column of a table, brought to where it can be compared.
    fn in_table(
        &mut self,
        op: &str,
        value: plan::Expr,
        table: Tabular,
        terms: bool,
        span: Span,
    ) -> Option<(plan::Expr, InList)> {
        let first = table.rel.columns.first().filter(|_| !table.open).cloned()?;
        let (mut value, mut rel) = (value, table.rel);
        let fits = terms || value.ty == Type::Unknown || operator_types::equality(value.ty, first.ty).is_some();
        if !fits {
            let item = plan::Expr::column(&first);
            let Some(meeting) = self.unlike(op, span, &value, &item) else {
                self.incomparable(op, span, value.ty, first.ty);
                return None;
            };
            value = value.to(meeting.left);
            let converted = self.column(first.name, meeting.right);
            let node = Node::Project { input: Box::new(rel), exprs: vec![item.to(meeting.right)] };
            rel = Rel { columns: vec![converted], node };
        }
        Some((value, InList::Prelude(self.prelude(Prelude::List(rel)))))
    }

    /// Items written out, each brought to where it can be compared; a dynamic stands for the elements of its array.
    fn in_items(
        &mut self,
        membership: &In,
        value: plan::Expr,
        terms: bool,
        scope: &Scope,
    ) -> Option<(plan::Expr, InList)> {
        let mut items: Vec<plan::Expr> = membership.items.iter().map(|item| self.expr(item, scope)).collect();
        if value.ty == Type::Unknown || items.iter().any(|i| i.ty == Type::Unknown) {
            return None;
        }
        let mut value = value;
        if !terms {
            if let Some(item) = of_one_other_type(value.ty, &items) {
                value = match self.unlike(membership.op, membership.op_span, &value, item) {
                    Some(meeting) => value.to(meeting.left),
                    None => value,
                };
            }
            for (item, tree) in items.iter_mut().zip(&membership.items) {
                let ty = self.item_type(membership.op, &value, item, tree.span)?;
                *item = std::mem::replace(item, plan::Expr::poison()).to(ty);
            }
        }
        Some((value, InList::Items(items)))
    }

    /// The type an item is brought to: the value keeps its own, and a wider number is compared as it is.
    fn item_type(&mut self, op: &str, value: &plan::Expr, item: &plan::Expr, span: Span) -> Option<Type> {
        if item.ty == Type::Dynamic {
            return Some(Type::Dynamic);
        }
        if let Some(meeting) = operator_types::equality(value.ty, item.ty) {
            let kept = value.ty == Type::Dynamic || meeting.left == value.ty;
            return Some(if kept { meeting.right } else { item.ty });
        }
        match (value.ty, self.unlike(op, span, value, item)) {
            // Among texts, an item of another type is its text.
            (Type::String, Some(_)) => Some(Type::String),
            (_, Some(meeting)) => Some(meeting.right),
            (ty, None) => {
                self.incomparable(op, span, ty, item.ty);
                None
            }
        }
    }
}

/// Where a text is compared with items that all have one other type: the first of them.
fn of_one_other_type(value: Type, items: &[plan::Expr]) -> Option<&plan::Expr> {
    let first = items.first()?;
    let other = value == Type::String && !matches!(first.ty, Type::String | Type::Dynamic);
    (other && items.iter().all(|item| item.ty == first.ty)).then_some(first)
}
