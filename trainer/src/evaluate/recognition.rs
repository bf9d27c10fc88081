//! Whether a style is seen at a glance: small paintings are told apart by their texture and colours of tone alone, as somebody
//! would who walks past a gallery.

use limn::{Planes, options::fit};
use serde::Serialize;

use crate::metrics::gram::Gram;

/// Longest side, in pixels, at which paintings are looked at.
const GLANCE: usize = 256;

/// A painting, or an untouched photo, at a glance.
pub struct Glance {
    /// Who painted it; `None` for the photo.
    pub style: Option<String>,
    /// Which photo it was made from.
    pub subject: usize,
    pub gram: Gram,
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

/// Looks for the nearest neighbour of each painting of `style` among all `glances` at other photos, by the distance of their
/// Gram matrices. `None` where there are no such paintings or no others.
pub fn recognise(style: &str, glances: &[&Glance]) -> Option<Recognition> {
    let mut found = Vec::new();
    for own in glances
        .iter()
        .filter(|glance| glance.style.as_deref() == Some(style))
    {
        let others = glances.iter().filter(|other| other.subject != own.subject);
        let apart =
            |other: &Glance| own.gram.distance(&other.gram) + other.gram.distance(&own.gram);
        let nearest = others.min_by(|a, b| apart(a).total_cmp(&apart(b)))?;
        found.push(&nearest.style);
    }
    let share = |wanted: Option<&str>| {
        let count = found
            .iter()
            .filter(|style| style.as_deref() == wanted)
            .count();
        count as f64 / found.len() as f64
    };
    (!found.is_empty()).then(|| Recognition {
        recognised: share(Some(style)),
        taken_for_photo: share(None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glance_of(style: Option<&str>, subject: usize, value: f32) -> Glance {
        Glance {
            style: style.map(String::from),
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
        let glances: Vec<&Glance> = glances.iter().collect();
        let bold = recognise("bold", &glances).unwrap();
        assert_eq!((bold.recognised, bold.taken_for_photo), (1.0, 0.0));
        let faint = recognise("faint", &glances).unwrap();
        assert_eq!((faint.recognised, faint.taken_for_photo), (0.5, 0.5));
        assert_eq!(recognise("other", &glances), None);
        assert_eq!(
            recognise("alone", &[&glance_of(Some("alone"), 0, 1.0)]),
            None
        );
    }
}
