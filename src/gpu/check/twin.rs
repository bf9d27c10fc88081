//! Plain CPU twins of the shaders: the same results by simple loops. The self-test and the tests compare with them; the
//! twins of the remaining kernels are [`crate::gradient`], [`Planes::resized`], [`crate::change`] and
//! [`crate::solve::multigrid`].

use crate::{
    Options, Planes,
    carry::{BLUR, EPSILON, LUMA, RADIUS},
    change::{Change, enlarged},
    gradient::{gradient, zero_boundary},
    ground::Shift,
    medium::{Media, Place, position, spacing},
    network::{COLOUR_CENTRE, GRADIENT_SCALE, HEAD_INPUT, Layer},
    solve::{Precision, correction},
    style::{ConvWeights, Style},
};

/// One layer: 3×3 convolution of a map that is mirrored at its border, bias, ReLU and pixel shuffle as the layer has them.
/// `[in_channels, H, W]` to `[out_channels, ceil(H / stride), ceil(W / stride)]`, or after a shuffle a quarter of the
/// channels at twice that size.
pub fn convolve(input: &Planes, layer: &Layer, weights: &ConvWeights) -> Planes {
    let width = input.width.div_ceil(layer.stride);
    let height = input.height.div_ceil(layer.stride);
    let mut output = Planes::zeros(layer.out_channels, height, width);
    for channel in 0..layer.out_channels {
        let target = output.plane_mut(channel);
        target.fill(weights.bias[channel]);
        for source in 0..layer.in_channels {
            let kernel = &weights.weight[(channel * layer.in_channels + source) * 9..][..9];
            let plane = input.plane(source);
            for (at, sum) in target.iter_mut().enumerate() {
                let (x, y) = (at % width * layer.stride, at / width * layer.stride);
                for (tap, weight) in kernel.iter().enumerate() {
                    let inside = |at: usize, length: usize| match at {
                        0 => 1.min(length - 1),
                        _ if at > length => length.saturating_sub(2),
                        _ => at - 1,
                    };
                    let column = inside(x + tap % 3, input.width);
                    let row = inside(y + tap / 3, input.height);
                    *sum += weight * plane[row * input.width + column];
                }
            }
        }
        if layer.relu {
            target.iter_mut().for_each(|value| *value = value.max(0.0));
        }
    }
    if layer.shuffle {
        shuffle(&output)
    } else {
        output
    }
}

/// ×2 pixel shuffle `[4C, H, W]` to `[C, 2H, 2W]`.
fn shuffle(input: &Planes) -> Planes {
    let (width, height) = (2 * input.width, 2 * input.height);
    let mut output = Planes::zeros(input.channels / 4, height, width);
    for channel in 0..output.channels {
        for y in 0..height {
            for x in 0..width {
                let source = input.plane(4 * channel + y % 2 * 2 + x % 2);
                output.plane_mut(channel)[y * width + x] = source[y / 2 * input.width + x / 2];
            }
        }
    }
    output
}

/// The last layer as the kernel stores it: the network's output, cropped, less its input `gradients` `[6, H, W]`, with a
/// gradient's zero boundary.
pub fn change(output: &Planes, gradients: &Planes) -> Planes {
    let mut change = gradients.clone();
    for channel in 0..6 {
        let plane = output.plane(channel);
        for (at, value) in change.plane_mut(channel).iter_mut().enumerate() {
            let (x, y) = (at % gradients.width, at / gradients.width);
            *value = plane[y * output.width + x] / GRADIENT_SCALE - *value;
        }
    }
    zero_boundary(&mut change);
    change
}

/// What `style` makes of an image `[3, h, w]`.
pub fn network(image: &Planes, style: &Style) -> Change {
    let network = style.metadata.network();
    let gradients = gradient(image);
    let mut x = Planes::zeros(network.inputs(), image.height, image.width);
    for (value, gradient) in x.data.iter_mut().zip(&gradients.data) {
        *value = gradient * GRADIENT_SCALE;
    }
    for (value, color) in x.data[gradients.data.len()..].iter_mut().zip(&image.data) {
        *value = color - COLOUR_CENTRE;
    }
    let mut ground = None;
    for (place, (layer, weights)) in network.chain().iter().zip(&style.layers).enumerate() {
        x = convolve(&x, layer, weights);
        if place == HEAD_INPUT
            && let (Some(head), Some(weights)) = (network.head(), style.layers.last())
        {
            let quarter = convolve(&x, &head, weights);
            ground = Some(enlarged(&quarter, image.width, image.height));
        }
    }
    Change {
        gradients: change(&x, &gradients),
        ground,
    }
}

