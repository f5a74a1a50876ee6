//! What the validation rows say of the trust that a trained model deserves.

use super::Prepared;
use super::table::Part;
use crate::Error;
use crate::confidence::{
    Answers, Calibration, CalibrationMethod, Confidence, Conformal, ProbabilityScores,
};
use chainrule_data::Task;

impl Prepared {
    /// Of the trained model. Rows that it has learned from would flatter it, so without validation rows
    /// nothing is known.
    pub(super) fn confidence(&self) -> Result<Confidence, Error> {
        let Some(part) = &self.validation else { return Ok(Confidence::default()) };
        let preparation = self.model.preparation.as_ref().expect("it was prepared from a table");
        let mut confidence = Confidence::default();
        let found = match self.task {
            Task::Regression => self.model.predict(part.inputs.view())?.mapv(f64::from),
            _ => {
                if let (CalibrationMethod::Temperature, Some(answers)) =
                    (self.calibration, self.answers(part)?)
                {
                    confidence.calibration = Calibration::fit(&answers);
                }
                let temperature = confidence.temperature();
                self.model.logits(part.inputs.view())?.mapv(|z| f64::from(z) / temperature)
            }
        };
        let (targets, units) = (part.targets(), part.units.as_slice());
        confidence.conformal = Conformal::of_rows(&self.model, preparation, &found, targets, units);
        Ok(confidence)
    }

    /// The probabilities for the test rows without and with the model's temperature, if it has one.
    pub(super) fn probabilities(&self) -> Result<Option<[ProbabilityScores; 2]>, Error> {
        let (Some(part), Some(calibration)) = (&self.test, &self.model.confidence.calibration)
        else {
            return Ok(None);
        };
        let scale = 1.0 / calibration.temperature;
        let of =
            |answers: Answers| [1.0, scale].map(|scale| ProbabilityScores::of(&answers, scale));
        Ok(self.answers(part)?.map(of))
    }

    fn answers(&self, part: &Part) -> Result<Option<Answers>, Error> {
        let logits = self.model.logits(part.inputs.view())?;
        Ok(Answers::new(&self.model, &logits, part.examples()?.targets()))
    }
}
