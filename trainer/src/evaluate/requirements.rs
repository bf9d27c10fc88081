//! What a style must reach before it is published.

use serde::{Deserialize, Serialize};

use super::scores::{Measure, Scores};

/// Least cosine of the face embeddings.
const LEAST_IDENTITY: f64 = 0.70;
/// Most colour difference on skin, as a share of the teacher's.
const MOST_SKIN: f64 = 0.25;
/// Most Gram distance left above the ceiling's.
const MOST_GRAM_GAP: f64 = 0.12;
/// Least line strength as a share of the ceiling's.
const LEAST_LINES: f64 = 0.75;
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

/// Medians on held-out portraits, and flicker as a share of the teacher's on the worst clip with a face.
pub struct Medians<'a> {
    pub ours: &'a Scores,
    pub teacher: &'a Scores,
    pub ceiling: &'a Scores,
    pub flicker: Option<f64>,
}

/// Judges a style.
pub fn judge(medians: &Medians) -> Vec<Requirement> {
    let ours = |measure| medians.ours.get(measure);
    let teacher = |measure| medians.teacher.get(measure);
    let ceiling = |measure| medians.ceiling.get(measure);
    let share = |measure| Some(ours(measure)? / ceiling(measure)?);
    let gap = Some(()).and_then(|()| Some(ours(Measure::Gram)? - ceiling(Measure::Gram)?));
    vec![
        at_least("identity", ours(Measure::Identity), Some(LEAST_IDENTITY)),
        at_least(
            "identity above the teacher's",
            ours(Measure::Identity),
            teacher(Measure::Identity),
        ),
        at_most(
            "skin ΔE2000 a quarter of the teacher's",
            ours(Measure::Skin),
            teacher(Measure::Skin).map(|t| MOST_SKIN * t),
        ),
        at_least(
            "edges above the teacher's",
            ours(Measure::Edges),
            teacher(Measure::Edges),
        ),
        at_most("Gram left above the ceiling's", gap, Some(MOST_GRAM_GAP)),
        at_least(
            "lines as a share of the ceiling's",
            share(Measure::Lines),
            Some(LEAST_LINES),
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

    fn holds(ours: &[(Measure, f64)], flicker: Option<f64>) -> Vec<Option<bool>> {
        let medians = Medians {
            ours: &scores(ours),
            teacher: &scores(&[
                (Measure::Identity, 0.72),
                (Measure::Skin, 16.0),
                (Measure::Edges, 0.5),
            ]),
            ceiling: &scores(&[(Measure::Gram, 0.4), (Measure::Lines, 0.8)]),
            flicker,
        };
        judge(&medians).iter().map(|r| r.holds).collect()
    }

    #[test]
    fn every_rule_can_hold_and_fail() {
        let good = [
            (Measure::Identity, 0.75),
            (Measure::Skin, 3.9),
            (Measure::Edges, 0.6),
            (Measure::Gram, 0.51),
            (Measure::Lines, 0.61),
            (Measure::Checkerboard, 1.2),
        ];
        assert_eq!(holds(&good, Some(0.4)), [Some(true); 8]);
        let bad = [
            (Measure::Identity, 0.6),
            (Measure::Skin, 4.1),
            (Measure::Edges, 0.4),
            (Measure::Gram, 0.53),
            (Measure::Lines, 0.59),
            (Measure::Checkerboard, 9.0),
        ];
        assert_eq!(holds(&bad, Some(0.6)), [Some(false); 8]);
        // Good enough by itself, but the teacher is better.
        assert_eq!(
            holds(&[(Measure::Identity, 0.71)], None)[..3],
            [Some(true), Some(false), None]
        );
    }
}
