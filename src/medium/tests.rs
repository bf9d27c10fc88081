use super::*;

/// Textures, one of each kind, as a record says it.
const KINDS: [&str; 8] = [
    r#"{"kind": "paper", "period": 1.3, "grain": 0.5, "strokes": 0.3, "light": true}"#,
    r#"{"kind": "paper", "period": 1.3, "grain": 0.5, "strokes": 0.3, "angle": -50}"#,
    r#"{"kind": "pigment", "period": 1.6, "grain": 0.3, "pools": 0.5}"#,
    r#"{"kind": "canvas", "period": 3.2, "weave": 0.4, "brush": 0.6}"#,
    r#"{"kind": "halftone", "period": 5}"#,
    r#"{"kind": "halftone", "period": 5, "colour": true}"#,
    r#"{"kind": "engraving", "period": 4, "bend": 5, "angle": -20}"#,
    r#"{"kind": "hatching", "period": 3, "wobble": 1.5, "angle": -45}"#,
];

fn media(json: &str) -> Media {
    let medium: Medium = serde_json::from_str(json).unwrap();
    medium.check().unwrap();
    Media::new([(1.0, Some(&medium)), (0.0, None)], &Options::default())
}

/// A flat colour on a medium: mean, and standard deviation, of the first channel.
fn flat(media: &Media, tone: f32, spacing: f32) -> (f64, f64) {
    let side = (160.0 / spacing) as usize;
    let (mut sum, mut squares) = (0.0, 0.0);
    for i in 0..side * side {
        let place = Place {
            x: ((i % side) as f32 + 0.5) * spacing,
            y: ((i / side) as f32 + 0.5) * spacing,
            spacing,
            around: tone,
        };
        let [value, ..] = media.lay([tone; 3], &place).map(f64::from);
        // Half a step of 8 bits is far more.
        assert!(
            (-1e-6..=1.0 + 1e-6).contains(&value),
            "{tone} became {value}"
        );
        sum += value;
        squares += value * value;
    }
    let mean = sum / (side * side) as f64;
    (
        mean,
        (squares / (side * side) as f64 - mean * mean)
            .max(0.0)
            .sqrt(),
    )
}

#[test]
fn tones_stay_what_they_are_in_the_mean() {
    for json in KINDS {
        let media = media(json);
        for tone in [0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9] {
            let (expected, most) = match media.0[0].kind {
                // What is all but white is left blank, what is all but black is filled in.
                formula::HALFTONE | formula::ENGRAVING => ((tone - 0.08) / 0.87, 0.03),
                // A pen's blacks run together sooner, and pale tones are left out.
                formula::HATCHING => (tone, 0.12),
                _ => (tone, 0.04),
            };
            for spacing in [1.0, 0.25] {
                let (mean, _) = flat(&media, tone as f32, spacing);
                assert!(
                    (mean - expected).abs() < most,
                    "{json} makes {mean:.3} of {tone} at {spacing}"
                );
            }
        }
    }
}

#[test]
fn mid_tones_show_it_and_paper_that_is_left_blank_does_not() {
    for json in KINDS {
        let media = media(json);
        for spacing in [1.0, 0.25] {
            let (_, contrast) = flat(&media, 0.5, spacing);
            assert!(contrast > 0.02, "{json}: {contrast:.3} at {spacing}");
            if !json.contains("canvas") {
                assert_eq!(flat(&media, 1.0, spacing), (1.0, 0.0), "{json}");
                let (black, contrast) = flat(&media, 0.0, spacing);
                assert!(
                    black < 1e-3 && contrast < 1e-2,
                    "{json}: {black}, {contrast}"
                );
            }
        }
    }
}

#[test]
fn what_is_too_fine_for_a_picture_is_left_out() {
    for json in KINDS {
        let (mean, contrast) = flat(&media(json), 0.5, 8.0);
        assert!((mean - 0.5).abs() < 0.08, "{json}: {mean}");
        assert!(contrast < 0.1, "{json}: {contrast}");
    }
}

