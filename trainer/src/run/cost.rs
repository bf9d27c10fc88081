//! Where the time of a training step goes: said at the end of a run.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

/// Time spent, by the names of the parts of a step. What is left of a step is what Burn computes and differentiates: the
/// losses, and on a GPU, which is told what to do and not waited for, nearly all of it.
#[derive(Default)]
pub struct Cost {
    parts: RefCell<Vec<(&'static str, Duration)>>,
}

/// The part that is no work of a step.
const WAITING: &str = "waiting for data";

impl Cost {
    /// Runs `work` and counts its time for `part`.
    pub fn time<T>(&self, part: &'static str, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = work();
        self.add(part, started.elapsed());
        result
    }

    /// Counts time that something else has measured.
    pub fn add(&self, part: &'static str, spent: Duration) {
        let mut parts = self.parts.borrow_mut();
        match parts.iter_mut().find(|(name, _)| *name == part) {
            Some((_, sum)) => *sum += spent,
            None => parts.push((part, spent)),
        }
    }

    /// Counts how long each of `items` is waited for.
    pub fn waiting<T>(&self, mut items: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        std::iter::from_fn(move || self.time(WAITING, || items.next()))
    }

    /// The mean cost of each part of `steps` steps that took `total` in all without waiting, in one line.
    pub fn report(&self, steps: usize, total: Duration) -> String {
        let milliseconds = |spent: Duration| 1e3 * spent.as_secs_f64() / steps.max(1) as f64;
        let mut rest = total;
        let mut line = String::from("a step:");
        for (part, spent) in self.parts.borrow().iter() {
            if *part != WAITING {
                rest = rest.saturating_sub(*spent);
            }
            line += &format!(" {part} {:.1} ms,", milliseconds(*spent));
        }
        line + &format!(" losses and the rest {:.1} ms", milliseconds(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_means_and_the_rest_is_what_they_leave() {
        let cost = Cost::default();
        for _ in 0..2 {
            cost.add("forward", Duration::from_millis(3));
            cost.add("backward", Duration::from_millis(5));
            cost.add(WAITING, Duration::from_millis(7));
        }
        let line = cost.report(2, Duration::from_millis(20));
        assert_eq!(
            line,
            "a step: forward 3.0 ms, backward 5.0 ms, waiting for data 7.0 ms, losses and the rest 2.0 ms"
        );
    }
}