/// The blend of two planes, of which one whose share is zero is not read.
pub fn blend(planes: [&Planes; 2], share: f32) -> Planes {
    let mut output = planes[0].clone();
    for (i, value) in output.data.iter_mut().enumerate() {
        let [first, second] = planes.map(|planes| planes.data[i]);
        *value = if share <= 0.0 {
            first
        } else if share >= 1.0 {
            second
        } else {
            (1.0 - share) * first + share * second
        };
    }
    output
}

/// The slope `[3, h, w]` of D on the luminance of `image` in the window round each pixel; see [`crate::carry`].
pub fn window_slope(image: &Planes, correction: &Planes) -> Planes {
    let mut output = Planes::zeros(3, image.height, image.width);
    let guide = |at: usize| -> f64 {
        (0..3)
            .map(|channel| f64::from(LUMA[channel] * image.plane(channel)[at]))
            .sum()
    };
    for channel in 0..3 {
        let d = |at: usize| f64::from(correction.plane(channel)[at]);
        for (at, slope) in output.plane_mut(channel).iter_mut().enumerate() {
            let window = window(at, image);
            let mean = |value: &dyn Fn(usize) -> f64| {
                window.iter().map(|&at| value(at)).sum::<f64>() / window.len() as f64
            };
            let (guide_mean, d_mean) = (mean(&guide), mean(&d));
            let variance = mean(&|at| (guide(at) - guide_mean).powi(2));
            let covariance = mean(&|at| (guide(at) - guide_mean) * (d(at) - d_mean));
            *slope = (covariance / (variance + f64::from(EPSILON))) as f32;
        }
    }
    output
}

/// Indices of the pixels in the window round pixel `at`, as far as they lie in the image.
fn window(at: usize, image: &Planes) -> Vec<usize> {
    let (x, y) = (at % image.width, at / image.width);
    let near = |a: usize, b: usize| a.abs_diff(b) <= RADIUS;
    (0..image.height)
        .filter(|row| near(*row, y))
        .flat_map(|row| (0..image.width).map(move |column| (row, column)))
        .filter(|(_, column)| near(*column, x))
        .map(|(row, column)| row * image.width + column)
        .collect()
}

/// What is carried up to `full` (width, height), `[8, h, w]`: D less its slope times luminance and the luminance round about,
/// sharpened, and the slope and nothing.
pub fn painting(image: &Planes, correction: &Planes, full: (usize, usize)) -> Planes {
    let (width, height) = (image.width, image.height);
    let parts = split(image, correction);
    let mut output = parts.clone();
    let weights = |full: usize, work: usize| {
        let amount = (1.0 - (work as f64 / full as f64).powi(2)).max(0.0);
        let [centre, near, far] = BLUR.map(|share| -amount * f64::from(share));
        [far, near, 1.0 + amount + centre, near, far]
    };
    let (across, down) = (weights(full.0, width), weights(full.1, height));
    let index = |at: usize, k: usize, length: usize| (at + k).saturating_sub(2).min(length - 1);
    for channel in 0..4 {
        let source = parts.plane(channel);
        for (at, value) in output.plane_mut(channel).iter_mut().enumerate() {
            let mut sum = 0.0;
            for (row, down) in down.iter().enumerate() {
                for (column, across) in across.iter().enumerate() {
                    let y = index(at / width, row, height);
                    let x = index(at % width, column, width);
                    sum += down * across * f64::from(source[y * width + x]);
                }
            }
            *value = sum as f32;
        }
    }
    output
}

/// D less its slope times luminance, the luminance round about, the slope and nothing, `[8, h, w]`.
fn split(image: &Planes, correction: &Planes) -> Planes {
    let slopes = window_slope(image, correction);
    let mut output = Planes::zeros(8, image.height, image.width);
    let luminance = |at: usize| -> f32 { (0..3).map(|c| LUMA[c] * image.plane(c)[at]).sum() };
    let mean = |at: usize, value: &dyn Fn(usize) -> f32| {
        let window = window(at, image);
        window.iter().map(|&at| value(at)).sum::<f32>() / window.len() as f32
    };
    let means: Vec<f32> = (0..image.width * image.height)
        .map(|at| mean(at, &luminance))
        .collect();
    for (at, around) in output.plane_mut(3).iter_mut().enumerate() {
        *around = mean(at, &|at| means[at]);
    }
    for channel in 0..3 {
        for at in 0..image.width * image.height {
            let window = window(at, image);
            let sum: f32 = window.iter().map(|&at| slopes.plane(channel)[at]).sum();
            let slope = sum / window.len() as f32;
            output.plane_mut(channel)[at] = correction.plane(channel)[at] - slope * luminance(at);
            output.plane_mut(4 + channel)[at] = slope;
        }
    }
    output
}

