//! The instructions, each once: opcode, text name, identifier, immediates, signature, feature.
//!
//! Decoder, validator, machine and printer expand this table. A row's identifier is at once
//! the variant of [`Instr`], the constant in [`opcode`], the rule in `validate::body` and
//! the handler in `exec`. A signature in brackets, such as `[i32 i32 -> i32]`, is the whole
//! rule of the instruction; `[rule]` says that there is a function of that name instead.
//! `addr` stands for the address type of the memory that the immediates name, and `atomic` for the
//! same in an atomic instruction.
//!
//! The rows stand in groups, each with the Cargo feature that builds it into the engine. Of the other rows only
//! opcode and feature are known, so that what needs them is refused by name; unit tests of decoder
//! and validator have all rows, whatever is built.

// Which of the immediates are named depends on the rows that are built.
#[allow(unused_imports)]
use super::{
    BlockType, DataIdx, ElemIdx, Encoded, FieldIdx, FuncIdx, GlobalIdx, HeapType, LabelIdx, LocalIdx, MemIdx, RefType,
    TableIdx, TagIdx, TypeIdx, ValType,
};

/// Hands all rows to the macro `$with`.
#[rustfmt::skip]
macro_rules! for_each_instruction { ($with:ident) => { $with! {
    (all()) core {
        [0x00]      "unreachable"          unreachable          ()                                 : [rule]               MVP;
        [0x01]      "nop"                  nop                  ()                                 : [ -> ]               MVP;
        [0x02]      "block"                block                (ty: BlockType)                    : [rule]               MVP;
        [0x03]      "loop"                 loop_                (ty: BlockType)                    : [rule]               MVP;
        [0x04]      "if"                   if_                  (ty: BlockType)                    : [rule]               MVP;
        [0x05]      "else"                 else_                ()                                 : [rule]               MVP;
        [0x0B]      "end"                  end                  ()                                 : [rule]               MVP;
        [0x0C]      "br"                   br                   (label: LabelIdx)                  : [rule]               MVP;
        [0x0D]      "br_if"                br_if                (label: LabelIdx)                  : [rule]               MVP;
        [0x0E]      "br_table"             br_table             (labels: BrTable<'a>)              : [rule]               MVP;
        [0x0F]      "return"               return_              ()                                 : [rule]               MVP;
        [0x10]      "call"                 call                 (func: FuncIdx)                    : [rule]               MVP;
        [0x11]      "call_indirect"        call_indirect        (ty: TypeIdx, table: TableIdx)     : [rule]               MVP;
        [0x1A]      "drop"                 drop                 ()                                 : [rule]               MVP;
        [0x1B]      "select"               select               ()                                 : [rule]               MVP;
        [0x1C]      "select"               select_t             (types: ValTypes<'a>)              : [rule]               REFERENCE_TYPES;
        [0x20]      "local.get"            local_get            (local: LocalIdx)                  : [rule]               MVP;
        [0x21]      "local.set"            local_set            (local: LocalIdx)                  : [rule]               MVP;
        [0x22]      "local.tee"            local_tee            (local: LocalIdx)                  : [rule]               MVP;
        [0x23]      "global.get"           global_get           (global: GlobalIdx)                : [rule]               MVP;
        [0x24]      "global.set"           global_set           (global: GlobalIdx)                : [rule]               MVP;
        [0x25]      "table.get"            table_get            (table: TableIdx)                  : [rule]               REFERENCE_TYPES;
        [0x26]      "table.set"            table_set            (table: TableIdx)                  : [rule]               REFERENCE_TYPES;
        [0x28]      "i32.load"             i32_load             (at: MemArg<4>)                    : [addr -> i32]        MVP;
        [0x29]      "i64.load"             i64_load             (at: MemArg<8>)                    : [addr -> i64]        MVP;
        [0x2A]      "f32.load"             f32_load             (at: MemArg<4>)                    : [addr -> f32]        MVP;
        [0x2B]      "f64.load"             f64_load             (at: MemArg<8>)                    : [addr -> f64]        MVP;
        [0x2C]      "i32.load8_s"          i32_load8_s          (at: MemArg<1>)                    : [addr -> i32]        MVP;
        [0x2D]      "i32.load8_u"          i32_load8_u          (at: MemArg<1>)                    : [addr -> i32]        MVP;
        [0x2E]      "i32.load16_s"         i32_load16_s         (at: MemArg<2>)                    : [addr -> i32]        MVP;
        [0x2F]      "i32.load16_u"         i32_load16_u         (at: MemArg<2>)                    : [addr -> i32]        MVP;
        [0x30]      "i64.load8_s"          i64_load8_s          (at: MemArg<1>)                    : [addr -> i64]        MVP;
        [0x31]      "i64.load8_u"          i64_load8_u          (at: MemArg<1>)                    : [addr -> i64]        MVP;
        [0x32]      "i64.load16_s"         i64_load16_s         (at: MemArg<2>)                    : [addr -> i64]        MVP;
        [0x33]      "i64.load16_u"         i64_load16_u         (at: MemArg<2>)                    : [addr -> i64]        MVP;
        [0x34]      "i64.load32_s"         i64_load32_s         (at: MemArg<4>)                    : [addr -> i64]        MVP;
        [0x35]      "i64.load32_u"         i64_load32_u         (at: MemArg<4>)                    : [addr -> i64]        MVP;
        [0x36]      "i32.store"            i32_store            (at: MemArg<4>)                    : [addr i32 -> ]       MVP;
        [0x37]      "i64.store"            i64_store            (at: MemArg<8>)                    : [addr i64 -> ]       MVP;
        [0x38]      "f32.store"            f32_store            (at: MemArg<4>)                    : [addr f32 -> ]       MVP;
        [0x39]      "f64.store"            f64_store            (at: MemArg<8>)                    : [addr f64 -> ]       MVP;
        [0x3A]      "i32.store8"           i32_store8           (at: MemArg<1>)                    : [addr i32 -> ]       MVP;
        [0x3B]      "i32.store16"          i32_store16          (at: MemArg<2>)                    : [addr i32 -> ]       MVP;
        [0x3C]      "i64.store8"           i64_store8           (at: MemArg<1>)                    : [addr i64 -> ]       MVP;
        [0x3D]      "i64.store16"          i64_store16          (at: MemArg<2>)                    : [addr i64 -> ]       MVP;
        [0x3E]      "i64.store32"          i64_store32          (at: MemArg<4>)                    : [addr i64 -> ]       MVP;
        [0x3F]      "memory.size"          memory_size          (memory: MemIdx)                   : [rule]               MVP;
        [0x40]      "memory.grow"          memory_grow          (memory: MemIdx)                   : [rule]               MVP;
        [0x41]      "i32.const"            i32_const            (value: i32)                       : [ -> i32]            MVP;
        [0x42]      "i64.const"            i64_const            (value: i64)                       : [ -> i64]            MVP;
        [0x43]      "f32.const"            f32_const            (value: F32)                       : [ -> f32]            MVP;
        [0x44]      "f64.const"            f64_const            (value: F64)                       : [ -> f64]            MVP;
        [0x45]      "i32.eqz"              i32_eqz              ()                                 : [i32 -> i32]         MVP;
        [0x46]      "i32.eq"               i32_eq               ()                                 : [i32 i32 -> i32]     MVP;
        [0x47]      "i32.ne"               i32_ne               ()                                 : [i32 i32 -> i32]     MVP;
        [0x48]      "i32.lt_s"             i32_lt_s             ()                                 : [i32 i32 -> i32]     MVP;
        [0x49]      "i32.lt_u"             i32_lt_u             ()                                 : [i32 i32 -> i32]     MVP;
        [0x4A]      "i32.gt_s"             i32_gt_s             ()                                 : [i32 i32 -> i32]     MVP;
        [0x4B]      "i32.gt_u"             i32_gt_u             ()                                 : [i32 i32 -> i32]     MVP;
        [0x4C]      "i32.le_s"             i32_le_s             ()                                 : [i32 i32 -> i32]     MVP;
        [0x4D]      "i32.le_u"             i32_le_u             ()                                 : [i32 i32 -> i32]     MVP;
        [0x4E]      "i32.ge_s"             i32_ge_s             ()                                 : [i32 i32 -> i32]     MVP;
        [0x4F]      "i32.ge_u"             i32_ge_u             ()                                 : [i32 i32 -> i32]     MVP;
        [0x50]      "i64.eqz"              i64_eqz              ()                                 : [i64 -> i32]         MVP;
        [0x51]      "i64.eq"               i64_eq               ()                                 : [i64 i64 -> i32]     MVP;
        [0x52]      "i64.ne"               i64_ne               ()                                 : [i64 i64 -> i32]     MVP;
        [0x53]      "i64.lt_s"             i64_lt_s             ()                                 : [i64 i64 -> i32]     MVP;
        [0x54]      "i64.lt_u"             i64_lt_u             ()                                 : [i64 i64 -> i32]     MVP;
        [0x55]      "i64.gt_s"             i64_gt_s             ()                                 : [i64 i64 -> i32]     MVP;
        [0x56]      "i64.gt_u"             i64_gt_u             ()                                 : [i64 i64 -> i32]     MVP;
        [0x57]      "i64.le_s"             i64_le_s             ()                                 : [i64 i64 -> i32]     MVP;
        [0x58]      "i64.le_u"             i64_le_u             ()                                 : [i64 i64 -> i32]     MVP;
        [0x59]      "i64.ge_s"             i64_ge_s             ()                                 : [i64 i64 -> i32]     MVP;
        [0x5A]      "i64.ge_u"             i64_ge_u             ()                                 : [i64 i64 -> i32]     MVP;
        [0x5B]      "f32.eq"               f32_eq               ()                                 : [f32 f32 -> i32]     MVP;
        [0x5C]      "f32.ne"               f32_ne               ()                                 : [f32 f32 -> i32]     MVP;
        [0x5D]      "f32.lt"               f32_lt               ()                                 : [f32 f32 -> i32]     MVP;
        [0x5E]      "f32.gt"               f32_gt               ()                                 : [f32 f32 -> i32]     MVP;
        [0x5F]      "f32.le"               f32_le               ()                                 : [f32 f32 -> i32]     MVP;
        [0x60]      "f32.ge"               f32_ge               ()                                 : [f32 f32 -> i32]     MVP;
        [0x61]      "f64.eq"               f64_eq               ()                                 : [f64 f64 -> i32]     MVP;
        [0x62]      "f64.ne"               f64_ne               ()                                 : [f64 f64 -> i32]     MVP;
        [0x63]      "f64.lt"               f64_lt               ()                                 : [f64 f64 -> i32]     MVP;
        [0x64]      "f64.gt"               f64_gt               ()                                 : [f64 f64 -> i32]     MVP;
        [0x65]      "f64.le"               f64_le               ()                                 : [f64 f64 -> i32]     MVP;
        [0x66]      "f64.ge"               f64_ge               ()                                 : [f64 f64 -> i32]     MVP;
        [0x67]      "i32.clz"              i32_clz              ()                                 : [i32 -> i32]         MVP;
        [0x68]      "i32.ctz"              i32_ctz              ()                                 : [i32 -> i32]         MVP;
        [0x69]      "i32.popcnt"           i32_popcnt           ()                                 : [i32 -> i32]         MVP;
        [0x6A]      "i32.add"              i32_add              ()                                 : [i32 i32 -> i32]     MVP;
        [0x6B]      "i32.sub"              i32_sub              ()                                 : [i32 i32 -> i32]     MVP;
        [0x6C]      "i32.mul"              i32_mul              ()                                 : [i32 i32 -> i32]     MVP;
        [0x6D]      "i32.div_s"            i32_div_s            ()                                 : [i32 i32 -> i32]     MVP;
        [0x6E]      "i32.div_u"            i32_div_u            ()                                 : [i32 i32 -> i32]     MVP;
        [0x6F]      "i32.rem_s"            i32_rem_s            ()                                 : [i32 i32 -> i32]     MVP;
        [0x70]      "i32.rem_u"            i32_rem_u            ()                                 : [i32 i32 -> i32]     MVP;
        [0x71]      "i32.and"              i32_and              ()                                 : [i32 i32 -> i32]     MVP;
        [0x72]      "i32.or"               i32_or               ()                                 : [i32 i32 -> i32]     MVP;
        [0x73]      "i32.xor"              i32_xor              ()                                 : [i32 i32 -> i32]     MVP;
        [0x74]      "i32.shl"              i32_shl              ()                                 : [i32 i32 -> i32]     MVP;
        [0x75]      "i32.shr_s"            i32_shr_s            ()                                 : [i32 i32 -> i32]     MVP;
        [0x76]      "i32.shr_u"            i32_shr_u            ()                                 : [i32 i32 -> i32]     MVP;
        [0x77]      "i32.rotl"             i32_rotl             ()                                 : [i32 i32 -> i32]     MVP;
        [0x78]      "i32.rotr"             i32_rotr             ()                                 : [i32 i32 -> i32]     MVP;
        [0x79]      "i64.clz"              i64_clz              ()                                 : [i64 -> i64]         MVP;
        [0x7A]      "i64.ctz"              i64_ctz              ()                                 : [i64 -> i64]         MVP;
        [0x7B]      "i64.popcnt"           i64_popcnt           ()                                 : [i64 -> i64]         MVP;
        [0x7C]      "i64.add"              i64_add              ()                                 : [i64 i64 -> i64]     MVP;
        [0x7D]      "i64.sub"              i64_sub              ()                                 : [i64 i64 -> i64]     MVP;
        [0x7E]      "i64.mul"              i64_mul              ()                                 : [i64 i64 -> i64]     MVP;
        [0x7F]      "i64.div_s"            i64_div_s            ()                                 : [i64 i64 -> i64]     MVP;
        [0x80]      "i64.div_u"            i64_div_u            ()                                 : [i64 i64 -> i64]     MVP;
        [0x81]      "i64.rem_s"            i64_rem_s            ()                                 : [i64 i64 -> i64]     MVP;
        [0x82]      "i64.rem_u"            i64_rem_u            ()                                 : [i64 i64 -> i64]     MVP;
        [0x83]      "i64.and"              i64_and              ()                                 : [i64 i64 -> i64]     MVP;
        [0x84]      "i64.or"               i64_or               ()                                 : [i64 i64 -> i64]     MVP;
        [0x85]      "i64.xor"              i64_xor              ()                                 : [i64 i64 -> i64]     MVP;
        [0x86]      "i64.shl"              i64_shl              ()                                 : [i64 i64 -> i64]     MVP;
        [0x87]      "i64.shr_s"            i64_shr_s            ()                                 : [i64 i64 -> i64]     MVP;
        [0x88]      "i64.shr_u"            i64_shr_u            ()                                 : [i64 i64 -> i64]     MVP;
        [0x89]      "i64.rotl"             i64_rotl             ()                                 : [i64 i64 -> i64]     MVP;
        [0x8A]      "i64.rotr"             i64_rotr             ()                                 : [i64 i64 -> i64]     MVP;
        [0x8B]      "f32.abs"              f32_abs              ()                                 : [f32 -> f32]         MVP;
        [0x8C]      "f32.neg"              f32_neg              ()                                 : [f32 -> f32]         MVP;
        [0x8D]      "f32.ceil"             f32_ceil             ()                                 : [f32 -> f32]         MVP;
        [0x8E]      "f32.floor"            f32_floor            ()                                 : [f32 -> f32]         MVP;
        [0x8F]      "f32.trunc"            f32_trunc            ()                                 : [f32 -> f32]         MVP;
        [0x90]      "f32.nearest"          f32_nearest          ()                                 : [f32 -> f32]         MVP;
        [0x91]      "f32.sqrt"             f32_sqrt             ()                                 : [f32 -> f32]         MVP;
        [0x92]      "f32.add"              f32_add              ()                                 : [f32 f32 -> f32]     MVP;
        [0x93]      "f32.sub"              f32_sub              ()                                 : [f32 f32 -> f32]     MVP;
        [0x94]      "f32.mul"              f32_mul              ()                                 : [f32 f32 -> f32]     MVP;
        [0x95]      "f32.div"              f32_div              ()                                 : [f32 f32 -> f32]     MVP;
        [0x96]      "f32.min"              f32_min              ()                                 : [f32 f32 -> f32]     MVP;
        [0x97]      "f32.max"              f32_max              ()                                 : [f32 f32 -> f32]     MVP;
        [0x98]      "f32.copysign"         f32_copysign         ()                                 : [f32 f32 -> f32]     MVP;
        [0x99]      "f64.abs"              f64_abs              ()                                 : [f64 -> f64]         MVP;
        [0x9A]      "f64.neg"              f64_neg              ()                                 : [f64 -> f64]         MVP;
        [0x9B]      "f64.ceil"             f64_ceil             ()                                 : [f64 -> f64]         MVP;
        [0x9C]      "f64.floor"            f64_floor            ()                                 : [f64 -> f64]         MVP;
        [0x9D]      "f64.trunc"            f64_trunc            ()                                 : [f64 -> f64]         MVP;
        [0x9E]      "f64.nearest"          f64_nearest          ()                                 : [f64 -> f64]         MVP;
        [0x9F]      "f64.sqrt"             f64_sqrt             ()                                 : [f64 -> f64]         MVP;
        [0xA0]      "f64.add"              f64_add              ()                                 : [f64 f64 -> f64]     MVP;
        [0xA1]      "f64.sub"              f64_sub              ()                                 : [f64 f64 -> f64]     MVP;
        [0xA2]      "f64.mul"              f64_mul              ()                                 : [f64 f64 -> f64]     MVP;
        [0xA3]      "f64.div"              f64_div              ()                                 : [f64 f64 -> f64]     MVP;
        [0xA4]      "f64.min"              f64_min              ()                                 : [f64 f64 -> f64]     MVP;
        [0xA5]      "f64.max"              f64_max              ()                                 : [f64 f64 -> f64]     MVP;
        [0xA6]      "f64.copysign"         f64_copysign         ()                                 : [f64 f64 -> f64]     MVP;
        [0xA7]      "i32.wrap_i64"         i32_wrap_i64         ()                                 : [i64 -> i32]         MVP;
        [0xA8]      "i32.trunc_f32_s"      i32_trunc_f32_s      ()                                 : [f32 -> i32]         MVP;
        [0xA9]      "i32.trunc_f32_u"      i32_trunc_f32_u      ()                                 : [f32 -> i32]         MVP;
        [0xAA]      "i32.trunc_f64_s"      i32_trunc_f64_s      ()                                 : [f64 -> i32]         MVP;
        [0xAB]      "i32.trunc_f64_u"      i32_trunc_f64_u      ()                                 : [f64 -> i32]         MVP;
        [0xAC]      "i64.extend_i32_s"     i64_extend_i32_s     ()                                 : [i32 -> i64]         MVP;
        [0xAD]      "i64.extend_i32_u"     i64_extend_i32_u     ()                                 : [i32 -> i64]         MVP;
        [0xAE]      "i64.trunc_f32_s"      i64_trunc_f32_s      ()                                 : [f32 -> i64]         MVP;
        [0xAF]      "i64.trunc_f32_u"      i64_trunc_f32_u      ()                                 : [f32 -> i64]         MVP;
        [0xB0]      "i64.trunc_f64_s"      i64_trunc_f64_s      ()                                 : [f64 -> i64]         MVP;
        [0xB1]      "i64.trunc_f64_u"      i64_trunc_f64_u      ()                                 : [f64 -> i64]         MVP;
        [0xB2]      "f32.convert_i32_s"    f32_convert_i32_s    ()                                 : [i32 -> f32]         MVP;
        [0xB3]      "f32.convert_i32_u"    f32_convert_i32_u    ()                                 : [i32 -> f32]         MVP;
        [0xB4]      "f32.convert_i64_s"    f32_convert_i64_s    ()                                 : [i64 -> f32]         MVP;
        [0xB5]      "f32.convert_i64_u"    f32_convert_i64_u    ()                                 : [i64 -> f32]         MVP;
        [0xB6]      "f32.demote_f64"       f32_demote_f64       ()                                 : [f64 -> f32]         MVP;
        [0xB7]      "f64.convert_i32_s"    f64_convert_i32_s    ()                                 : [i32 -> f64]         MVP;
        [0xB8]      "f64.convert_i32_u"    f64_convert_i32_u    ()                                 : [i32 -> f64]         MVP;
        [0xB9]      "f64.convert_i64_s"    f64_convert_i64_s    ()                                 : [i64 -> f64]         MVP;
        [0xBA]      "f64.convert_i64_u"    f64_convert_i64_u    ()                                 : [i64 -> f64]         MVP;
        [0xBB]      "f64.promote_f32"      f64_promote_f32      ()                                 : [f32 -> f64]         MVP;
        [0xBC]      "i32.reinterpret_f32"  i32_reinterpret_f32  ()                                 : [f32 -> i32]         MVP;
        [0xBD]      "i64.reinterpret_f64"  i64_reinterpret_f64  ()                                 : [f64 -> i64]         MVP;
        [0xBE]      "f32.reinterpret_i32"  f32_reinterpret_i32  ()                                 : [i32 -> f32]         MVP;
        [0xBF]      "f64.reinterpret_i64"  f64_reinterpret_i64  ()                                 : [i64 -> f64]         MVP;
        [0xC0]      "i32.extend8_s"        i32_extend8_s        ()                                 : [i32 -> i32]         SIGN_EXTENSION;
        [0xC1]      "i32.extend16_s"       i32_extend16_s       ()                                 : [i32 -> i32]         SIGN_EXTENSION;
        [0xC2]      "i64.extend8_s"        i64_extend8_s        ()                                 : [i64 -> i64]         SIGN_EXTENSION;
        [0xC3]      "i64.extend16_s"       i64_extend16_s       ()                                 : [i64 -> i64]         SIGN_EXTENSION;
        [0xC4]      "i64.extend32_s"       i64_extend32_s       ()                                 : [i64 -> i64]         SIGN_EXTENSION;
        [0xD0]      "ref.null"             ref_null             (heap: HeapType)                   : [rule]               REFERENCE_TYPES;
        [0xD1]      "ref.is_null"          ref_is_null          ()                                 : [rule]               REFERENCE_TYPES;
        [0xD2]      "ref.func"             ref_func             (func: FuncIdx)                    : [rule]               REFERENCE_TYPES;
        [0xFC 0x00] "i32.trunc_sat_f32_s"  i32_trunc_sat_f32_s  ()                                 : [f32 -> i32]         SATURATING_FLOAT_TO_INT;
        [0xFC 0x01] "i32.trunc_sat_f32_u"  i32_trunc_sat_f32_u  ()                                 : [f32 -> i32]         SATURATING_FLOAT_TO_INT;
        [0xFC 0x02] "i32.trunc_sat_f64_s"  i32_trunc_sat_f64_s  ()                                 : [f64 -> i32]         SATURATING_FLOAT_TO_INT;
        [0xFC 0x03] "i32.trunc_sat_f64_u"  i32_trunc_sat_f64_u  ()                                 : [f64 -> i32]         SATURATING_FLOAT_TO_INT;
        [0xFC 0x04] "i64.trunc_sat_f32_s"  i64_trunc_sat_f32_s  ()                                 : [f32 -> i64]         SATURATING_FLOAT_TO_INT;
        [0xFC 0x05] "i64.trunc_sat_f32_u"  i64_trunc_sat_f32_u  ()                                 : [f32 -> i64]         SATURATING_FLOAT_TO_INT;
        [0xFC 0x06] "i64.trunc_sat_f64_s"  i64_trunc_sat_f64_s  ()                                 : [f64 -> i64]         SATURATING_FLOAT_TO_INT;
        [0xFC 0x07] "i64.trunc_sat_f64_u"  i64_trunc_sat_f64_u  ()                                 : [f64 -> i64]         SATURATING_FLOAT_TO_INT;
        [0xFC 0x08] "memory.init"          memory_init          (data: DataIdx, memory: MemIdx)    : [rule]               BULK_MEMORY;
        [0xFC 0x09] "data.drop"            data_drop            (data: DataIdx)                    : [rule]               BULK_MEMORY;
        [0xFC 0x0A] "memory.copy"          memory_copy          (to: MemIdx, from: MemIdx)         : [rule]               BULK_MEMORY;
        [0xFC 0x0B] "memory.fill"          memory_fill          (memory: MemIdx)                   : [rule]               BULK_MEMORY;
        [0xFC 0x0C] "table.init"           table_init           (elem: ElemIdx, table: TableIdx)   : [rule]               BULK_MEMORY;
        [0xFC 0x0D] "elem.drop"            elem_drop            (elem: ElemIdx)                    : [rule]               BULK_MEMORY;
        [0xFC 0x0E] "table.copy"           table_copy           (to: TableIdx, from: TableIdx)     : [rule]               BULK_MEMORY;
        [0xFC 0x0F] "table.grow"           table_grow           (table: TableIdx)                  : [rule]               REFERENCE_TYPES;
        [0xFC 0x10] "table.size"           table_size           (table: TableIdx)                  : [rule]               REFERENCE_TYPES;
        [0xFC 0x11] "table.fill"           table_fill           (table: TableIdx)                  : [rule]               REFERENCE_TYPES;
    }
    (feature = "tail-call") tail_call {
        [0x12]      "return_call"                  return_call                 (func: FuncIdx)                      : [rule]                           TAIL_CALL;
        [0x13]      "return_call_indirect"         return_call_indirect        (ty: TypeIdx, table: TableIdx)       : [rule]                           TAIL_CALL;
        [0x15]      "return_call_ref"              return_call_ref             (ty: TypeIdx)                        : [rule]                           FUNCTION_REFERENCES;
    }
    (feature = "function-references") function_reference {
        [0x14]      "call_ref"                     call_ref                    (ty: TypeIdx)                        : [rule]                           FUNCTION_REFERENCES;
        [0xD4]      "ref.as_non_null"              ref_as_non_null             ()                                   : [rule]                           FUNCTION_REFERENCES;
        [0xD5]      "br_on_null"                   br_on_null                  (label: LabelIdx)                    : [rule]                           FUNCTION_REFERENCES;
        [0xD6]      "br_on_non_null"               br_on_non_null              (label: LabelIdx)                    : [rule]                           FUNCTION_REFERENCES;
    }
    (feature = "gc") gc {
        [0xD3]      "ref.eq"                       ref_eq                      ()                                   : [rule]                           GC;
        [0xFB 0x00] "struct.new"                   struct_new                  (ty: TypeIdx)                        : [rule]                           GC;
        [0xFB 0x01] "struct.new_default"           struct_new_default          (ty: TypeIdx)                        : [rule]                           GC;
        [0xFB 0x02] "struct.get"                   struct_get                  (ty: TypeIdx, field: FieldIdx)       : [rule]                           GC;
        [0xFB 0x03] "struct.get_s"                 struct_get_s                (ty: TypeIdx, field: FieldIdx)       : [rule]                           GC;
        [0xFB 0x04] "struct.get_u"                 struct_get_u                (ty: TypeIdx, field: FieldIdx)       : [rule]                           GC;
        [0xFB 0x05] "struct.set"                   struct_set                  (ty: TypeIdx, field: FieldIdx)       : [rule]                           GC;
        [0xFB 0x06] "array.new"                    array_new                   (ty: TypeIdx)                        : [rule]                           GC;
        [0xFB 0x07] "array.new_default"            array_new_default           (ty: TypeIdx)                        : [rule]                           GC;
        [0xFB 0x08] "array.new_fixed"              array_new_fixed             (ty: TypeIdx, len: u32)              : [rule]                           GC;
        [0xFB 0x09] "array.new_data"               array_new_data              (ty: TypeIdx, data: DataIdx)         : [rule]                           GC;
        [0xFB 0x0A] "array.new_elem"               array_new_elem              (ty: TypeIdx, elem: ElemIdx)         : [rule]                           GC;
        [0xFB 0x0B] "array.get"                    array_get                   (ty: TypeIdx)                        : [rule]                           GC;
        [0xFB 0x0C] "array.get_s"                  array_get_s                 (ty: TypeIdx)                        : [rule]                           GC;
        [0xFB 0x0D] "array.get_u"                  array_get_u                 (ty: TypeIdx)                        : [rule]                           GC;
        [0xFB 0x0E] "array.set"                    array_set                   (ty: TypeIdx)                        : [rule]                           GC;
        [0xFB 0x0F] "array.len"                    array_len                   ()                                   : [rule]                           GC;
        [0xFB 0x10] "array.fill"                   array_fill                  (ty: TypeIdx)                        : [rule]                           GC;
        [0xFB 0x11] "array.copy"                   array_copy                  (to: TypeIdx, from: TypeIdx)         : [rule]                           GC;
        [0xFB 0x12] "array.init_data"              array_init_data             (ty: TypeIdx, data: DataIdx)         : [rule]                           GC;
        [0xFB 0x13] "array.init_elem"              array_init_elem             (ty: TypeIdx, elem: ElemIdx)         : [rule]                           GC;
        [0xFB 0x14] "ref.test"                     ref_test                    (heap: HeapType)                     : [rule]                           GC;
        [0xFB 0x15] "ref.test null"                ref_test_null               (heap: HeapType)                     : [rule]                           GC;
        [0xFB 0x16] "ref.cast"                     ref_cast                    (heap: HeapType)                     : [rule]                           GC;
        [0xFB 0x17] "ref.cast null"                ref_cast_null               (heap: HeapType)                     : [rule]                           GC;
        [0xFB 0x18] "br_on_cast"                   br_on_cast                  (cast: BrOnCast)                     : [rule]                           GC;
        [0xFB 0x19] "br_on_cast_fail"              br_on_cast_fail             (cast: BrOnCast)                     : [rule]                           GC;
        [0xFB 0x1A] "any.convert_extern"           any_convert_extern          ()                                   : [rule]                           GC;
        [0xFB 0x1B] "extern.convert_any"           extern_convert_any          ()                                   : [rule]                           GC;
        [0xFB 0x1C] "ref.i31"                      ref_i31                     ()                                   : [rule]                           GC;
        [0xFB 0x1D] "i31.get_s"                    i31_get_s                   ()                                   : [rule]                           GC;
        [0xFB 0x1E] "i31.get_u"                    i31_get_u                   ()                                   : [rule]                           GC;
    }
    (feature = "custom-descriptors") descriptor {
        [0xFB 0x20] "struct.new_desc"            struct_new_desc             (ty: TypeIdx)                        : [rule]                           CUSTOM_DESCRIPTORS;
        [0xFB 0x21] "struct.new_default_desc"    struct_new_default_desc     (ty: TypeIdx)                        : [rule]                           CUSTOM_DESCRIPTORS;
        [0xFB 0x22] "ref.get_desc"               ref_get_desc                (ty: TypeIdx)                        : [rule]                           CUSTOM_DESCRIPTORS;
        [0xFB 0x23] "ref.cast_desc_eq"           ref_cast_desc_eq            (heap: HeapType)                     : [rule]                           CUSTOM_DESCRIPTORS;
        [0xFB 0x24] "ref.cast_desc_eq null"      ref_cast_desc_eq_null       (heap: HeapType)                     : [rule]                           CUSTOM_DESCRIPTORS;
        [0xFB 0x25] "br_on_cast_desc_eq"         br_on_cast_desc_eq          (cast: BrOnCast)                     : [rule]                           CUSTOM_DESCRIPTORS;
        [0xFB 0x26] "br_on_cast_desc_eq_fail"    br_on_cast_desc_eq_fail     (cast: BrOnCast)                     : [rule]                           CUSTOM_DESCRIPTORS;
    }
    (feature = "exceptions") exception {
        [0x08]      "throw"                        throw                       (tag: TagIdx)                        : [rule]                           EXCEPTIONS;
        [0x0A]      "throw_ref"                    throw_ref                   ()                                   : [rule]                           EXCEPTIONS;
        [0x1F]      "try_table"                    try_table                   (ty: BlockType, catches: Catches<'a>) : [rule]                           EXCEPTIONS;
    }
    (feature = "wide-arithmetic") wide {
        [0xFC 0x13] "i64.add128"                   i64_add128                  ()                                   : [i64 i64 i64 i64 -> i64 i64]     WIDE_ARITHMETIC;
        [0xFC 0x14] "i64.sub128"                   i64_sub128                  ()                                   : [i64 i64 i64 i64 -> i64 i64]     WIDE_ARITHMETIC;
        [0xFC 0x15] "i64.mul_wide_s"               i64_mul_wide_s              ()                                   : [i64 i64 -> i64 i64]             WIDE_ARITHMETIC;
        [0xFC 0x16] "i64.mul_wide_u"               i64_mul_wide_u              ()                                   : [i64 i64 -> i64 i64]             WIDE_ARITHMETIC;
    }
    (feature = "threads") atomic {
        [0xFE 0x00] "memory.atomic.notify"       memory_atomic_notify        (at: AtomicArg<4>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x01] "memory.atomic.wait32"       memory_atomic_wait32        (at: AtomicArg<4>)                   : [atomic i32 i64 -> i32]           THREADS;
        [0xFE 0x02] "memory.atomic.wait64"       memory_atomic_wait64        (at: AtomicArg<8>)                   : [atomic i64 i64 -> i32]           THREADS;
        [0xFE 0x03] "atomic.fence"               atomic_fence                (reserved: ZeroByte)                 : [ -> ]                          THREADS;
        [0xFE 0x10] "i32.atomic.load"            i32_atomic_load             (at: AtomicArg<4>)                   : [atomic -> i32]                   THREADS;
        [0xFE 0x11] "i64.atomic.load"            i64_atomic_load             (at: AtomicArg<8>)                   : [atomic -> i64]                   THREADS;
        [0xFE 0x12] "i32.atomic.load8_u"         i32_atomic_load8_u          (at: AtomicArg<1>)                   : [atomic -> i32]                   THREADS;
        [0xFE 0x13] "i32.atomic.load16_u"        i32_atomic_load16_u         (at: AtomicArg<2>)                   : [atomic -> i32]                   THREADS;
        [0xFE 0x14] "i64.atomic.load8_u"         i64_atomic_load8_u          (at: AtomicArg<1>)                   : [atomic -> i64]                   THREADS;
        [0xFE 0x15] "i64.atomic.load16_u"        i64_atomic_load16_u         (at: AtomicArg<2>)                   : [atomic -> i64]                   THREADS;
        [0xFE 0x16] "i64.atomic.load32_u"        i64_atomic_load32_u         (at: AtomicArg<4>)                   : [atomic -> i64]                   THREADS;
        [0xFE 0x17] "i32.atomic.store"           i32_atomic_store            (at: AtomicArg<4>)                   : [atomic i32 -> ]                  THREADS;
        [0xFE 0x18] "i64.atomic.store"           i64_atomic_store            (at: AtomicArg<8>)                   : [atomic i64 -> ]                  THREADS;
        [0xFE 0x19] "i32.atomic.store8"          i32_atomic_store8           (at: AtomicArg<1>)                   : [atomic i32 -> ]                  THREADS;
        [0xFE 0x1A] "i32.atomic.store16"         i32_atomic_store16          (at: AtomicArg<2>)                   : [atomic i32 -> ]                  THREADS;
        [0xFE 0x1B] "i64.atomic.store8"          i64_atomic_store8           (at: AtomicArg<1>)                   : [atomic i64 -> ]                  THREADS;
        [0xFE 0x1C] "i64.atomic.store16"         i64_atomic_store16          (at: AtomicArg<2>)                   : [atomic i64 -> ]                  THREADS;
        [0xFE 0x1D] "i64.atomic.store32"         i64_atomic_store32          (at: AtomicArg<4>)                   : [atomic i64 -> ]                  THREADS;
        [0xFE 0x1E] "i32.atomic.rmw.add"         i32_atomic_rmw_add          (at: AtomicArg<4>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x1F] "i64.atomic.rmw.add"         i64_atomic_rmw_add          (at: AtomicArg<8>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x20] "i32.atomic.rmw8.add_u"      i32_atomic_rmw8_add_u       (at: AtomicArg<1>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x21] "i32.atomic.rmw16.add_u"     i32_atomic_rmw16_add_u      (at: AtomicArg<2>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x22] "i64.atomic.rmw8.add_u"      i64_atomic_rmw8_add_u       (at: AtomicArg<1>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x23] "i64.atomic.rmw16.add_u"     i64_atomic_rmw16_add_u      (at: AtomicArg<2>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x24] "i64.atomic.rmw32.add_u"     i64_atomic_rmw32_add_u      (at: AtomicArg<4>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x25] "i32.atomic.rmw.sub"         i32_atomic_rmw_sub          (at: AtomicArg<4>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x26] "i64.atomic.rmw.sub"         i64_atomic_rmw_sub          (at: AtomicArg<8>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x27] "i32.atomic.rmw8.sub_u"      i32_atomic_rmw8_sub_u       (at: AtomicArg<1>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x28] "i32.atomic.rmw16.sub_u"     i32_atomic_rmw16_sub_u      (at: AtomicArg<2>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x29] "i64.atomic.rmw8.sub_u"      i64_atomic_rmw8_sub_u       (at: AtomicArg<1>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x2A] "i64.atomic.rmw16.sub_u"     i64_atomic_rmw16_sub_u      (at: AtomicArg<2>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x2B] "i64.atomic.rmw32.sub_u"     i64_atomic_rmw32_sub_u      (at: AtomicArg<4>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x2C] "i32.atomic.rmw.and"         i32_atomic_rmw_and          (at: AtomicArg<4>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x2D] "i64.atomic.rmw.and"         i64_atomic_rmw_and          (at: AtomicArg<8>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x2E] "i32.atomic.rmw8.and_u"      i32_atomic_rmw8_and_u       (at: AtomicArg<1>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x2F] "i32.atomic.rmw16.and_u"     i32_atomic_rmw16_and_u      (at: AtomicArg<2>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x30] "i64.atomic.rmw8.and_u"      i64_atomic_rmw8_and_u       (at: AtomicArg<1>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x31] "i64.atomic.rmw16.and_u"     i64_atomic_rmw16_and_u      (at: AtomicArg<2>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x32] "i64.atomic.rmw32.and_u"     i64_atomic_rmw32_and_u      (at: AtomicArg<4>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x33] "i32.atomic.rmw.or"          i32_atomic_rmw_or           (at: AtomicArg<4>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x34] "i64.atomic.rmw.or"          i64_atomic_rmw_or           (at: AtomicArg<8>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x35] "i32.atomic.rmw8.or_u"       i32_atomic_rmw8_or_u        (at: AtomicArg<1>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x36] "i32.atomic.rmw16.or_u"      i32_atomic_rmw16_or_u       (at: AtomicArg<2>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x37] "i64.atomic.rmw8.or_u"       i64_atomic_rmw8_or_u        (at: AtomicArg<1>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x38] "i64.atomic.rmw16.or_u"      i64_atomic_rmw16_or_u       (at: AtomicArg<2>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x39] "i64.atomic.rmw32.or_u"      i64_atomic_rmw32_or_u       (at: AtomicArg<4>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x3A] "i32.atomic.rmw.xor"         i32_atomic_rmw_xor          (at: AtomicArg<4>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x3B] "i64.atomic.rmw.xor"         i64_atomic_rmw_xor          (at: AtomicArg<8>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x3C] "i32.atomic.rmw8.xor_u"      i32_atomic_rmw8_xor_u       (at: AtomicArg<1>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x3D] "i32.atomic.rmw16.xor_u"     i32_atomic_rmw16_xor_u      (at: AtomicArg<2>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x3E] "i64.atomic.rmw8.xor_u"      i64_atomic_rmw8_xor_u       (at: AtomicArg<1>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x3F] "i64.atomic.rmw16.xor_u"     i64_atomic_rmw16_xor_u      (at: AtomicArg<2>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x40] "i64.atomic.rmw32.xor_u"     i64_atomic_rmw32_xor_u      (at: AtomicArg<4>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x41] "i32.atomic.rmw.xchg"        i32_atomic_rmw_xchg         (at: AtomicArg<4>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x42] "i64.atomic.rmw.xchg"        i64_atomic_rmw_xchg         (at: AtomicArg<8>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x43] "i32.atomic.rmw8.xchg_u"     i32_atomic_rmw8_xchg_u      (at: AtomicArg<1>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x44] "i32.atomic.rmw16.xchg_u"    i32_atomic_rmw16_xchg_u     (at: AtomicArg<2>)                   : [atomic i32 -> i32]               THREADS;
        [0xFE 0x45] "i64.atomic.rmw8.xchg_u"     i64_atomic_rmw8_xchg_u      (at: AtomicArg<1>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x46] "i64.atomic.rmw16.xchg_u"    i64_atomic_rmw16_xchg_u     (at: AtomicArg<2>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x47] "i64.atomic.rmw32.xchg_u"    i64_atomic_rmw32_xchg_u     (at: AtomicArg<4>)                   : [atomic i64 -> i64]               THREADS;
        [0xFE 0x48] "i32.atomic.rmw.cmpxchg"     i32_atomic_rmw_cmpxchg      (at: AtomicArg<4>)                   : [atomic i32 i32 -> i32]           THREADS;
        [0xFE 0x49] "i64.atomic.rmw.cmpxchg"     i64_atomic_rmw_cmpxchg      (at: AtomicArg<8>)                   : [atomic i64 i64 -> i64]           THREADS;
        [0xFE 0x4A] "i32.atomic.rmw8.cmpxchg_u"  i32_atomic_rmw8_cmpxchg_u   (at: AtomicArg<1>)                   : [atomic i32 i32 -> i32]           THREADS;
        [0xFE 0x4B] "i32.atomic.rmw16.cmpxchg_u" i32_atomic_rmw16_cmpxchg_u  (at: AtomicArg<2>)                   : [atomic i32 i32 -> i32]           THREADS;
        [0xFE 0x4C] "i64.atomic.rmw8.cmpxchg_u"  i64_atomic_rmw8_cmpxchg_u   (at: AtomicArg<1>)                   : [atomic i64 i64 -> i64]           THREADS;
        [0xFE 0x4D] "i64.atomic.rmw16.cmpxchg_u" i64_atomic_rmw16_cmpxchg_u  (at: AtomicArg<2>)                   : [atomic i64 i64 -> i64]           THREADS;
        [0xFE 0x4E] "i64.atomic.rmw32.cmpxchg_u" i64_atomic_rmw32_cmpxchg_u  (at: AtomicArg<4>)                   : [atomic i64 i64 -> i64]           THREADS;
    }
    (feature = "simd") simd {
        [0xFD 0x00] "v128.load"                    v128_load                   (at: MemArg<16>)                     : [addr -> v128]                   SIMD;
        [0xFD 0x01] "v128.load8x8_s"               v128_load8x8_s              (at: MemArg<8>)                      : [addr -> v128]                   SIMD;
        [0xFD 0x02] "v128.load8x8_u"               v128_load8x8_u              (at: MemArg<8>)                      : [addr -> v128]                   SIMD;
        [0xFD 0x03] "v128.load16x4_s"              v128_load16x4_s             (at: MemArg<8>)                      : [addr -> v128]                   SIMD;
        [0xFD 0x04] "v128.load16x4_u"              v128_load16x4_u             (at: MemArg<8>)                      : [addr -> v128]                   SIMD;
        [0xFD 0x05] "v128.load32x2_s"              v128_load32x2_s             (at: MemArg<8>)                      : [addr -> v128]                   SIMD;
        [0xFD 0x06] "v128.load32x2_u"              v128_load32x2_u             (at: MemArg<8>)                      : [addr -> v128]                   SIMD;
        [0xFD 0x07] "v128.load8_splat"             v128_load8_splat            (at: MemArg<1>)                      : [addr -> v128]                   SIMD;
        [0xFD 0x08] "v128.load16_splat"            v128_load16_splat           (at: MemArg<2>)                      : [addr -> v128]                   SIMD;
        [0xFD 0x09] "v128.load32_splat"            v128_load32_splat           (at: MemArg<4>)                      : [addr -> v128]                   SIMD;
        [0xFD 0x0A] "v128.load64_splat"            v128_load64_splat           (at: MemArg<8>)                      : [addr -> v128]                   SIMD;
        [0xFD 0x0B] "v128.store"                   v128_store                  (at: MemArg<16>)                     : [addr v128 -> ]                  SIMD;
        [0xFD 0x0C] "v128.const"                   v128_const                  (value: V128)                        : [ -> v128]                       SIMD;
        [0xFD 0x0D] "i8x16.shuffle"                i8x16_shuffle               (lanes: Shuffle)                     : [v128 v128 -> v128]              SIMD;
        [0xFD 0x0E] "i8x16.swizzle"                i8x16_swizzle               ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x0F] "i8x16.splat"                  i8x16_splat                 ()                                   : [i32 -> v128]                    SIMD;
        [0xFD 0x10] "i16x8.splat"                  i16x8_splat                 ()                                   : [i32 -> v128]                    SIMD;
        [0xFD 0x11] "i32x4.splat"                  i32x4_splat                 ()                                   : [i32 -> v128]                    SIMD;
        [0xFD 0x12] "i64x2.splat"                  i64x2_splat                 ()                                   : [i64 -> v128]                    SIMD;
        [0xFD 0x13] "f32x4.splat"                  f32x4_splat                 ()                                   : [f32 -> v128]                    SIMD;
        [0xFD 0x14] "f64x2.splat"                  f64x2_splat                 ()                                   : [f64 -> v128]                    SIMD;
        [0xFD 0x15] "i8x16.extract_lane_s"         i8x16_extract_lane_s        (lane: Lane<16>)                     : [v128 -> i32]                    SIMD;
        [0xFD 0x16] "i8x16.extract_lane_u"         i8x16_extract_lane_u        (lane: Lane<16>)                     : [v128 -> i32]                    SIMD;
        [0xFD 0x17] "i8x16.replace_lane"           i8x16_replace_lane          (lane: Lane<16>)                     : [v128 i32 -> v128]               SIMD;
        [0xFD 0x18] "i16x8.extract_lane_s"         i16x8_extract_lane_s        (lane: Lane<8>)                      : [v128 -> i32]                    SIMD;
        [0xFD 0x19] "i16x8.extract_lane_u"         i16x8_extract_lane_u        (lane: Lane<8>)                      : [v128 -> i32]                    SIMD;
        [0xFD 0x1A] "i16x8.replace_lane"           i16x8_replace_lane          (lane: Lane<8>)                      : [v128 i32 -> v128]               SIMD;
        [0xFD 0x1B] "i32x4.extract_lane"           i32x4_extract_lane          (lane: Lane<4>)                      : [v128 -> i32]                    SIMD;
        [0xFD 0x1C] "i32x4.replace_lane"           i32x4_replace_lane          (lane: Lane<4>)                      : [v128 i32 -> v128]               SIMD;
        [0xFD 0x1D] "i64x2.extract_lane"           i64x2_extract_lane          (lane: Lane<2>)                      : [v128 -> i64]                    SIMD;
        [0xFD 0x1E] "i64x2.replace_lane"           i64x2_replace_lane          (lane: Lane<2>)                      : [v128 i64 -> v128]               SIMD;
        [0xFD 0x1F] "f32x4.extract_lane"           f32x4_extract_lane          (lane: Lane<4>)                      : [v128 -> f32]                    SIMD;
        [0xFD 0x20] "f32x4.replace_lane"           f32x4_replace_lane          (lane: Lane<4>)                      : [v128 f32 -> v128]               SIMD;
        [0xFD 0x21] "f64x2.extract_lane"           f64x2_extract_lane          (lane: Lane<2>)                      : [v128 -> f64]                    SIMD;
        [0xFD 0x22] "f64x2.replace_lane"           f64x2_replace_lane          (lane: Lane<2>)                      : [v128 f64 -> v128]               SIMD;
        [0xFD 0x23] "i8x16.eq"                     i8x16_eq                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x24] "i8x16.ne"                     i8x16_ne                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x25] "i8x16.lt_s"                   i8x16_lt_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x26] "i8x16.lt_u"                   i8x16_lt_u                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x27] "i8x16.gt_s"                   i8x16_gt_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x28] "i8x16.gt_u"                   i8x16_gt_u                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x29] "i8x16.le_s"                   i8x16_le_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x2A] "i8x16.le_u"                   i8x16_le_u                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x2B] "i8x16.ge_s"                   i8x16_ge_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x2C] "i8x16.ge_u"                   i8x16_ge_u                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x2D] "i16x8.eq"                     i16x8_eq                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x2E] "i16x8.ne"                     i16x8_ne                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x2F] "i16x8.lt_s"                   i16x8_lt_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x30] "i16x8.lt_u"                   i16x8_lt_u                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x31] "i16x8.gt_s"                   i16x8_gt_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x32] "i16x8.gt_u"                   i16x8_gt_u                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x33] "i16x8.le_s"                   i16x8_le_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x34] "i16x8.le_u"                   i16x8_le_u                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x35] "i16x8.ge_s"                   i16x8_ge_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x36] "i16x8.ge_u"                   i16x8_ge_u                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x37] "i32x4.eq"                     i32x4_eq                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x38] "i32x4.ne"                     i32x4_ne                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x39] "i32x4.lt_s"                   i32x4_lt_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x3A] "i32x4.lt_u"                   i32x4_lt_u                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x3B] "i32x4.gt_s"                   i32x4_gt_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x3C] "i32x4.gt_u"                   i32x4_gt_u                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x3D] "i32x4.le_s"                   i32x4_le_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x3E] "i32x4.le_u"                   i32x4_le_u                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x3F] "i32x4.ge_s"                   i32x4_ge_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x40] "i32x4.ge_u"                   i32x4_ge_u                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x41] "f32x4.eq"                     f32x4_eq                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x42] "f32x4.ne"                     f32x4_ne                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x43] "f32x4.lt"                     f32x4_lt                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x44] "f32x4.gt"                     f32x4_gt                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x45] "f32x4.le"                     f32x4_le                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x46] "f32x4.ge"                     f32x4_ge                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x47] "f64x2.eq"                     f64x2_eq                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x48] "f64x2.ne"                     f64x2_ne                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x49] "f64x2.lt"                     f64x2_lt                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x4A] "f64x2.gt"                     f64x2_gt                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x4B] "f64x2.le"                     f64x2_le                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x4C] "f64x2.ge"                     f64x2_ge                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x4D] "v128.not"                     v128_not                    ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x4E] "v128.and"                     v128_and                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x4F] "v128.andnot"                  v128_andnot                 ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x50] "v128.or"                      v128_or                     ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x51] "v128.xor"                     v128_xor                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x52] "v128.bitselect"               v128_bitselect              ()                                   : [v128 v128 v128 -> v128]         SIMD;
        [0xFD 0x53] "v128.any_true"                v128_any_true               ()                                   : [v128 -> i32]                    SIMD;
        [0xFD 0x54] "v128.load8_lane"              v128_load8_lane             (at: MemArg<1>, lane: Lane<16>)      : [addr v128 -> v128]              SIMD;
        [0xFD 0x55] "v128.load16_lane"             v128_load16_lane            (at: MemArg<2>, lane: Lane<8>)       : [addr v128 -> v128]              SIMD;
        [0xFD 0x56] "v128.load32_lane"             v128_load32_lane            (at: MemArg<4>, lane: Lane<4>)       : [addr v128 -> v128]              SIMD;
        [0xFD 0x57] "v128.load64_lane"             v128_load64_lane            (at: MemArg<8>, lane: Lane<2>)       : [addr v128 -> v128]              SIMD;
        [0xFD 0x58] "v128.store8_lane"             v128_store8_lane            (at: MemArg<1>, lane: Lane<16>)      : [addr v128 -> ]                  SIMD;
        [0xFD 0x59] "v128.store16_lane"            v128_store16_lane           (at: MemArg<2>, lane: Lane<8>)       : [addr v128 -> ]                  SIMD;
        [0xFD 0x5A] "v128.store32_lane"            v128_store32_lane           (at: MemArg<4>, lane: Lane<4>)       : [addr v128 -> ]                  SIMD;
        [0xFD 0x5B] "v128.store64_lane"            v128_store64_lane           (at: MemArg<8>, lane: Lane<2>)       : [addr v128 -> ]                  SIMD;
        [0xFD 0x5C] "v128.load32_zero"             v128_load32_zero            (at: MemArg<4>)                      : [addr -> v128]                   SIMD;
        [0xFD 0x5D] "v128.load64_zero"             v128_load64_zero            (at: MemArg<8>)                      : [addr -> v128]                   SIMD;
        [0xFD 0x5E] "f32x4.demote_f64x2_zero"      f32x4_demote_f64x2_zero     ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x5F] "f64x2.promote_low_f32x4"      f64x2_promote_low_f32x4     ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x60] "i8x16.abs"                    i8x16_abs                   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x61] "i8x16.neg"                    i8x16_neg                   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x62] "i8x16.popcnt"                 i8x16_popcnt                ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x63] "i8x16.all_true"               i8x16_all_true              ()                                   : [v128 -> i32]                    SIMD;
        [0xFD 0x64] "i8x16.bitmask"                i8x16_bitmask               ()                                   : [v128 -> i32]                    SIMD;
        [0xFD 0x65] "i8x16.narrow_i16x8_s"         i8x16_narrow_i16x8_s        ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x66] "i8x16.narrow_i16x8_u"         i8x16_narrow_i16x8_u        ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x67] "f32x4.ceil"                   f32x4_ceil                  ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x68] "f32x4.floor"                  f32x4_floor                 ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x69] "f32x4.trunc"                  f32x4_trunc                 ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x6A] "f32x4.nearest"                f32x4_nearest               ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x6B] "i8x16.shl"                    i8x16_shl                   ()                                   : [v128 i32 -> v128]               SIMD;
        [0xFD 0x6C] "i8x16.shr_s"                  i8x16_shr_s                 ()                                   : [v128 i32 -> v128]               SIMD;
        [0xFD 0x6D] "i8x16.shr_u"                  i8x16_shr_u                 ()                                   : [v128 i32 -> v128]               SIMD;
        [0xFD 0x6E] "i8x16.add"                    i8x16_add                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x6F] "i8x16.add_sat_s"              i8x16_add_sat_s             ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x70] "i8x16.add_sat_u"              i8x16_add_sat_u             ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x71] "i8x16.sub"                    i8x16_sub                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x72] "i8x16.sub_sat_s"              i8x16_sub_sat_s             ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x73] "i8x16.sub_sat_u"              i8x16_sub_sat_u             ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x74] "f64x2.ceil"                   f64x2_ceil                  ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x75] "f64x2.floor"                  f64x2_floor                 ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x76] "i8x16.min_s"                  i8x16_min_s                 ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x77] "i8x16.min_u"                  i8x16_min_u                 ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x78] "i8x16.max_s"                  i8x16_max_s                 ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x79] "i8x16.max_u"                  i8x16_max_u                 ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x7A] "f64x2.trunc"                  f64x2_trunc                 ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x7B] "i8x16.avgr_u"                 i8x16_avgr_u                ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x7C] "i16x8.extadd_pairwise_i8x16_s" i16x8_extadd_pairwise_i8x16_s ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x7D] "i16x8.extadd_pairwise_i8x16_u" i16x8_extadd_pairwise_i8x16_u ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x7E] "i32x4.extadd_pairwise_i16x8_s" i32x4_extadd_pairwise_i16x8_s ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x7F] "i32x4.extadd_pairwise_i16x8_u" i32x4_extadd_pairwise_i16x8_u ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x80] "i16x8.abs"                    i16x8_abs                   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x81] "i16x8.neg"                    i16x8_neg                   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x82] "i16x8.q15mulr_sat_s"          i16x8_q15mulr_sat_s         ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x83] "i16x8.all_true"               i16x8_all_true              ()                                   : [v128 -> i32]                    SIMD;
        [0xFD 0x84] "i16x8.bitmask"                i16x8_bitmask               ()                                   : [v128 -> i32]                    SIMD;
        [0xFD 0x85] "i16x8.narrow_i32x4_s"         i16x8_narrow_i32x4_s        ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x86] "i16x8.narrow_i32x4_u"         i16x8_narrow_i32x4_u        ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x87] "i16x8.extend_low_i8x16_s"     i16x8_extend_low_i8x16_s    ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x88] "i16x8.extend_high_i8x16_s"    i16x8_extend_high_i8x16_s   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x89] "i16x8.extend_low_i8x16_u"     i16x8_extend_low_i8x16_u    ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x8A] "i16x8.extend_high_i8x16_u"    i16x8_extend_high_i8x16_u   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x8B] "i16x8.shl"                    i16x8_shl                   ()                                   : [v128 i32 -> v128]               SIMD;
        [0xFD 0x8C] "i16x8.shr_s"                  i16x8_shr_s                 ()                                   : [v128 i32 -> v128]               SIMD;
        [0xFD 0x8D] "i16x8.shr_u"                  i16x8_shr_u                 ()                                   : [v128 i32 -> v128]               SIMD;
        [0xFD 0x8E] "i16x8.add"                    i16x8_add                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x8F] "i16x8.add_sat_s"              i16x8_add_sat_s             ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x90] "i16x8.add_sat_u"              i16x8_add_sat_u             ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x91] "i16x8.sub"                    i16x8_sub                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x92] "i16x8.sub_sat_s"              i16x8_sub_sat_s             ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x93] "i16x8.sub_sat_u"              i16x8_sub_sat_u             ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x94] "f64x2.nearest"                f64x2_nearest               ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x95] "i16x8.mul"                    i16x8_mul                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x96] "i16x8.min_s"                  i16x8_min_s                 ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x97] "i16x8.min_u"                  i16x8_min_u                 ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x98] "i16x8.max_s"                  i16x8_max_s                 ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x99] "i16x8.max_u"                  i16x8_max_u                 ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x9B] "i16x8.avgr_u"                 i16x8_avgr_u                ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x9C] "i16x8.extmul_low_i8x16_s"     i16x8_extmul_low_i8x16_s    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x9D] "i16x8.extmul_high_i8x16_s"    i16x8_extmul_high_i8x16_s   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x9E] "i16x8.extmul_low_i8x16_u"     i16x8_extmul_low_i8x16_u    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0x9F] "i16x8.extmul_high_i8x16_u"    i16x8_extmul_high_i8x16_u   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xA0] "i32x4.abs"                    i32x4_abs                   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xA1] "i32x4.neg"                    i32x4_neg                   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xA3] "i32x4.all_true"               i32x4_all_true              ()                                   : [v128 -> i32]                    SIMD;
        [0xFD 0xA4] "i32x4.bitmask"                i32x4_bitmask               ()                                   : [v128 -> i32]                    SIMD;
        [0xFD 0xA7] "i32x4.extend_low_i16x8_s"     i32x4_extend_low_i16x8_s    ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xA8] "i32x4.extend_high_i16x8_s"    i32x4_extend_high_i16x8_s   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xA9] "i32x4.extend_low_i16x8_u"     i32x4_extend_low_i16x8_u    ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xAA] "i32x4.extend_high_i16x8_u"    i32x4_extend_high_i16x8_u   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xAB] "i32x4.shl"                    i32x4_shl                   ()                                   : [v128 i32 -> v128]               SIMD;
        [0xFD 0xAC] "i32x4.shr_s"                  i32x4_shr_s                 ()                                   : [v128 i32 -> v128]               SIMD;
        [0xFD 0xAD] "i32x4.shr_u"                  i32x4_shr_u                 ()                                   : [v128 i32 -> v128]               SIMD;
        [0xFD 0xAE] "i32x4.add"                    i32x4_add                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xB1] "i32x4.sub"                    i32x4_sub                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xB5] "i32x4.mul"                    i32x4_mul                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xB6] "i32x4.min_s"                  i32x4_min_s                 ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xB7] "i32x4.min_u"                  i32x4_min_u                 ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xB8] "i32x4.max_s"                  i32x4_max_s                 ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xB9] "i32x4.max_u"                  i32x4_max_u                 ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xBA] "i32x4.dot_i16x8_s"            i32x4_dot_i16x8_s           ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xBC] "i32x4.extmul_low_i16x8_s"     i32x4_extmul_low_i16x8_s    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xBD] "i32x4.extmul_high_i16x8_s"    i32x4_extmul_high_i16x8_s   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xBE] "i32x4.extmul_low_i16x8_u"     i32x4_extmul_low_i16x8_u    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xBF] "i32x4.extmul_high_i16x8_u"    i32x4_extmul_high_i16x8_u   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xC0] "i64x2.abs"                    i64x2_abs                   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xC1] "i64x2.neg"                    i64x2_neg                   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xC3] "i64x2.all_true"               i64x2_all_true              ()                                   : [v128 -> i32]                    SIMD;
        [0xFD 0xC4] "i64x2.bitmask"                i64x2_bitmask               ()                                   : [v128 -> i32]                    SIMD;
        [0xFD 0xC7] "i64x2.extend_low_i32x4_s"     i64x2_extend_low_i32x4_s    ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xC8] "i64x2.extend_high_i32x4_s"    i64x2_extend_high_i32x4_s   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xC9] "i64x2.extend_low_i32x4_u"     i64x2_extend_low_i32x4_u    ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xCA] "i64x2.extend_high_i32x4_u"    i64x2_extend_high_i32x4_u   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xCB] "i64x2.shl"                    i64x2_shl                   ()                                   : [v128 i32 -> v128]               SIMD;
        [0xFD 0xCC] "i64x2.shr_s"                  i64x2_shr_s                 ()                                   : [v128 i32 -> v128]               SIMD;
        [0xFD 0xCD] "i64x2.shr_u"                  i64x2_shr_u                 ()                                   : [v128 i32 -> v128]               SIMD;
        [0xFD 0xCE] "i64x2.add"                    i64x2_add                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xD1] "i64x2.sub"                    i64x2_sub                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xD5] "i64x2.mul"                    i64x2_mul                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xD6] "i64x2.eq"                     i64x2_eq                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xD7] "i64x2.ne"                     i64x2_ne                    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xD8] "i64x2.lt_s"                   i64x2_lt_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xD9] "i64x2.gt_s"                   i64x2_gt_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xDA] "i64x2.le_s"                   i64x2_le_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xDB] "i64x2.ge_s"                   i64x2_ge_s                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xDC] "i64x2.extmul_low_i32x4_s"     i64x2_extmul_low_i32x4_s    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xDD] "i64x2.extmul_high_i32x4_s"    i64x2_extmul_high_i32x4_s   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xDE] "i64x2.extmul_low_i32x4_u"     i64x2_extmul_low_i32x4_u    ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xDF] "i64x2.extmul_high_i32x4_u"    i64x2_extmul_high_i32x4_u   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xE0] "f32x4.abs"                    f32x4_abs                   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xE1] "f32x4.neg"                    f32x4_neg                   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xE3] "f32x4.sqrt"                   f32x4_sqrt                  ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xE4] "f32x4.add"                    f32x4_add                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xE5] "f32x4.sub"                    f32x4_sub                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xE6] "f32x4.mul"                    f32x4_mul                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xE7] "f32x4.div"                    f32x4_div                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xE8] "f32x4.min"                    f32x4_min                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xE9] "f32x4.max"                    f32x4_max                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xEA] "f32x4.pmin"                   f32x4_pmin                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xEB] "f32x4.pmax"                   f32x4_pmax                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xEC] "f64x2.abs"                    f64x2_abs                   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xED] "f64x2.neg"                    f64x2_neg                   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xEF] "f64x2.sqrt"                   f64x2_sqrt                  ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xF0] "f64x2.add"                    f64x2_add                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xF1] "f64x2.sub"                    f64x2_sub                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xF2] "f64x2.mul"                    f64x2_mul                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xF3] "f64x2.div"                    f64x2_div                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xF4] "f64x2.min"                    f64x2_min                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xF5] "f64x2.max"                    f64x2_max                   ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xF6] "f64x2.pmin"                   f64x2_pmin                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xF7] "f64x2.pmax"                   f64x2_pmax                  ()                                   : [v128 v128 -> v128]              SIMD;
        [0xFD 0xF8] "i32x4.trunc_sat_f32x4_s"      i32x4_trunc_sat_f32x4_s     ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xF9] "i32x4.trunc_sat_f32x4_u"      i32x4_trunc_sat_f32x4_u     ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xFA] "f32x4.convert_i32x4_s"        f32x4_convert_i32x4_s       ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xFB] "f32x4.convert_i32x4_u"        f32x4_convert_i32x4_u       ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xFC] "i32x4.trunc_sat_f64x2_s_zero" i32x4_trunc_sat_f64x2_s_zero ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xFD] "i32x4.trunc_sat_f64x2_u_zero" i32x4_trunc_sat_f64x2_u_zero ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xFE] "f64x2.convert_low_i32x4_s"    f64x2_convert_low_i32x4_s   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0xFF] "f64x2.convert_low_i32x4_u"    f64x2_convert_low_i32x4_u   ()                                   : [v128 -> v128]                   SIMD;
        [0xFD 0x100] "i8x16.relaxed_swizzle"        i8x16_relaxed_swizzle       ()                                   : [v128 v128 -> v128]              RELAXED_SIMD;
        [0xFD 0x101] "i32x4.relaxed_trunc_f32x4_s"  i32x4_relaxed_trunc_f32x4_s ()                                   : [v128 -> v128]                   RELAXED_SIMD;
        [0xFD 0x102] "i32x4.relaxed_trunc_f32x4_u"  i32x4_relaxed_trunc_f32x4_u ()                                   : [v128 -> v128]                   RELAXED_SIMD;
        [0xFD 0x103] "i32x4.relaxed_trunc_f64x2_s_zero" i32x4_relaxed_trunc_f64x2_s_zero ()                                   : [v128 -> v128]                   RELAXED_SIMD;
        [0xFD 0x104] "i32x4.relaxed_trunc_f64x2_u_zero" i32x4_relaxed_trunc_f64x2_u_zero ()                                   : [v128 -> v128]                   RELAXED_SIMD;
        [0xFD 0x105] "f32x4.relaxed_madd"           f32x4_relaxed_madd          ()                                   : [v128 v128 v128 -> v128]         RELAXED_SIMD;
        [0xFD 0x106] "f32x4.relaxed_nmadd"          f32x4_relaxed_nmadd         ()                                   : [v128 v128 v128 -> v128]         RELAXED_SIMD;
        [0xFD 0x107] "f64x2.relaxed_madd"           f64x2_relaxed_madd          ()                                   : [v128 v128 v128 -> v128]         RELAXED_SIMD;
        [0xFD 0x108] "f64x2.relaxed_nmadd"          f64x2_relaxed_nmadd         ()                                   : [v128 v128 v128 -> v128]         RELAXED_SIMD;
        [0xFD 0x109] "i8x16.relaxed_laneselect"     i8x16_relaxed_laneselect    ()                                   : [v128 v128 v128 -> v128]         RELAXED_SIMD;
        [0xFD 0x10A] "i16x8.relaxed_laneselect"     i16x8_relaxed_laneselect    ()                                   : [v128 v128 v128 -> v128]         RELAXED_SIMD;
        [0xFD 0x10B] "i32x4.relaxed_laneselect"     i32x4_relaxed_laneselect    ()                                   : [v128 v128 v128 -> v128]         RELAXED_SIMD;
        [0xFD 0x10C] "i64x2.relaxed_laneselect"     i64x2_relaxed_laneselect    ()                                   : [v128 v128 v128 -> v128]         RELAXED_SIMD;
        [0xFD 0x10D] "f32x4.relaxed_min"            f32x4_relaxed_min           ()                                   : [v128 v128 -> v128]              RELAXED_SIMD;
        [0xFD 0x10E] "f32x4.relaxed_max"            f32x4_relaxed_max           ()                                   : [v128 v128 -> v128]              RELAXED_SIMD;
        [0xFD 0x10F] "f64x2.relaxed_min"            f64x2_relaxed_min           ()                                   : [v128 v128 -> v128]              RELAXED_SIMD;
        [0xFD 0x110] "f64x2.relaxed_max"            f64x2_relaxed_max           ()                                   : [v128 v128 -> v128]              RELAXED_SIMD;
        [0xFD 0x111] "i16x8.relaxed_q15mulr_s"      i16x8_relaxed_q15mulr_s     ()                                   : [v128 v128 -> v128]              RELAXED_SIMD;
        [0xFD 0x112] "i16x8.relaxed_dot_i8x16_i7x16_s" i16x8_relaxed_dot_i8x16_i7x16_s ()                                   : [v128 v128 -> v128]              RELAXED_SIMD;
        [0xFD 0x113] "i32x4.relaxed_dot_i8x16_i7x16_add_s" i32x4_relaxed_dot_i8x16_i7x16_add_s ()                                   : [v128 v128 v128 -> v128]         RELAXED_SIMD;
    }
} } }
pub(crate) use for_each_instruction;

