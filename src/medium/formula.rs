//! The formulae of mediums, pixel by pixel; `shaders/medium.wgsl` is their twin.
//!
//! Positions, periods and spacings are in pixels of the working size. Nothing but arithmetic: sines and powers differ from
//! one GPU to the next.

use core::array::from_fn;

use crate::carry::luminance;

use super::noise::{grain, hash, seen, smoothstep, turned_on, unit, value, values};

/// What paints which; see [`super::Medium`].
pub const PAPER: u32 = 1;
pub const PIGMENT: u32 = 2;
pub const CANVAS: u32 = 3;
pub const HALFTONE: u32 = 4;
pub const ENGRAVING: u32 = 5;
pub const HATCHING: u32 = 6;
pub const SCREENPRINT: u32 = 7;
pub const CEL: u32 = 8;

/// Pixels of a row whose relief is computed at once.
const LANES: usize = 8;

/// A medium in numbers, as the shaders have it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "gpu", derive(bytemuck::Pod, bytemuck::Zeroable))]
pub struct Sheet {
    /// One of the constants above; 0 is none.
    pub kind: u32,
    /// How far it goes, 0 to 1: strength, texture and share of the style in one.
    pub amount: f32,
    pub period: f32,
    /// Contrast of what is finest; softness of flat colours.
    pub grain: f32,
    /// Cosine and sine of the angle.
    pub axis: [f32; 2],
    /// Contrast or extent of what is coarser; a cel's levels.
    pub flow: f32,
    /// 1 for a screen in each of the three channels; for paper, for what is drawn light on dark; how many flat inks.
    pub variant: f32,
    /// Ink and paper; or flat inks from dark to light, each with the luminance from which it is printed.
    pub inks: [[f32; 4]; 4],
}

/// A pixel that a medium is laid on.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Of its centre.
    pub x: f32,
    pub y: f32,
    /// From one pixel to the next.
    pub spacing: f32,
    /// Luminance of the photo round about.
    pub around: f32,
}

impl Sheet {
    /// Leaves a picture as it is.
    pub const NONE: Self = Self {
        kind: 0,
        amount: 0.0,
        period: 0.0,
        grain: 0.0,
        axis: [0.0; 2],
        flow: 0.0,
        variant: 0.0,
        inks: [[0.0; 4]; 4],
    };

    /// What of this medium depends on the place alone: a paper's tooth and strokes, how densely pigment lies. For a row of
    /// pixels that begins at `x`, one of the picture's places each; `relief` is as long as that. Of the other mediums there is
    /// nothing worth it.
    pub fn relief(&self, x: &[f32], y: f32, spacing: f32, relief: &mut [f32]) {
        let places = x.as_chunks::<LANES>().0.iter();
        let (chunks, rest) = relief.as_chunks_mut::<LANES>();
        let done = chunks.len() * LANES;
        for (x, relief) in places.zip(chunks) {
            *relief = self.relief_at(*x, [y; LANES], spacing);
        }
        for (x, relief) in x[done..].iter().zip(rest) {
            [*relief] = self.relief_at([*x], [y], spacing);
        }
    }

    #[inline(always)]
    fn relief_at<const N: usize>(&self, x: [f32; N], y: [f32; N], spacing: f32) -> [f32; N] {
        match self.kind {
            PAPER => self.tooth(x, y, spacing),
            PIGMENT => self.density(x, y, spacing),
            _ => [0.0; N],
        }
    }

    /// The picture's `color` on this medium.
    pub fn lay(&self, color: [f32; 3], at: &Place) -> [f32; 3] {
        let [relief] = self.relief_at([at.x], [at.y], at.spacing);
        self.lay_on(relief, color, at)
    }

    /// [`lay`](Self::lay) where the [`relief`](Self::relief) is known.
    #[inline]
    pub fn lay_on(&self, relief: f32, color: [f32; 3], at: &Place) -> [f32; 3] {
        if self.kind == 0 || self.amount <= 0.0 {
            return color;
        }
        let clamped = color.map(|value| value.clamp(0.0, 1.0));
        let laid = match self.kind {
            PAPER => self.paper(clamped, relief),
            PIGMENT => clamped.map(|c| c - (c - c * c) * relief),
            CANVAS => self.canvas(clamped, at),
            HALFTONE => self.halftone(clamped, at),
            ENGRAVING => self.engraving(clamped, at),
            HATCHING => self.hatching(clamped, at),
            SCREENPRINT => self.screenprint(clamped, at),
            _ => self.cel(clamped, at),
        };
        let mix = |from: f32, to: f32| from + self.amount * (to - from);
        [0, 1, 2].map(|channel| mix(color[channel], laid[channel]))
    }

