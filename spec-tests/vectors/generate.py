#!/usr/bin/env python3
"""Writes what the specification's own definitions make of values that cross, as vectors.

    generate.py DEFINITIONS [--types N] [--cases N] [--seed N] [--explain TYPE CASE] > vectors.txt

DEFINITIONS is `design/mvp/canonical-abi/definitions.py` of WebAssembly/component-model, in the state that
belongs to the suites. Run with Python 3.11 to 3.14. `tests/it/component/vectors.rs` replays the vectors.

A vector has a type, the options of two sides, what lies in the memory of the first, and core values. Outcomes:

- what the core values are lifted to;
- what lowering that to the second side yields: core values, and all bytes of its memory;
- the same where the host is between them, whose strings are UTF-8.

An outcome is the CRC-32 of its text, or `!` for a trap. Each type is a line `t TYPE SIZES`, followed by its cases:

    MAX_FLAT SIDE SIDE REALLOC MEMORY_SIZE MEMORY CORE_VALUES LIFTED LOWERED FROM_HOST

SIDE is `8`, `6` or `1` for the string encoding and `w` for pointers of 64 bits, `n` of 32. MEMORY is base64.
"""

import __future__
import argparse
import base64
import random
import struct
import sys
import types
import zlib


def load_definitions(path):
    """The definitions as a module; 3.14 is the first version that reads them as they are."""
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec", flags=__future__.annotations.compiler_flag)
    module = types.ModuleType("definitions")
    sys.modules["definitions"] = module
    exec(code, module.__dict__)
    module.DETERMINISTIC_PROFILE = True
    return module


PRIMITIVES = ["bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char", "string"]
ENCODINGS = {"8": "utf8", "6": "utf16", "1": "latin1+utf16"}


# Types: a primitive's name, or a tuple of a kind and what it is made of.


def some_type(rng, depth):
    kind = rng.randrange(6 if depth == 0 else 17)
    part = lambda: some_type(rng, depth - 1)
    maybe = lambda: part() if rng.randrange(3) else None
    parts = lambda: tuple(part() for _ in range(rng.randint(1, 4)))
    match kind:
        case 0 | 1 | 2:
            return rng.choice(PRIMITIVES)
        case 3:
            return "string"
        case 4:
            return ("flags", rng.choice([1, 7, 8, 9, 16, 17, 31, 32]))
        case 5:
            return ("enum", rng.choice([1, 2, 3, 255, 256, 257, 300]) if rng.randrange(4) == 0 else rng.randint(1, 5))
        case 6 | 7:
            return ("list", part())
        case 8:
            return ("fixed", part(), rng.randint(1, 4))
        case 9:
            key = rng.choice([name for name in PRIMITIVES if name not in ("f32", "f64")])
            return ("map", key, part())
        case 10 | 11:
            return ("record", *parts())
        case 12:
            return ("tuple", *parts())
        case 13 | 14:
            return ("variant", *(maybe() for _ in range(rng.randint(1, 4))))
        case 15:
            return ("option", part())
        case _:
            return ("result", maybe(), maybe())


def written(ty):
    match ty:
        case None:
            return "_"
        case str():
            return ty
        case (kind, *parts):
            return f"({kind} {' '.join(str(part) if isinstance(part, int) else written(part) for part in parts)})"


