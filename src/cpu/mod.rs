//! The engine on the CPU: the fallback of the page, and the reference that the GPU engine is compared with.

mod network;

pub use network::CpuNetwork;

use crate::{
    Options, Planes,
    carry::Painting,
    change::{Blend, Change},
    engine::{Arrays, Engine, EngineError, Info, Slot, check_photo, check_rows},
    gradient::gradient,
    ground::{Ground, Shift},
    medium::{Media, Medium},
    solve::{Precision, correction},
    style::Style,
};

/// A style in use.
struct Brush {
    net: CpuNetwork,
    ground: Option<Ground>,
    medium: Option<Medium>,
    trained_size: usize,
}

/// What is known of a photo at its working size; each part is there once it was needed.
struct Working {
    /// Width and height of the photo.
    full: (usize, usize),
    /// The photo at the working size.
    image: Planes,
    gradient: Planes,
    /// The change that each style makes.
    changes: [Option<Change>; 2],
    solved: Option<Solved>,
}

/// E and D, and what they were found for.
struct Solved {
    lambda: f32,
    mix: f32,
    colour: f32,
    shift: Shift,
    precision: Precision,
    correction: Planes,
    painting: Painting,
}

impl Working {
    fn new(image: Planes, full: (usize, usize)) -> Self {
        Self {
            full,
            gradient: gradient(&image),
            image,
            changes: [None, None],
            solved: None,
        }
    }

    fn size(&self) -> (usize, usize) {
        (self.image.width, self.image.height)
    }
}

/// A photo that is painted in bands of rows.
struct Rows {
    full: (usize, usize),
    strength: f32,
    media: Media,
    /// And its ground; none at strength 0.
    painting: Option<(Painting, Shift)>,
}

/// Paints one photo at a time; keeps what a change of options does not need to compute again.
#[derive(Default)]
pub struct CpuEngine {
    /// The style, and the one that is mixed in.
    brushes: [Option<Brush>; 2],
    photo: Option<Planes>,
    working: Option<Working>,
    rows: Option<Rows>,
    network_passes: usize,
}

impl CpuEngine {
    /// An engine without style and photo.
    pub fn new() -> Self {
        Self::default()
    }

    /// [`Engine::paint`] for a frame of a moving picture: quicker, and off by less than a hundredth of the range.
    ///
    /// # Errors
    /// When style or photo are missing.
    pub fn paint_live(&mut self, options: &Options) -> Result<Planes, EngineError> {
        self.paint_for(Precision::Live, options)
    }

    fn paint_for(
        &mut self,
        precision: Precision,
        options: &Options,
    ) -> Result<Planes, EngineError> {
        let options = options.clamped();
        if options.strength == 0.0 {
            // The photo itself, whatever the style; and nothing of a medium.
            self.trained_size()?;
            return self.photo.clone().ok_or(EngineError::NoPhoto);
        }
        let mut working = self.take_working(&options)?;
        self.solve(&mut working, precision, &options);
        let media = self.media(&options);
        let working = self.working.insert(working);
        match (&self.photo, &working.solved) {
            (
                Some(photo),
                Some(Solved {
                    painting, shift, ..
                }),
            ) => Ok(painting.picture(photo, shift, &media, options.strength)),
            _ => Err(EngineError::NoPhoto),
        }
    }

    /// Share of the second style, 0 where there is none.
    fn mix(&self, options: &Options) -> f32 {
        if self.brushes[1].is_some() {
            options.mix
        } else {
            0.0
        }
    }

    /// What the styles in use are painted on.
    fn media(&self, options: &Options) -> Media {
        let mix = self.mix(options);
        let medium = |slot: usize| {
            self.brushes[slot]
                .as_ref()
                .and_then(|brush| brush.medium.as_ref())
        };
        Media::new([(1.0 - mix, medium(0)), (mix, medium(1))], options)
    }

    /// What is known of the engine's own photo at the working size.
    fn take_working(&mut self, options: &Options) -> Result<Working, EngineError> {
        let trained_size = self.trained_size()?;
        let photo = self.photo.as_ref().ok_or(EngineError::NoPhoto)?;
        let size = options.working_size((photo.width, photo.height), trained_size);
        Ok(match self.working.take() {
            Some(working) if working.size() == size => working,
            _ => Working::new(photo.resized(size.0, size.1), (photo.width, photo.height)),
        })
    }

    /// Runs the networks of those of the styles that count whose change is not known, as far as they are `wanted`.
    fn run_networks(
        &mut self,
        working: &mut Working,
        options: &Options,
        wanted: impl Fn(&CpuNetwork) -> bool,
    ) {
        let mix = self.mix(options);
        for (slot, share) in [1.0 - mix, mix].into_iter().enumerate() {
            if let Some(brush) = self.brushes[slot].as_ref().filter(|_| share > 0.0)
                && working.changes[slot].is_none()
                && wanted(&brush.net)
            {
                working.changes[slot] = Some(brush.net.change(&working.image, &working.gradient));
                working.solved = None;
                self.network_passes += 1;
            }
        }
    }

