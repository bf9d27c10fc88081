//! ONNX networks of fixed input shape, run by tract.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result, ensure};
use tract_onnx::prelude::*;

/// A loaded network with one input.
pub struct OnnxNetwork {
    plan: Arc<TypedRunnableModel>,
    shape: [usize; 4],
}

impl OnnxNetwork {
    /// Loads and optimises the file for inputs of `shape` `[N, C, H, W]`, f32.
    ///
    /// # Errors
    /// When the file is missing, is no ONNX network, or does not take that shape.
    pub fn load(path: &Path, shape: [usize; 4]) -> Result<Self> {
        ensure!(
            path.is_file(),
            "there is no file {}, which measures of identity need",
            path.display()
        );
        let plan = tract_onnx::onnx()
            .model_for_path(path)
            .and_then(|model| model.with_input_fact(0, f32::fact(shape).into()))
            .and_then(|model| model.into_optimized())
            .and_then(|model| model.into_runnable())
            .with_context(|| format!("{} is not a usable network", path.display()))?;
        Ok(Self { plan, shape })
    }

    /// The outputs for `input`, as many values as the shape says.
    ///
    /// # Errors
    /// When the network fails, or an output is not f32.
    pub fn run(&self, input: &[f32]) -> Result<Vec<Vec<f32>>> {
        let input = Tensor::from_shape(&self.shape, input)?;
        let outputs = self.plan.run(tvec!(input.into_tvalue()))?;
        outputs
            .iter()
            .map(|output| Ok(output.try_as_plain_ram()?.as_slice::<f32>()?.to_vec()))
            .collect()
    }
}
