//! The trade that λ makes: one network pass per photo, one reconstruction per λ.

use anyhow::Result;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    cache::Cache,
    scores::Scores,
    stills::{Instruments, Subject},
    styles::{Record, bare, engine, paint},
    teachers::{StyleTeacher, paint_all},
};
use limn::{Planes, engine::Engine};

/// The values of λ that the paper's choice is compared with.
pub const LAMBDAS: [f32; 5] = [1.0, 3.0, 10.0, 30.0, 100.0];

/// Medians at one λ.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    pub lambda: f32,
    pub median: Scores,
}

/// A record's medians over `subjects` for every λ, and per subject its pictures.
///
/// # Errors
/// As [`super::styles::paint_photos`].
pub fn sweep(
    record: &Record,
    teacher: Option<&StyleTeacher>,
    subjects: &[Subject],
    instruments: &Instruments,
    cache: &Cache,
) -> Result<(Vec<Step>, Vec<Vec<Planes>>)> {
    let references = paint_all(teacher, subjects, cache)?;
    let rows: Vec<Vec<(Planes, Scores)>> = subjects
        .par_iter()
        .zip(references)
        .map(|(subject, reference)| {
            let reference = reference
                .map(|picture| instruments.reference(picture, cache))
                .transpose()?;
            let mut engine = engine(record)?;
            engine.set_photo(&subject.photo)?;
            LAMBDAS
                .iter()
                .map(|lambda| {
                    let picture = paint(&mut engine, &bare(*lambda))?;
                    let scores =
                        instruments.measure(subject, reference.as_ref(), &picture, cache)?;
                    Ok((picture, scores))
                })
                .collect()
        })
        .collect::<Result<_>>()?;
    let steps = LAMBDAS
        .iter()
        .enumerate()
        .map(|(i, lambda)| Step {
            lambda: *lambda,
            median: Scores::medians(rows.iter().map(|row| &row[i].1)),
        })
        .collect();
    let pictures = rows
        .into_iter()
        .map(|row| row.into_iter().map(|(picture, _)| picture).collect())
        .collect();
    Ok((steps, pictures))
}
