//! The macros that make the optimisers from lists, in which every setting has its usual value and
//! its range, and every optimiser its name, once.

/// A struct of numbers. A row is `name: type = usual value, range;`.
macro_rules! settings {
    (
        $(#[$meta:meta])*
        pub struct $type:ident {
            $( $(#[$doc:meta])* $field:ident: $number:ty = $usual:expr, $range:ident; )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $type {
            $( $(#[$doc])* pub $field: $number, )+
        }

        impl Default for $type {
            fn default() -> Self {
                $type { $( $field: $crate::named::Numeric::from_value($usual), )+ }
            }
        }

        impl $type {
            pub(super) const SETTINGS: &'static [$crate::named::Setting] = &[$(
                $crate::named::Setting {
                    name: stringify!($field),
                    usual: $usual,
                    range: $crate::named::Range::$range,
                },
            )+];

            /// The numbers, in the order of the list.
            pub(super) fn values(&self) -> Vec<f64> {
                vec![$( $crate::named::Numeric::value(self.$field), )+]
            }

            /// The settings that have these numbers.
            pub(super) fn of(values: &[f64]) -> Self {
                let mut values = values.iter().copied();
                let mut next = || values.next().expect("a value for each setting");
                $type { $( $field: $crate::named::Numeric::from_value(next()), )+ }
            }
        }
    };
}
pub(super) use settings;

/// The enum of optimisers. A row is `Settings = "name" | "other name", states;`: how many buffers as
/// long as the parameters it remembers.
macro_rules! optimizers {
    (
        $(#[$meta:meta])*
        pub enum $type:ident {
            $( $(#[$doc:meta])* $variant:ident = $name:literal $(| $alias:literal)*, $states:literal; )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "name")]
        pub enum $type {
            $( $(#[$doc])* #[serde(rename = $name)] $variant($variant), )+
        }

        impl $type {
            /// The names that [`std::str::FromStr`] knows.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            const CHOICES: &'static [$crate::named::Choice] = &[$(
                $crate::named::Choice {
                    names: &[$name $(, $alias)*],
                    settings: $variant::SETTINGS,
                },
            )+];

            /// The name that [`std::str::FromStr`] reads.
            pub fn name(&self) -> &'static str {
                match self { $( $type::$variant(_) => $name, )+ }
            }

            /// The step size.
            pub fn learning_rate(&self) -> f64 {
                match self { $( $type::$variant(it) => it.learning_rate, )+ }
            }

            /// The same optimiser with another step size.
            pub fn with_learning_rate(mut self, learning_rate: f64) -> $type {
                match &mut self { $( $type::$variant(it) => it.learning_rate = learning_rate, )+ }
                self
            }

            /// Buffers as long as the parameters that it remembers from step to step.
            pub fn states(&self) -> usize {
                match self { $( $type::$variant(_) => $states, )+ }
            }

            /// The row of the table, and the numbers.
            fn choice(&self) -> ($crate::named::Choice, Vec<f64>) {
                let values = match self { $( $type::$variant(it) => it.values(), )+ };
                let choice = $type::CHOICES.iter().find(|choice| choice.names[0] == self.name());
                (*choice.expect("every optimiser is in the table"), values)
            }

            /// The optimiser of a row that has these numbers.
            fn of(choice: $crate::named::Choice, values: &[f64]) -> $type {
                match choice.names[0] {
                    $( $name => $variant::of(values).into(), )+
                    _ => unreachable!("the name is one of the table"),
                }
            }
        }

        $(
            impl From<$variant> for $type {
                fn from(settings: $variant) -> $type {
                    $type::$variant(settings)
                }
            }
        )+
    };
}
pub(super) use optimizers;
