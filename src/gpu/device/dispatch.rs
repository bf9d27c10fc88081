//! One kernel launch with everything it needs, built once per size and replayed every frame.

use wgpu::{
    BindGroup, BindGroupEntry, BindGroupLayout, BindingResource, ComputePass, ComputePipeline,
};

use super::Gpu;

/// A compute pipeline, its bind group and its number of workgroups.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// What the kernel does, for timings.
    #[cfg_attr(
        target_arch = "wasm32",
        expect(dead_code, reason = "native builds time kernels")
    )]
    pub label: &'static str,
    pipeline: ComputePipeline,
    bind_group: BindGroup,
    workgroups: [u32; 3],
}

impl Dispatch {
    /// Binds `resources`, pairs of binding number and resource, to group 0 of `pipeline`.
    pub fn new(
        gpu: &Gpu,
        label: &'static str,
        pipeline: &ComputePipeline,
        resources: &[(u32, BindingResource<'_>)],
        workgroups: [u32; 3],
    ) -> Self {
        let layout = pipeline.get_bind_group_layout(0);
        let bind_group = gpu.bind(label, &layout, resources);
        Self {
            label,
            pipeline: pipeline.clone(),
            bind_group,
            workgroups,
        }
    }

    /// Records the launch.
    pub fn encode(&self, pass: &mut ComputePass<'_>) {
        let [x, y, z] = self.workgroups;
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.dispatch_workgroups(x, y, z);
    }
}

/// Workgroups of 8 × 8 threads that cover `width × height`.
pub fn cover(width: usize, height: usize) -> [u32; 3] {
    [width.div_ceil(8) as u32, height.div_ceil(8) as u32, 1]
}

impl Gpu {
    /// A bind group of `resources`, pairs of binding number and resource.
    pub fn bind(
        &self,
        label: &str,
        layout: &BindGroupLayout,
        resources: &[(u32, BindingResource<'_>)],
    ) -> BindGroup {
        let entries: Vec<_> = resources
            .iter()
            .map(|(binding, resource)| BindGroupEntry {
                binding: *binding,
                resource: resource.clone(),
            })
            .collect();
        self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(label),
            layout,
            entries: &entries,
        })
    }

    /// Submits `dispatches` as one pass, in order.
    pub fn run<'a>(&self, dispatches: impl IntoIterator<Item = &'a Dispatch>) {
        let mut encoder = self.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            for dispatch in dispatches {
                dispatch.encode(&mut pass);
            }
        }
        self.queue.submit([encoder.finish()]);
    }
}
