//! The convolution kernels and their derivatives against Burn's.

use burn::tensor::{
    Device, Distribution, Tensor,
    activation::relu,
    module::conv2d,
    ops::{ConvOptions, PadMode},
};
use limn::{
    convolution::{Border, Convolution, LANES, Level, Map},
    network::mirrored,
};

fn floats(tensor: Tensor<4>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

fn planes(map: &Map, count: usize) -> Vec<f32> {
    let mut values = vec![0.0; count * map.height() * map.width()];
    map.write_planes(0, &mut values);
    values
}

fn assert_close(ours: &[f32], burn: Tensor<4>, what: &str) {
    let expected = floats(burn);
    let size = expected.iter().fold(1e-3_f32, |m, v| m.max(v.abs()));
    assert_eq!(ours.len(), expected.len(), "{what}");
    for (a, b) in ours.iter().zip(&expected) {
        assert!((a - b).abs() < 1e-5 * size, "{what}: {a}, Burn {b}");
    }
}

/// Values and all three derivatives, on every instruction set that this CPU has.
#[test]
fn agrees_with_burn_on_odd_sizes_and_strides() {
    for border in [Border::Zero, Border::Mirror] {
        agrees_with_burn(border);
    }
}

fn agrees_with_burn(border: Border) {
    let device = Device::flex();
    for (inputs, outputs, height, width, stride) in [
        (3, 16, 5, 7, 1),
        (6, 24, 9, 8, 2),
        (20, 40, 1, 1, 1),
        (16, 16, 1, 6, 2),
        (9, 33, 2, 1, 2),
        (35, 64, 17, 13, 2),
        (64, 20, 31, 18, 1),
    ] {
        let random = |seed: u64, shape: [usize; 4]| {
            device.seed(seed);
            Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device)
        };
        let leaf = |x: &Tensor<4>| x.clone().autodiff().require_grad();
        let image = random(1, [1, inputs, height, width]);
        let weight = random(2, [outputs, inputs, 3, 3]);
        let bias = random(3, [1, 1, 1, outputs]);
        let [x, w, b] = [leaf(&image), leaf(&weight), leaf(&bias)];
        let burn = conv2d(
            // What comes out of a ReLU, so that the gate can be tested.
            match border {
                Border::Zero => relu(x.clone()).pad((1, 1, 1, 1), PadMode::Constant(0.0)),
                Border::Mirror => mirrored(relu(x.clone())),
            },
            w.clone(),
            Some(b.clone().reshape([outputs])),
            ConvOptions::new([stride, stride], [0, 0], [1, 1], 1),
        );
        let gradient = random(4, burn.dims());
        let gradients = (burn.clone() * gradient.clone()).sum().backward();
        let [dx, dw, db] = [x, w, b].map(|leaf| leaf.grad(&gradients).unwrap());
        let [_, _, out_height, out_width] = burn.dims();
        for level in Level::available() {
            let what = format!("{level:?} {border:?} {inputs}→{outputs} {height}×{width}/{stride}");
            let make = |relu| {
                let (weight, bias) = (floats(weight.clone()), floats(bias.clone()));
                Convolution::at_level(level, &weight, &bias, stride, relu, border, true)
            };
            let padded = |values: Tensor<4>, height, width, channels: usize| {
                let channels = channels.next_multiple_of(LANES);
                Map::from_planes(&floats(values), height, width, channels)
            };
            let mut input = padded(relu(image.clone()), height, width, inputs);
            if border == Border::Mirror {
                input.mirror();
            }
            let output = make(false).forward(&input);
            assert_close(&planes(&output, outputs), burn.clone(), &what);
            let rectified = make(true).forward(&input);
            assert_close(&planes(&rectified, outputs), relu(burn.clone()), &what);
            let gradient = padded(gradient.clone(), out_height, out_width, outputs);
            let back = make(false).input_gradient(&gradient, (height, width), Some(&input));
            assert_close(&planes(&back, inputs), dx.clone(), &what);
            let convolution = make(false);
            let sums = convolution.weight_gradient(&input, &gradient);
            let found = convolution.in_order(&sums);
            assert_close(&found.weight, dw.clone(), &what);
            assert_close(&found.bias, db.clone(), &what);
        }
    }
}

#[test]
fn nan_passes_a_relu() {
    for level in Level::available() {
        let convolution =
            Convolution::at_level(level, &[1.0; 9], &[0.0], 1, true, Border::Zero, false);
        let output = convolution.forward(&Map::from_planes(&[f32::NAN], 1, 1, 1));
        assert!(output.pixel(0, 0)[0].is_nan(), "{level:?}");
    }
}
