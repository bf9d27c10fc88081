//! The two inner loops of a convolution and its training on the CPU: sums of products over taps and input channels (forward
//! and input gradient), and over places (weight gradient). Both keep a tile of sums in registers, vectors along the
//! output channels, and read each input value as a scalar; so strides and odd sizes cost nothing, and no im2col copy
//! is made. The order of every sum is fixed by the shapes alone.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use super::lanes::Simd128;
#[cfg(target_arch = "x86_64")]
use super::lanes::{Avx2, Avx512};
use super::lanes::{LANES, Lanes, Level, Portable};

/// What becomes of a sum before it is stored.
#[derive(Clone, Copy)]
pub enum Finish {
    Plain,
    Relu,
    /// Kept where the value at the same place of this map is above zero: the derivative of a ReLU.
    Gate(*const f32),
}

/// `out[y, x, o] = finish(bias[o] + Σ_{tap, i} in[y, x, tap, i] · weight[tap, i, o])`. Offsets and steps count floats.
pub struct Sweep<'a> {
    /// What output (0, 0) reads at tap offset 0.
    pub input: *const f32,
    pub input_row: usize,
    pub input_pixel: usize,
    pub taps: &'a [usize],
    pub in_channels: usize,
    /// As [`block_weights`] arranges them.
    pub weights: &'a [f32],
    /// One value per output channel, or nothing.
    pub bias: Option<&'a [f32]>,
    pub output: *mut f32,
    pub output_row: usize,
    pub output_pixel: usize,
    /// Output channels / [`LANES`].
    pub out_vectors: usize,
    pub height: usize,
    pub width: usize,
    pub finish: Finish,
}

/// `sums[tap, i, o] += Σ_{y, x} in[y, x, tap, i] · gradient[y, x, o]`.
pub struct WeightSweep<'a> {
    pub input: *const f32,
    pub input_row: usize,
    pub input_pixel: usize,
    pub taps: &'a [usize],
    pub in_channels: usize,
    pub gradient: *const f32,
    pub gradient_row: usize,
    pub gradient_pixel: usize,
    pub out_vectors: usize,
    pub height: usize,
    pub width: usize,
    /// `[taps, in_channels, out_vectors · LANES]`
    pub sums: *mut f32,
}

/// Weights `weight(tap, i, o)` in the order in which [`sweep`] reads them: blocks of output channels, in each
/// `[tap, i, o]`. Channels from `outputs` to the next multiple of [`LANES`] get zeros.
pub fn block_weights(
    level: Level,
    taps: usize,
    inputs: usize,
    outputs: usize,
    weight: impl Fn(usize, usize, usize) -> f32,
) -> Vec<f32> {
    let vectors = outputs.div_ceil(LANES);
    let (at_once, _) = level.tile();
    let mut blocked = Vec::with_capacity(taps * inputs * vectors * LANES);
    let mut first = 0;
    while first < vectors {
        let block = at_once.min(vectors - first);
        let channels = first * LANES..(first + block) * LANES;
        for tap in 0..taps {
            for i in 0..inputs {
                blocked.extend(
                    channels
                        .clone()
                        .map(|o| if o < outputs { weight(tap, i, o) } else { 0.0 }),
                );
            }
        }
        first += block;
    }
    blocked
}

/// Runs a sweep; with the feature `threads`, bands of its rows on the threads of rayon's pool. Each row is computed in the
/// same way by whichever thread.
///
/// # Safety
/// The CPU must be of that level, and the weights arranged for it.
/// Every address that the fields describe must lie in memory that is the caller's, and `output` must overlap neither
/// the input nor the gate.
pub unsafe fn sweep(level: Level, sweep: &Sweep) {
    #[cfg(feature = "threads")]
    {
        use rayon::prelude::*;
        let row = sweep.width * sweep.taps.len() * sweep.in_channels * sweep.out_vectors * LANES;
        let rows = LEAST_WORK
            .div_ceil(row.max(1))
            .max(BAND.div_ceil(sweep.width.max(1)));
        if rayon::current_num_threads() > 1 && rows < sweep.height {
            let shared = Shared(sweep);
            (0..sweep.height.div_ceil(rows))
                .into_par_iter()
                .for_each(|band| {
                    let band = shared.rows(band * rows, rows);
                    // SAFETY: the caller's; bands write rows of their own.
                    unsafe { sweep_here(level, &band) };
                });
            return;
        }
    }
    // SAFETY: the caller's.
    unsafe { sweep_here(level, sweep) };
}

