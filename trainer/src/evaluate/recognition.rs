//! Whether a style is seen at a glance: small paintings are told apart by their texture and colours of tone alone, as somebody
//! would who walks past a gallery.

use limn::{Planes, options::fit};
use serde::Serialize;

use crate::metrics::gram::Gram;

/// Longest side, in pixels, at which paintings are looked at.
const GLANCE: usize = 256;

/// A painting, or an untouched photo, at a glance.
pub struct Glance {
    /// Name and width of who painted it; `None` for the photo.
    pub style: Option<(String, usize)>,
    /// Which photo it was made from.
    pub subject: usize,
    pub gram: Gram,
}

impl Glance {
    /// Name of who painted it; `None` for the photo.
    fn painter(&self) -> Option<&str> {
        self.style.as_ref().map(|(name, _)| name.as_str())
    }
}

/// How often the nearest neighbour of a style's paintings is one of its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Recognition {
    /// Share that is.
    pub recognised: f64,
    /// Share whose nearest neighbour is a photo.
    pub taken_for_photo: f64,
}

/// `picture` at the size of a glance.
pub fn glance(picture: &Planes) -> Planes {
    let (width, height) = fit(picture.width, picture.height, GLANCE);
    picture.resized(width, height)
}

/// Looks for the nearest neighbour of each painting by the style `name` of this `width` among the `glances` at other photos, at
/// paintings of that width and at photos themselves, by the distance of their Gram matrices. `None` where there are no such
/// paintings or no others.
pub fn recognise(name: &str, width: usize, glances: &[Glance]) -> Option<Recognition> {
    let rivals: Vec<&Glance> = glances
        .iter()
        .filter(|glance| glance.style.as_ref().is_none_or(|style| style.1 == width))
        .collect();
    let mut found = Vec::new();
    for own in rivals.iter().filter(|own| own.painter() == Some(name)) {
        let others = rivals.iter().filter(|other| other.subject != own.subject);
        let apart =
            |other: &Glance| own.gram.distance(&other.gram) + other.gram.distance(&own.gram);
        let nearest = others.min_by(|a, b| apart(a).total_cmp(&apart(b)))?;
        found.push(nearest.painter());
    }
    let share = |wanted: Option<&str>| {
        let count = found.iter().filter(|style| **style == wanted).count();
        count as f64 / found.len() as f64
    };
    (!found.is_empty()).then(|| Recognition {
        recognised: share(Some(name)),
        taken_for_photo: share(None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glance_of(style: Option<&str>, subject: usize, value: f32) -> Glance {
        Glance {
            style: style.map(|name| (name.into(), 8)),
            subject,
            gram: Gram {
                layers: vec![vec![value, 1.0]],
            },
        }
    }

    #[test]
    fn the_nearest_of_other_photos_decides() {
        let glances = [
            glance_of(None, 0, 1.0),
            glance_of(None, 1, 1.2),
            // Plain to see.
            glance_of(Some("bold"), 0, 5.0),
            glance_of(Some("bold"), 1, 5.2),
            // One painting like a photo, though nearest to that of its own subject.
            glance_of(Some("faint"), 0, 1.21),
            glance_of(Some("faint"), 1, 2.0),
        ];
        let bold = recognise("bold", 8, &glances).unwrap();
        assert_eq!((bold.recognised, bold.taken_for_photo), (1.0, 0.0));
        let faint = recognise("faint", 8, &glances).unwrap();
        assert_eq!((faint.recognised, faint.taken_for_photo), (0.5, 0.5));
        assert_eq!(recognise("other", 8, &glances), None);
        assert_eq!(
            recognise("alone", 8, &[glance_of(Some("alone"), 0, 1.0)]),
            None
        );
    }
}
