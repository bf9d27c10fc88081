//! What a loss amounts to.

/// The total, which is what is differentiated, and the terms that it is the weighted sum of.
#[derive(Clone, Debug, PartialEq)]
pub struct Losses {
    pub total: f32,
    /// Before weighting, in the order of [`super::Task::terms`].
    pub terms: Vec<f32>,
}

impl Losses {
    /// Names of [`values`](Self::values), for terms of these names.
    pub fn columns(terms: &[&'static str]) -> Vec<&'static str> {
        [&["total"], terms].concat()
    }

    /// The total, and then the terms.
    pub fn values(&self) -> impl Iterator<Item = f32> {
        [self.total].into_iter().chain(self.terms.iter().copied())
    }

    /// The mean of each; `None` of none.
    pub fn mean(all: &[Self]) -> Option<Self> {
        let count = all.len() as f32;
        let terms = 0..all.first()?.terms.len();
        Some(Self {
            total: all.iter().map(|losses| losses.total).sum::<f32>() / count,
            terms: terms
                .map(|i| all.iter().map(|losses| losses.terms[i]).sum::<f32>() / count)
                .collect(),
        })
    }
}