/// Multiplications of a band of rows that are worth a thread's trouble: about 50 µs.
#[cfg(feature = "threads")]
const LEAST_WORK: usize = 1 << 21;

/// A sweep that several threads read.
#[cfg(feature = "threads")]
struct Shared<'a>(&'a Sweep<'a>);

// SAFETY: the pointers are followed by `sweep_here` alone, under the conditions of `sweep`.
#[cfg(feature = "threads")]
unsafe impl Sync for Shared<'_> {}

#[cfg(feature = "threads")]
impl Shared<'_> {
    /// Rows `first..first + count`, as many as there are.
    fn rows(&self, first: usize, count: usize) -> Sweep<'_> {
        let s = self.0;
        let (from, to) = (first * s.input_row, first * s.output_row);
        Sweep {
            input: s.input.wrapping_add(from),
            output: s.output.wrapping_add(to),
            height: count.min(s.height - first),
            finish: match s.finish {
                Finish::Gate(gate) => Finish::Gate(gate.wrapping_add(to)),
                other => other,
            },
            ..*s
        }
    }
}

/// Runs a sweep on this thread.
///
/// # Safety
/// As for [`sweep`].
unsafe fn sweep_here(level: Level, sweep: &Sweep) {
    unsafe {
        match level {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => sweep_avx512(sweep),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => sweep_avx2(sweep),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Level::Simd128 => sweep_on::<Simd128>(sweep),
            Level::Portable => sweep_on::<Portable>(sweep),
        }
    }
}