/// The picture `[3, H, W]` of `photo` `[3, H, W]` on the ground that `shift` makes of it at strength t, on `media`, with
/// `painting` `[8, h, w]` as [`painting`] makes it.
pub fn picture(
    painting: &Planes,
    photo: &Planes,
    (shift, media): (&Shift, &Media),
    strength: f32,
) -> Planes {
    let mut output = photo.clone();
    let ground = shift.of(photo);
    let (full, work) = (
        (photo.width, photo.height),
        (painting.width, painting.height),
    );
    for y in 0..photo.height {
        for x in 0..photo.width {
            let at = y * photo.width + x;
            let luminance: f32 = (0..3).map(|c| LUMA[c] * photo.plane(c)[at]).sum();
            let mut change = [0.0; 3];
            let mut around = 0.0;
            for (row, row_weight) in taps(y, photo.height, painting.height) {
                for (column, column_weight) in taps(x, photo.width, painting.width) {
                    let cell = row * painting.width + column;
                    around += row_weight * column_weight * painting.plane(3)[cell];
                    for (channel, change) in change.iter_mut().enumerate() {
                        let rest = painting.plane(channel)[cell];
                        let slope = painting.plane(4 + channel)[cell];
                        *change += row_weight * column_weight * (rest + slope * luminance);
                    }
                }
            }
            let color = [0, 1, 2].map(|channel| {
                photo.plane(channel)[at] + strength * (ground.plane(channel)[at] + change[channel])
            });
            let place = Place {
                x: position(x, full.0, work.0),
                y: position(y, full.1, work.1),
                spacing: spacing(full, work),
                around,
            };
            let color = media.lay(color, &place);
            for (channel, value) in color.into_iter().enumerate() {
                output.plane_mut(channel)[at] = value;
            }
        }
    }
    output
}

/// The samples of an axis of `work` that pixel `at` of `full` is made from, and their weights: Catmull-Rom where `full` is the
/// larger one, else the shares of what the pixel covers.
fn taps(at: usize, full: usize, work: usize) -> Vec<(usize, f32)> {
    let ratio = work as f64 / full as f64;
    if work > full {
        let (begin, end) = (at as f64 * ratio, (at + 1) as f64 * ratio);
        let overlap = |i: usize| end.min((i + 1) as f64) - begin.max(i as f64);
        return (0..work)
            .filter(|&i| overlap(i) > 0.0)
            .map(|i| (i, (overlap(i) / ratio) as f32))
            .collect();
    }
    let position = (at as f64 + 0.5) * ratio - 0.5;
    let kernel = |distance: f64| {
        let d = distance.abs();
        if d < 1.0 {
            (1.5 * d - 2.5) * d * d + 1.0
        } else {
            ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0
        }
    };
    [-1, 0, 1, 2]
        .map(|k| {
            let sample = position.floor() as isize + k;
            let index = sample.clamp(0, work as isize - 1) as usize;
            (index, kernel(position - sample as f64) as f32)
        })
        .to_vec()
}

/// The whole engine.
pub fn paint(photo: &Planes, style: &Style, options: &Options) -> Planes {
    let full = (photo.width, photo.height);
    let (width, height) = options.working_size(full, style.metadata.trained_size);
    let image = photo.resized(width, height);
    let mut change = network(&image, style);
    let grounds = [(1.0, style.metadata.ground.as_ref()), (0.0, None)];
    let shift = Shift::new(grounds, options.colour);
    change.on_ground(&shift.of(&image));
    change.tint(options.colour);
    let correction = correction(&change, options.lambda, Precision::Still);
    let painting = painting(&image, &correction, full);
    let mediums = [(1.0, style.metadata.medium.as_ref()), (0.0, None)];
    let media = Media::new(mediums, options);
    picture(&painting, photo, (&shift, &media), options.strength)
}
