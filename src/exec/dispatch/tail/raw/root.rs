//! Square roots by the processor, which `core` does not let a library without `std` have.

use crate::exec::num::{canonical_f32, canonical_f64};
#[cfg(target_arch = "aarch64")]
use core::arch::aarch64::{vdup_n_f64, vget_lane_f64, vsqrt_f64};
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::{_mm_cvtsd_f64, _mm_set_sd, _mm_sqrt_sd};

/// `fsqrt`
#[inline]
pub(in crate::exec::dispatch::tail) fn f64_sqrt(a: f64) -> f64 {
    // SAFETY: every processor of this architecture has these instructions: they are part of the ABI.
    #[cfg(target_arch = "x86_64")]
    let root = unsafe { _mm_cvtsd_f64(_mm_sqrt_sd(_mm_set_sd(a), _mm_set_sd(a))) };
    // SAFETY: the same.
    #[cfg(target_arch = "aarch64")]
    let root = unsafe { vget_lane_f64::<0>(vsqrt_f64(vdup_n_f64(a))) };
    canonical_f64(root)
}

/// `fsqrt`: rounding the 64-bit root again is exact, as in `num::sqrt`.
#[inline]
pub(in crate::exec::dispatch::tail) fn f32_sqrt(a: f32) -> f32 {
    canonical_f32(f64_sqrt(f64::from(a)) as f32)
}
