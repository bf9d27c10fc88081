//! Everything at the working size: the photo there, its gradients, the networks' launches, the solve, and the painting that
//! is carried up.

use wgpu::{Buffer, TextureView};

use super::{
    device::{Dispatch, Gpu, cover},
    geometry::Geometry,
    kernels::Kernels,
    network::{Activations, LoadedStyle, Network},
    params::Params,
    solver::Solver,
};
use crate::{Options, engine::EngineError, ground::Shift, medium::Media, solve::Precision};

/// The styles in use: the first, and the one that is mixed in.
pub type Styles = [Option<LoadedStyle>; 2];

/// Where the photo at the working size comes from.
pub enum Source<'a> {
    /// A texture of the photo's own size.
    Frame(&'a TextureView),
    /// It is written to [`Working::image`].
    Written,
}

/// Buffers and launches of one geometry, and which of their results hold.
pub struct Working {
    pub geometry: Geometry,
    pub params: Buffer,
    /// `[h, w]` of vec4f: the photo.
    pub image: Buffer,
    /// `[3, h, w]` activations: what networks see, gradients and photo.
    pub seen: Buffer,
    /// `[2, h, w]` activations: the change that each style makes.
    pub changes: [Buffer; 2],
    /// `[h / 4, w / 4]` activations: each style's correction of the ground.
    pub corrections: [Buffer; 2],
    /// `[3, h, w]` of vec4f: both together.
    pub change: Buffer,
    pub solver: Solver,
    /// `[2, h, w]` of vec4f, see `shaders/working.wgsl`'s `sharpen`.
    pub painting: Buffer,
    /// From the photo to its gradients.
    pub prepare: Vec<Dispatch>,
    pub blend: Dispatch,
    pub right_hand_side: Dispatch,
    /// From the solution to the painting.
    pub carry: [Dispatch; 3],
    activations: Option<Activations>,
    networks: [Option<Network>; 2],
    done: Done,
}

/// Which results hold.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    gradients: bool,
    /// The style whose change each buffer holds.
    changes: [Option<u64>; 2],
    /// λ, mix, colour and precision of the painting at hand.
    solved: Option<([f32; 3], Precision)>,
}

impl Working {
    /// Creates them; the geometry must have passed its check.
    pub fn new(gpu: &Gpu, kernels: &Kernels, geometry: Geometry, source: Source<'_>) -> Self {
        let (width, height) = geometry.work;
        let pixels = width * height;
        // Options follow with every picture.
        let params = Params::new(
            &geometry,
            &Options::default(),
            (&Shift::NONE, &Media::NONE),
            [false; 2],
        )
        .upload(gpu);
        let image = gpu.storage("working image", pixels);
        let seen = gpu.storage("seen", 3 * pixels);
        let changes = ["change", "second change"].map(|label| gpu.storage(label, 2 * pixels));
        let quarter = width.div_ceil(4) * height.div_ceil(4);
        let corrections =
            ["correction", "second correction"].map(|label| gpu.storage(label, quarter));
        let change = gpu.storage("blended change", 3 * pixels);
        let slopes = gpu.storage("window slopes", pixels);
        let parts = gpu.storage("painting's parts", 2 * pixels);
        let painting = gpu.storage("painting", 2 * pixels);
        let solver = Solver::new(gpu, kernels, geometry.work, &params);
        let launch = |label, pipeline, buffers: &[(u32, &Buffer)]| {
            let mut resources = vec![(0, params.as_entire_binding())];
            resources.extend(
                buffers
                    .iter()
                    .map(|(binding, buffer)| (*binding, buffer.as_entire_binding())),
            );
            Dispatch::new(gpu, label, pipeline, &resources, cover(width, height))
        };
        let mut prepare = Vec::new();
        if let Source::Frame(view) = source {
            prepare.push(Dispatch::new(
                gpu,
                "resample",
                &kernels.resample,
                &[
                    (0, params.as_entire_binding()),
                    (1, wgpu::BindingResource::TextureView(view)),
                    (3, image.as_entire_binding()),
                ],
                cover(width, height),
            ));
        }
        prepare.push(launch(
            "gradient",
            &kernels.gradient,
            &[(2, &image), (8, &seen)],
        ));
        let blend = launch(
            "blend",
            &kernels.blend,
            &[
                (2, &image),
                (3, &change),
                (4, &changes[0]),
                (5, &changes[1]),
                (10, &corrections[0]),
                (11, &corrections[1]),
            ],
        );
        let right_hand_side = launch(
            "right-hand side",
            &kernels.right_hand_side,
            &[(3, &solver.rhs), (4, &change)],
        );
        let solution = &solver.solution;
        let carry = [
            launch(
                "window slope",
                &kernels.window_slope,
                &[(2, &image), (3, &slopes), (6, solution)],
            ),
            launch(
                "split",
                &kernels.split,
                &[(2, &image), (3, &parts), (6, solution), (7, &slopes)],
            ),
            launch("sharpen", &kernels.sharpen, &[(3, &painting), (9, &parts)]),
        ];
        Self {
            geometry,
            image,
            seen,
            changes,
            corrections,
            change,
            painting,
            prepare,
            blend,
            right_hand_side,
            carry,
            solver,
            params,
            activations: None,
            networks: [None, None],
            done: Done::default(),
        }
    }

