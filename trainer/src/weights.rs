//! Reads `.safetensors` weights of teachers and of VGG as Burn tensors, with shapes checked by name.

use std::{collections::HashMap, path::Path};

use anyhow::{Context, Result, bail, ensure};
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::{Dtype, SafeTensors};

/// All tensors of a file, widened to f32.
#[derive(Default)]
pub struct WeightFile {
    tensors: HashMap<String, (Vec<usize>, Vec<f32>)>,
}

impl WeightFile {
    /// Reads the whole file; f32 and f16 tensors are accepted.
    ///
    /// # Errors
    /// When the file cannot be read, is not safetensors, or holds another element type.
    pub fn open(path: &Path) -> Result<Self> {
        let bytes =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::from_bytes(&bytes).with_context(|| format!("{} is not a weight file", path.display()))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let file = SafeTensors::deserialize(bytes)?;
        let mut tensors = HashMap::new();
        for (name, view) in file.tensors() {
            let data = view.data();
            let values: Vec<f32> = match view.dtype() {
                Dtype::F32 => data
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|b| f32::from_le_bytes(*b))
                    .collect(),
                Dtype::F16 => data
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|b| half::f16::from_le_bytes(*b).to_f32())
                    .collect(),
                other => {
                    bail!("tensor `{name}` has element type {other:?}; f32 or f16 is expected")
                }
            };
            tensors.insert(name, (view.shape().to_vec(), values));
        }
        Ok(Self { tensors })
    }

    #[cfg(test)]
    pub fn insert(&mut self, name: &str, shape: Vec<usize>, values: Vec<f32>) {
        self.tensors.insert(name.into(), (shape, values));
    }

    /// Whether a tensor of this name is there.
    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The tensor `name`, which must have the given shape.
    ///
    /// # Errors
    /// When it is missing or has another shape; the message names both.
    pub fn tensor<const D: usize>(
        &self,
        name: &str,
        shape: [usize; D],
        device: &Device,
    ) -> Result<Tensor<D>> {
        let (actual, values) = self
            .tensors
            .get(name)
            .with_context(|| format!("tensor `{name}` is missing"))?;
        ensure!(
            *actual == shape,
            "tensor `{name}` has shape {actual:?}, expected {shape:?}"
        );
        Ok(Tensor::from_data(
            TensorData::new(values.clone(), shape),
            device,
        ))
    }
}

#[cfg(test)]
mod tests {
    use safetensors::tensor::{TensorView, serialize};

    use super::*;

    #[test]
    fn halves_and_floats_are_read_and_shapes_checked() {
        let half: Vec<u8> = [1.5_f32, -2.0]
            .iter()
            .flat_map(|v| half::f16::from_f32(*v).to_le_bytes())
            .collect();
        let single = 0.1_f32.to_le_bytes();
        let views = [
            ("a", TensorView::new(Dtype::F16, vec![2], &half).unwrap()),
            (
                "b",
                TensorView::new(Dtype::F32, vec![1, 1], &single).unwrap(),
            ),
        ];
        let file = WeightFile::from_bytes(&serialize(views, None).unwrap()).unwrap();
        let device = Device::flex();
        let a = file.tensor("a", [2], &device).unwrap().into_data();
        assert_eq!(a.iter::<f32>().collect::<Vec<_>>(), [1.5, -2.0]);
        let b = file.tensor("b", [1, 1], &device).unwrap().into_data();
        assert_eq!(b.iter::<f32>().collect::<Vec<_>>(), [0.1]);
        let message = |result: Result<Tensor<1>>| result.unwrap_err().to_string();
        assert!(message(file.tensor("a", [3], &device)).contains("has shape [2], expected [3]"));
        assert!(message(file.tensor("c", [3], &device)).contains("`c` is missing"));
    }

    #[test]
    fn other_element_types_are_refused() {
        let bytes = [0; 8];
        let views = [("a", TensorView::new(Dtype::I64, vec![1], &bytes).unwrap())];
        let error = WeightFile::from_bytes(&serialize(views, None).unwrap()).err();
        assert!(error.unwrap().to_string().contains("I64"));
    }
}
