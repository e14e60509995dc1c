//! How values are passed in core parameters and results (`CanonicalABI.md`, Flattening).

use super::component::{ComponentTypes, FuncTypeId, ValType};
use crate::error::Bug;
use crate::syntax::{AddrType, ValType as CoreValType};

/// Flat parameters beyond these are passed in memory.
pub const MAX_FLAT_PARAMS: u32 = 16;
/// Flat parameters of an async-lowered function beyond these are passed in memory.
pub const MAX_FLAT_ASYNC_PARAMS: u32 = 4;
/// Flat results beyond these are passed in memory.
pub const MAX_FLAT_RESULTS: u32 = 1;

/// Core types in a row: all of them where there are at most 16, else how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Flat {
    count: u32,
    /// Two bits each, the first one lowest; 0 where `count` is above 16.
    bits: u32,
}

impl Flat {
    /// No values.
    pub const NONE: Flat = Flat { count: 0, bits: 0 };

    /// One value. Only numbers occur.
    pub const fn one(ty: CoreValType) -> Flat {
        let bits = match ty {
            CoreValType::I64 => 1,
            CoreValType::F32 => 2,
            CoreValType::F64 => 3,
            _ => 0,
        };
        Flat { count: 1, bits }
    }

    /// How many values.
    pub const fn count(self) -> u32 {
        self.count
    }

    /// Whether there are so many that a limit of `max` is passed.
    pub const fn exceeds(self, max: u32) -> bool {
        self.count > max
    }

    /// The type of the value at `at`, if there are at most 16 values.
    pub const fn get(self, at: u32) -> Option<CoreValType> {
        if at >= self.count || self.count > MAX_FLAT_PARAMS {
            return None;
        }
        Some(match self.bits >> (2 * at) & 3 {
            0 => CoreValType::I32,
            1 => CoreValType::I64,
            2 => CoreValType::F32,
            _ => CoreValType::F64,
        })
    }

    /// The types, if there are at most 16.
    pub fn iter(self) -> impl Iterator<Item = CoreValType> {
        (0..self.count.min(MAX_FLAT_PARAMS)).map_while(move |at| self.get(at))
    }

    /// These values and then those.
    pub const fn then(self, next: Flat) -> Flat {
        let count = self.count.saturating_add(next.count);
        let bits = if count > MAX_FLAT_PARAMS {
            0
        } else if next.count == 0 {
            self.bits
        } else {
            self.bits | next.bits << (2 * self.count)
        };
        Flat { count, bits }
    }

    /// These values `times` times.
    pub const fn repeated(self, times: u32) -> Flat {
        let count = self.count.saturating_mul(times);
        if count > MAX_FLAT_PARAMS {
            return Flat { count, bits: 0 };
        }
        let (mut flat, mut at) = (Flat::NONE, 0);
        while at < times && at < count {
            flat = flat.then(self);
            at += 1;
        }
        flat
    }

    /// `join`, place by place: values that can hold those of either.
    pub const fn join(self, other: Flat) -> Flat {
        let (longer, shorter) = if self.count < other.count { (other, self) } else { (self, other) };
        if longer.count > MAX_FLAT_PARAMS {
            return Flat { count: longer.count, bits: 0 };
        }
        let (mut bits, mut shift) = (longer.bits, 0);
        while shift < 2 * shorter.count {
            let (a, b) = (longer.bits >> shift & 3, shorter.bits >> shift & 3);
            bits ^= (a ^ join(a, b)) << shift;
            shift += 2;
        }
        Flat { count: longer.count, bits }
    }
}

/// The tightest core type that holds values of both (`join`), by their bits.
const fn join(a: u32, b: u32) -> u32 {
    match (a, b) {
        _ if a == b => a,
        // `i32` and `f32`
        (0, 2) | (2, 0) => 0,
        // `i64`
        _ => 1,
    }
}

/// A core function type that the Canonical ABI asks for: its parameters and results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlatFuncType {
    /// Core parameters, at most 17.
    pub params: Flat,
    /// A pointer after the parameters, to where the results go.
    pub result_pointer: Option<CoreValType>,
    /// Core results, at most one.
    pub results: Flat,
    /// Whether `params` is a pointer to the parameters in memory.
    pub params_in_memory: bool,
    /// Whether the results are in memory.
    pub results_in_memory: bool,
}

impl FlatFuncType {
    /// All core parameters.
    pub fn core_params(self) -> impl Iterator<Item = CoreValType> {
        self.params.iter().chain(self.result_pointer)
    }
}

/// Which side of a function is flattened, and how it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum FlattenContext {
    Lift,
    Lower,
    AsyncLift { callback: bool },
    AsyncLower,
}

impl ComponentTypes {
    /// `flatten_type`
    pub fn flatten(&self, ty: ValType, pointer: AddrType) -> Flat {
        self.layout(ty, pointer).flat
    }

    /// `flatten_types` of a function's parameters.
    pub fn flatten_params(&self, id: FuncTypeId, pointer: AddrType) -> Result<Flat, Bug> {
        let params = self.func(id)?.params;
        Ok(params.iter().fold(Flat::NONE, |flat, param| flat.then(self.flatten(param.ty, pointer))))
    }

    /// `flatten_types` of a function's result.
    pub fn flatten_result(&self, id: FuncTypeId, pointer: AddrType) -> Result<Flat, Bug> {
        Ok(self.func(id)?.result.map_or(Flat::NONE, |ty| self.flatten(ty, pointer)))
    }

    /// `flatten_functype`
    pub fn flatten_func(
        &self,
        id: FuncTypeId,
        pointer: AddrType,
        context: FlattenContext,
    ) -> Result<FlatFuncType, Bug> {
        let (params, results) = (self.flatten_params(id, pointer)?, self.flatten_result(id, pointer)?);
        let address = pointer.val_type();
        let max = match context {
            FlattenContext::AsyncLower => MAX_FLAT_ASYNC_PARAMS,
            _ => MAX_FLAT_PARAMS,
        };
        let params_in_memory = params.exceeds(max);
        let params = if params_in_memory { Flat::one(address) } else { params };
        let one = Flat::one(CoreValType::I32);
        let many = results.exceeds(MAX_FLAT_RESULTS);
        let (result_pointer, results, results_in_memory) = match context {
            FlattenContext::Lift if many => (None, Flat::one(address), true),
            FlattenContext::Lower if many => (Some(address), Flat::NONE, true),
            FlattenContext::Lift | FlattenContext::Lower => (None, results, false),
            FlattenContext::AsyncLift { callback: true } => (None, one, false),
            FlattenContext::AsyncLift { callback: false } => (None, Flat::NONE, false),
            FlattenContext::AsyncLower if results.count() > 0 => (Some(address), one, true),
            FlattenContext::AsyncLower => (None, one, false),
        };
        Ok(FlatFuncType { params, result_pointer, results, params_in_memory, results_in_memory })
    }
}
