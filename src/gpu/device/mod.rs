//! The adapter and device: request, refusal of software adapters, errors as values, read-back.

mod dispatch;
#[cfg(target_arch = "wasm32")]
mod wake;

use std::sync::{Arc, Mutex, PoisonError};

use wgpu::{
    Adapter, BufferUsages, ComputePipeline, DeviceType, ErrorFilter, Instance, Limits,
    ShaderModule, TextureFormat,
};

pub use dispatch::{Dispatch, cover};

use super::{GpuOptions, Scheme};
use crate::engine::{EngineError, Info};

/// What the callbacks of the device report; the first message of each kind is the telling one.
#[derive(Default)]
struct Status {
    lost: Mutex<Option<String>>,
    error: Mutex<Option<EngineError>>,
}

fn record<T>(slot: &Mutex<Option<T>>, message: T) {
    slot.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get_or_insert(message);
}

fn refusal(error: wgpu::Error) -> EngineError {
    match error {
        wgpu::Error::OutOfMemory { .. } => EngineError::OutOfMemory,
        other => EngineError::Validation(other.to_string()),
    }
}

/// A device with its queue, limits and status.
pub struct Gpu {
    /// A canvas asks for these two.
    #[cfg(target_arch = "wasm32")]
    pub instance: Instance,
    #[cfg(target_arch = "wasm32")]
    pub adapter: Adapter,
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub limits: Limits,
    pub info: Info,
    /// Of canvases, whose kernel is compiled before there is one. Pictures are sRGB-encoded already: the target must not
    /// encode again.
    pub canvas_format: TextureFormat,
    status: Arc<Status>,
}

impl Gpu {
    /// Requests the fastest adapter and a device on it.
    pub async fn new(options: &GpuOptions) -> Result<Self, EngineError> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        if cfg!(target_arch = "wasm32") {
            descriptor.backends = wgpu::Backends::BROWSER_WEBGPU;
        }
        let instance = Instance::new(descriptor);
        let adapter = instance
            .request_adapter(&wgpu::RequestAdapterOptions {
                power_preference: wgpu::PowerPreference::HighPerformance,
                ..Default::default()
            })
            .await
            .map_err(|error| EngineError::NoWebGpu(error.to_string()))?;

