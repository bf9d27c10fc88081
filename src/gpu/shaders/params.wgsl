// What every shader may use, put before each of them.

// How four channels of an activation lie in memory; all arithmetic is in f32 whatever it is.
alias Activation = vec4<f32>;

// Sizes and options of one picture; src/gpu/params.rs writes it.
struct Params {
    // The photo's size.
    full: vec2u,
    // The size at which the network and the solve run.
    work: vec2u,
    lambda: f32,
    strength: f32,
    // Share of the second style.
    mix: f32,
    // The band of the photo's rows that is painted, where it is painted in bands.
    first_row: u32,
    rows: u32,
    // Whether the ground adds anything to the photo, and how much of each monomial of its colours.
    has_ground: u32,
    // What of the grounds' corrections by both styles counts; zero where there is none.
    corrections: vec2f,
    // How much of their colours.
    colour: f32,
    ground: array<vec4f, 20>,
}
