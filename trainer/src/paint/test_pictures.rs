//! Pictures that tests draw.

use limn::Planes;

/// A bright oval with two dark eyes on a gradient, `[3, H, W]` in [0, 1].
pub fn face(width: usize, height: usize) -> Planes {
    draw(width, height, |x, y| {
        let oval = ((x - 0.5) / 0.3).powi(2) + ((y - 0.5) / 0.4).powi(2) < 1.0;
        let eye = |at: f32| ((x - at).powi(2) + (y - 0.42).powi(2)).sqrt() < 0.05;
        match (oval, eye(0.4) || eye(0.6)) {
            (_, true) => [0.15, 0.1, 0.1],
            (true, _) => [0.85, 0.65, 0.55],
            _ => [0.2 + 0.3 * x, 0.4, 0.5 + 0.3 * y],
        }
    })
}

/// Squares of two strong colours.
pub fn checks(width: usize, height: usize) -> Planes {
    draw(width, height, |x, y| {
        if ((x * 8.0) as usize + (y * 8.0) as usize).is_multiple_of(2) {
            [0.9, 0.2, 0.1]
        } else {
            [0.1, 0.3, 0.8]
        }
    })
}

fn draw(width: usize, height: usize, colour: impl Fn(f32, f32) -> [f32; 3]) -> Planes {
    let mut planes = Planes::zeros(3, height, width);
    for y in 0..height {
        for x in 0..width {
            let at = |i: usize, count: usize| (i as f32 + 0.5) / count as f32;
            for (channel, value) in colour(at(x, width), at(y, height)).into_iter().enumerate() {
                planes.plane_mut(channel)[y * width + x] = value;
            }
        }
    }
    planes
}