        // The default limits are what every WebGPU adapter has; larger photos want larger buffers where they exist.
        let offered = adapter.limits();
        let mut limits = Limits::default();
        limits.max_buffer_size = offered.max_buffer_size.max(limits.max_buffer_size);
        limits.max_storage_buffer_binding_size = offered
            .max_storage_buffer_binding_size
            .max(limits.max_storage_buffer_binding_size);
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("limn"),
                required_limits: limits.clone(),
                ..Default::default()
            })
            .await
            .map_err(|error| EngineError::NoWebGpu(error.to_string()))?;
        if let Some(bytes) = options.max_buffer_bytes {
            limits.max_buffer_size = limits.max_buffer_size.min(bytes);
            limits.max_storage_buffer_binding_size =
                limits.max_storage_buffer_binding_size.min(bytes);
        }

        let info = describe(&adapter, &device);
        if info.fallback && !options.allow_software {
            return Err(EngineError::SoftwareAdapter(info.adapter));
        }
        let status = Arc::new(Status::default());
        let on_error = status.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            record(&on_error.error, refusal(error));
        }));
        let on_lost = status.clone();
        device.set_device_lost_callback(move |reason, message| {
            record(&on_lost.lost, format!("{message} ({reason:?})"));
        });
        Ok(Self {
            #[cfg(target_arch = "wasm32")]
            instance,
            #[cfg(target_arch = "wasm32")]
            adapter,
            device,
            queue,
            limits,
            info,
            canvas_format: canvas_format(),
            status,
        })
    }

    /// What suits the adapter.
    pub fn scheme(&self) -> Scheme {
        if self.info.fallback {
            Scheme::Plain
        } else {
            Scheme::Square
        }
    }

    /// Fails once the device was lost, or with the first command it refused since the last check.
    pub fn check(&self) -> Result<(), EngineError> {
        let lost = self
            .status
            .lost
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(message) = lost.as_ref() {
            return Err(EngineError::DeviceLost(message.clone()));
        }
        let mut error = self
            .status
            .error
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        error.take().map_or(Ok(()), Err)
    }

    /// Runs `create` and waits until the device accepted everything it created: browsers report refusals later.
    pub async fn scoped<T>(&self, create: impl FnOnce() -> T) -> Result<T, EngineError> {
        let validation = self.device.push_error_scope(ErrorFilter::Validation);
        let memory = self.device.push_error_scope(ErrorFilter::OutOfMemory);
        let internal = self.device.push_error_scope(ErrorFilter::Internal);
        let created = create();
        let outcomes = [internal.pop(), memory.pop(), validation.pop()];
        for outcome in outcomes {
            if let Some(error) = outcome.await {
                return Err(refusal(error));
            }
        }
        self.check()?;
        Ok(created)
    }

    /// A shader module from WGSL.
    pub fn module(&self, label: &str, source: &str) -> ShaderModule {
        self.device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(label),
                source: wgpu::ShaderSource::Wgsl(source.into()),
            })
    }

    /// A compute pipeline whose layout is what `entry` uses.
    pub fn pipeline(&self, module: &ShaderModule, entry: &str) -> ComputePipeline {
        self.device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(entry),
                layout: None,
                module,
                entry_point: Some(entry),
                // Every kernel writes its workgroup memory before it reads it.
                compilation_options: wgpu::PipelineCompilationOptions {
                    zero_initialize_workgroup_memory: false,
                    ..Default::default()
                },
                cache: None,
            })
    }

    /// A storage buffer of `elements` vec4f that can be written, copied from and bound.
    pub fn storage(&self, label: &str, elements: usize) -> wgpu::Buffer {
        self.buffer(label, elements as u64 * 16, BufferUsages::STORAGE)
    }

    /// A buffer of at least `size` bytes.
    pub fn buffer(&self, label: &str, size: u64, usage: BufferUsages) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: size.next_multiple_of(16),
            usage: usage | BufferUsages::COPY_DST | BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        })
    }

    /// A buffer that holds `data`.
    pub fn upload(&self, label: &str, data: &[u8], usage: BufferUsages) -> wgpu::Buffer {
        let buffer = self.buffer(label, data.len() as u64, usage);
        self.queue.write_buffer(&buffer, 0, data);
        buffer
    }

    /// Fills `texture` with pixels of its format, row by row.
    pub fn write_texture(&self, texture: &wgpu::Texture, pixels: &[u8]) {
        self.queue.write_texture(
            texture.as_image_copy(),
            pixels,
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(pixels.len() as u32 / texture.height()),
                rows_per_image: None,
            },
            texture.size(),
        );
    }

    /// All of `buffer`, once everything submitted so far is done.
    pub async fn read_all(&self, buffer: &wgpu::Buffer) -> Result<Vec<u8>, EngineError> {
        let staging = self.staging(buffer.size());
        let mut encoder = self.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, buffer.size());
        self.queue.submit([encoder.finish()]);
        self.read(&staging, buffer.size()).await
    }

    /// A buffer to read back through.
    pub fn staging(&self, size: u64) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("read-back"),
            size: size.next_multiple_of(16),
            usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    /// The first `size` bytes of `staging`, once everything submitted so far is done.
    pub async fn read(&self, staging: &wgpu::Buffer, size: u64) -> Result<Vec<u8>, EngineError> {
        let (sender, receiver) = oneshot::channel();
        let slice = staging.slice(..size);
        // A receiver that is gone does not want to know.
        slice.map_async(wgpu::MapMode::Read, move |result| drop(sender.send(result)));
        // A sender that is gone was dropped with its device.
        if !matches!(self.resolved(receiver).await?, Ok(Ok(()))) {
            self.check()?;
            return Err(EngineError::Validation("the read-back was refused".into()));
        }
        let bytes = match slice.get_mapped_range() {
            Ok(view) => view.to_vec(),
            Err(error) => return Err(EngineError::Validation(error.to_string())),
        };
        staging.unmap();
        self.check()?;
        Ok(bytes)
    }

    /// Waits until the GPU has done everything it was told.
    pub async fn finished(&self) -> Result<(), EngineError> {
        let (sender, receiver) = oneshot::channel();
        self.queue
            .on_submitted_work_done(move || drop(sender.send(())));
        // A sender that is gone was dropped with its device, which the check reports.
        let _ = self.resolved(receiver).await?;
        self.check()
    }

    /// What `receiver` is told by work that was submitted.
    async fn resolved<T>(
        &self,
        receiver: oneshot::Receiver<T>,
    ) -> Result<Result<T, oneshot::RecvError>, EngineError> {
        self.wait()?;
        #[cfg(target_arch = "wasm32")]
        let _awake = wake::Wake::new(&self.queue);
        Ok(receiver.await)
    }

    /// Waits for all submitted work; in a browser, where the event loop does that, returns at once.
    pub fn wait(&self) -> Result<(), EngineError> {
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map(|_| ())
            .map_err(|error| EngineError::DeviceLost(error.to_string()))
    }
}

