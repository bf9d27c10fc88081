//! What a style must reach before it is published.

use serde::{Deserialize, Serialize};

use super::{
    recognition::Recognition,
    scores::{Measure, Scores},
};

/// Least share of paintings that are recognised.
const LEAST_RECOGNISED: f64 = 0.95;
/// Most that a painting's PSNR to its teacher's may fall short of the ceiling's, in dB.
const MOST_UNLIKE: f64 = 3.0;
/// Least line strength as a share of the ceiling's.
const LEAST_LINES: f64 = 0.85;
/// Most gradient on flat areas as a share of the teacher's.
const MOST_UNREST: f64 = 1.5;
/// Gradient on flat areas, of 255, that nobody sees whatever the teacher's is.
const INVISIBLE_UNREST: f64 = 0.5;
/// Least that the cosine of the face embeddings exceeds the teacher's by.
const MORE_IDENTITY: f64 = 0.05;
/// Most flicker as a share of the teacher's.
const MOST_FLICKER: f64 = 0.5;
/// Largest spectral peak that is no visible grid: what a dot of 4/255 on every fourth pixel each way gives on a painted
/// portrait, just visible where the picture is flat.
const MOST_CHECKERBOARD: f64 = 3.0;

/// One number and its bound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    pub name: String,
    /// Absent where it was not measured.
    pub value: Option<f64>,
    pub bound: Option<f64>,
    /// Whether the value must be at least the bound, else at most.
    pub at_least: bool,
    /// Absent where value or bound are.
    pub holds: Option<bool>,
}

/// Medians on held-out portraits, how often they are recognised, and flicker as a share of the teacher's on the worst clip with a
/// face.
pub struct Medians<'a> {
    pub ours: &'a Scores,
    pub teacher: &'a Scores,
    pub ceiling: &'a Scores,
    pub recognition: Option<Recognition>,
    pub flicker: Option<f64>,
}

/// Judges a style.
pub fn judge(medians: &Medians) -> Vec<Requirement> {
    let ours = |measure| medians.ours.get(measure);
    let teacher = |measure| medians.teacher.get(measure);
    let ceiling = |measure| medians.ceiling.get(measure);
    let share = |measure| Some(ours(measure)? / ceiling(measure)?);
    let seen = medians.recognition;
    vec![
        at_least(
            "recognised",
            seen.map(|seen| seen.recognised),
            Some(LEAST_RECOGNISED),
        ),
        at_most(
            "taken for the photo",
            seen.map(|seen| seen.taken_for_photo),
            Some(0.0),
        ),
        at_least(
            "like the teacher as the ceiling, less 3 dB",
            ours(Measure::Likeness),
            ceiling(Measure::Likeness).map(|best| best - MOST_UNLIKE),
        ),
        at_least(
            "lines as a share of the ceiling's",
            share(Measure::Lines),
            Some(LEAST_LINES),
        ),
        at_most(
            "flat areas beside the teacher's",
            ours(Measure::Calm),
            teacher(Measure::Calm).map(|own| (MOST_UNREST * own).max(INVISIBLE_UNREST)),
        ),
        at_least(
            "identity above the teacher's",
            ours(Measure::Identity),
            teacher(Measure::Identity).map(|own| own + MORE_IDENTITY),
        ),
        at_most(
            "flicker as a share of the teacher's",
            medians.flicker,
            Some(MOST_FLICKER),
        ),
        at_most(
            "checkerboard",
            ours(Measure::Checkerboard),
            Some(MOST_CHECKERBOARD),
        ),
    ]
}

fn at_least(name: &str, value: Option<f64>, bound: Option<f64>) -> Requirement {
    requirement(name, value, bound, true)
}

fn at_most(name: &str, value: Option<f64>, bound: Option<f64>) -> Requirement {
    requirement(name, value, bound, false)
}

fn requirement(name: &str, value: Option<f64>, bound: Option<f64>, at_least: bool) -> Requirement {
    let holds = value.zip(bound).map(|(value, bound)| {
        if at_least {
            value >= bound
        } else {
            value <= bound
        }
    });
    Requirement {
        name: name.into(),
        value,
        bound,
        at_least,
        holds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(values: &[(Measure, f64)]) -> Scores {
        let mut scores = Scores::default();
        for (measure, value) in values {
            scores.set(*measure, Some(*value));
        }
        scores
    }

    fn holds(ours: &[(Measure, f64)], recognised: f64, flicker: Option<f64>) -> Vec<Option<bool>> {
        let medians = Medians {
            ours: &scores(ours),
            teacher: &scores(&[(Measure::Identity, 0.72), (Measure::Calm, 2.0)]),
            ceiling: &scores(&[(Measure::Likeness, 30.0), (Measure::Lines, 0.8)]),
            recognition: Some(Recognition {
                recognised,
                taken_for_photo: 1.0 - recognised,
            }),
            flicker,
        };
        judge(&medians).iter().map(|r| r.holds).collect()
    }

    #[test]
    fn every_rule_can_hold_and_fail() {
        let good = [
            (Measure::Identity, 0.78),
            (Measure::Calm, 2.9),
            (Measure::Likeness, 27.1),
            (Measure::Lines, 0.69),
            (Measure::Checkerboard, 1.2),
        ];
        assert_eq!(holds(&good, 1.0, Some(0.4)), [Some(true); 8]);
        let bad = [
            (Measure::Identity, 0.76),
            (Measure::Calm, 3.1),
            (Measure::Likeness, 26.9),
            (Measure::Lines, 0.67),
            (Measure::Checkerboard, 9.0),
        ];
        assert_eq!(holds(&bad, 0.9, Some(0.6)), [Some(false); 8]);
        assert_eq!(
            holds(&[(Measure::Identity, 0.9)], 1.0, None)[2..],
            [None, None, None, Some(true), None, None]
        );
    }
}
