//! Clips, decoded by ffmpeg, and how much they flicker painted.

use std::{
    io::BufReader,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use limn::Planes;
use serde::{Deserialize, Serialize};

use crate::{
    files::video::read_ppm,
    metrics::{
        flicker::{masked_flicker, static_pixels, successive_differences},
        identity::Identity,
    },
};

/// The first frames of a clip.
pub struct Clip {
    /// File name without ending.
    pub name: String,
    /// `[3, H, W]` in [0, 1], as 8 bits give them.
    pub frames: Vec<Planes>,
    /// Where nothing moves; see [`static_pixels`].
    still: Vec<bool>,
    /// Whether a face is in the first frame; `None` where nothing could look for one.
    pub has_face: Option<bool>,
}

/// How a clip is read and judged.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ClipOptions {
    /// Most frames that are read.
    pub frames: usize,
    /// Longest side of the frames in pixels.
    pub size: usize,
    /// Most that a channel of a pixel may span over the clip, in [0, 1], for the pixel to be static background.
    pub static_threshold: f32,
}

/// The flicker of one version of a clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flicker {
    /// Mean squared difference of successive frames, over the clip.
    pub mean: f64,
    /// The same over the static background alone; absent where the clip has none.
    pub background: Option<f64>,
    /// Mean squared difference of each frame from the one before.
    pub differences: Vec<f64>,
}

/// The clips directly inside `folder`, by their endings, sorted by name.
///
/// # Errors
/// When the folder cannot be read or holds none.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let is_clip = path.extension().is_some_and(|extension| {
            let extension = extension.to_ascii_lowercase();
            ["mp4", "m4v", "mov", "mkv", "webm", "avi"]
                .iter()
                .any(|known| extension == *known)
        });
        if path.is_file() && is_clip {
            paths.push(path);
        }
    }
    ensure!(
        !paths.is_empty(),
        "no video (mp4, m4v, mov, mkv, webm, avi) in {}",
        folder.display()
    );
    paths.sort();
    Ok(paths)
}

/// Share of the pixels below which there is no static background to speak of.
const LEAST_STILL: f64 = 0.02;

impl Clip {
    /// Decodes the first frames.
    ///
    /// # Errors
    /// When ffmpeg is missing or cannot read the file, it has fewer than two frames, or a network of `identity` fails.
    pub fn load(path: &Path, options: &ClipOptions, identity: Option<&Identity>) -> Result<Self> {
        let size = options.size;
        let scale = format!(
            "scale='min({size},iw)':'min({size},ih)':force_original_aspect_ratio=decrease:flags=area"
        );
        let output = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-i"])
            .arg(path)
            .args(["-map", "0:v:0", "-vf", &scale])
            .args(["-frames:v", &options.frames.to_string()])
            .args(["-f", "image2pipe", "-c:v", "ppm", "-"])
            .stdin(Stdio::null())
            .output()
            .context("cannot start ffmpeg; install it to measure flicker")?;
        ensure!(
            output.status.success(),
            "ffmpeg cannot read the video {}",
            path.display()
        );
        let mut stream = BufReader::new(&output.stdout[..]);
        let mut frames = Vec::new();
        while let Some(frame) = read_ppm(&mut stream)? {
            let (width, height) = (frame.width() as usize, frame.height() as usize);
            frames.push(Planes::from_rgba8(&frame, width, height)?);
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::new(
            name.into_owned(),
            frames,
            options.static_threshold,
            identity,
        )
        .with_context(|| format!("cannot use the video {}", path.display()))
    }

    fn new(
        name: String,
        frames: Vec<Planes>,
        static_threshold: f32,
        identity: Option<&Identity>,
    ) -> Result<Self> {
        ensure!(frames.len() >= 2, "it has {} frames", frames.len());
        ensure!(
            frames
                .iter()
                .all(|f| (f.width, f.height) == (frames[0].width, frames[0].height)),
            "its frames differ in size"
        );
        let has_face = match identity {
            Some(identity) => Some(identity.face(&frames[0])?.is_some()),
            None => None,
        };
        let mut still = static_pixels(&frames, static_threshold);
        let share = still.iter().filter(|s| **s).count() as f64 / still.len() as f64;
        if share < LEAST_STILL {
            still.fill(false);
        }
        Ok(Self {
            name,
            still,
            has_face,
            frames,
        })
    }

    /// Share of the pixels that are static background; 0 where it is under 2 %.
    pub fn static_share(&self) -> f64 {
        self.still.iter().filter(|s| **s).count() as f64 / self.still.len() as f64
    }

    /// Flicker of `frames`, a version of this clip, frame by frame of its size.
    pub fn flicker(&self, frames: &[Planes]) -> Flicker {
        let differences = successive_differences(frames);
        Flicker {
            mean: differences.iter().sum::<f64>() / differences.len() as f64,
            background: masked_flicker(frames, &self.still),
            differences,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(moving: f32, still: f32) -> Planes {
        let data = (0..3 * 10 * 20)
            .map(|i| if i % 20 < 4 { still } else { moving })
            .collect();
        Planes::new(3, 10, 20, data).unwrap()
    }

    #[test]
    fn flicker_all_over_and_where_nothing_moves() {
        let frames = vec![frame(0.25, 0.5), frame(0.75, 0.5)];
        let clip = Clip::new("a".into(), frames, 0.02, None).unwrap();
        assert_eq!(clip.static_share(), 0.2);
        let input = clip.flicker(&clip.frames);
        assert!((input.mean - 0.2).abs() < 1e-9);
        assert_eq!(input.background, Some(0.0));
        let painted = clip.flicker(&[frame(0.25, 0.5), frame(0.25, 0.75)]);
        assert_eq!(painted.background, Some(0.0625));
        assert_eq!(painted.differences.len(), 1);
    }

    #[test]
    fn a_clip_that_moves_all_over_has_no_background() {
        let frames = vec![frame(0.25, 0.2), frame(0.75, 0.5)];
        let clip = Clip::new("a".into(), frames, 0.02, None).unwrap();
        assert_eq!(clip.static_share(), 0.0);
        assert_eq!(clip.flicker(&clip.frames).background, None);
        assert!(Clip::new("b".into(), vec![frame(0.0, 0.0)], 0.02, None).is_err());
    }
}