    /// Along and across the angle.
    fn turned(&self, at: &Place) -> (f32, f32) {
        let [cosine, sine] = self.axis;
        (cosine * at.x + sine * at.y, cosine * at.y - sine * at.x)
    }

    /// What a paper's tooth and a hand's strokes make lighter or darker.
    #[inline(always)]
    fn tooth<const N: usize>(&self, x: [f32; N], y: [f32; N], spacing: f32) -> [f32; N] {
        let tooth = grain(x, y, self.period, spacing, 1);
        let sum = tooth.map(|tooth| 2.6 * self.grain * tooth);
        if self.flow <= 0.0 {
            return sum;
        }
        let [cosine, sine] = self.axis;
        let along: [f32; N] = from_fn(|i| cosine * x[i] + sine * y[i]);
        let across: [f32; N] = from_fn(|i| cosine * y[i] - sine * x[i]);
        let bow = values(along.map(|v| v / 40.0), across.map(|v| v / 40.0), 7);
        let width = 0.9 * self.period;
        let fine = seen(spacing, 2.0 * width);
        let stroke = |along: [f32; N], across: [f32; N], seed: u32| -> [f32; N] {
            let across: [f32; N] = from_fn(|i| across[i] + 1.5 * bow[i]);
            let narrow = values(
                along.map(|v| v / (14.0 * width)),
                across.map(|v| v / width),
                seed,
            );
            let wide = values(
                along.map(|v| v / (22.0 * width)),
                across.map(|v| v / (2.3 * width)),
                seed + 1,
            );
            from_fn(|i| narrow[i] + 0.6 * wide[i])
        };
        let first = stroke(along, across, 8);
        let second = stroke(
            from_fn(|i| 0.94 * along[i] + 0.34 * across[i]),
            from_fn(|i| 0.94 * across[i] - 0.34 * along[i]),
            10,
        );
        from_fn(|i| sum[i] + 1.6 * self.flow * fine * (first[i] + 0.7 * second[i]))
    }

    /// Graphite or chalk on a paper, whose tooth gives `sum`.
    fn paper(&self, color: [f32; 3], mut sum: f32) -> [f32; 3] {
        // Chalk is graphite turned over. Where nothing is drawn, nothing catches.
        let light = self.variant > 0.5;
        let turn = |c: f32| if light { 1.0 - c } else { c };
        let bare = turn(luminance(color));
        sum *= 1.0
            - smoothstep(
                if light { 0.65 } else { 0.8 },
                if light { 0.95 } else { 1.0 },
                bare,
            );
        let odds = if sum > 0.0 {
            1.0 + sum
        } else {
            1.0 / (1.0 - sum)
        };
        color.map(|c| {
            let c = turn(c);
            turn(c / (c + (1.0 - c) * odds))
        })
    }

    /// Of transparent pigment that settles in the hollows of a paper.
    #[inline(always)]
    fn density<const N: usize>(&self, x: [f32; N], y: [f32; N], spacing: f32) -> [f32; N] {
        let tooth = grain(x, y, self.period, spacing, 1);
        let mut density = tooth.map(|tooth| 1.5 * self.grain * tooth);
        if self.flow > 0.0 {
            // Pools with soft hearts and the sharper rims where they dried.
            let mut size = 36.0 * self.period;
            let (mut x, mut y) = (x, y);
            let mut weight = 0.7;
            let mut pools = [0.0; N];
            for octave in 0..4 {
                let waves = values(x.map(|x| x / size), y.map(|y| y / size), 20 + octave);
                pools = from_fn(|i| pools[i] + weight * (waves[i] + 0.6 * (0.4 - waves[i].abs())));
                (x, y) = turned_on(x, y);
                size *= 0.45;
                weight *= 0.62;
            }
            density = from_fn(|i| density[i] + self.flow * pools[i]);
        }
        density.map(|density| density.clamp(-1.0, 1.0))
    }

    /// Oils on a linen.
    fn canvas(&self, color: [f32; 3], at: &Place) -> [f32; 3] {
        let mut light = 0.0;
        if self.grain > 0.0 {
            let step = 0.3 * self.period;
            let here = self.weave(at.x, at.y);
            let there = self.weave(at.x - 0.7 * step, at.y - 0.7 * step);
            light += self.grain
                * seen(at.spacing, 1.4 * self.period)
                * (0.55 * (here - there) + 0.22 * (here - 0.55));
        }
        if self.flow > 0.0 {
            light += 0.2 * self.flow * self.bristles(at);
        }
        // Mid-tones show it most, deep darks and highlights a little.
        color.map(|c| {
            let room = 0.35 + 2.6 * c * (1.0 - c);
            c + light * room * if light > 0.0 { 1.0 - c } else { c } * 1.6
        })
    }

