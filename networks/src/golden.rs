//! Test support: the weights of `tests/golden/make.py` by their formula, and comparison with what it computed.

use burn::tensor::Tensor;
use serde_json::Value;

use crate::weights::Weights;

/// The script's `Formula`, collecting named tensors.
#[derive(Default)]
pub struct Formula {
    count: u64,
    pub weights: Weights,
}

impl Formula {
    /// Adds all weights of `layers`.
    pub fn add_vgg(&mut self, layers: &[crate::vgg::Layer]) {
        for &(name, inputs, outputs) in layers {
            self.kernel(
                &format!("{name}.weight"),
                [outputs, inputs, 3, 3],
                9 * inputs,
            );
            self.row(&format!("{name}.bias"), outputs, 0.2, 0.0);
        }
    }

    /// The next tensor's values.
    pub fn values(&mut self, length: usize, gain: f64, offset: f64) -> Vec<f32> {
        let factor = 7919 + 2 * self.count;
        self.count += 1;
        (1..=length as u64)
            .map(|i| {
                let v = (i * factor % 1009) as f64 / 1009.0 - 0.5;
                (offset + gain * v) as f32
            })
            .collect()
    }

    /// Adds a kernel of unit gain for its number of inputs.
    pub fn kernel(&mut self, name: &str, shape: [usize; 4], fan_in: usize) {
        let length = shape.iter().product();
        let values = self.values(length, (12.0 / fan_in as f64).sqrt(), 0.0);
        self.weights.insert(name, shape.to_vec(), values);
    }

    /// Adds one value per channel.
    pub fn row(&mut self, name: &str, channels: usize, gain: f64, offset: f64) {
        let values = self.values(channels, gain, offset);
        self.weights.insert(name, vec![channels], values);
    }
}

/// Compares `tensor` `[1, C, H, W]` with the entry at `path` of golden.json, to a thousandth of its size.
pub fn compare(tensor: Tensor<4>, path: &[&str]) {
    let golden: Value = serde_json::from_str(include_str!("../tests/golden/golden.json")).unwrap();
    let entry = path.iter().fold(&golden, |value, key| &value[*key]);
    let shape: Vec<usize> = tensor.dims()[1..].to_vec();
    assert_eq!(serde_json::json!(shape), entry["shape"], "{path:?}");
    let values: Vec<f64> = tensor.into_data().iter::<f64>().collect();
    let count = values.len() as f64;
    let rms = (values.iter().map(|v| v * v).sum::<f64>() / count).sqrt();
    let tolerance = 1e-3 * entry["rms"].as_f64().unwrap();
    let near = |actual: f64, expected: &Value, what: &str| {
        let expected = expected.as_f64().unwrap();
        assert!(
            (actual - expected).abs() <= tolerance,
            "{path:?} {what}: {actual}, expected {expected}"
        );
    };
    near(values.iter().sum::<f64>() / count, &entry["mean"], "mean");
    near(rms, &entry["rms"], "rms");
    for i in 0..4 {
        near(values[i], &entry["first"][i], "start");
        near(values[values.len() - 4 + i], &entry["last"][i], "end");
    }
}
