//! The command line of `evaluate`.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;

use super::{clips::ClipOptions, scores::Group};

/// Measure styles on held-out photos and clips, beside their teachers, and write a report.
///
/// Writes report.html, report.json and report.md, contact sheets and plots.
#[derive(Args)]
pub struct EvaluateArgs {
    /// Style records (.bpk), or folders of them.
    #[arg(long, num_args = 1.., required_unless_present = "ablations")]
    pub models: Vec<PathBuf>,
    /// Folder of portraits that no style was learnt from.
    #[arg(long)]
    pub photos: PathBuf,
    /// Folder of photos without faces.
    #[arg(long)]
    pub non_face: Option<PathBuf>,
    /// Folder of clips.
    #[arg(long)]
    pub videos: Option<PathBuf>,
    /// Teachers of the styles: a TOML file, or a folder. In the file, `style = "weights.safetensors"`, `style =
    /// "ink --darkness 0.7"` or `style = { teacher = "…", references = "folder", size = pixels }`; in the folder,
    /// `<style>.safetensors`, or the folder `<style>` of finished references.
    #[arg(long)]
    pub teachers: Option<PathBuf>,
    /// VGG-16 weights up to conv3_3 (.safetensors, keys `convB_C.weight` and `.bias`), for the Gram distance.
    #[arg(long)]
    pub vgg: Option<PathBuf>,
    /// Folder of version-RFB-320.onnx, pfld_68pt_112.onnx and mobilefacenet_112_128d.onnx, for identity and skin.
    #[arg(long)]
    pub identity: Option<PathBuf>,
    /// Run folders of `fit` to set side by side; a run's teacher is looked for under the folder's name and under the
    /// style's in its recipe.
    #[arg(long, num_args = 1..)]
    pub ablations: Vec<PathBuf>,
    /// Folder for the report.
    #[arg(long)]
    pub output: PathBuf,
    /// Folder in which teachers' pictures and Gram matrices are kept for the next report, by teacher, parameters and
    /// picture. Empty it after changing a filter's code.
    #[arg(long)]
    pub cache: Option<PathBuf>,
    /// What to measure [default: all].
    #[arg(long, value_enum, value_delimiter = ',', num_args = 1..)]
    pub measures: Vec<Group>,
    /// Only these styles, by name without width.
    #[arg(long, num_args = 1..)]
    pub only_style: Vec<String>,
    /// Styles whose λ is swept over 1, 3, 10, 30 and 100, at their largest width, on the portraits of the contact sheet;
    /// `all` for all.
    #[arg(long, num_args = 1..)]
    pub sweep: Vec<String>,
    /// Most portraits, and most photos without faces, that are used.
    #[arg(long)]
    pub limit: Option<usize>,
    /// Longest side of the photos in pixels; smaller ones keep their size.
    #[arg(long, default_value_t = 480)]
    pub size: usize,
    /// Longest side of the middle part whose Gram matrices are taken.
    #[arg(long, default_value_t = 320)]
    pub gram_window: usize,
    /// Frames of each clip, from its start.
    #[arg(long, default_value_t = 24)]
    pub frames: usize,
    /// Longest side of the frames in pixels.
    #[arg(long, default_value_t = 256)]
    pub frame_size: usize,
    /// Most that a channel may span over the clip, in [0, 1], for a pixel to be static background.
    #[arg(long, default_value_t = 0.05)]
    pub static_threshold: f32,
    /// Rivals of the styles, measured on the portraits beside the classical filters: a TOML file as for --teachers, with
    /// names of your choice: `gatys = { teacher = "paint --luminance --vgg vgg16.safetensors --style scream.jpg", size = 256 }`.
    #[arg(long, value_name = "FILE")]
    pub rivals: Option<PathBuf>,
    /// Leave the classical filters out.
    #[arg(long)]
    pub no_baselines: bool,
    /// Rows of a contact sheet.
    #[arg(long, default_value_t = 6)]
    pub sheet_rows: usize,
}

impl EvaluateArgs {
    /// Whether all values are in their ranges.
    ///
    /// # Errors
    /// When one is not.
    pub fn check(&self) -> Result<()> {
        for (name, value, least) in [
            ("--size", self.size, 16),
            ("--gram-window", self.gram_window, 32),
            ("--frames", self.frames, 2),
            ("--frame-size", self.frame_size, 16),
            ("--sheet-rows", self.sheet_rows, 1),
            ("--limit", self.limit.unwrap_or(1), 1),
        ] {
            ensure!(
                value >= least,
                "{name} is {value}, at least {least} is needed"
            );
        }
        ensure!(
            (0.0..=1.0).contains(&self.static_threshold),
            "--static-threshold is {}, 0 to 1 is possible",
            self.static_threshold
        );
        ensure!(
            !self.output.is_file(),
            "{} is a file, a folder is needed",
            self.output.display()
        );
        Ok(())
    }

    /// How clips are read.
    pub fn clip_options(&self) -> ClipOptions {
        ClipOptions {
            frames: self.frames,
            size: self.frame_size,
            static_threshold: self.static_threshold,
        }
    }
}