    /// Another photo of the same size has come in, or what the buffers hold is not certain.
    pub fn forget(&mut self) {
        self.done = Done::default();
    }

    /// Writes sizes and options, and binds the networks' launches to the styles where they are not yet.
    ///
    /// # Errors
    /// When the first style is missing, or a network needs more memory than the GPU allows.
    pub fn prepare(
        &mut self,
        gpu: &Gpu,
        styles: &Styles,
        options: &Options,
    ) -> Result<(), EngineError> {
        if styles[0].is_none() {
            return Err(EngineError::NoStyle);
        }
        let networks = || styles.iter().flatten().map(|style| style.network);
        self.geometry.check(&gpu.limits, networks())?;
        params(&self.geometry, styles, options).write(gpu, &self.params);
        let size = self.geometry.work;
        let activations = match self.activations.take() {
            Some(activations) if activations.fit(networks(), size) => activations,
            _ => {
                self.networks = [None, None];
                Activations::new(gpu, networks(), size)
            }
        };
        for (slot, (style, network)) in styles.iter().zip(&mut self.networks).enumerate() {
            match style {
                Some(style) if !network.as_ref().is_some_and(|known| known.is_for(style)) => {
                    *network = Some(Network::new(
                        gpu,
                        style,
                        &self.seen,
                        (&self.changes[slot], &self.corrections[slot]),
                        &activations,
                    ));
                }
                Some(_) => {}
                None => *network = None,
            }
        }
        self.activations = Some(activations);
        Ok(())
    }

    /// Which of the two networks have to run for a picture with `options`.
    fn runs(&self, styles: &Styles, options: &Options) -> [bool; 2] {
        let shares = [1.0 - options.mix, options.mix];
        core::array::from_fn(|slot| {
            let style = styles[slot].as_ref().map(|style| style.id);
            shares[slot] > 0.0 && style.is_some() && self.done.changes[slot] != style
        })
    }

    /// The launches that bring the painting up to date, after [`prepare`](Self::prepare). None at strength 0, where it counts
    /// for nothing.
    pub fn plan(&self, styles: &Styles, options: &Options, precision: Precision) -> Vec<&Dispatch> {
        let mut plan = Vec::new();
        if options.strength == 0.0 {
            return plan;
        }
        if !self.done.gradients {
            plan.extend(&self.prepare);
        }
        let runs = self.runs(styles, options);
        for (network, run) in self.networks.iter().zip(runs) {
            if run {
                plan.extend(network.iter().flat_map(|network| &network.dispatches));
            }
        }
        let solved = self
            .done
            .solved
            .is_some_and(|(what, by)| what == solved_for(options) && by >= precision);
        if !solved || runs.contains(&true) {
            plan.extend([&self.blend, &self.right_hand_side]);
            self.solver
                .plan(options.lambda, precision.cycles(options.lambda), &mut plan);
            plan.extend(&self.carry);
        }
        plan
    }

    /// Takes note that a plan of these arguments was submitted. Returns how many networks ran.
    pub fn planned(&mut self, styles: &Styles, options: &Options, precision: Precision) -> usize {
        if options.strength == 0.0 {
            return 0;
        }
        let runs = self.runs(styles, options);
        let ran = runs.iter().filter(|&&run| run).count();
        for ((run, done), style) in runs.into_iter().zip(&mut self.done.changes).zip(styles) {
            if run {
                *done = style.as_ref().map(|style| style.id);
            }
        }
        let what = solved_for(options);
        let exact = self
            .done
            .solved
            .filter(|(known, by)| ran == 0 && *known == what && *by >= precision);
        self.done.solved = exact.or(Some((what, precision)));
        self.done.gradients = true;
        ran
    }
}

/// The options that a solution depends on.
fn solved_for(options: &Options) -> [f32; 3] {
    [options.lambda, options.mix, options.colour]
}

/// Sizes and options of a picture by the styles in use.
pub fn params(geometry: &Geometry, styles: &Styles, options: &Options) -> Params {
    let corrects = |slot: usize| {
        styles[slot]
            .as_ref()
            .is_some_and(|style| style.network.colours)
    };
    Params::new(
        geometry,
        options,
        (&shift(styles, options), &media(styles, options)),
        [corrects(0), corrects(1)],
    )
}

/// What the grounds of the styles in use add to a photo.
pub fn shift(styles: &Styles, options: &Options) -> Shift {
    let ground = |slot: usize| {
        styles[slot]
            .as_ref()
            .and_then(|style| style.ground.as_ref())
    };
    let shares = [(1.0 - options.mix, ground(0)), (options.mix, ground(1))];
    Shift::new(shares, options.colour)
}

/// What the styles in use are painted on.
pub fn media(styles: &Styles, options: &Options) -> Media {
    let medium = |slot: usize| {
        styles[slot]
            .as_ref()
            .and_then(|style| style.medium.as_ref())
    };
    let shares = [(1.0 - options.mix, medium(0)), (options.mix, medium(1))];
    Media::new(shares, options)
}
