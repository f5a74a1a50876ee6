use super::*;

/// Rosenbrock's function, whose minimum 0 lies at (1, 1) in a bent valley.
fn rosenbrock(w: &[f64], gradient: &mut [f64]) -> f64 {
    let (across, along) = (w[1] - w[0] * w[0], 1.0 - w[0]);
    gradient[0] = -400.0 * w[0] * across - 2.0 * along;
    gradient[1] = 200.0 * across;
    100.0 * across * across + along * along
}

/// Steps until it does not move; the weights, the losses and the last step.
fn run(
    settings: Lbfgs,
    start: &[f64],
    evaluate: &mut dyn FnMut(&[f64], &mut [f64]) -> f64,
) -> (Vec<f64>, Vec<f64>, LbfgsStep) {
    let mut run = LbfgsRun::new(settings);
    let (mut weights, mut losses) = (start.to_vec(), Vec::new());
    loop {
        let step = run.step(&mut weights, 1.0, evaluate);
        losses.push(step.loss);
        if !step.moved || losses.len() == 1000 {
            return (weights, losses, step);
        }
    }
}

#[test]
fn rosenbrocks_valley_is_walked_to_its_end() {
    for history in [1, 2, 10] {
        let settings = Lbfgs { history, ..Lbfgs::default() };
        let (weights, losses, last) = run(settings, &[-1.2, 1.0], &mut rosenbrock);
        assert!(last.converged, "{last:?}");
        assert!(losses.len() < 100, "{} steps with a history of {history}", losses.len());
        assert!(losses.windows(2).all(|pair| pair[1] < pair[0]), "no step goes up");
        assert!(weights.iter().all(|weight| (weight - 1.0).abs() < 1e-6), "{weights:?}");
    }
}

/// Ten pairs know the curvature of five dimensions soon.
#[test]
fn a_long_parabola_takes_few_steps() {
    let mut parabola = |w: &[f64], gradient: &mut [f64]| {
        let mut loss = 0.0;
        for (index, (w, slope)) in w.iter().zip(gradient).enumerate() {
            let (c, t) = (2f64.powi(index as i32), index as f64);
            *slope = 2.0 * c * (w - t);
            loss += c * (w - t) * (w - t);
        }
        loss
    };
    let (weights, losses, last) = run(Lbfgs::default(), &[0.0; 5], &mut parabola);
    assert!(last.converged && losses.len() < 20, "{} steps", losses.len());
    assert!(weights.iter().enumerate().all(|(t, w)| (w - t as f64).abs() < 1e-5), "{weights:?}");
}

#[test]
fn a_minimum_is_known_and_left_alone() {
    let (weights, losses, last) = run(Lbfgs::default(), &[1.0, 1.0], &mut rosenbrock);
    assert_eq!((weights, losses), (vec![1.0, 1.0], vec![0.0]));
    assert!(last.converged && !last.moved && last.gradient_norm == 0.0);
}

/// A gradient that says the opposite: the search along it finds nothing, and says so at once and
/// again.
#[test]
fn no_smaller_loss_is_no_convergence() {
    let mut wrong = |w: &[f64], gradient: &mut [f64]| {
        gradient[0] = -1.0;
        w[0]
    };
    let mut run = LbfgsRun::new(Lbfgs::default());
    let mut weights = [3.0];
    for _ in 0..2 {
        let step = run.step(&mut weights, 1.0, &mut wrong);
        assert!(!step.moved && !step.converged && step.loss == 3.0);
        assert_eq!(weights, [3.0]);
    }
}

/// Beyond w = 1 there is no loss; the minimum is near it, and the first trial of every step beyond.
#[test]
fn losses_that_are_not_finite_do_not_end_the_run() {
    let mut walled = |w: &[f64], gradient: &mut [f64]| {
        gradient[0] = -1.0 + 1e-3 / (1.0 - w[0]);
        -w[0] - 1e-3 * (1.0 - w[0]).ln()
    };
    let settings = Lbfgs { learning_rate: 50.0, ..Lbfgs::default() };
    let (weights, losses, last) = run(settings, &[0.0], &mut walled);
    assert!(last.converged && losses.iter().all(|loss| loss.is_finite()));
    assert!((weights[0] - 0.999).abs() < 1e-8, "{weights:?}");
    // Where the start itself has none, there is nothing to go by.
    let (weights, losses, last) = run(settings, &[2.0], &mut walled);
    assert!(losses[0].is_nan() && !last.moved && !last.converged && weights == [2.0]);
}

/// What the pairs say after the function has become another one is wrong; the run starts afresh.
#[test]
fn pairs_that_mislead_are_dropped() {
    let mut weights = [0.0, 0.0];
    let mut run = LbfgsRun::new(Lbfgs::default());
    let settings = run.settings;
    run.pairs.push_back(Pair { step: vec![1.0, 0.0], change: vec![-1.0, 0.0], inverse: -1.0 });
    run.last = Some((vec![0.0, 0.0], vec![0.0, 0.0]));
    let mut parabola = |w: &[f64], gradient: &mut [f64]| {
        (gradient[0], gradient[1]) = (w[0] - 1.0, w[1]);
        0.5 * (w[0] - 1.0) * (w[0] - 1.0) + 0.5 * w[1] * w[1]
    };
    let step = run.step(&mut weights, 1.0, &mut parabola);
    assert!(step.moved && run.pairs.is_empty());
    let mut fresh = LbfgsRun::new(settings);
    let mut others = [0.0, 0.0];
    fresh.step(&mut others, 1.0, &mut parabola);
    assert_eq!(weights, others);
}

#[test]
fn the_first_trial_is_bounded_by_the_slopes_and_scaled_by_the_share() {
    let first = |slope: f64, share: f64| {
        let mut tried = Vec::new();
        let mut line = |w: &[f64], gradient: &mut [f64]| {
            tried.push(w[0]);
            gradient[0] = 0.1 * w[0] - slope;
            0.05 * w[0] * w[0] - slope * w[0]
        };
        LbfgsRun::new(Lbfgs::default()).step(&mut [0.0], share, &mut line);
        tried[1]
    };
    // A step of 1 / 4 of the slope 4; of the slope 1/2 itself, which is not stretched to 1.
    assert_eq!((first(4.0, 1.0), first(4.0, 0.5)), (1.0, 0.5));
    assert_eq!((first(0.5, 1.0), first(0.5, 0.5)), (0.5, 0.25));
}
