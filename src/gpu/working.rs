//! What the networks read and write at one working size: the gradients of the photo, and the changes that up to two styles
//! make to them.

use wgpu::Buffer;

use super::{
    device::Gpu,
    dispatch::{Dispatch, tiles},
    frame::Geometry,
    kernels::Kernels,
    solver::Solver,
};

/// Buffers at the working size, and the launches that fill the gradients.
pub struct Working {
    size: (usize, usize),
    /// Downscale, if any, and gradient.
    pub prepare: Vec<Dispatch>,
    /// `[2, height · width + 1]` activations.
    pub gradients: Buffer,
    /// `[2, height, width]` activations: the change that the style makes.
    change: Buffer,
    /// Likewise of the second style, from when there is one.
    second_change: Option<Buffer>,
}

impl Working {
    /// For `photo`, `[height, width]` of vec4f at the full size of `geometry`. `params` holds the geometry.
    pub fn new(
        gpu: &Gpu,
        kernels: &Kernels,
        geometry: &Geometry,
        params: &Buffer,
        photo: &Buffer,
    ) -> Self {
        let Geometry { full, work } = *geometry;
        let pixels = work.0 * work.1;
        let gradients = gpu.storage("gradients", 2 * (pixels + 1));
        let mut prepare = Vec::new();
        let mut image = photo.clone();
        if full != work {
            image = gpu.storage("working image", pixels);
            prepare.push(Dispatch::new(
                gpu,
                "downscale",
                &kernels.downscale,
                &[
                    (0, params.as_entire_binding()),
                    (2, photo.as_entire_binding()),
                    (3, image.as_entire_binding()),
                ],
                tiles(work.0, work.1),
            ));
        }
        prepare.push(Dispatch::new(
            gpu,
            "gradient",
            &kernels.gradient,
            &[
                (0, params.as_entire_binding()),
                (2, image.as_entire_binding()),
                (8, gradients.as_entire_binding()),
            ],
            tiles(work.0, work.1),
        ));
        Self {
            size: work,
            prepare,
            gradients,
            change: gpu.storage("change", 2 * pixels),
            second_change: None,
        }
    }

    /// Makes room for the change of a second style; false where there was room before.
    pub fn add_second_change(&mut self, gpu: &Gpu) -> bool {
        let missing = self.second_change.is_none();
        if missing {
            let (width, height) = self.size;
            self.second_change = Some(gpu.storage("second change", 2 * width * height));
        }
        missing
    }

    /// Where style `slot` (0 or 1) puts its change. Without a second style its place is that of the first.
    pub fn change(&self, slot: usize) -> &Buffer {
        match &self.second_change {
            Some(second) if slot == 1 => second,
            _ => &self.change,
        }
    }

    /// The launch that writes the right-hand side of `solver` from the changes.
    pub fn right_hand_side(
        &self,
        gpu: &Gpu,
        kernels: &Kernels,
        params: &Buffer,
        solver: &Solver,
    ) -> Dispatch {
        let (width, height) = solver.size();
        Dispatch::new(
            gpu,
            "right-hand side",
            &kernels.right_hand_side,
            &[
                (0, params.as_entire_binding()),
                (3, solver.rhs.as_entire_binding()),
                (4, self.change(0).as_entire_binding()),
                (9, self.change(1).as_entire_binding()),
            ],
            tiles(width, height),
        )
    }
}