/// A memory instruction's immediates; `N` is its natural alignment in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemArg<const N: u32> {
    /// log₂ of the promised alignment.
    pub align: u32,
    /// Which memory.
    pub memory: MemIdx,
    /// Added to the address.
    pub offset: u64,
}

/// An atomic memory instruction's immediates; `N` is its natural alignment in bytes, which it
/// has to promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtomicArg<const N: u32>(pub MemArg<N>);

/// A byte that is reserved for later and zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZeroByte;

/// A lane of a vector of `N` lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane<const N: u8>(pub u8);

/// The lanes that `i8x16.shuffle` picks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shuffle(pub [u8; 16]);

/// A single-precision constant, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct F32(pub u32);

/// A double-precision constant, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct F64(pub u64);

/// A vector constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V128(pub [u8; 16]);

/// The labels of `br_table`.
#[derive(Clone, Copy, Debug)]
pub struct BrTable<'a> {
    /// Labels for 0, 1, 2 …
    pub labels: Encoded<'a, LabelIdx>,
    /// The label for all other values.
    pub default: LabelIdx,
}

/// The types of a `select` that says them.
#[derive(Clone, Copy, Debug)]
pub struct ValTypes<'a>(pub Encoded<'a, ValType>);

/// The types of `br_on_cast` and `br_on_cast_fail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrOnCast {
    /// Where to.
    pub label: LabelIdx,
    /// The type of the operand.
    pub from: RefType,
    /// The type it is tested for.
    pub to: RefType,
}

