//! Eyes: balls, and the lids that open before them.

use super::{
    shapes::{carve, intersection, sphere, union},
    vector::{V, bell, smoothstep, v},
};

/// The eyes of a sitter: the left one, the right one is its mirror image.
pub struct Eye {
    /// Centre of the ball.
    pub centre: V,
    /// Radius of the ball.
    pub radius: f32,
    /// How high the upper lid stands above the middle, and how low the lower one, in radians on the ball.
    pub open: [f32; 2],
    /// Half the width of the opening, in radians.
    pub half_width: f32,
    /// How much higher the outer corner is than the inner one, as a slope.
    pub slant: f32,
    /// Depth of the crease above the upper lid.
    pub crease: f32,
    /// Linear colours of the iris: around the pupil, and outside.
    pub iris: [V; 2],
}

/// Thickness of the lids.
const LID: f32 = 0.026;

/// Where a point lies around the eye that is on its side.
pub struct Around {
    /// Distance from the ball's centre.
    pub radius: f32,
    /// Angle to the temple, in units of half the opening's width: −1 and 1 are the corners.
    pub side: f32,
    /// Angle from the edge of the upper lid into the opening, in radians; negative above it.
    pub under_upper: f32,
    /// Angle from the edge of the lower lid into the opening.
    pub over_lower: f32,
}

impl Around {
    /// How far inside the opening between the lids, as an angle; negative beneath a lid.
    pub fn opening(&self) -> f32 {
        self.under_upper.min(self.over_lower)
    }
}

/// Turn of the opening towards the temple, in radians.
const OUTWARD: f32 = 0.10;

impl Eye {
    /// Where `m`, folded to the left side, lies around the eye.
    pub fn around(&self, m: V) -> Around {
        let e = m - self.centre;
        let radius = e.length().max(1e-5);
        let u = e.x.atan2(e.z.max(-0.2)) - OUTWARD;
        let height = (e.y / radius).clamp(-1.0, 1.0).asin() - self.slant * u;
        let side = u / self.half_width;
        let (upper, lower) = self.edges(side);
        Around {
            radius,
            side,
            under_upper: upper - height,
            over_lower: height - lower,
        }
    }

    /// Heights of both lids' edges.
    fn edges(&self, side: f32) -> (f32, f32) {
        let arch = 1.0 - side * side;
        // Rounder than a parabola; the upper lid is highest a little towards the nose, the lower one lowest towards
        // the temple.
        let arch = if arch > 0.0 { arch.powf(0.75) } else { arch };
        (
            self.open[0] * arch * (1.0 - 0.10 * side),
            -self.open[1] * arch * (1.0 + 0.12 * side),
        )
    }

    /// The point of the upper lid's edge at `side`, and the direction out of the ball there.
    pub fn upper_edge(&self, side: f32) -> (V, V) {
        let u = side * self.half_width;
        let height = self.edges(side).0 + self.slant * u;
        let u = u + OUTWARD;
        let out = v(u.sin() * height.cos(), height.sin(), u.cos() * height.cos());
        (self.centre + out * (self.radius + 0.8 * LID), out)
    }

    /// `d`, the distance of the face, with lids around the eye at `m`, folded to the left side.
    pub fn lids(&self, m: V, d: f32) -> f32 {
        if sphere(m, self.centre, self.radius + 0.16) > 0.0 {
            return d;
        }
        let at = self.around(m);
        let open = at.opening() * self.radius;
        let shell = at.radius - self.radius - LID;
        let lids = intersection(shell, open, 0.018);
        let mut d = union(d, lids, 0.07);
        // The socket's flesh must not close the opening again.
        d = carve(d, intersection(shell - 0.05, 0.004 - open, 0.012), 0.014);
        let crease = bell(at.under_upper + 0.27, 0.05) * smoothstep(1.05, 0.5, at.side.abs());
        d + self.crease * crease * smoothstep(0.12, 0.04, (at.radius - self.radius).abs())
    }

    /// Signed distance of `m`, folded to the left side, to the ball.
    pub fn ball(&self, m: V) -> f32 {
        sphere(m, self.centre, self.radius)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sitters::{JUN, MARA, OTTO};

    #[test]
    fn lids_are_open_before_the_ball_and_end_at_their_edges() {
        for face in [&MARA.face, &OTTO.face, &JUN.face] {
            let eye = &face.eye;
            let front = eye.centre + super::v(0.1 * eye.radius, 0.0, 1.001 * eye.radius);
            assert!(eye.around(front).opening() > 0.1);
            assert!(face.skin(front) > 0.0, "skin grows over the eye");
            for side in [-0.8, -0.3, 0.0, 0.5, 0.9] {
                let (edge, _) = eye.upper_edge(side);
                let at = eye.around(edge);
                assert!((at.side - side).abs() < 1e-3, "{} for {side}", at.side);
                assert!(at.under_upper.abs() < 1e-3, "{}", at.under_upper);
            }
        }
    }
}
