//! Why a model predicts what it does: which columns it depends on at all, and what each of them
//! contributes to the prediction of a row.
//!
//! ```text
//! a table with its targets   how much worse without a column's order   (importance)
//! a row                      what each column adds to its prediction    (gradients, attribution)
//! ```
//!
//! Both speak of columns of the table. A column that becomes several inputs, such as a category, is
//! shuffled as a whole, and the contributions of its inputs are added up.

mod attribution;
mod gradients;
mod importance;
mod path;
mod quadrature;

pub use attribution::{
    Attribution, AttributionOptions, Baseline, ColumnContribution, attribute_table,
};
pub use gradients::{Contributions, Quantity, integrated_gradients};
pub use importance::{ColumnImportance, Importance, ImportanceOptions, permutation_importance};

use chainrule_data::Preparation;

/// Every column of the table that a model predicts from, with the inputs that it becomes.
fn inputs_of_columns(preparation: &Preparation) -> Vec<(&str, Vec<usize>)> {
    let mut columns: Vec<(&str, Vec<usize>)> = Vec::new();
    let mut start = 0;
    for feature in preparation.columns() {
        let inputs = start..start + feature.inputs();
        start = inputs.end;
        match columns.iter_mut().find(|(name, _)| *name == feature.name) {
            Some((_, known)) => known.extend(inputs),
            None => columns.push((&feature.name, inputs.collect())),
        }
    }
    columns
}
