//! The terms of the training loss, and one number for each of them: a recipe's weights, a step's values. The tables of a
//! run, its curves and the catalogue take the terms from here; what a term computes is its file in `fit/loss/`.

use std::{
    collections::BTreeMap,
    ops::{Index, IndexMut},
};

use serde::{Deserialize, Deserializer, de::Error};

macro_rules! terms {
    ($($(#[doc = $doc:literal])+ $term:ident = $name:literal, $label:literal;)+) => {
        /// A term of the training loss, in the order of the tables' columns.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        pub enum Term {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $term,)+
        }

        impl Term {
            /// Those that compare features of VGG-16.
            pub const ON_VGG: [Self; 3] = [Self::Features, Self::Perceptual, Self::Gram];
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$term),+];
            /// [`name`](Self::name) of all of them.
            pub const NAMES: &[&str] = &[$($name),+];

            /// Key of its weight in a recipe, and column in the tables of a run.
            pub fn name(self) -> &'static str {
                Self::NAMES[self as usize]
            }

            /// What a recipe in one line calls it.
            fn label(self) -> &'static str {
                match self {
                    $(Self::$term => $label,)+
                }
            }
        }
    };
}

terms! {
    /// Mean squared error of the gradients (image values in [0, 1]): L_pixel of Liu et al., eq. 2.
    Pixel = "pixel", "pixel";
    /// Mean squared error of VGG-16 conv3_3 of the gradient maps × 255: L_feat of Liu et al., eq. 3.
    Features = "features", "VGG-16 conv3_3";
    /// Relative squared error of the VGG-16 features of the rebuilt picture, summed over conv1_2, conv2_2 and conv3_3.
    Perceptual = "perceptual", "perceptual";
    /// Relative squared distance of the covariances (Gram matrices of mean-removed features) of the same features.
    Gram = "gram", "Gram";
    /// Relative squared distance of the local mean gradient magnitude of the rebuilt picture.
    Energy = "energy", "energy";
    /// Energy of what repeats every four pixels in the error of the output.
    Grid = "grid", "grid";
    /// Mean squared error of the corrected ground, beside the reference itself; of a network with a second head.
    Ground = "ground", "ground";
    /// Mean squared error of the rebuilt picture.
    Picture = "picture", "picture";
}

/// How many terms there are.
const COUNT: usize = Term::ALL.len();

/// One number per term.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PerTerm<T>(pub [T; COUNT]);

/// What each term is multiplied by; zero where a recipe does not name it.
pub type Weights = PerTerm<f64>;

/// What each term amounts to, before weighting; zero where its weight is zero, since it is not computed then.
pub type Values = PerTerm<f32>;

impl<T> Index<Term> for PerTerm<T> {
    type Output = T;

    fn index(&self, term: Term) -> &T {
        &self.0[term as usize]
    }
}

impl<T> IndexMut<Term> for PerTerm<T> {
    fn index_mut(&mut self, term: Term) -> &mut T {
        &mut self.0[term as usize]
    }
}

impl Weights {
    /// The weights in one line.
    pub fn summary(&self) -> String {
        let terms = Term::ALL
            .iter()
            .map(|term| format!("{} {}", self[*term], term.label()));
        terms.collect::<Vec<_>>().join(" + ")
    }
}

impl<'de> Deserialize<'de> for Weights {
    /// A table of weights by the terms' names, of which `pixel` must be given.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = BTreeMap::<Term, f64>::deserialize(deserializer)?;
        if !given.contains_key(&Term::Pixel) {
            return Err(D::Error::missing_field(Term::Pixel.name()));
        }
        let mut weights = Self::default();
        for (term, weight) in given {
            weights[term] = weight;
        }
        Ok(weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_by_their_names_and_kept_apart() {
        for (place, term) in Term::ALL.iter().enumerate() {
            let text = format!("pixel = 1.0\n{} = 7.0", term.name());
            let text = text.replace("pixel = 1.0\npixel", "pixel");
            let weights: Weights = toml::from_str(&text).unwrap();
            assert_eq!(weights.0[place], 7.0, "{text}");
            let sum: f64 = weights.0.iter().sum();
            assert!(sum == 8.0 || *term == Term::Pixel);
        }
        let error = toml::from_str::<Weights>("gram = 1.0").unwrap_err();
        assert!(error.to_string().contains("pixel"), "{error}");
    }
}
