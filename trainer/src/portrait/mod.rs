//! `limn-trainer portrait`: portraits of our own making, rendered by code. One is the page's sample picture, and the
//! picture that style thumbnails and documentation show, so that the project needs nobody's photo.
//!
//! [`sitters`] describes three people; everything else is common to them. One room per job: [`head`] and [`eye`] model
//! a face as signed distances ([`shapes`]), [`hair`] roots [`lock`]s on it, [`clothes`] dresses it, [`scene`] poses and
//! joins all that, [`index`] lets rays skip what is empty, [`surface`] colours what they hit and [`light`] lights it,
//! [`background`] paints what is behind, [`picture`] exposes. Faces made of smooth unions, and skin lit by a normal per
//! colour channel, after Inigo Quilez, "Selfie Girl" (2020), and d'Eon and Luebke, "Advanced Techniques for Realistic
//! Real-Time Skin Rendering" (GPU Gems 3, 2007); strands after Kajiya and Kay, "Rendering Fur with Three Dimensional
//! Textures" (1989).

mod background;
mod clothes;
mod eye;
mod hair;
mod head;
mod index;
mod light;
mod lock;
mod picture;
mod scene;
mod shapes;
mod sitters;
mod surface;
mod vector;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use limn::Planes;

use crate::{files::images, progress};
use scene::Scene;
use sitters::{JUN, MARA, OTTO, Sitter};

/// Render a portrait of one of the project's own sitters.
#[derive(Args)]
pub struct PortraitArgs {
    /// The image to write (PNG, JPEG, WebP).
    #[arg(long)]
    output: PathBuf,
    /// Who sits for it.
    #[arg(long, value_enum, default_value_t = Name::Mara)]
    sitter: Name,
    /// Width in pixels, 16 to 4096; the height is five quarters of it.
    #[arg(long, default_value_t = 960)]
    width: usize,
    /// Seed of freckles, strands and sensor noise.
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

/// The sitters.
#[derive(Clone, Copy, ValueEnum)]
enum Name {
    /// A young woman with dark curls, in a yellow pullover.
    Mara,
    /// An older man with a grey beard and glasses, in a navy jacket.
    Otto,
    /// A boy with a black fringe, in a red hooded jersey.
    Jun,
}

impl Name {
    fn sitter(self) -> &'static Sitter {
        match self {
            Self::Mara => &MARA,
            Self::Otto => &OTTO,
            Self::Jun => &JUN,
        }
    }
}

/// Renders the portrait and writes it.
///
/// # Errors
/// When an argument is out of its range, or the file cannot be written.
pub fn run(args: &PortraitArgs) -> Result<()> {
    ensure!(
        (16..=4096).contains(&args.width),
        "--width is {}, 16 to 4096 is possible",
        args.width
    );
    ensure!(
        images::has_image_extension(&args.output),
        "{} does not end in .png, .jpg, .jpeg or .webp",
        args.output.display()
    );
    let picture = render(args.sitter.sitter(), args.width, args.seed);
    images::save(&args.output, &picture, None)
}

/// `sitter` as `[3, 5/4·width, width]` sRGB-encoded colours in [0, 1], the same for the same width and seed.
fn render(sitter: &Sitter, width: usize, seed: u32) -> Planes {
    let height = width * 5 / 4;
    let scene = Scene::new(sitter, seed);
    let bar = progress::bar(2 * height as u64, "rows");
    let pixels = picture::expose(&scene, [width, height], || bar.inc(1));
    bar.finish();
    let channels: [fn(&vector::V) -> f32; 3] = [|c| c.x, |c| c.y, |c| c.z];
    let data = channels
        .into_iter()
        .flat_map(|value| {
            pixels
                .iter()
                .map(move |colour| value(colour).clamp(0.0, 1.0))
        })
        .collect();
    Planes {
        channels: 3,
        height,
        width,
        data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean colour of a patch around `(x, y)`, both as shares of the picture.
    fn patch(picture: &Planes, x: f32, y: f32) -> [f32; 3] {
        let (column, row) = (
            (x * picture.width as f32) as usize,
            (y * picture.height as f32) as usize,
        );
        [0, 1, 2].map(|channel| {
            let plane = &picture.data[channel * picture.width * picture.height..];
            let values =
                (row - 1..=row + 1).flat_map(|r| (column - 1..=column + 1).map(move |c| (r, c)));
            values
                .map(|(r, c)| plane[r * picture.width + c])
                .sum::<f32>()
                / 9.0
        })
    }

    #[test]
    fn a_portrait_is_the_same_every_time_and_another_for_another_seed() {
        let picture = render(&JUN, 64, 1);
        assert_eq!((picture.width, picture.height), (64, 80));
        assert_eq!(picture, render(&JUN, 64, 1));
        assert_ne!(picture, render(&JUN, 64, 2));
    }

    /// A lit cheek is warm and brighter than what is behind the chin's shadow; hair and clothes have their colours.
    #[test]
    fn each_sitter_has_a_face_hair_and_clothes() {
        let [mara, otto, jun] = [&MARA, &OTTO, &JUN].map(|sitter| render(sitter, 64, 1));
        for (picture, x) in [(&mara, 0.40), (&otto, 0.33), (&jun, 0.32)] {
            let [r, g, b] = patch(picture, x, 0.56);
            assert!(r > 0.55 && r > g && g > b, "a cheek of {r} {g} {b}");
        }
        let grey = |[r, g, b]: [f32; 3]| (r + g + b) / 3.0;
        for (picture, x, y) in [(&mara, 0.12, 0.50), (&jun, 0.40, 0.20)] {
            let hair = grey(patch(picture, x, y));
            assert!(hair < 0.4, "dark hair of {hair}");
        }
        let beard = patch(&otto, 0.42, 0.75);
        assert!(grey(beard) > 0.4, "a grey beard of {beard:?}");
        let [r, g, b] = patch(&mara, 0.50, 0.95);
        assert!(r > g && g > 1.5 * b, "a yellow pullover of {r} {g} {b}");
        let [r, _, b] = patch(&otto, 0.90, 0.95);
        assert!(b > 1.3 * r, "a navy jacket of {r} and {b}");
        let [r, g, b] = patch(&jun, 0.16, 0.95);
        assert!(r > 2.0 * g.max(b), "a red jersey of {r} {g} {b}");
    }
}
