//! Weights of networks, from the bytes of a `.safetensors` file to Burn tensors, with shapes checked by name.

use std::collections::HashMap;

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::{Dtype, SafeTensors};

/// Why weights cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightError {
    #[error("these are no safetensors: {0}")]
    Format(#[from] safetensors::SafeTensorError),
    #[error(
        "tensor `{name}` has element type {found:?}; f32, f16 or, beside a `scale_min`, u8 is expected"
    )]
    ElementType { name: String, found: Dtype },
    #[error("tensor `{name}` is missing")]
    Missing { name: String },
    #[error("tensor `{name}` has shape {found:?}, expected {expected:?}")]
    Shape {
        name: String,
        found: Vec<usize>,
        expected: Vec<usize>,
    },
    #[error(
        "they are of neither known family: there is neither a tensor `conv1.conv2d.weight` (pytorch/examples) nor \
         `conv1.weight_hwio` (fast-style-transfer)"
    )]
    UnknownFamily,
}

/// Named tensors, widened to f32.
#[derive(Clone, Debug, Default)]
pub struct Weights {
    tensors: HashMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Weights {
    /// Reads safetensors; f32 and f16 are accepted, and kernels of 8 bits: `X.weight_u8` beside `X.scale_min`, two
    /// values, becomes `X.weight`, `w = q · scale + min`.
    ///
    /// # Errors
    /// [`WeightError::Format`] when the bytes are something else, [`WeightError::ElementType`], and
    /// [`WeightError::Missing`] or [`WeightError::Shape`] where 8 bits lack their `scale_min`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightError> {
        let file = SafeTensors::deserialize(bytes)?;
        let mut tensors = HashMap::new();
        // In the order of their names, so that of several faults the same one is told each time.
        let mut views = file.tensors();
        views.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut coarse = Vec::new();
        for (name, view) in views {
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
                Dtype::U8 if let Some(layer) = name.strip_suffix(".weight_u8") => {
                    let values: Vec<f32> = data.iter().map(|q| f32::from(*q)).collect();
                    coarse.push((layer.to_owned(), view.shape().to_vec(), values));
                    continue;
                }
                found => return Err(WeightError::ElementType { name, found }),
            };
            tensors.insert(name, (view.shape().to_vec(), values));
        }
        for (layer, shape, mut values) in coarse {
            let name = format!("{layer}.scale_min");
            let Some((found, scale_min)) = tensors.remove(&name) else {
                return Err(WeightError::Missing { name });
            };
            let [scale, min] = scale_min[..] else {
                let expected = vec![2];
                return Err(WeightError::Shape {
                    name,
                    found,
                    expected,
                });
            };
            values.iter_mut().for_each(|q| *q = *q * scale + min);
            tensors.insert(format!("{layer}.weight"), (shape, values));
        }
        Ok(Self { tensors })
    }

    /// Adds a tensor, or takes the place of the one of this name. `values` are as many as `shape` says.
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
    /// [`WeightError::Missing`] and [`WeightError::Shape`].
    pub fn tensor<const D: usize>(
        &self,
        name: &str,
        shape: [usize; D],
        device: &Device,
    ) -> Result<Tensor<D>, WeightError> {
        let Some((found, values)) = self.tensors.get(name) else {
            return Err(WeightError::Missing { name: name.into() });
        };
        if *found != shape {
            return Err(WeightError::Shape {
                name: name.into(),
                found: found.clone(),
                expected: shape.into(),
            });
        }
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
        let file = Weights::from_bytes(&serialize(views, None).unwrap()).unwrap();
        let device = Device::flex();
        let a = file.tensor("a", [2], &device).unwrap().into_data();
        assert_eq!(a.iter::<f32>().collect::<Vec<_>>(), [1.5, -2.0]);
        let b = file.tensor("b", [1, 1], &device).unwrap().into_data();
        assert_eq!(b.iter::<f32>().collect::<Vec<_>>(), [0.1]);
        let message = |result: Result<Tensor<1>, WeightError>| result.unwrap_err().to_string();
        assert!(message(file.tensor("a", [3], &device)).contains("has shape [2], expected [3]"));
        assert!(message(file.tensor("c", [3], &device)).contains("`c` is missing"));
    }

    #[test]
    fn kernels_of_eight_bits_are_widened_by_their_scale() {
        let scale_min: Vec<u8> = [0.5_f32, -3.0]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        let kernel = (
            "a.weight_u8",
            TensorView::new(Dtype::U8, vec![3], &[0, 2, 255]).unwrap(),
        );
        let one = TensorView::new(Dtype::F32, vec![1], &scale_min[..4]).unwrap();
        let two = TensorView::new(Dtype::F32, vec![2], &scale_min).unwrap();
        let read =
            |views: Vec<(&str, TensorView)>| Weights::from_bytes(&serialize(views, None).unwrap());
        let file = read(vec![kernel.clone(), ("a.scale_min", two)]).unwrap();
        let values = file.tensor("a.weight", [3], &Device::flex()).unwrap();
        let values: Vec<f32> = values.into_data().iter::<f32>().collect();
        assert_eq!(values, [-3.0, -2.0, 124.5]);
        let error = |views| read(views).unwrap_err().to_string();
        assert!(error(vec![kernel.clone()]).contains("`a.scale_min` is missing"));
        let short = error(vec![kernel, ("a.scale_min", one)]);
        assert!(short.contains("has shape [1], expected [2]"), "{short}");
    }

    #[test]
    fn other_element_types_are_refused() {
        let bytes = [0; 8];
        let views = [("a", TensorView::new(Dtype::I64, vec![1], &bytes).unwrap())];
        let error = Weights::from_bytes(&serialize(views, None).unwrap()).err();
        assert!(error.unwrap().to_string().contains("I64"));
    }
}
