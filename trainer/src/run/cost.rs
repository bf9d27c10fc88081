//! Where the time of a training step goes: `fit` prints it at the end of a run.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Parts of a step that are measured by themselves. What is left of a step is what Burn computes and differentiates: the
/// losses, and on a GPU, which is told what to do and not waited for, nearly all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Waiting for the thread that draws the patches.
    Patches,
    NetworkForward,
    NetworkBackward,
    /// VGG-16 on the output and on the reference.
    FeaturesForward,
    FeaturesBackward,
    Adam,
}

const PARTS: [(Part, &str); 6] = [
    (Part::Patches, "waiting for patches"),
    (Part::NetworkForward, "network forward"),
    (Part::NetworkBackward, "network backward"),
    (Part::FeaturesForward, "VGG forward"),
    (Part::FeaturesBackward, "VGG backward"),
    (Part::Adam, "Adam"),
];

/// Nanoseconds by part, of the whole process: it trains one network.
static SPENT: [AtomicU64; PARTS.len()] = [const { AtomicU64::new(0) }; PARTS.len()];

/// Runs `work` and counts its time for `part`.
pub fn of<T>(part: Part, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    let spent = started.elapsed().as_nanos() as u64;
    SPENT[part as usize].fetch_add(spent, Ordering::Relaxed);
    result
}

/// Counts time that something else has measured.
pub fn add(part: Part, spent: Duration) {
    SPENT[part as usize].fetch_add(spent.as_nanos() as u64, Ordering::Relaxed);
}

/// Counts the time of `items`' `next` for `part`.
pub fn of_each<T>(part: Part, mut items: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    std::iter::from_fn(move || of(part, || items.next()))
}

/// Runs `work` without counting it: what is computed between steps, to see how training goes, is no cost of a step.
pub fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    let before: [u64; PARTS.len()] = std::array::from_fn(|i| SPENT[i].load(Ordering::Relaxed));
    let result = work();
    for (spent, before) in SPENT.iter().zip(before) {
        spent.store(before, Ordering::Relaxed);
    }
    result
}

/// The mean cost of each part of `steps` steps that took `seconds` in all without waiting, in one line.
pub fn report(steps: usize, seconds: f64) -> String {
    let milliseconds = |seconds: f64| 1e3 * seconds / steps.max(1) as f64;
    let mut rest = seconds;
    let mut line = String::from("a step:");
    for (part, name) in PARTS {
        let spent = SPENT[part as usize].load(Ordering::Relaxed) as f64 / 1e9;
        if spent == 0.0 {
            continue;
        }
        if part != Part::Patches {
            rest -= spent;
        }
        line += &format!(" {name} {:.1} ms,", milliseconds(spent));
    }
    line + &format!(" losses and the rest {:.1} ms", milliseconds(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_in_the_order_of_their_numbers() {
        for (place, (part, _)) in PARTS.iter().enumerate() {
            assert_eq!(*part as usize, place);
        }
    }
}
