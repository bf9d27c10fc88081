//! Sixteen floats at a time, in the widest registers that this CPU has.

/// Floats in one vector, on every CPU. Maps keep their channels in whole vectors.
pub const LANES: usize = 16;

/// Sixteen floats. The methods are sound only on a CPU that has the instructions of the implementation; see
/// [`Level::detect`].
pub trait Lanes: Copy {
    /// Vectors of output channels, and pixels, that a tile of a convolution keeps in registers.
    const TILE: (usize, usize);
    unsafe fn splat(value: f32) -> Self;
    /// Reads sixteen floats.
    unsafe fn load(from: *const f32) -> Self;
    /// Writes sixteen floats.
    unsafe fn store(self, to: *mut f32);
    /// `self + a·b`.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
    /// `max(self, 0)`; NaN stays NaN, so that a broken network is noticed.
    unsafe fn relu(self) -> Self;
    /// `self` where `gate` is above zero, else zero.
    unsafe fn where_positive(self, gate: Self) -> Self;
}

/// Instruction sets that the kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128,
    /// Whatever the compiler makes of arrays (NEON on Arm, SSE2 on old x86).
    Portable,
}

impl Level {
    /// The best of this CPU.
    pub fn detect() -> Self {
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        return Self::Simd128;
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Self::Avx2;
            }
        }
        #[allow(unreachable_code)]
        Self::Portable
    }

    /// All that this CPU can run, best first.
    pub fn available() -> Vec<Self> {
        let all = [
            #[cfg(target_arch = "x86_64")]
            Self::Avx512,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2,
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128,
            Self::Portable,
        ];
        let best = Self::detect();
        all.into_iter().skip_while(|level| *level != best).collect()
    }

    /// `Lanes::TILE` of this level.
    pub fn tile(self) -> (usize, usize) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => Avx512::TILE,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => Avx2::TILE,
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128 => Simd128::TILE,
            Self::Portable => Portable::TILE,
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::*;

    use super::Lanes;

    #[derive(Clone, Copy)]
    pub struct Avx512(__m512);

    impl Lanes for Avx512 {
        // Sixteen sums hide the latency of two units. With more than eight pixels the compiler no longer keeps them in
        // registers, which triples the time; and eight divides the sides of patches.
        const TILE: (usize, usize) = (2, 8);

        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            unsafe { Self(_mm512_set1_ps(value)) }
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { Self(_mm512_loadu_ps(from)) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe { _mm512_storeu_ps(to, self.0) }
        }

        #[inline(always)]
        unsafe fn add_product(self, a: Self, b: Self) -> Self {
            unsafe { Self(_mm512_fmadd_ps(a.0, b.0, self.0)) }
        }

        #[inline(always)]
        unsafe fn relu(self) -> Self {
            // With a NaN among them the instruction returns its second operand.
            unsafe { Self(_mm512_max_ps(_mm512_setzero_ps(), self.0)) }
        }

        #[inline(always)]
        unsafe fn where_positive(self, gate: Self) -> Self {
            unsafe {
                let mask = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(gate.0, _mm512_setzero_ps());
                Self(_mm512_maskz_mov_ps(mask, self.0))
            }
        }
    }

    #[derive(Clone, Copy)]
    pub struct Avx2(__m256, __m256);

    impl Lanes for Avx2 {
        // 12 of the 16 registers for sums, 2 for weights, 1 for the input.
        const TILE: (usize, usize) = (1, 6);

        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            unsafe {
                let half = _mm256_set1_ps(value);
                Self(half, half)
            }
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { Self(_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe {
                _mm256_storeu_ps(to, self.0);
                _mm256_storeu_ps(to.add(8), self.1);
            }
        }

        #[inline(always)]
        unsafe fn add_product(self, a: Self, b: Self) -> Self {
            unsafe {
                Self(
                    _mm256_fmadd_ps(a.0, b.0, self.0),
                    _mm256_fmadd_ps(a.1, b.1, self.1),
                )
            }
        }

        #[inline(always)]
        unsafe fn relu(self) -> Self {
            unsafe {
                let zero = _mm256_setzero_ps();
                Self(_mm256_max_ps(zero, self.0), _mm256_max_ps(zero, self.1))
            }
        }

        #[inline(always)]
        unsafe fn where_positive(self, gate: Self) -> Self {
            unsafe {
                let zero = _mm256_setzero_ps();
                Self(
                    _mm256_and_ps(self.0, _mm256_cmp_ps::<_CMP_GT_OQ>(gate.0, zero)),
                    _mm256_and_ps(self.1, _mm256_cmp_ps::<_CMP_GT_OQ>(gate.1, zero)),
                )
            }
        }
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use wasm::Simd128;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm {
    use core::arch::wasm32::*;

    use super::Lanes;

    #[derive(Clone, Copy)]
    pub struct Simd128([v128; 4]);

    impl Lanes for Simd128 {
        // Browsers mostly have sixteen registers for it: 8 for sums, 4 for weights, and one each for input and product.
        const TILE: (usize, usize) = (1, 2);

        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            Self([f32x4_splat(value); 4])
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { Self(core::array::from_fn(|k| v128_load(from.add(4 * k).cast()))) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            for (k, value) in self.0.into_iter().enumerate() {
                unsafe { v128_store(to.add(4 * k).cast(), value) }
            }
        }

        #[inline(always)]
        unsafe fn add_product(self, a: Self, b: Self) -> Self {
            Self(core::array::from_fn(|k| {
                f32x4_add(self.0[k], f32x4_mul(a.0[k], b.0[k]))
            }))
        }

        #[inline(always)]
        unsafe fn relu(self) -> Self {
            // `self < 0 ? 0 : self`, one instruction, unlike `f32x4_max`.
            Self(self.0.map(|x| f32x4_pmax(x, f32x4_splat(0.0))))
        }

        #[inline(always)]
        unsafe fn where_positive(self, gate: Self) -> Self {
            Self(core::array::from_fn(|k| {
                v128_and(self.0[k], f32x4_gt(gate.0[k], f32x4_splat(0.0)))
            }))
        }
    }
}

#[derive(Clone, Copy)]
pub struct Portable([f32; LANES]);

impl Lanes for Portable {
    const TILE: (usize, usize) = (1, 4);

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        unsafe { Self(from.cast::<[f32; LANES]>().read_unaligned()) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { to.cast::<[f32; LANES]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn add_product(mut self, a: Self, b: Self) -> Self {
        for (sum, (a, b)) in self.0.iter_mut().zip(a.0.iter().zip(&b.0)) {
            *sum += a * b;
        }
        self
    }

    #[inline(always)]
    unsafe fn relu(self) -> Self {
        Self(self.0.map(|x| if x < 0.0 { 0.0 } else { x }))
    }

    #[inline(always)]
    unsafe fn where_positive(mut self, gate: Self) -> Self {
        for (x, gate) in self.0.iter_mut().zip(&gate.0) {
            *x = if *gate > 0.0 { *x } else { 0.0 };
        }
        self
    }
}
