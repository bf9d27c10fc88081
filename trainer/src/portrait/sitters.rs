//! The three sitters.

use super::{
    background::Backdrop,
    clothes::{Build, Wear},
    eye::Eye,
    hair::{Beard, Brows, Combed, Cut, Hair, Lashes},
    head::{Face, Mouth, Nose},
    light::{Lamp, Lighting},
    surface::Complexion,
    vector::{V, v},
};

/// Everything that makes a portrait.
pub struct Sitter {
    pub pose: Pose,
    pub face: Face,
    pub skin: Complexion,
    pub hair: Hair,
    pub brows: Brows,
    pub lashes: Lashes,
    pub beard: Option<Beard>,
    pub glasses: bool,
    pub earrings: bool,
    pub build: Build,
    pub wear: Wear,
    pub backdrop: Backdrop,
    pub light: Lighting,
}

/// How a sitter holds themself, and where the camera stands.
pub struct Pose {
    /// Turn, tilt and nod of the head, in radians, as `Frame::new` takes them.
    pub head: [f32; 3],
    /// Turn of the chest.
    pub chest: f32,
    /// The point of the world that the eyes look at.
    pub look_at: V,
    pub camera: Camera,
}

/// A camera that looks along −z.
pub struct Camera {
    pub eye: V,
    /// Half of what it sees of the plane z = 0, a length.
    pub half_height: f32,
    /// Slope of the ray through the picture's middle, to the right and up.
    pub shift: [f32; 2],
}

/// A young woman with brown skin and dark curls, in a yellow pullover.
pub const MARA: Sitter = Sitter {
    pose: Pose {
        head: [0.30, -0.10, 0.02],
        chest: -0.22,
        look_at: v(0.05, 0.10, 7.0),
        camera: Camera {
            eye: v(0.0, 0.0, 7.0),
            half_height: 1.80,
            shift: [-0.008, -0.040],
        },
    },
    face: Face {
        width: 0.97,
        cheeks: 1.0,
        jaw: 0.92,
        chin: 0.15,
        nose: Nose {
            tip: v(0.0, -0.345, 0.830),
            tip_radius: 0.100,
            wing_radius: 0.066,
            bridge: [0.055, 0.0],
        },
        mouth: Mouth {
            height: -0.640,
            half_width: 0.235,
            smile: 0.066,
            lips: [0.062, 0.078],
        },
        eye: Eye {
            centre: v(0.300, -0.030, 0.490),
            radius: 0.225,
            open: [0.50, 0.37],
            half_width: 0.92,
            slant: 0.10,
            crease: 0.016,
            iris: [v(0.21, 0.085, 0.024), v(0.070, 0.027, 0.010)],
        },
        ridge: 0.8,
        lines: 0.0,
        ears: 0.95,
        neck: 0.27,
    },
    skin: Complexion {
        base: v(0.400, 0.172, 0.088),
        blush: v(0.450, 0.115, 0.070),
        blushing: 0.75,
        lips: v(0.400, 0.085, 0.075),
        liner: 0.95,
        freckles: 0.7,
        gloss: 0.26,
    },
    hair: Hair {
        line: [0.63, 0.48, 0.02, -0.25, -0.55],
        coat: 0.06,
        cut: Cut::Ringlets {
            count: 420,
            out: 0.36,
            low: -1.25,
        },
        colours: [v(0.007, 0.0040, 0.0032), v(0.055, 0.023, 0.013)],
        shine: 0.07,
    },
    brows: Brows {
        heights: [0.265, 0.365, 0.285],
        thickness: 0.030,
        strokes: 38,
        colours: [v(0.008, 0.005, 0.003), v(0.045, 0.022, 0.012)],
    },
    lashes: Lashes {
        count: 10,
        length: 0.085,
        radius: 0.0105,
    },
    beard: None,
    glasses: false,
    earrings: true,
    build: Build {
        shoulders: 0.92,
        bulk: 0.95,
        rise: 0.10,
    },
    wear: Wear::Pullover {
        wool: v(0.82, 0.46, 0.055),
    },
    backdrop: Backdrop::Wall(v(0.030, 0.215, 0.235)),
    light: Lighting {
        key: Lamp {
            towards: v(-0.62, 0.55, 0.70),
            colour: v(2.45, 2.10, 1.72),
        },
        fill: Lamp {
            towards: v(0.75, 0.0, 0.75),
            colour: v(0.24, 0.34, 0.40),
        },
        rims: [
            Lamp {
                towards: v(0.95, 0.20, -0.32),
                colour: v(2.9, 2.35, 1.65),
            },
            Lamp {
                towards: v(-0.85, 0.30, -0.55),
                colour: v(0.75, 1.40, 1.60),
            },
        ],
        sky: v(0.20, 0.24, 0.27),
        ground: v(0.20, 0.125, 0.070),
    },
};

