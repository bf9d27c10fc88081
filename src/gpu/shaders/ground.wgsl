// What the ground adds to a colour; src/ground.rs has the order of the monomials. For shaders that have
// `params`.
fn ground_shift(color: vec3f) -> vec3f {
    if (params.has_ground == 0u) {
        return vec3f(0.0);
    }
    let square = color * color;
    let cube = square * color;
    let c = color;
    var sum = params.ground[0];
    sum += c.r * params.ground[1] + c.g * params.ground[2] + c.b * params.ground[3];
    sum += square.r * params.ground[4] + square.g * params.ground[5] + square.b * params.ground[6];
    sum += c.r * c.g * params.ground[7] + c.r * c.b * params.ground[8] + c.g * c.b * params.ground[9];
    sum += cube.r * params.ground[10] + cube.g * params.ground[11] + cube.b * params.ground[12];
    sum += square.r * (c.g * params.ground[13] + c.b * params.ground[14]);
    sum += square.g * (c.r * params.ground[15] + c.b * params.ground[16]);
    sum += square.b * (c.r * params.ground[17] + c.g * params.ground[18]);
    sum += c.r * c.g * c.b * params.ground[19];
    return sum.rgb;
}