#[test]
fn amounts_are_those_of_strength_texture_and_share() {
    let medium: Medium = serde_json::from_str(KINDS[4]).unwrap();
    let amount = |strength, texture, share| {
        let options = Options {
            strength,
            texture,
            ..Options::default()
        };
        Media::new([(share, Some(&medium)), (1.0 - share, None)], &options).0[0].amount
    };
    assert_eq!(amount(1.0, 1.0, 1.0), 1.0);
    assert_eq!(amount(1.5, 1.0, 1.0), 1.0);
    assert_eq!(amount(0.5, 0.5, 0.5), 0.125);
    let none = |strength, texture| {
        let options = Options {
            strength,
            texture,
            ..Options::default()
        };
        Media::new([(1.0, Some(&medium)), (0.0, None)], &options).is_none()
    };
    assert!(none(0.0, 1.0) && none(1.0, 0.0));
}

#[test]
fn colours_out_of_range_are_laid_as_the_nearest_in_it() {
    let place = Place {
        x: 17.3,
        y: 4.1,
        spacing: 0.5,
        around: 1.2,
    };
    for json in KINDS {
        let media = media(json);
        for (odd, near) in [([-3.0, 1e6, 0.5], [0.0, 1.0, 0.5])] {
            let (odd, near) = (media.lay(odd, &place), media.lay(near, &place));
            for (odd, near) in odd.into_iter().zip(near) {
                assert!((odd - near).abs() < 0.1, "{json}: {odd}, {near}");
            }
        }
    }
}

/// What `color` becomes where nothing depends on the place.
fn print(media: &Media, color: [f32; 3], spacing: f32) -> [f32; 3] {
    let place = Place {
        x: 3.2,
        y: 8.4,
        spacing,
        around: 0.5,
    };
    media.lay(color, &place)
}

/// What the grey `tone` becomes.
fn grey(media: &Media, tone: f32, spacing: f32) -> [f32; 3] {
    print(media, [tone; 3], spacing)
}

