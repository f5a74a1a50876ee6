//! L-BFGS: steps in directions that the gradients of the last steps have shaped, as long as a search
//! along the line finds best.

mod line_search;

use self::line_search::Line;
use super::table::settings;
use std::collections::VecDeque;

/// Pairs whose s . y is not larger are left out, since H would no longer be positive definite.
const LEAST_CURVATURE: f64 = 1e-10;

settings! {
    /// L-BFGS (Nocedal and Wright, 2006, algorithms 7.4 and 7.5), with a line search for the strong
    /// Wolfe conditions (equations 3.7):
    ///
    /// w <- w - t H g.
    ///
    /// H is made of the last `history` pairs of a step s = w' - w and the change y = g' - g of the
    /// gradient that it brought, starting from s.y / y.y (equation 7.20). t is found by trying the
    /// learning rate first; in the first step, when there are no pairs yet, min(1, 1 / sum |g|) times
    /// that. Every step evaluates all rows twice or more.
    pub struct Lbfgs {
        /// The step length that is tried first.
        learning_rate: f64 = 1.0, Positive;
        /// Pairs that are kept.
        history: usize = 10.0, Count;
        /// Where no derivative is larger in size, a minimum is found.
        tolerance: f64 = 1e-7, NotNegative;
    }
}

/// A step and what it did to the gradient.
struct Pair {
    /// s.
    step: Vec<f64>,
    /// y.
    change: Vec<f64>,
    /// 1 / (s . y).
    inverse: f64,
}

/// L-BFGS under way: what it remembers from step to step.
pub(crate) struct LbfgsRun {
    settings: Lbfgs,
    /// The oldest first.
    pairs: VecDeque<Pair>,
    /// The last step, and the gradient where it began.
    last: Option<(Vec<f64>, Vec<f64>)>,
}

/// What a step found and did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LbfgsStep {
    /// The loss before it.
    pub(crate) loss: f64,
    /// The length of the gradient before it.
    pub(crate) gradient_norm: f64,
    /// Whether the weights have changed; if not, no further step will change them.
    pub(crate) moved: bool,
    /// Whether they have not because the gradient is within the tolerance. Otherwise no smaller loss
    /// was found, or the loss is not finite.
    pub(crate) converged: bool,
}

impl LbfgsRun {
    pub(crate) fn new(settings: Lbfgs) -> LbfgsRun {
        LbfgsRun { settings, pairs: VecDeque::new(), last: None }
    }

    /// Takes one step, with this share of the learning rate. `evaluate` gives the loss of weights and
    /// writes its gradient; it must give the same ones for the same weights throughout the run.
    pub(crate) fn step(
        &mut self,
        weights: &mut [f64],
        share: f64,
        evaluate: &mut dyn FnMut(&[f64], &mut [f64]) -> f64,
    ) -> LbfgsStep {
        let mut gradient = vec![0.0; weights.len()];
        let loss = evaluate(weights, &mut gradient);
        let gradient_norm = dot(&gradient, &gradient).sqrt();
        let stays = |converged| LbfgsStep { loss, gradient_norm, moved: false, converged };
        if !loss.is_finite() || !gradient.iter().all(|slope| slope.is_finite()) {
            return stays(false);
        }
        if gradient.iter().all(|slope| slope.abs() <= self.settings.tolerance) {
            return stays(true);
        }
        self.remember(&gradient);
        loop {
            let direction = self.direction(&gradient);
            let mut line = Line::new(weights, &direction, evaluate);
            let first = share * self.first_length(&gradient);
            if let Some(length) = line.search(loss, dot(&gradient, &direction), first) {
                let step: Vec<f64> = direction.iter().map(|along| length * along).collect();
                weights.iter_mut().zip(&step).for_each(|(weight, along)| *weight += along);
                self.last = Some((step, gradient));
                return LbfgsStep { loss, gradient_norm, moved: true, converged: false };
            }
            // Old pairs may describe another region than this; without them the direction is that of
            // steepest descent. If nothing is found there either, there is nothing.
            if self.last.take().is_none() {
                return stays(false);
            }
            self.pairs.clear();
        }
    }

    /// Makes a pair of the last step and the gradient now.
    fn remember(&mut self, gradient: &[f64]) {
        let Some((step, before)) = &self.last else { return };
        let change: Vec<f64> = gradient.iter().zip(before).map(|(now, then)| now - then).collect();
        let curvature = dot(&change, step);
        if curvature > LEAST_CURVATURE {
            if self.pairs.len() == self.settings.history {
                self.pairs.pop_front();
            }
            let step = step.clone();
            self.pairs.push_back(Pair { step, change, inverse: 1.0 / curvature });
        }
    }

    /// -H g by the two loops of algorithm 7.4.
    fn direction(&self, gradient: &[f64]) -> Vec<f64> {
        let mut direction: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
        let mut shares = Vec::with_capacity(self.pairs.len());
        for Pair { step, change, inverse } in self.pairs.iter().rev() {
            let share = inverse * dot(step, &direction);
            add(&mut direction, -share, change);
            shares.push(share);
        }
        if let Some(Pair { change, inverse, .. }) = self.pairs.back() {
            let scale = 1.0 / inverse / dot(change, change);
            direction.iter_mut().for_each(|along| *along *= scale);
        }
        for (Pair { step, change, inverse }, share) in self.pairs.iter().zip(shares.iter().rev()) {
            let other = inverse * dot(change, &direction);
            add(&mut direction, share - other, step);
        }
        direction
    }

    /// The first step would have a length in units of the loss, so it is bounded.
    fn first_length(&self, gradient: &[f64]) -> f64 {
        let rate = self.settings.learning_rate;
        match self.last {
            Some(_) => rate,
            None => rate * (1.0 / gradient.iter().map(|slope| slope.abs()).sum::<f64>()).min(1.0),
        }
    }
}

/// a . b, added up in order.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// a <- a + share b.
fn add(a: &mut [f64], share: f64, b: &[f64]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += share * b);
}

#[cfg(test)]
mod tests;