    /// Height of the upper thread of a plain weave.
    fn weave(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x / self.period, y / self.period);
        let warp = 0.12 * value(x * 0.13, y * 0.31, 31)[0];
        let weft = 0.12 * value(x * 0.29, y * 0.11, 32)[0];
        let (x, y) = (x + warp, y + weft);
        let (i, j) = (x.floor(), y.floor());
        let (fx, fy) = (x - i - 0.5, y - j - 0.5);
        let (column, row) = (i as i32, j as i32);
        let over = if (column + row) & 1 == 0 { 1.0 } else { -1.0 };
        let round = |f: f32| 1.0 - 4.0 * f * f;
        let thick = |hash: u32| 0.75 + 0.35 * unit(hash);
        let warp = round(fx) * (0.55 + 0.45 * over * round(fy)) * thick(hash(column, 0, 33));
        let weft = round(fy) * (0.55 - 0.45 * over * round(fx)) * thick(hash(0, row, 34));
        warp.max(weft)
    }

    /// Light on the ridges that a brush leaves: dabs of their own direction, one over the other.
    fn bristles(&self, at: &Place) -> f32 {
        let size = 6.0 * self.period;
        let bend = 5.0 * at.around;
        let (x, y) = (at.x / size, at.y / size);
        let (i, j) = (x.floor(), y.floor());
        let (fx, fy) = (x - i, y - j);
        let (ux, uy) = (fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy));
        let mut sum = 0.0;
        for corner in 0..4_i32 {
            let (dx, dy) = (corner & 1, corner >> 1);
            let weight =
                (if dx == 1 { ux } else { 1.0 - ux }) * (if dy == 1 { uy } else { 1.0 - uy });
            let hash = hash(i as i32 + dx, j as i32 + dy, 40);
            // A direction on the half circle round the angle.
            let t = 1.4 * unit(hash) - 0.7;
            let cosine = (1.0 - t * t) / (1.0 + t * t);
            let sine = 2.0 * t / (1.0 + t * t);
            let [a, b] = self.axis;
            let (cosine, sine) = (cosine * a - sine * b, sine * a + cosine * b);
            let along = cosine * at.x + sine * at.y;
            let across = cosine * at.y - sine * at.x + bend;
            let mut light = 0.0;
            let mut width = 0.45 * self.period;
            for octave in 0..3 {
                let fine = seen(at.spacing, 2.5 * width);
                if fine > 0.0 {
                    let [_, da, dc] = value(
                        along / (9.0 * width),
                        across / width,
                        41 + (hash & 0xffff) + octave,
                    );
                    // Light from the upper left.
                    light += fine
                        * ((dc / 1.0) * (cosine - sine) * 0.7 - (da / 9.0) * (cosine + sine) * 0.7)
                        * 0.45;
                }
                width *= 0.5;
            }
            sum += weight * light;
        }
        sum
    }

    /// Dots whose area is the tone's.
    fn halftone(&self, color: [f32; 3], at: &Place) -> [f32; 3] {
        let cover = if self.variant > 0.5 {
            // Cyan, magenta and yellow, 30° and 45° from one another, as printers turn them.
            let [c, s] = self.axis;
            let turned = |cosine: f32, sine: f32| [c * cosine - s * sine, s * cosine + c * sine];
            [
                self.dot(color[0], at, turned(0.866_025_4, -0.5)),
                self.dot(color[1], at, turned(0.866_025_4, 0.5)),
                self.dot(
                    color[2],
                    at,
                    turned(
                        core::f32::consts::FRAC_1_SQRT_2,
                        -core::f32::consts::FRAC_1_SQRT_2,
                    ),
                ),
            ]
        } else {
            [self.dot(luminance(color), at, self.axis); 3]
        };
        [0, 1, 2].map(|channel| self.printed(channel, cover[channel]))
    }

    /// Paper under so much ink.
    fn printed(&self, channel: usize, cover: f32) -> f32 {
        let [ink, paper, ..] = self.inks;
        paper[channel] + cover * (ink[channel] - paper[channel])
    }

    fn dot(&self, tone: f32, at: &Place, [cosine, sine]: [f32; 2]) -> f32 {
        let u = (cosine * at.x + sine * at.y) / self.period;
        let v = (cosine * at.y - sine * at.x) / self.period;
        let (cu, du) = wave(u);
        let (cv, dv) = wave(v);
        // Round in the lights, a chequerboard in the middle, round holes in the darks; 0 to 1.
        let height = 0.5 + 0.25 * (cu + cv);
        let step = at.spacing / self.period;
        let slope = 0.25 * (du * du + dv * dv).sqrt() * step;
        let edge = slope + 2.0 * step * step;
        let dark = darkness(tone);
        let cover = ((height - threshold(dark)) / edge + 0.5).clamp(0.0, 1.0);
        // What is blank stays blank, what is full stays full.
        let cover = cover * (dark / (0.25 * edge)).min(1.0);
        let cover = 1.0 - (1.0 - cover) * ((1.0 - dark) / (0.25 * edge)).min(1.0);
        dark + seen(at.spacing, 1.4 * self.period) * (cover - dark)
    }

    /// Lines that swell with the tone and bend round the forms.
    fn engraving(&self, color: [f32; 3], at: &Place) -> [f32; 3] {
        let dark = darkness(luminance(color));
        let (along, across) = self.turned(at);
        let bend = self.flow * at.around;
        let tremor = 0.07 * value(at.x / 9.0, at.y / 9.0, 50)[0];
        // Where one set of lines would run together the next one takes the rest.
        let first_cover = dark.min(0.5 + 0.45 * (dark - 0.5));
        let rest = 1.0 - (1.0 - dark) / (1.0 - first_cover);
        let second_cover = rest.min(0.35 + 0.4 * (rest - 0.35));
        let third_cover = 1.0 - (1.0 - rest) / (1.0 - second_cover);
        // By 60°.
        let turned = |along: f32, across: f32| {
            (
                0.5 * along + 0.866_025_4 * across,
                0.5 * across - 0.866_025_4 * along,
            )
        };
        let first = self.line(
            along,
            across / self.period + bend + tremor,
            at,
            first_cover,
            51,
        );
        let (along, across) = turned(along, across);
        let second = self.line(
            along,
            across / self.period - bend + tremor,
            at,
            second_cover,
            52,
        );
        let (along, across) = turned(along, across);
        let third = self.line(along, across / self.period + tremor, at, third_cover, 53);
        let cover = 1.0 - (1.0 - first) * (1.0 - second) * (1.0 - third);
        let cover = dark + seen(at.spacing, 1.4 * self.period) * (cover - dark);
        [0, 1, 2].map(|channel| self.printed(channel, cover))
    }

    /// A set of lines one apart, of which `cover` is ink.
    fn line(&self, along: f32, phase: f32, at: &Place, cover: f32, seed: u32) -> f32 {
        let row = (phase + 0.5).floor();
        let distance = (phase - row).abs();
        let step = at.spacing / self.period;
        // Lines end in dashes where it is light.
        let dash = value(along / (3.0 * self.period), row * 7.31, seed)[0];
        let light = 1.0 - smoothstep(0.1, 0.3, cover);
        let half = 0.5 * cover * (1.0 + 0.9 * light * dash);
        covered(distance, half, step)
    }

    /// Strokes of a pen or a pencil, in more directions the darker it is.
    fn hatching(&self, color: [f32; 3], at: &Place) -> [f32; 3] {
        const LAYERS: [([f32; 2], f32, f32); 4] = [
            ([1.0, 0.0], 0.06, 0.55),
            ([0.642_787_6, 0.766_044_4], 0.4, 0.55),
            ([0.866_025_4, -0.5], 0.62, 0.55),
            ([0.173_648_2, 0.984_807_8], 0.8, 0.6),
        ];
        let dark = 1.0 - luminance(color);
        let [c, s] = self.axis;
        let bow = [60, 61].map(|seed| self.flow * value(at.x / 34.0, at.y / 34.0, seed)[0]);
        let mut blank = 1.0;
        for (layer, ([cosine, sine], from, range)) in LAYERS.into_iter().enumerate() {
            let cover = (dark - from) / range;
            if cover > 0.0 {
                let (cosine, sine) = (c * cosine - s * sine, s * cosine + c * sine);
                let (x, y) = (at.x + bow[0], at.y + bow[1]);
                let along = (cosine * x + sine * y) / self.period;
                let across = (cosine * y - sine * x) / self.period;
                blank *= 1.0 - self.strokes(along, across, at, cover, 62 + 8 * layer as u32);
            }
        }
        // Blacks are filled in.
        let full = smoothstep(0.82, 0.97, dark);
        let cover = 1.0 - blank * (1.0 - full);
        [0, 1, 2].map(|channel| self.printed(channel, cover))
    }

    /// Single strokes in rows one apart, each with a length, a place and a pressure of its own; `cover` from 0 up.
    fn strokes(&self, along: f32, across: f32, at: &Place, cover: f32, seed: u32) -> f32 {
        const LENGTH: f32 = 24.0;
        let step = at.spacing / self.period;
        let near = (across - 0.5).floor();
        let mut ink = 0.0_f32;
        for k in 0..2 {
            let row = near + k as f32;
            let place = along / LENGTH + 64.0 * unit(hash(row as i32, 0, seed));
            let segment = place.floor();
            let within = place - segment;
            let own = hash(row as i32, segment as i32, seed + 1);
            let centre = row + 0.5 + 0.3 * (unit(own) - 0.5);
            let pressure = 0.8 + 0.4 * unit(own.wrapping_mul(0x9e37_79b1));
            let end = within.min(1.0 - within);
            let taper = smoothstep(-0.01, 0.06, end);
            let tooth = 1.0 + 0.3 * value(along * 1.3, across * 3.1, seed + 2)[0];
            let half = 0.29 * cover.min(1.3) * pressure * taper * tooth;
            ink = ink.max(covered((across - centre).abs(), half, step));
        }
        let mean = (0.5 * cover).min(0.6);
        mean + seen(at.spacing, 1.6 * self.period) * (ink - mean)
    }

    /// Flat inks, each over the darker ones from its tone on.
    fn screenprint(&self, color: [f32; 3], at: &Place) -> [f32; 3] {
        let tone = luminance(color);
        let softness = self.grain * sharpened(at.spacing);
        let [r, g, b, _] = self.inks[0];
        let mut printed = [r, g, b];
        for ink in self.inks.iter().take(self.variant as usize).skip(1) {
            let cover = smoothstep(ink[3] - softness, ink[3] + softness, tone);
            for (value, ink) in printed.iter_mut().zip(ink) {
                *value += cover * (ink - *value);
            }
        }
        printed
    }

    /// Steps of luminance from black to white; colours are lit and shaded with them.
    fn cel(&self, color: [f32; 3], at: &Place) -> [f32; 3] {
        let steps = self.flow - 1.0;
        let tone = luminance(color);
        let step = (tone * steps).floor();
        let softness = self.grain * sharpened(at.spacing);
        let rise = smoothstep(0.5 - softness, 0.5 + softness, tone * steps - step);
        let target = (step + rise) / steps;
        relight(color, tone, target, 0.7).map(|c| c.clamp(0.0, 1.0))
    }
}