/// Names the adapter and decides whether it is a software renderer.
fn describe(adapter: &Adapter, device: &wgpu::Device) -> Info {
    let info = adapter.get_info();
    let mut name = [info.name.as_str(), info.driver_info.as_str()]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    let details = browser_details(device);
    if name.is_empty() || !details.is_empty() {
        name = [details, name]
            .iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ");
    }
    let lower = name.to_lowercase();
    let software = ["swiftshader", "llvmpipe", "lavapipe", "basic render driver"]
        .iter()
        .any(|known| lower.contains(known));
    let fallback = software || info.device_type == DeviceType::Cpu;
    if name.is_empty() {
        // Firefox tells nothing else.
        name = if fallback { "software" } else { "unnamed" }.into();
    }
    Info {
        engine: "gpu",
        adapter: name,
        backend: if cfg!(target_arch = "wasm32") {
            "webgpu".into()
        } else {
            info.backend.to_string()
        },
        fallback,
        precision: "f32",
    }
}

/// What the browser prefers for canvases.
#[cfg(target_arch = "wasm32")]
fn canvas_format() -> TextureFormat {
    use js_sys::{Function, Reflect};
    use wasm_bindgen::JsValue;
    let preferred = || {
        let get = |object: &JsValue, key: &str| Reflect::get(object, &key.into());
        let gpu = get(&get(&js_sys::global(), "navigator")?, "gpu")?;
        Function::from(get(&gpu, "getPreferredCanvasFormat")?).call0(&gpu)
    };
    match preferred() {
        Ok(format) if format == "bgra8unorm" => TextureFormat::Bgra8Unorm,
        _ => TextureFormat::Rgba8Unorm,
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn canvas_format() -> TextureFormat {
    TextureFormat::Rgba8Unorm
}

/// Vendor and architecture as a browser names them; wgpu passes only the description on, often empty.
#[cfg(target_arch = "wasm32")]
fn browser_details(device: &wgpu::Device) -> String {
    use wasm_bindgen::JsValue;
    let get = |object: &JsValue, key: &str| js_sys::Reflect::get(object, &JsValue::from_str(key));
    let Some(Ok(info)) = device
        .as_webgpu()
        .map(|device| get(device.as_ref(), "adapterInfo"))
    else {
        return String::new();
    };
    ["vendor", "architecture"]
        .iter()
        .filter_map(|key| get(&info, key).ok()?.as_string())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(not(target_arch = "wasm32"))]
fn browser_details(_: &wgpu::Device) -> String {
    String::new()
}