/// The catch clauses of `try_table`.
#[derive(Clone, Copy, Debug)]
pub struct Catches<'a>(pub Encoded<'a, Catch>);

/// A catch clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Catch {
    /// The tag that it catches; any exception where absent.
    pub tag: Option<TagIdx>,
    /// Whether the exception itself is passed on as the last value.
    pub by_ref: bool,
    /// Where to.
    pub label: LabelIdx,
}

/// The number of an opcode: the first byte and, after a prefix byte, the second number.
pub const fn opcode_of(bytes: &[u32]) -> u32 {
    match *bytes {
        [prefix, sub] => prefix << 16 | sub,
        [byte] => byte,
        _ => u32::MAX,
    }
}

macro_rules! instructions {
    ($(($gate:meta) $group:ident { $([$($byte:literal)+] $text:literal $name:ident ($($imm:ident : $Imm:ty),*) : $sig:tt $feature:ident;)* })*) => {
        /// An instruction with its immediates, of those that the engine was built with.
        #[derive(Clone, Copy, Debug)]
        #[allow(non_camel_case_types, missing_docs)]
        pub enum Instr<'a> {
            $($( #[cfg(any($gate, test))] $name { $($imm: $Imm),* }, )*)*
            /// Never read; binds the lifetime of those that refer to the input.
            #[doc(hidden)]
            __Lifetime(core::marker::PhantomData<&'a ()>, core::convert::Infallible),
        }

        /// The opcodes, as [`opcode_of`] numbers them.
        #[allow(non_upper_case_globals, missing_docs)]
        pub mod opcode {
            use super::opcode_of;
            $($( pub const $name: u32 = opcode_of(&[$($byte),+]); )*)*
        }

        impl Instr<'_> {
            /// The name in the text format.
            pub const fn text(&self) -> &'static str {
                match self { $($( #[cfg(any($gate, test))] Instr::$name { .. } => $text, )*)* Instr::__Lifetime(..) => "" }
            }
        }

        /// The opcodes that the engine was built without, each with its feature.
        const MISSING: &[(u32, super::Features)] = &[
            $($( #[cfg(not(any($gate, test)))] (opcode::$name, super::Features::$feature), )*)*
        ];

        /// The opcodes that it was built with, each with its feature.
        #[cfg(compact)]
        const BUILT: &[(u32, super::Features)] = &[
            $($( #[cfg(any($gate, test))] (opcode::$name, super::Features::$feature), )*)*
        ];

        /// The name in the text format and the feature of every opcode.
        pub fn describe(opcode: u32) -> Option<(&'static str, super::Features)> {
            Some(match opcode { $($( opcode::$name => ($text, super::Features::$feature), )*)* _ => return None })
        }
    };
}
for_each_instruction!(instructions);

/// Opcodes in a row that need the same feature.
struct Run {
    first: u32,
    count: u16,
    /// The feature's bit.
    feature: u8,
}

static RUNS: [Run; run_start(MISSING, usize::MAX).0] = runs(MISSING);
#[cfg(compact)]
static BUILT_RUNS: [Run; run_start(BUILT, usize::MAX).0] = runs(BUILT);

/// How many runs of rows there are up to that one, and the row that begins the next.
const fn run_start(rows: &[(u32, super::Features)], run: usize) -> (usize, usize) {
    let (mut runs, mut at) = (0, 0);
    while at < rows.len() && runs < run {
        let ((first, feature), start) = (rows[at], at);
        while at < rows.len() && rows[at].0 == first + (at - start) as u32 && rows[at].1.bits() == feature.bits() {
            at += 1;
        }
        runs += 1;
    }
    (runs, at)
}

/// The runs of rows, of which there are so many.
const fn runs<const N: usize>(rows: &[(u32, super::Features)]) -> [Run; N] {
    let mut runs = [const { Run { first: 0, count: 0, feature: 0 } }; N];
    let mut run = 0;
    while run < N {
        let (start, end) = (run_start(rows, run).1, run_start(rows, run + 1).1);
        let (first, feature) = rows[start];
        runs[run] = Run { first, count: (end - start) as u16, feature: feature.bits().trailing_zeros() as u8 };
        run += 1;
    }
    runs
}

impl Run {
    /// The feature of an opcode that is in one of the runs.
    fn find(runs: &[Run], opcode: u32) -> Option<super::Features> {
        let run = runs.iter().find(|run| opcode.wrapping_sub(run.first) < u32::from(run.count))?;
        Some(super::Features::from_bits_retain(1 << run.feature))
    }
}

/// The feature of an opcode that the engine was built without.
pub fn feature_of(opcode: u32) -> Option<super::Features> {
    Run::find(&RUNS, opcode)
}

/// The feature of an opcode that the engine was built with.
#[cfg(compact)]
pub fn feature_of_built(opcode: u32) -> Option<super::Features> {
    Run::find(&BUILT_RUNS, opcode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Features;

    #[test]
    fn runs_have_the_opcodes_of_their_rows_and_no_others() {
        const ROWS: &[(u32, Features)] = &[
            (3, Features::GC),
            (4, Features::GC),
            (5, Features::THREADS),
            (7, Features::THREADS),
            (0xFD_0000, Features::SIMD),
            (0xFD_0001, Features::SIMD),
            (0xFD_0001 + 2, Features::SIMD),
            (1, Features::TAIL_CALL),
        ];
        const COUNT: usize = run_start(ROWS, usize::MAX).0;
        assert_eq!(COUNT, 6);
        let runs: [Run; COUNT] = runs(ROWS);
        for opcode in (0..10).chain(0xFC_FFFF..0xFD_0006).chain([u32::MAX]) {
            let row = ROWS.iter().find(|row| row.0 == opcode);
            assert_eq!(Run::find(&runs, opcode), row.map(|row| row.1), "{opcode:#x}");
        }
    }
}
