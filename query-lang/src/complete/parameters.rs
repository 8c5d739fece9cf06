//! The parameters of operators and functions, read off their specifications: what is added there is offered here.

use crate::library::Library;
use crate::operators::OPERATORS;

/// A parameter of an operator: `kind=inner|outer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// The words it takes; none where it takes a name, a number or a text.
    values: &'static str,
}

impl Parameter {
    /// Goes through the words it takes.
    pub fn values(&self) -> impl Iterator<Item = &'static str> + use<> {
        let several = self.values.contains('|');
        self.values.split('|').filter(move |value| several && !value.is_empty())
    }
}

/// Returns the parameters of an operator, as its grammar writes them: `[kind=inner|outer] [withsource=name]`.
pub(super) fn of_operator(keyword: &str) -> Vec<Parameter> {
    let spec = OPERATORS.iter().find(|(k, _)| *k == keyword).map(|(_, spec)| spec);
    let mut found: Vec<Parameter> = Vec::new();
    for part in spec.map_or("", |spec| spec.syntax).split(['[', ']', '(', ')', ',', ' ', '\n']) {
        let Some((name, values)) = part.split_once('=') else { continue };
        let is_word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if is_word(name) && !values.starts_with('=') && !found.iter().any(|known| known.name == name) {
            found.push(Parameter { name, values });
        }
    }
    found
}

/// Returns the words that an argument of a function may be, by its place: `datetime_diff('day', ...)`.
pub(super) fn of_function(name: &str, place: usize, library: &Library) -> &'static [&'static str] {
    let overloads = library.function(name).map_or(&[][..], |spec| spec.overloads);
    let param = |o: &'static crate::library::Overload| o.required.iter().chain(o.optional).nth(place);
    overloads.iter().filter_map(param).map(|p| p.values).find(|values| !values.is_empty()).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_off_the_grammar() {
        let union = of_operator("union");
        let kind = union.iter().find(|p| p.name == "kind").map(|p| p.values().collect::<Vec<_>>());
        assert_eq!(kind, Some(vec!["inner", "outer"]));
        assert!(union.iter().any(|p| p.name == "withsource" && p.values().count() == 0));
        assert_eq!(of_operator("where"), []);
    }
}