class Reference:
    """The definitions, with types, values and sides of our own."""

    def __init__(self, definitions):
        self.d = definitions

    def type(self, ty):
        d = self.d
        match ty:
            case None:
                return None
            case str():
                return {name: getattr(d, name.capitalize() + "Type") for name in PRIMITIVES}[ty]()
            case ("flags", count):
                return d.FlagsType([f"l{at}" for at in range(count)])
            case ("enum", count):
                return d.EnumType([f"l{at}" for at in range(count)])
            case ("list", elem):
                return d.ListType(self.type(elem))
            case ("fixed", elem, length):
                return d.ListType(self.type(elem), length)
            case ("map", key, value):
                return d.MapType(self.type(key), self.type(value))
            case ("record", *parts):
                return d.RecordType([d.FieldType(f"f{at}", self.type(part)) for at, part in enumerate(parts)])
            case ("tuple", *parts):
                return d.TupleType([self.type(part) for part in parts])
            case ("variant", *cases):
                return d.VariantType([d.CaseType(f"c{at}", self.type(part)) for at, part in enumerate(cases)])
            case ("option", some):
                return d.OptionType(self.type(some))
            case ("result", ok, err):
                return d.ResultType(self.type(ok), self.type(err))

    def text(self, value, ty, from_host):
        """A value as text; strings may have to become the host's."""
        d = self.d
        match d.despecialize(ty):
            case d.BoolType():
                return "t" if value else "f"
            case d.CharType():
                return f"u{ord(value):x}"
            case d.F32Type():
                return f"x{d.encode_float_as_i32(value):08x}"
            case d.F64Type():
                return f"x{d.encode_float_as_i64(value):016x}"
            case d.StringType():
                return f"'{value[0].encode('utf-8').hex()}"
            case d.ListType(elem, _):
                return f"[{','.join(self.text(item, elem, from_host) for item in value)}]"
            case d.RecordType(fields):
                return f"{{{','.join(self.text(value[field.label], field.t, from_host) for field in fields)}}}"
            case d.VariantType(cases):
                [(label, payload)] = value.items()
                [at] = [at for at, case in enumerate(cases) if case.label == label]
                return f"#{at}" if payload is None else f"#{at}({self.text(payload, cases[at].t, from_host)})"
            case d.FlagsType(labels):
                return f"b{sum(value[label] << at for at, label in enumerate(labels)):x}"
            case _:
                return str(value)

    def with_strings(self, change, value, ty):
        """The same value with its strings changed."""
        d = self.d
        again = lambda value, ty: self.with_strings(change, value, ty)
        match d.despecialize(ty):
            case d.StringType():
                return change(value)
            case d.ListType(elem, _):
                return [again(item, elem) for item in value]
            case d.RecordType(fields):
                return {field.label: again(value[field.label], field.t) for field in fields}
            case d.VariantType(cases):
                [(label, payload)] = value.items()
                [case] = [case for case in cases if case.label == label]
                return {label: None if payload is None else again(payload, case.t)}
            case _:
                return value

    def host_value(self, value, ty):
        """The same value with its strings in UTF-8, as the host has them."""
        return self.with_strings(lambda string: (string[0], "utf8", len(string[0].encode("utf-8"))), value, ty)

    def retagged(self, value, ty, widths):
        """The same value for a side with other pointers.

        `store_string_into_range` looks for `utf16_tag` of its own side's pointers in the length that the other
        side gave, so it takes a tagged length from pointers of another width for a very long or an untagged one.
        Nothing says that it should.
        """
        here, there = (1 << 63 if width == "w" else 1 << 31 for width in widths)

        def change(string):
            text, encoding, units = string
            if encoding == "latin1+utf16" and units & here:
                units = units ^ here | there
            return (text, encoding, units)

        return self.with_strings(change, value, ty)

    def side(self, code, memory, realloc):
        """The context of a side, whose `realloc` behaves as `realloc` says."""
        d = self.d
        encoding, width = code
        instance = d.MemInst(memory, "i64" if width == "w" else "i32")
        options = d.CanonicalOptions()
        options.memory = instance
        options.string_encoding = ENCODINGS[encoding]
        context = d.LiftLowerContext(options, None)
        heap = Heap(memory, realloc)
        context.reallocate = heap.reallocate
        return context


