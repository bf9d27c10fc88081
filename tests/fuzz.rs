//! Records and options from outside, damaged in a thousand ways: they are read, or refused with the reason, and nothing
//! panics, hangs or allocates what a few bytes ask for. The damage is drawn from a fixed seed, so a finding comes back.

use burn_pack::{Bytes, DType, Tensor, Writer};
use limn::{
    Options,
    ground::Ground,
    medium::Medium,
    network::Architecture,
    style::{Style, StyleError},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

const ROUNDS: usize = 3000;

/// The network with every kind of layer.
const NETWORK: Architecture = Architecture::with_colours(4);

/// A style with everything that a style can have.
fn whole() -> Style {
    let mut style = Style::untrained(NETWORK, 1);
    style.metadata.ground = Some(Ground::PHOTO);
    style.metadata.medium = Some(Medium::Paper {
        period: 2.0,
        grain: 0.3,
        strokes: 0.3,
        angle: 30.0,
        light: false,
    });
    style
}

/// What [`Style::from_bytes`] promises of what it reads, and that it tells what it refuses.
fn check(bytes: &[u8], what: &str) -> Option<Style> {
    match Style::from_bytes(bytes) {
        Ok(style) => {
            let lambda = style.metadata.lambda;
            assert!(
                (0.0..=Options::MAX_LAMBDA).contains(&lambda),
                "{what}: λ is {lambda}"
            );
            assert!(style.metadata.trained_size > 0, "{what}");
            let medium = style.metadata.medium;
            assert!(medium.is_none_or(|medium| medium.check().is_ok()), "{what}");
            let layers = style.metadata.network().layers();
            assert_eq!(style.layers.len(), layers.len(), "{what}");
            for (weights, layer) in style.layers.iter().zip(&layers) {
                assert_eq!(weights.weight.len(), layer.weight_len(), "{what}");
                assert_eq!(weights.bias.len(), layer.out_channels, "{what}");
                let mut values = weights.weight.iter().chain(&weights.bias);
                assert!(values.all(|value| value.is_finite()), "{what}");
            }
            Some(style)
        }
        Err(error) => {
            let message = error.to_string();
            assert!(error.code().starts_with("style-"), "{what}: {error:?}");
            // For people, and not the whole file again.
            assert!(
                (10..2000).contains(&message.len()),
                "{what}: {} bytes of message",
                message.len()
            );
            None
        }
    }
}

/// Changes, cuts, doubles or drops some of the bytes; half of the time near the start, where the structure is.
fn damage(bytes: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    for _ in 0..rng.random_range(1..4) {
        let end = if rng.random_bool(0.5) {
            damaged.len().min(2048)
        } else {
            damaged.len()
        };
        if end == 0 {
            break;
        }
        let at = rng.random_range(0..end);
        let until = (at + rng.random_range(1..9)).min(damaged.len());
        match rng.random_range(0..6) {
            0 => damaged.truncate(at),
            1 => drop(damaged.drain(at..until)),
            2 => {
                let twice = damaged[at..until].to_vec();
                damaged.splice(at..at, twice);
            }
            3 => {
                let value = [0x00, 0xff, 0x7f, 0x80][rng.random_range(0..4)];
                damaged[at..until].fill(value);
            }
            4 => damaged[at] ^= 1 << rng.random_range(0..8),
            _ => damaged[at] = rng.random(),
        }
    }
    damaged
}

#[test]
fn damaged_records_are_refused_or_read_whole() {
    let record = whole().to_bytes().unwrap();
    let mut rng = StdRng::seed_from_u64(1);
    let mut read = 0;
    for round in 0..ROUNDS {
        let bytes = damage(&record, &mut rng);
        read += usize::from(check(&bytes, &format!("round {round}")).is_some());
    }
    // Most bytes are weights, and other weights are a record too: the damage is of both kinds.
    assert!((ROUNDS / 20..ROUNDS * 19 / 20).contains(&read), "{read}");
}

#[test]
fn a_record_cut_off_anywhere_is_refused() {
    let record = whole().to_bytes().unwrap();
    for length in (0..record.len().min(4096)).chain((4096..record.len()).step_by(97)) {
        assert!(
            check(&record[..length], &format!("{length} bytes")).is_none(),
            "{length} of {} bytes are no record",
            record.len()
        );
    }
}

#[test]
fn every_bit_of_the_head_may_be_wrong() {
    let record = whole().to_bytes().unwrap();
    for at in 0..record.len().min(1500) {
        for bit in 0..8 {
            let mut bytes = record.clone();
            bytes[at] ^= 1 << bit;
            check(&bytes, &format!("bit {bit} of byte {at}"));
        }
    }
}

/// A Burn record with these metadata and the tensors of [`NETWORK`], but for what `change` does to their shapes.
fn record_with(metadata: &str, change: impl Fn(usize, &mut Vec<usize>)) -> Vec<u8> {
    let mut tensors = Vec::new();
    for (i, layer) in NETWORK.layers().iter().enumerate() {
        let shapes = [
            ("weight", vec![layer.out_channels, layer.in_channels, 3, 3]),
            ("bias", vec![layer.out_channels]),
        ];
        for (part, mut shape) in shapes {
            change(i, &mut shape);
            let size: usize = shape.iter().product();
            tensors.push(Tensor::new(
                format!("convs.{i}.{part}"),
                DType::F16,
                shape,
                None,
                Bytes::from_bytes_vec(vec![0; 2 * size]),
            ));
        }
    }
    Writer::new(tensors)
        .with_metadata("limn", metadata)
        .into_bytes()
        .unwrap()
        .to_vec()
}

/// The metadata of a style.
fn metadata() -> serde_json::Value {
    serde_json::to_value(&whole().metadata).unwrap()
}

#[test]
fn hostile_metadata_are_refused() {
    assert!(check(&record_with(&metadata().to_string(), |_, _| ()), "as it is").is_some());
    let deep = "[".repeat(100_000);
    let long = format!("{{\"name\": \"{}\"}}", "x".repeat(1 << 20));
    for text in [
        "",
        "null",
        "[]",
        "{}",
        "{",
        "1e999",
        "\"\\ud800\"",
        "\0",
        &deep,
        &long,
    ] {
        let what = &text[..text.len().min(20)];
        assert!(
            check(&record_with(text, |_, _| ()), what).is_none(),
            "{what}"
        );
    }
    // A width is what everything is sized by.
    for width in [
        "0",
        "-4",
        "4.5",
        "3",
        "1e3",
        "68",
        "1e308",
        "18446744073709551615",
        "null",
        "\"4\"",
        "[4]",
    ] {
        let mut metadata = metadata();
        metadata["width"] = serde_json::Value::String("WIDTH".into());
        let text = metadata.to_string().replace("\"WIDTH\"", width);
        assert!(
            check(&record_with(&text, |_, _| ()), width).is_none(),
            "width {width}"
        );
    }
}

#[test]
fn odd_values_in_metadata_are_refused_or_harmless() {
    let odd = [
        serde_json::json!(null),
        serde_json::json!(true),
        serde_json::json!(-1),
        serde_json::json!(1e308),
        serde_json::json!(u64::MAX),
        serde_json::json!(""),
        serde_json::json!("<script>"),
        serde_json::json!([]),
        serde_json::json!({}),
    ];
    let whole = metadata();
    for key in whole["medium"].as_object().unwrap().keys() {
        for value in &odd {
            let mut changed = whole.clone();
            changed["medium"][key] = value.clone();
            let what = format!("medium.{key} = {value}");
            check(&record_with(&changed.to_string(), |_, _| ()), &what);
        }
    }
    let keys: Vec<&String> = whole.as_object().unwrap().keys().collect();
    for key in keys {
        for value in &odd {
            let mut changed = whole.clone();
            changed[key] = value.clone();
            let what = format!("{key} = {value}");
            check(&record_with(&changed.to_string(), |_, _| ()), &what);
        }
        let mut without = whole.clone();
        without.as_object_mut().unwrap().remove(key);
        check(
            &record_with(&without.to_string(), |_, _| ()),
            &format!("without {key}"),
        );
    }
}

#[test]
fn tensors_of_other_shapes_are_refused() {
    let metadata = metadata().to_string();
    for layer in 0..NETWORK.layers().len() {
        type Change = fn(&mut Vec<usize>);
        let changes: [(&str, Change); 5] = [
            ("one more", |shape| shape[0] += 1),
            ("none", |shape| shape[0] = 0),
            ("turned", |shape| shape.reverse()),
            ("flat", |shape| *shape = vec![shape.iter().product()]),
            ("a dimension more", |shape| shape.push(1)),
        ];
        for (what, change) in changes {
            let record = record_with(&metadata, |i, shape| {
                // A bias turned or flattened stays as it is.
                if i == layer && (shape.len() > 1 || !["turned", "flat"].contains(&what)) {
                    change(shape);
                }
            });
            match Style::from_bytes(&record) {
                Err(StyleError::Shape(message)) => assert!(
                    message.contains(&format!("convs.{layer}.")),
                    "layer {layer}, {what}: {message}"
                ),
                other => panic!("layer {layer}, {what}: {:?}", other.map(|_| ())),
            }
        }
    }
}

#[test]
fn options_of_any_kind_are_clamped_or_refused() {
    let numbers = [
        "null",
        "0",
        "-0.0",
        "1",
        "-1",
        "0.5",
        "1.5",
        "1e30",
        "-1e30",
        "1e-45",
        "1e308",
        "3.4e38",
        "18446744073709551615",
        "\"1\"",
        "[]",
        "{}",
        "true",
    ];
    let mut rng = StdRng::seed_from_u64(3);
    let mut pick = |from: &[&'static str]| from[rng.random_range(0..from.len())];
    const MOST: usize = Options::MAX_ENLARGEMENT;
    let mut read = 0;
    for _ in 0..ROUNDS {
        let fields = [
            "strength",
            "lambda",
            "mix",
            "colour",
            "texture",
            "workingSize",
        ]
        .map(|name| format!("\"{name}\": {}", pick(&numbers)));
        let text = format!("{{{}}}", fields.join(", "));
        let Ok(options) = serde_json::from_str::<Options>(&text) else {
            continue;
        };
        read += 1;
        let clamped = options.clamped();
        for (value, most) in [
            (clamped.strength, Options::MAX_STRENGTH),
            (clamped.lambda, Options::MAX_LAMBDA),
            (clamped.mix, 1.0),
            (clamped.colour, 1.0),
            (clamped.texture, 1.0),
        ] {
            assert!((0.0..=most).contains(&value), "{text}: {value}");
        }
        for (photo, trained) in [((1, 1), 480), ((1, 9000), 1), ((640, 480), 480)] {
            let (width, height) = clamped.working_size(photo, trained);
            assert!(
                (1..=MOST * photo.0).contains(&width) && (1..=MOST * photo.1).contains(&height),
                "{text}: {width}×{height} for {photo:?}"
            );
        }
    }
    assert!((ROUNDS / 20..ROUNDS).contains(&read), "{read}");
}
