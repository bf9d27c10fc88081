//! Video in and out through ffmpeg: frames come as binary PPM, so each says its size, and go back as raw RGB; the
//! sound is copied.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use image::RgbaImage;

use crate::progress;

/// Largest frame side that is accepted.
const MAX_SIDE: u32 = 8192;

/// What ffprobe says of the first video stream.
pub struct Probe {
    /// Frames per second as ffmpeg writes it, such as `30000/1001`.
    pub rate: String,
    /// Number of frames, where the container tells it or length and rate give it.
    pub frames: Option<u64>,
}

/// Asks ffprobe for the frame rate.
///
/// # Errors
/// When ffprobe is not installed, or the file holds no video.
pub fn probe(path: &Path) -> Result<Probe> {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", "v:0", "-of", "json"])
        .args([
            "-show_entries",
            "stream=avg_frame_rate,r_frame_rate,nb_frames",
        ])
        .arg("-i")
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .context("cannot start ffprobe; install ffmpeg to paint videos")?;
    let not_a_video = || {
        format!(
            "{} is neither an image (by its ending) nor a video",
            path.display()
        )
    };
    ensure!(output.status.success(), not_a_video());
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).with_context(not_a_video)?;
    let stream = &report["streams"][0];
    let rate = ["avg_frame_rate", "r_frame_rate"]
        .iter()
        .filter_map(|key| stream[*key].as_str())
        .find(|rate| !rate.starts_with("0/") && *rate != "0")
        .with_context(not_a_video)?;
    Ok(Probe {
        rate: rate.to_owned(),
        frames: stream["nb_frames"].as_str().and_then(|n| n.parse().ok()),
    })
}

/// Writes `input` as `output` with every frame painted over by `paint`, at a constant frame rate.
///
/// # Errors
/// When ffmpeg is missing or fails, a frame cannot be painted, or the video has no frames.
pub fn paint(
    input: &Path,
    output: &Path,
    paint: impl FnMut(&mut RgbaImage) -> Result<()>,
) -> Result<()> {
    let probe = probe(input)?;
    let mut decoder = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(input)
        .args(["-map", "0:v:0", "-vf", &format!("fps={}", probe.rate)])
        .args(["-f", "image2pipe", "-c:v", "ppm", "-"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start ffmpeg; install it to paint videos")?;
    let frames = decoder
        .stdout
        .take()
        .context("ffmpeg's output is not connected")?;
    let result = paint_frames(paint, frames, &probe, input, output);
    // A decoder that is still writing when painting failed would wait forever.
    if result.is_err() {
        let _ = decoder.kill();
    }
    let status = decoder.wait()?;
    let painted = result?;
    ensure!(
        status.success(),
        "ffmpeg failed to read {}",
        input.display()
    );
    ensure!(painted > 0, "{} has no frames", input.display());
    Ok(())
}

fn paint_frames(
    mut paint: impl FnMut(&mut RgbaImage) -> Result<()>,
    frames: ChildStdout,
    probe: &Probe,
    input: &Path,
    output: &Path,
) -> Result<u64> {
    let mut frames = BufReader::new(frames);
    let mut encoder: Option<(Child, u32, u32)> = None;
    let bar = progress::bar(probe.frames.unwrap_or(0), "frames");
    let mut painted = 0;
    while let Some(mut frame) = read_ppm(&mut frames)? {
        let (width, height) = frame.dimensions();
        if encoder.is_none() {
            encoder = Some((
                start_encoder(input, output, width, height, &probe.rate)?,
                width,
                height,
            ));
        }
        let Some((child, w, h)) = &mut encoder else {
            bail!("the encoder did not start");
        };
        ensure!(
            (width, height) == (*w, *h),
            "frame {painted} is {width}×{height}, the ones before {w}×{h}"
        );
        paint(&mut frame).with_context(|| format!("cannot paint frame {painted}"))?;
        let rgb: Vec<u8> = frame
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect();
        child
            .stdin
            .as_mut()
            .context("ffmpeg's input is not connected")?
            .write_all(&rgb)
            .with_context(|| format!("ffmpeg stopped writing {}", output.display()))?;
        painted += 1;
        bar.inc(1);
    }
    bar.finish();
    if let Some((mut child, ..)) = encoder {
        drop(child.stdin.take());
        ensure!(
            child.wait()?.success(),
            "ffmpeg failed to write {}",
            output.display()
        );
    }
    Ok(painted)
}

fn start_encoder(
    input: &Path,
    output: &Path,
    width: u32,
    height: u32,
    rate: &str,
) -> Result<Child> {
    let size = format!("{width}x{height}");
    Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"])
        .args(["-s", &size, "-r", rate, "-i", "-", "-i"])
        .arg(input)
        .args(["-map", "0:v:0", "-map", "1:a?", "-c:a", "copy"])
        // The usual 4:2:0 needs even sides.
        .args([
            "-vf",
            "crop=trunc(iw/2)*2:trunc(ih/2)*2",
            "-pix_fmt",
            "yuv420p",
        ])
        .arg(output)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context("cannot start ffmpeg; install it to paint videos")
}

/// The next frame of a stream of binary PPM files with 8 bits, or `None` at its end.
///
/// # Errors
/// When the stream holds something else, ends within a frame, or a frame is too large.
pub fn read_ppm(stream: &mut impl BufRead) -> Result<Option<RgbaImage>> {
    let mut magic = String::new();
    if stream.read_line(&mut magic)? == 0 {
        return Ok(None);
    }
    ensure!(magic.trim_end() == "P6", "ffmpeg sent no PPM frame");
    let mut line = |what| -> Result<Vec<u32>> {
        let mut text = String::new();
        stream.read_line(&mut text)?;
        text.split_ascii_whitespace()
            .map(|number| Ok(number.parse()?))
            .collect::<Result<_>>()
            .with_context(|| format!("a frame's {what} is `{}`", text.trim_end()))
    };
    let size = line("size")?;
    let &[width, height] = &size[..] else {
        bail!("a frame's size is {size:?}");
    };
    ensure!(
        (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height),
        "a frame is {width}×{height}; sides of 1 to {MAX_SIDE} can be painted"
    );
    let peak = line("peak value")?;
    ensure!(peak == [255], "a frame's peak value is {peak:?}, not 255");
    let mut rgb = vec![0; 3 * width as usize * height as usize];
    stream
        .read_exact(&mut rgb)
        .context("ffmpeg's last frame is cut off")?;
    let rgba = rgb
        .chunks_exact(3)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255])
        .collect();
    RgbaImage::from_raw(width, height, rgba)
        .map(Some)
        .context("a frame's size and pixels disagree")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ppm_frames_follow_each_other() {
        let mut bytes = b"P6\n2 1\n255\n".to_vec();
        bytes.extend([255, 0, 0, 0, 51, 0]);
        let twice = [bytes.clone(), bytes].concat();
        let mut stream = &twice[..];
        for _ in 0..2 {
            let frame = read_ppm(&mut stream).unwrap().unwrap();
            assert_eq!(frame.dimensions(), (2, 1));
            assert_eq!(frame.as_raw()[..], [255, 0, 0, 255, 0, 51, 0, 255]);
        }
        assert!(read_ppm(&mut stream).unwrap().is_none());
    }

    #[test]
    fn damaged_frames_are_refused() {
        for text in [
            "P5\n1 1\n255\n0",
            "P6\n1\n255\n000",
            "P6\n2 2\n255\n000",
            "P6\n0 4\n255\n",
        ] {
            assert!(read_ppm(&mut text.as_bytes()).is_err(), "{text}");
        }
    }
}