/// An older man with a grey beard and glasses, in a navy jacket over a checked shirt.
pub const OTTO: Sitter = Sitter {
    pose: Pose {
        head: [-0.26, 0.06, 0.02],
        chest: 0.20,
        look_at: v(0.0, 0.05, 7.0),
        camera: Camera {
            eye: v(0.0, 0.0, 7.0),
            half_height: 1.70,
            shift: [-0.004, -0.042],
        },
    },
    face: Face {
        width: 1.02,
        cheeks: 1.0,
        jaw: 1.15,
        chin: 0.17,
        nose: Nose {
            tip: v(0.0, -0.345, 0.860),
            tip_radius: 0.138,
            wing_radius: 0.080,
            bridge: [0.075, 0.03],
        },
        mouth: Mouth {
            height: -0.675,
            half_width: 0.230,
            smile: 0.070,
            lips: [0.035, 0.075],
        },
        eye: Eye {
            centre: v(0.295, -0.010, 0.500),
            radius: 0.195,
            open: [0.38, 0.33],
            half_width: 0.90,
            slant: -0.04,
            crease: 0.020,
            iris: [v(0.16, 0.22, 0.24), v(0.050, 0.150, 0.260)],
        },
        ridge: 1.25,
        lines: 0.008,
        ears: 1.15,
        neck: 0.37,
    },
    skin: Complexion {
        base: v(0.690, 0.415, 0.300),
        blush: v(0.720, 0.270, 0.200),
        blushing: 0.95,
        lips: v(0.520, 0.190, 0.165),
        liner: 0.25,
        freckles: 0.0,
        gloss: 0.22,
    },
    hair: Hair {
        line: [0.68, 0.66, -0.08, -0.20, -0.62],
        coat: 0.045,
        cut: Cut::Combed(Combed {
            whorl: v(-0.35, 0.62, 0.80),
            step: 0.20,
            length: 0.62,
            radius: 0.070,
            lift: [0.075, 0.045, 0.16],
            swirl: 0.15,
            ends: [-2.0, -2.0, -0.20, -0.45, -0.72],
            uneven: 0.05,
        }),
        colours: [v(0.085, 0.082, 0.086), v(0.460, 0.450, 0.445)],
        shine: 0.07,
    },
    brows: Brows {
        heights: [0.235, 0.315, 0.215],
        thickness: 0.058,
        strokes: 30,
        colours: [v(0.130, 0.120, 0.118), v(0.450, 0.430, 0.410)],
    },
    lashes: Lashes {
        count: 0,
        length: 0.03,
        radius: 0.007,
    },
    beard: Some(Beard {
        length: [0.21, 0.34],
        colours: [v(0.140, 0.130, 0.128), v(0.520, 0.500, 0.480)],
    }),
    glasses: true,
    earrings: false,
    build: Build {
        shoulders: 1.20,
        bulk: 1.15,
        rise: 0.06,
    },
    wear: Wear::Jacket {
        cloth: v(0.022, 0.040, 0.105),
        check: [
            v(0.62, 0.075, 0.045),
            v(0.080, 0.020, 0.030),
            v(0.80, 0.68, 0.45),
        ],
    },
    backdrop: Backdrop::Room,
    light: Lighting {
        key: Lamp {
            towards: v(-0.70, 0.50, 0.62),
            colour: v(1.90, 1.70, 1.46),
        },
        fill: Lamp {
            towards: v(0.75, 0.05, 0.75),
            colour: v(0.30, 0.22, 0.16),
        },
        rims: [
            Lamp {
                towards: v(0.95, 0.25, -0.32),
                colour: v(1.70, 1.15, 0.62),
            },
            Lamp {
                towards: v(-0.85, 0.30, -0.55),
                colour: v(0.75, 0.95, 1.20),
            },
        ],
        sky: v(0.18, 0.19, 0.225),
        ground: v(0.13, 0.085, 0.065),
    },
};