    /// Brings D up to date, and the changes that it depends on: at λ = 0 no gradient counts, only a second head's ground.
    fn solve(&mut self, working: &mut Working, precision: Precision, options: &Options) {
        self.run_networks(working, options, |net| {
            options.lambda > 0.0 || net.corrects_the_ground()
        });
        let mix = self.mix(options);
        let Options { lambda, colour, .. } = *options;
        let solved = working.solved.as_ref();
        if solved.is_some_and(|solved| {
            (solved.lambda, solved.mix, solved.colour) == (lambda, mix, colour)
                && solved.precision >= precision
        }) {
            return;
        }
        let ground = |slot: usize| {
            self.brushes[slot]
                .as_ref()
                .and_then(|brush| brush.ground.as_ref())
        };
        let shift = Shift::new([(1.0 - mix, ground(0)), (mix, ground(1))], colour);
        let mut change = working.change(mix);
        if !shift.is_none() {
            change.on_ground(&shift.of(&working.image));
        }
        change.tint(colour);
        let correction = correction(&change, lambda, precision);
        working.solved = Some(Solved {
            lambda,
            mix,
            colour,
            shift,
            precision,
            painting: Painting::new(&working.image, &correction, working.full),
            correction,
        });
    }
}

impl Working {
    /// Both styles' change at share `mix` of the second; none of a network that did not run.
    fn change(&self, mix: f32) -> Change {
        let [first, second] = &self.changes;
        let known = |change: &Option<Change>| match change {
            Some(change) => change.clone(),
            None => Change::none(self.image.width, self.image.height),
        };
        if mix <= 0.0 {
            known(first)
        } else if mix >= 1.0 {
            known(second)
        } else {
            known(first).blend(&known(second), Blend::Share(mix))
        }
    }
}

impl Engine for CpuEngine {
    fn info(&self) -> Info {
        let simd = if cfg!(target_arch = "wasm32") {
            "WebAssembly SIMD"
        } else {
            "CPU"
        };
        Info {
            engine: "cpu",
            adapter: simd.into(),
            backend: "cpu".into(),
            fallback: false,
            precision: "f32",
        }
    }

    fn set_style(&mut self, slot: Slot, style: Option<&Style>) -> Result<(), EngineError> {
        if let Some(style) = style {
            style.check()?;
        }
        let slot = slot as usize;
        self.brushes[slot] = style.map(|style| Brush {
            net: CpuNetwork::from_style(style),
            ground: style.metadata.ground,
            medium: style.metadata.medium,
            trained_size: style.metadata.trained_size,
        });
        if let Some(working) = &mut self.working {
            working.changes[slot] = None;
            working.solved = None;
        }
        Ok(())
    }

    fn trained_size(&self) -> Result<usize, EngineError> {
        let brush = self.brushes[0].as_ref().ok_or(EngineError::NoStyle)?;
        Ok(brush.trained_size)
    }

    fn set_photo(&mut self, photo: &Planes) -> Result<(), EngineError> {
        check_photo(photo)?;
        self.photo = Some(photo.clone());
        self.working = None;
        Ok(())
    }

    fn set_photo_rgba8(
        &mut self,
        rgba: &[u8],
        width: usize,
        height: usize,
    ) -> Result<(), EngineError> {
        self.photo = Some(Planes::from_rgba8(rgba, width, height)?);
        self.working = None;
        Ok(())
    }

    async fn paint(&mut self, options: &Options) -> Result<Planes, EngineError> {
        self.paint_for(Precision::Still, options)
    }

    async fn paint_rgba8(&mut self, options: &Options) -> Result<Vec<u8>, EngineError> {
        Ok(self.paint_for(Precision::Still, options)?.to_rgba8())
    }

    async fn arrays(&mut self, options: &Options) -> Result<Arrays, EngineError> {
        let options = options.clamped();
        let mut working = self.take_working(&options)?;
        self.run_networks(&mut working, &options, |_| true);
        self.solve(&mut working, Precision::Still, &options);
        let mix = self.mix(&options);
        let working = self.working.insert(working);
        let solved = working.solved.as_ref().ok_or(EngineError::NoPhoto)?;
        let mut change = working.change(mix);
        change.tint(options.colour);
        Ok(Arrays::new(
            &working.image,
            &change,
            &solved.shift.of(&working.image),
            &solved.correction,
            options.strength,
        ))
    }

    async fn begin_rows(
        &mut self,
        image: &Planes,
        full: (usize, usize),
        options: &Options,
    ) -> Result<(), EngineError> {
        self.rows = None;
        check_photo(image)?;
        self.trained_size()?;
        let options = options.clamped();
        let mut painting = None;
        if options.strength > 0.0 {
            let mut working = Working::new(image.clone(), full);
            self.solve(&mut working, Precision::Still, &options);
            painting = working.solved.map(|solved| (solved.painting, solved.shift));
        }
        self.rows = Some(Rows {
            full,
            strength: options.strength,
            media: self.media(&options),
            painting,
        });
        Ok(())
    }

    async fn paint_rows(&mut self, first: usize, rgba: &mut [u8]) -> Result<(), EngineError> {
        let Rows {
            full,
            strength,
            media,
            painting,
        } = self.rows.as_ref().ok_or(EngineError::NoPhoto)?;
        check_rows(rgba.len(), first, *full)?;
        if let Some((painting, shift)) = painting {
            painting
                .carrier(*full, shift, media, *strength)
                .paint(first, rgba);
        }
        rgba.iter_mut()
            .skip(3)
            .step_by(4)
            .for_each(|alpha| *alpha = 255);
        Ok(())
    }

    fn end_rows(&mut self) {
        self.rows = None;
    }

    fn network_passes(&self) -> usize {
        self.network_passes
    }
}