class Heap:
    """What guests have as `realloc`; `vectors.rs` has the same in WebAssembly."""

    def __init__(self, memory, mode):
        self.memory, self.mode, self.next = memory, mode, 0

    def reallocate(self, old, old_size, align, new_size):
        if self.mode == 5 and new_size < old_size:
            return old
        ptr = -(-self.next // align) * align
        match self.mode:
            case 1:
                ptr += 1
            case 2:
                ptr = len(self.memory) - 1
            case 3:
                ptr = 16
            case 4:
                ptr = 0
        self.next = ptr + new_size
        kept = min(old_size, new_size)
        if ptr + new_size <= len(self.memory):
            self.memory[ptr : ptr + kept] = bytes(self.memory[old : old + kept])
        return ptr


# Values.


def some_int(rng, bits, signed):
    value = rng.choice([0, 1, (1 << bits) - 1, 1 << (bits - 1), rng.randrange(1 << bits), rng.randrange(256)])
    value &= (1 << bits) - 1
    return value - (1 << bits) if signed and value >> (bits - 1) else value


def some_text(rng):
    widest = rng.choice([0x7F, 0xFF, 0xFF, 0x7FF, 0xFFFF, 0x10FFFF])
    code_points = []
    for _ in range(rng.choice([0, 1, 2, 3, 5, 8])):
        code = rng.choice([rng.randrange(0x80), rng.randrange(widest + 1), widest])
        code_points.append(0xFFFD if 0xD800 <= code < 0xE000 else code)
    return "".join(map(chr, code_points))


def some_value(rng, d, ty):
    match d.despecialize(ty):
        case d.BoolType():
            return rng.randrange(2) == 1
        case d.S8Type() | d.S16Type() | d.S32Type() | d.S64Type():
            return some_int(rng, 8 * d.elem_size(ty, "i32"), True)
        case d.U8Type() | d.U16Type() | d.U32Type() | d.U64Type():
            return some_int(rng, 8 * d.elem_size(ty, "i32"), False)
        case d.F32Type():
            return struct.unpack("<f", struct.pack("<I", rng.choice([0, 0x7F800000, 0x7FC00001, rng.getrandbits(32)])))[0]
        case d.F64Type():
            return struct.unpack("<d", struct.pack("<Q", rng.choice([0, 0xFFF << 52, rng.getrandbits(64)])))[0]
        case d.CharType():
            return (some_text(rng) + "x")[0]
        case d.StringType():
            text = some_text(rng)
            return (text, "utf8", len(text.encode("utf-8")))
        case d.ListType(elem, None):
            return [some_value(rng, d, elem) for _ in range(rng.choice([0, 1, 2, 3]))]
        case d.ListType(elem, length):
            return [some_value(rng, d, elem) for _ in range(length)]
        case d.RecordType(fields):
            return {field.label: some_value(rng, d, field.t) for field in fields}
        case d.VariantType(cases):
            case = rng.choice(cases)
            return {case.label: None if case.t is None else some_value(rng, d, case.t)}
        case d.FlagsType(labels):
            return {label: rng.randrange(2) == 1 for label in labels}


def spoil(rng, memory):
    """Changes some bytes to what is interesting."""
    for _ in range(rng.randint(1, 3)):
        if memory:
            at = rng.randrange(len(memory))
            memory[at] = rng.choice([0, 1, 2, 0x7F, 0x80, 0xC3, 0xD8, 0xDC, 0xE2, 0xFF, rng.randrange(256)])
    if rng.randrange(4) == 0:
        del memory[rng.randrange(len(memory) + 1) :]


def bits(value, ty):
    """A core value as 64 bits."""
    match ty:
        case "f32":
            return struct.unpack("<I", struct.pack("<f", value))[0]
        case "f64":
            return struct.unpack("<Q", struct.pack("<d", value))[0]
        case _:
            return value


def from_bits(value, ty):
    match ty:
        case "f32":
            return struct.unpack("<f", struct.pack("<I", value & 0xFFFFFFFF))[0]
        case "f64":
            return struct.unpack("<d", struct.pack("<Q", value))[0]
        case "i32":
            return value & 0xFFFFFFFF
        case _:
            return value


def some_core_values(rng, reference, ty, code, max_flat):
    """A value, lowered by the definitions and then, mostly, spoiled: memory and core values."""
    d = reference.d
    memory = bytearray(4096)
    context = reference.side(code, memory, 0)
    context.reallocate = Heap(memory, 0).reallocate
    values = d.lower_flat_values(context, max_flat, [some_value(rng, d, ty)], [ty])
    flat = d.flatten_types([ty], context.opts)
    if len(flat) > max_flat:
        flat = [context.opts.memory.ptr_type()]
    end = max((at for at, byte in enumerate(memory) if byte), default=0) + 1
    del memory[end + rng.choice([0, 0, 0, 1, 2, 8]) :]
    values = [bits(value, kind) for value, kind in zip(values, flat, strict=True)]
    if rng.randrange(3):
        spoil(rng, memory)
    if rng.randrange(3) == 0:
        at = rng.randrange(len(values))
        values[at] = rng.choice([0, 1, 2, 3, len(memory), 0xD800, (1 << 28) - 1, 1 << 28, 1 << 31, rng.getrandbits(64)])
    values = [bits(from_bits(value, kind), kind) for value, kind in zip(values, flat)]
    return memory, flat, values


def outcome(trap, compute):
    try:
        return compute()
    except trap:
        return "!"


def case(rng, reference, ty):
    """One case: what goes in, and the texts of what comes out."""
    d = reference.d
    max_flat = rng.choice([0, 16])
    sides = [rng.choice("861") + rng.choice("nnnw") for _ in range(2)]
    realloc = rng.choice([0, 0, 0, 0, 1, 2, 3, 4, 5])
    size = rng.choice([24, 64, 256])
    memory, flat, values = some_core_values(rng, reference, ty, sides[0], max_flat)
    lifted = []

    def lift():
        context = reference.side(sides[0], bytearray(memory), 0)
        core = d.CoreValueIter([from_bits(value, kind) for value, kind in zip(values, flat)])
        lifted.append(d.lift_flat_values(context, max_flat, core, [ty])[0])
        return reference.text(lifted[0], ty, False)

    def lower(value):
        target = bytearray(b"\xaa" * size)
        context = reference.side(sides[1], target, realloc)
        core = d.lower_flat_values(context, max_flat, [value], [ty])
        kinds = d.flatten_types([ty], context.opts)
        if len(kinds) > max_flat:
            kinds = [context.opts.memory.ptr_type()]
        core = [f"{bits(value, kind):x}" for value, kind in zip(core, kinds, strict=True)]
        return f"{','.join(core)};{target.hex()}"

    text = outcome(d.Trap, lift)
    if lifted:
        widths = (sides[0][1], sides[1][1])
        lowered = outcome(d.Trap, lambda: lower(reference.retagged(lifted[0], ty, widths)))
        from_host = outcome(d.Trap, lambda: lower(reference.host_value(lifted[0], ty)))
    else:
        lowered = from_host = "!"
    core = ",".join(f"{value:x}" for value in values)
    encoded = base64.b64encode(memory).decode().rstrip("=")
    inputs = f"{max_flat} {sides[0]} {sides[1]} {realloc} {size} {encoded or '-'} {core}"
    return inputs, [text, lowered, from_host]


def short(text):
    return "!" if text == "!" else f"{zlib.crc32(text.encode()):08x}"


def layouts(d, ty):
    """Alignment, size and flat types, with pointers of 32 and of 64 bits."""
    options = d.CanonicalOptions()
    found = []
    for width in ["i32", "i64"]:
        options.memory = d.MemInst(bytearray(), width)
        flat = d.flatten_types([ty], options)
        kinds = "".join({"i32": "i", "i64": "I", "f32": "f", "f64": "F"}[kind] for kind in flat)
        found.append(f"{d.alignment(ty, width)}:{d.elem_size(ty, width)}:{kinds if len(flat) <= 16 else len(flat)}")
    return " ".join(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("definitions")
    parser.add_argument("--types", type=int, default=700)
    parser.add_argument("--cases", type=int, default=30, help="for each type")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--explain", type=int, nargs=2, metavar=("TYPE", "CASE"), help="the texts of one case's outcomes")
    args = parser.parse_args()
    reference = Reference(load_definitions(args.definitions))
    for number in range(args.types):
        # Each type has a generator of its own, so that one can be explained without the others.
        rng = random.Random(f"{args.seed}/{number}")
        ty = PRIMITIVES[number] if number < len(PRIMITIVES) else some_type(rng, rng.choice([0, 1, 2, 2, 3]))
        if args.explain and args.explain[0] != number:
            continue
        definition = reference.type(ty)
        if not args.explain:
            print(f"t {written(ty)} {layouts(reference.d, definition)}")
        for at in range(args.cases):
            inputs, outcomes = case(rng, reference, definition)
            if not args.explain:
                print(inputs, *map(short, outcomes))
            elif args.explain[1] == at:
                print(written(ty), inputs, *outcomes, sep="\n")


if __name__ == "__main__":
    main()
