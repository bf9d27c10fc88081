//! Both engines behind one call.

use anyhow::{Context, Result};
use limn::{
    Planes,
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuOptions},
    style::Style,
    stylize::Options,
};

use super::EngineChoice;

enum Engine {
    Cpu(Box<CpuEngine>),
    Gpu(Box<GpuEngine>),
}

/// Paints photos with one style, or two mixed, and one setting.
pub struct Painter {
    engine: Engine,
    working_size: Option<usize>,
    options: Options,
    last: Option<(Planes, Planes)>,
}

/// What `--dump` writes.
pub struct Arrays {
    /// `[3, H, W]`
    pub input: Planes,
    /// `[6, H, W]`
    pub gradient: Planes,
    /// `[6, H, W]`
    pub styled_gradient: Planes,
    /// `[3, H, W]`, not clamped to [0, 1]
    pub result: Planes,
}

impl Painter {
    /// Starts the engine with a style and one that is mixed in. On the GPU any adapter will do, a software one too: the user asked for it.
    ///
    /// # Errors
    /// When there is no GPU adapter, or it fails its self-test.
    pub fn new(
        choice: EngineChoice,
        (style, second): (&Style, Option<&Style>),
        working_size: Option<usize>,
        options: Options,
    ) -> Result<Self> {
        let engine = match choice {
            EngineChoice::Cpu => {
                let mut engine = CpuEngine::new();
                engine.set_style(style);
                engine.set_second_style(second);
                Engine::Cpu(Box::new(engine))
            }
            EngineChoice::Gpu => {
                let start = GpuEngine::new(GpuOptions {
                    allow_software: true,
                    ..Default::default()
                });
                let mut engine =
                    pollster::block_on(start).context("the GPU engine did not start")?;
                engine.set_style(style)?;
                engine.set_second_style(second)?;
                Engine::Gpu(Box::new(engine))
            }
        };
        Ok(Self {
            engine,
            working_size,
            options,
            last: None,
        })
    }

    /// The picture `[3, H, W]` for a photo `[3, H, W]`. Values may leave [0, 1] a little.
    pub fn paint(&mut self, photo: Planes) -> Result<Planes> {
        let result = match &mut self.engine {
            Engine::Cpu(engine) => {
                engine.set_photo(photo.clone(), self.working_size)?;
                engine.paint(&self.options)?
            }
            Engine::Gpu(engine) => {
                engine.set_photo(&photo, self.working_size)?;
                pollster::block_on(engine.paint(&self.options))?
            }
        };
        self.last = Some((photo, result.clone()));
        Ok(result)
    }

    /// The arrays of the last [`paint`](Self::paint).
    pub fn arrays(&mut self) -> Result<Arrays> {
        let (input, result) = self.last.clone().context("nothing is painted yet")?;
        let (gradient, styled_gradient) = match &mut self.engine {
            Engine::Cpu(engine) => engine.gradients(&self.options)?,
            Engine::Gpu(engine) => pollster::block_on(engine.gradients(&self.options))?,
        };
        Ok(Arrays {
            input,
            gradient,
            styled_gradient,
            result,
        })
    }
}
