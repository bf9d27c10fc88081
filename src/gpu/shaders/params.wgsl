// What every shader may use, put before each of them.

// How four channels of an activation lie in memory; all arithmetic is in f32 whatever it is.
alias Activation = vec4<f32>;

// What a style is painted on, in numbers; src/medium/formula.rs has the same.
struct Sheet {
    kind: u32,
    amount: f32,
    period: f32,
    grain: f32,
    axis: vec2f,
    flow: f32,
    variant: f32,
    inks: array<vec4f, 4>,
}

// Rec. 601 luma.
const LUMA = vec3f(0.299, 0.587, 0.114);

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
    // Whether the ground adds anything to the photo; how much of each monomial of its colours stands below.
    has_ground: u32,
    // Whether there is a medium, and how far pixels lie apart in pixels of the working size.
    has_medium: u32,
    spacing: f32,
    // What of the grounds' corrections by both styles counts; zero where there is none.
    corrections: vec2f,
    // How much of their colours.
    colour: f32,
    ground: array<vec4f, 20>,
    media: array<Sheet, 2>,
}