#[test]
fn a_screen_print_has_its_inks_and_edges_between_them() {
    let media = media(
        r#"{"kind": "screenprint", "inks": [[0.1, 0.1, 0.3], [0.9, 0.3, 0.2], [1, 0.9, 0.8]], "softness": 0.04}"#,
    );
    let inks = [[0.1, 0.1, 0.3], [0.9, 0.3, 0.2], [1.0, 0.9, 0.8]];
    // Boundaries lie at the luminances 0.295 and 0.694.
    for (tone, ink) in [
        (0.0, 0),
        (0.25, 0),
        (0.34, 1),
        (0.65, 1),
        (0.74, 2),
        (1.0, 2),
    ] {
        let print = grey(&media, tone, 1.0);
        for (value, ink) in print.into_iter().zip(inks[ink]) {
            assert!((value - ink).abs() < 1e-6, "{tone} became {print:?}");
        }
    }
    let [edge, ..] = grey(&media, 0.3, 1.0);
    assert!((0.45..0.65).contains(&edge), "{edge}");
    // In a larger picture the same edge is steeper.
    assert!(grey(&media, 0.31, 0.25)[0] > grey(&media, 0.31, 1.0)[0] + 0.05);
    // An ink is printed as itself.
    for ink in inks {
        let print = print(&media, ink, 1.0);
        assert!(print.iter().zip(ink).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}

#[test]
fn a_cel_has_few_tones_with_black_and_white_among_them_and_keeps_hues() {
    let media = media(r#"{"kind": "cel", "levels": 5, "softness": 0.1}"#);
    let mut near = 0;
    for i in 0..=200_u8 {
        let tone = f32::from(i) / 200.0;
        let [value, ..] = grey(&media, tone, 1.0);
        assert!((value - tone).abs() <= 0.126, "{tone} became {value}");
        near += u32::from(((value * 4.0).round() / 4.0 - value).abs() < 0.01);
    }
    assert!(near > 150, "{near} of 201");
    assert_eq!(grey(&media, 0.0, 1.0)[0], 0.0);
    assert!((grey(&media, 1.0, 1.0)[0] - 1.0).abs() < 1e-6);
    let [r, g, b] = print(&media, [0.6, 0.4, 0.3], 1.0);
    let hue = (g - b) / (r - b);
    assert!((hue - 1.0 / 3.0).abs() < 0.01, "{hue}");
}

/// Records in use must not change their look.
#[test]
fn noise_is_what_it_always_was() {
    assert_eq!(noise::hash(0, 0, 0), 0);
    assert_eq!(
        [(1, 0, 0), (0, 1, 0), (0, 0, 1), (-7, 12, 5)].map(|(x, y, s)| noise::hash(x, y, s)),
        [0x6d52_3710, 0xc4a0_e45c, 0xaa6f_94b3, 0xe6df_5981]
    );
}

#[test]
fn what_is_out_of_range_or_unknown_is_refused() {
    let refused = |json: &str| {
        serde_json::from_str::<Medium>(json)
            .map_err(|error| error.to_string())
            .and_then(|medium| medium.check())
            .unwrap_err()
    };
    for (json, expected) in [
        (
            r#"{"kind": "paper", "period": 0, "grain": 0.5}"#,
            "period is 0",
        ),
        (
            r#"{"kind": "paper", "period": 1e30, "grain": 0.5}"#,
            "period is 1",
        ),
        (
            r#"{"kind": "paper", "period": -2, "grain": 0.5}"#,
            "period is -2",
        ),
        (
            r#"{"kind": "paper", "period": 2, "grain": 1.5}"#,
            "grain is 1.5",
        ),
        (
            r#"{"kind": "paper", "period": 2, "grain": 1, "strokes": 2}"#,
            "strokes is 2",
        ),
        (
            r#"{"kind": "paper", "period": 2, "grain": 1, "angle": 999}"#,
            "angle is 999",
        ),
        (
            r#"{"kind": "canvas", "period": 2, "weave": -1}"#,
            "weave is -1",
        ),
        (
            r#"{"kind": "pigment", "period": 2, "grain": 0, "pools": 7}"#,
            "pools is 7",
        ),
        (
            r#"{"kind": "engraving", "period": 2, "bend": 21}"#,
            "bend is 21",
        ),
        (
            r#"{"kind": "hatching", "period": 2, "wobble": 21}"#,
            "wobble is 21",
        ),
        (
            r#"{"kind": "halftone", "period": 2, "amount": 2}"#,
            "amount is 2",
        ),
        (
            r#"{"kind": "halftone", "period": 2, "ink": [0, 0, 2]}"#,
            "colour is 2",
        ),
        (r#"{"kind": "halftone", "period": 2, "bend": 1}"#, "bend"),
        (r#"{"kind": "halftone"}"#, "period"),
        (
            r#"{"kind": "screenprint", "inks": [[1, 1, 1], [0, 0, 0]], "softness": 0.1}"#,
            "from dark to light",
        ),
        (
            r#"{"kind": "screenprint", "inks": [[0, 0, 0], [0, 0, 0]], "softness": 0.1}"#,
            "from dark to light",
        ),
        (
            r#"{"kind": "screenprint", "inks": [[1, 1, 1]], "softness": 0.1}"#,
            "2 to 4 inks, not 1",
        ),
        (
            r#"{"kind": "screenprint", "inks": [[0, 0, 0], [1, 1, 2]], "softness": 0.1}"#,
            "colour is 2",
        ),
        (
            r#"{"kind": "screenprint", "inks": [[0, 0, 0], [1, 1, 1]], "softness": 0}"#,
            "softness is 0",
        ),
        (
            r#"{"kind": "cel", "levels": 1, "softness": 0.1}"#,
            "levels is 1",
        ),
        (
            r#"{"kind": "cel", "levels": 4, "softness": 0.6}"#,
            "softness is 0.6",
        ),
        (r#"{"kind": "marble", "period": 2}"#, "marble"),
        (r#"{"kind": "halftone", "period": null}"#, "null"),
    ] {
        let error = refused(json);
        assert!(error.contains(expected), "{json}: {error}");
    }
    let not_a_number = Medium::Pigment {
        period: f32::NAN,
        grain: 0.5,
        pools: 0.0,
    };
    assert!(not_a_number.check().unwrap_err().contains("NaN"));
}