/// `color` of luminance `tone`, both from 0 to 1, brought to the luminance `target`: by `share` as light scales it, which keeps
/// its saturation, and for the rest by adding grey, which keeps noise in the darks small. Parts of it may leave \[0, 1\].
pub fn relight(color: [f32; 3], tone: f32, target: f32, share: f32) -> [f32; 3] {
    let ratio = (target / tone.max(0.06)).clamp(0.0, 2.2);
    color.map(|c| share * c * ratio + (1.0 - share) * (c + target - tone))
}

/// How much sharper the edges of flat colours are in tone where pixels lie closer than at the working size, so that they stay
/// narrow; no sharper than twice, lest a slow run of tone look another way in every size.
fn sharpened(spacing: f32) -> f32 {
    spacing.clamp(0.5, 1.0)
}

/// The share of a pixel of width `step`, at `distance` from the middle of a line that reaches as far as `reach`, that lies in it.
#[inline(always)]
fn covered(distance: f32, reach: f32, step: f32) -> f32 {
    let end = reach.min(distance + 0.5 * step);
    let begin = (-reach).max(distance - 0.5 * step);
    (end - begin).max(0.0) / step
}

/// How much ink a tone takes: none on what is all but white, all on what is all but black.
fn darkness(tone: f32) -> f32 {
    ((0.95 - tone) / 0.87).clamp(0.0, 1.0)
}

/// A wave of period 1 from −1 to 1, 1 at whole numbers, made of cubics; and its derivative.
fn wave(x: f32) -> (f32, f32) {
    let t = x - x.floor();
    let half = t.min(1.0 - t) * 2.0;
    let slope = if t < 0.5 { 2.0 } else { -2.0 };
    (
        1.0 - 2.0 * half * half * (3.0 - 2.0 * half),
        -12.0 * half * (1.0 - half) * slope,
    )
}

/// The height above which a share `dark` of the dots' hills lies.
fn threshold(dark: f32) -> f32 {
    let t = 1.0 - 2.0 * dark;
    0.5 + 0.5 * t * (0.56 + t * t * (0.58 - 0.14 * t * t))
}