/// Runs a weight sweep.
///
/// # Safety
/// As for [`sweep`].
pub unsafe fn weight_sweep(level: Level, sweep: &WeightSweep) {
    unsafe {
        match level {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => weight_sweep_avx512(sweep),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => weight_sweep_avx2(sweep),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Level::Simd128 => weight_sweep_on::<Simd128>(sweep),
            Level::Portable => weight_sweep_on::<Portable>(sweep),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn sweep_avx512(sweep: &Sweep) {
    unsafe { sweep_on::<Avx512>(sweep) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn sweep_avx2(sweep: &Sweep) {
    unsafe { sweep_on::<Avx2>(sweep) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn weight_sweep_avx512(sweep: &WeightSweep) {
    unsafe { weight_sweep_on::<Avx512>(sweep) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn weight_sweep_avx2(sweep: &WeightSweep) {
    unsafe { weight_sweep_on::<Avx2>(sweep) }
}

/// Calls `$tile::<V, R, vectors>` for the `R` that equals `$count`.
macro_rules! with_count {
    ($tile:ident, $lanes:ty, $vectors:literal, $count:expr, $arguments:tt) => {
        with_count!(@arms $tile, $lanes, $vectors, $count, $arguments, 1 2 3 4 5 6 7 8)
    };
    (@arms $tile:ident, $lanes:ty, $vectors:literal, $count:expr, $arguments:tt, $($r:literal)+) => {
        match $count {
            $($r if $r <= <$lanes>::TILE.1 => with_count!(@call $tile, $lanes, $r, $vectors, $arguments),)+
            _ => unreachable!("a tile holds at most {} rows", <$lanes>::TILE.1),
        }
    };
    (@call $tile:ident, $lanes:ty, $r:literal, $vectors:literal, ($($argument:expr),*)) => {
        $tile::<$lanes, $r, $vectors>($($argument),*)
    };
}

/// The length of the next part, when `count` things are cut into parts of at most `most`, as equal as can be.
#[inline(always)]
fn part(count: usize, most: usize) -> usize {
    count.div_ceil(count.div_ceil(most))
}

/// Output places that are computed for one block of output channels before the next block's turn: few enough for
/// their input to stay in the L2 cache, enough to read the weights seldom.
const BAND: usize = 256;

/// Places that are added up for all taps and channels before the next ones' turn: few enough for input and gradient to
/// stay in the L1 cache.
const WEIGHT_BAND: usize = 64;

#[inline(always)]
unsafe fn sweep_on<V: Lanes>(s: &Sweep) {
    let (at_once, pixels) = V::TILE;
    let rows = BAND.div_ceil(s.width.max(1));
    let mut top = 0;
    while top < s.height {
        let bottom = s.height.min(top + rows);
        let mut first = 0;
        while first < s.out_vectors {
            let block = at_once.min(s.out_vectors - first);
            for y in top..bottom {
                let mut x = 0;
                while x < s.width {
                    let count = part(s.width - x, pixels);
                    // SAFETY: the caller's.
                    unsafe {
                        if block == 2 {
                            with_count!(sum_tile, V, 2, count, (s, y, x, first));
                        } else {
                            with_count!(sum_tile, V, 1, count, (s, y, x, first));
                        }
                    }
                    x += count;
                }
            }
            first += block;
        }
        top = bottom;
    }
}

/// Input channels per turn of the inner loop.
const UNROLL: usize = 4;

/// `pointer`, of which the compiler knows nothing: it would replace pointers that differ by a fixed step by one each,
/// and run out of registers.
#[inline(always)]
#[allow(
    clippy::pointers_in_nomem_asm_block,
    reason = "the pointer is handed through, not followed"
)]
fn opaque(pointer: *const f32) -> *const f32 {
    #[cfg(not(target_arch = "wasm32"))]
    let pointer = {
        let mut pointer = pointer;
        // SAFETY: no instruction at all.
        unsafe {
            core::arch::asm!("/* {0} */", inout(reg) pointer, options(pure, nomem, nostack, preserves_flags));
        }
        pointer
    };
    pointer
}

#[inline(always)]
fn opaque_step(step: usize) -> usize {
    opaque(core::ptr::without_provenance(step)).addr()
}

/// Adds the products of input channel `i` of `R` pixels with `B` vectors of weights.
#[inline(always)]
unsafe fn add_products<V: Lanes, const R: usize, const B: usize>(
    sums: &mut [[V; B]; R],
    groups: &[*const f32; 2],
    step: usize,
    step3: usize,
    i: usize,
    weights: *const f32,
) {
    unsafe {
        let mut w = [V::splat(0.0); B];
        for (b, w) in w.iter_mut().enumerate() {
            *w = V::load(weights.add(b * LANES));
        }
        for (r, row) in sums.iter_mut().enumerate() {
            let offset = match r % 4 {
                0 => 0,
                1 => step,
                2 => 2 * step,
                _ => step3,
            };
            let value = V::splat(*groups[r / 4].add(i).add(offset));
            for (sum, w) in row.iter_mut().zip(&w) {
                *sum = sum.add_product(value, *w);
            }
        }
    }
}

/// Outputs `x..x + R` of row `y`, vectors `first..first + B`.
#[inline(always)]
unsafe fn sum_tile<V: Lanes, const R: usize, const B: usize>(
    s: &Sweep,
    y: usize,
    x: usize,
    first: usize,
) {
    unsafe {
        let input = s.input.add(y * s.input_row + x * s.input_pixel);
        let mut weights = s
            .weights
            .as_ptr()
            .add(s.taps.len() * s.in_channels * first * LANES);
        let mut sums = [[V::splat(0.0); B]; R];
        if let Some(bias) = s.bias {
            for b in 0..B {
                let bias = V::load(bias[(first + b) * LANES..][..LANES].as_ptr());
                for row in &mut sums {
                    row[b] = bias;
                }
            }
        }
        let step = opaque_step(s.input_pixel);
        let step3 = opaque_step(3 * s.input_pixel);
        for &tap in s.taps {
            // Four pixels each are addressed from one pointer: eight pointers and all else would not fit the registers.
            let mut groups = [input.add(tap); 2];
            for (k, group) in groups.iter_mut().enumerate() {
                *group = group.wrapping_add(4 * k * s.input_pixel);
            }
            let mut left = s.in_channels;
            while left >= UNROLL {
                for (k, group) in groups.iter_mut().enumerate() {
                    if 4 * k < R {
                        *group = opaque(*group);
                    }
                }
                for i in 0..UNROLL {
                    add_products::<V, R, B>(&mut sums, &groups, step, step3, i, weights);
                    weights = weights.add(B * LANES);
                }
                for group in &mut groups {
                    *group = group.wrapping_add(UNROLL);
                }
                left -= UNROLL;
            }
            for i in 0..left {
                add_products::<V, R, B>(&mut sums, &groups, step, step3, i, weights);
                weights = weights.add(B * LANES);
            }
        }
        let offset = y * s.output_row + x * s.output_pixel + first * LANES;
        for (r, row) in sums.iter().enumerate() {
            for (b, sum) in row.iter().enumerate() {
                let offset = offset + r * s.output_pixel + b * LANES;
                let value = match s.finish {
                    Finish::Plain => *sum,
                    Finish::Relu => sum.relu(),
                    Finish::Gate(gate) => sum.where_positive(V::load(gate.add(offset))),
                };
                value.store(s.output.add(offset));
            }
        }
    }
}

#[inline(always)]
unsafe fn weight_sweep_on<V: Lanes>(s: &WeightSweep) {
    let (at_once, channels) = V::TILE;
    let rows = WEIGHT_BAND.div_ceil(s.width.max(1));
    let mut top = 0;
    while top < s.height {
        let bottom = s.height.min(top + rows);
        for tap in 0..s.taps.len() {
            let mut first = 0;
            while first < s.out_vectors {
                let block = at_once.min(s.out_vectors - first);
                let mut i = 0;
                while i < s.in_channels {
                    let count = part(s.in_channels - i, channels);
                    // SAFETY: the caller's.
                    unsafe {
                        if block == 2 {
                            with_count!(weight_tile, V, 2, count, (s, top, bottom, tap, i, first));
                        } else {
                            with_count!(weight_tile, V, 1, count, (s, top, bottom, tap, i, first));
                        }
                    }
                    i += count;
                }
                first += block;
            }
        }
        top = bottom;
    }
}

/// Adds rows `top..bottom` to input channels `i..i + R`, vectors `first..first + B` of one tap.
#[inline(always)]
unsafe fn weight_tile<V: Lanes, const R: usize, const B: usize>(
    s: &WeightSweep,
    top: usize,
    bottom: usize,
    tap: usize,
    i: usize,
    first: usize,
) {
    unsafe {
        let mut sums = [[V::splat(0.0); B]; R];
        for y in top..bottom {
            let mut input = s.input.add(s.taps[tap] + y * s.input_row + i);
            let mut gradient = s.gradient.add(y * s.gradient_row + first * LANES);
            for _ in 0..s.width {
                let mut g = [V::splat(0.0); B];
                for (b, g) in g.iter_mut().enumerate() {
                    *g = V::load(gradient.add(b * LANES));
                }
                for (r, row) in sums.iter_mut().enumerate() {
                    let value = V::splat(*input.add(r));
                    for (sum, g) in row.iter_mut().zip(&g) {
                        *sum = sum.add_product(value, *g);
                    }
                }
                input = input.add(s.input_pixel);
                gradient = gradient.add(s.gradient_pixel);
            }
        }
        let one = V::splat(1.0);
        for (r, row) in sums.iter().enumerate() {
            for (b, sum) in row.iter().enumerate() {
                let place = (tap * s.in_channels + i + r) * s.out_vectors + first + b;
                let place = s.sums.add(place * LANES);
                V::load(place).add_product(*sum, one).store(place);
            }
        }
    }
}
