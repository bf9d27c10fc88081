//! Draws the data of the next steps while a step computes.

use std::{ops::Range, sync::mpsc};

use super::Source;

/// Draws that wait for the step that learns from them.
const PREFETCHED: usize = 2;

/// Draws for `steps` on a thread of its own, ahead of `consume`, which receives the draws in order. Since each depends on
/// its step alone, the result does not depend on timing.
pub fn prefetch<S: Source, R>(
    source: &S,
    steps: Range<usize>,
    consume: impl FnOnce(mpsc::Receiver<S::Draw>) -> R,
) -> R {
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(PREFETCHED);
        scope.spawn(move || {
            for step in steps {
                // An error means that the receiver has stopped early; its own reason is reported.
                if sender.send(source.draw(step)).is_err() {
                    break;
                }
            }
        });
        consume(receiver)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Squares;

    impl Source for Squares {
        type Draw = usize;

        fn draw(&self, step: usize) -> usize {
            step * step
        }
    }

    #[test]
    fn draws_come_in_order() {
        let drawn: Vec<usize> = prefetch(&Squares, 3..9, |draws| draws.iter().collect());
        assert_eq!(drawn, [9, 16, 25, 36, 49, 64]);
    }

    #[test]
    fn stopping_early_ends_the_thread_that_draws() {
        let first = prefetch(&Squares, 0..usize::MAX, |draws| draws.recv());
        assert_eq!(first, Ok(0));
    }
}