/// A boy with a black fringe, in a red hooded jersey.
pub const JUN: Sitter = Sitter {
    pose: Pose {
        head: [0.24, 0.10, -0.02],
        chest: -0.12,
        look_at: v(0.0, 0.12, 7.0),
        camera: Camera {
            eye: v(0.0, 0.0, 7.0),
            half_height: 1.66,
            shift: [0.010, -0.036],
        },
    },
    face: Face {
        width: 1.03,
        cheeks: 1.12,
        jaw: 0.95,
        chin: 0.14,
        nose: Nose {
            tip: v(0.0, -0.330, 0.800),
            tip_radius: 0.086,
            wing_radius: 0.052,
            bridge: [0.050, -0.03],
        },
        mouth: Mouth {
            height: -0.610,
            half_width: 0.215,
            smile: 0.060,
            lips: [0.040, 0.055],
        },
        eye: Eye {
            centre: v(0.310, -0.060, 0.495),
            radius: 0.225,
            open: [0.44, 0.38],
            half_width: 0.90,
            slant: 0.09,
            crease: 0.006,
            iris: [v(0.16, 0.065, 0.022), v(0.045, 0.018, 0.008)],
        },
        ridge: 0.6,
        lines: 0.0,
        ears: 1.08,
        neck: 0.23,
    },
    skin: Complexion {
        base: v(0.690, 0.405, 0.255),
        blush: v(0.740, 0.290, 0.205),
        blushing: 1.1,
        lips: v(0.560, 0.200, 0.165),
        liner: 0.75,
        freckles: 0.0,
        gloss: 0.20,
    },
    hair: Hair {
        line: [0.62, 0.45, 0.02, -0.30, -0.66],
        coat: 0.06,
        cut: Cut::Combed(Combed {
            whorl: v(0.12, 0.95, -0.20),
            step: 0.21,
            length: 1.10,
            radius: 0.095,
            lift: [0.12, 0.085, 0.06],
            swirl: 0.22,
            ends: [0.28, 0.20, -0.14, -0.35, -0.75],
            uneven: 0.08,
        }),
        colours: [v(0.004, 0.004, 0.006), v(0.022, 0.018, 0.021)],
        shine: 0.075,
    },
    brows: Brows {
        heights: [0.205, 0.260, 0.185],
        thickness: 0.030,
        strokes: 36,
        colours: [v(0.007, 0.006, 0.006), v(0.045, 0.034, 0.030)],
    },
    lashes: Lashes {
        count: 0,
        length: 0.055,
        radius: 0.009,
    },
    beard: None,
    glasses: false,
    earrings: false,
    build: Build {
        shoulders: 0.78,
        bulk: 0.88,
        rise: 0.20,
    },
    wear: Wear::Hoodie {
        fleece: v(0.62, 0.040, 0.035),
        cord: v(0.80, 0.76, 0.70),
        shirt: v(0.75, 0.73, 0.68),
    },
    backdrop: Backdrop::Garden,
    light: Lighting {
        key: Lamp {
            towards: v(-0.60, 0.60, 0.68),
            colour: v(2.05, 1.86, 1.60),
        },
        fill: Lamp {
            towards: v(0.75, 0.0, 0.75),
            colour: v(0.26, 0.34, 0.34),
        },
        rims: [
            Lamp {
                towards: v(0.95, 0.25, -0.32),
                colour: v(3.2, 2.6, 1.5),
            },
            Lamp {
                towards: v(-0.85, 0.40, -0.50),
                colour: v(0.60, 0.95, 1.00),
            },
        ],
        sky: v(0.19, 0.24, 0.27),
        ground: v(0.18, 0.14, 0.08),
    },
};
