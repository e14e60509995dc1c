//! Every limit in one table, with defaults for hosts and for boards.

/// Declares [`Limits`] and [`Limit`] from one table: field, what it counts, host, board.
macro_rules! limits {
    ($($(#[$doc:meta])* $field:ident $variant:ident $unit:literal = $host:expr, $board:expr;)+) => {
        /// What an input or a guest may use at most. Reaching a limit is an error that names it.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Limits { $( $(#[$doc])* pub $field: u32, )+ }

        impl Limits {
            /// For a computer with an operating system: what other engines allow as well.
            pub const HOST: Limits = Limits { $( $field: $host, )+ };
            /// For a board with some hundred kilobytes of memory.
            pub const BOARD: Limits = Limits { $( $field: $board, )+ };
        }

        /// Names one of the [`Limits`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Limit { $( $(#[$doc])* $variant, )+ }

        impl Limit {
            /// The name of the field of [`Limits`].
            pub const fn name(self) -> &'static str {
                match self { $( Limit::$variant => stringify!($field), )+ }
            }

            /// What it counts.
            pub const fn unit(self) -> &'static str {
                match self { $( Limit::$variant => $unit, )+ }
            }

            /// Its value in `limits`.
            pub const fn of(self, limits: &Limits) -> u32 {
                match self { $( Limit::$variant => limits.$field, )+ }
            }
        }
    };
}

limits! {
    /// Bytes of one module or component.
    module_size ModuleSize "bytes" = 1 << 30, 1 << 20;
    /// Types of a module, counted over all recursive groups.
    types Types "types" = 1_000_000, 1_000;
    /// Functions of a module, imported ones included.
    functions Functions "functions" = 1_000_000, 10_000;
    /// Imports of a module or component.
    imports Imports "imports" = 1_000_000, 1_000;
    /// Exports of a module or component.
    exports Exports "exports" = 1_000_000, 1_000;
    /// Globals of a module.
    globals Globals "globals" = 1_000_000, 1_000;
    /// Tags of a module.
    tags Tags "tags" = 1_000_000, 100;
    /// Element segments of a module.
    element_segments ElementSegments "segments" = 100_000, 100;
    /// Data segments of a module.
    data_segments DataSegments "segments" = 100_000, 1_000;
    /// Tables of a module.
    tables Tables "tables" = 100, 10;
    /// Memories of a module.
    memories Memories "memories" = 100, 10;
    /// Bytes of one function body.
    function_size FunctionSize "bytes" = 7_654_321, 128 << 10;
    /// Locals of one function, its parameters included.
    locals Locals "locals" = 50_000, 1_000;
    /// Parameters of one function type.
    params Params "parameters" = 1_000, 100;
    /// Results of one function type.
    results Results "results" = 1_000, 100;
    /// Blocks of a function that are open at once.
    block_depth BlockDepth "blocks" = 1_000_000, 1_000;
    /// Labels of one `br_table`, the default label not counted.
    br_table_targets BrTableTargets "labels" = 7_654_321, 10_000;
    /// Types of one recursive group.
    rec_group_size RecGroupSize "types" = 1_000_000, 100;
    /// Supertypes above a type.
    subtyping_depth SubtypingDepth "supertypes" = 63, 16;
    /// Fields of a structure type.
    struct_fields StructFields "fields" = 10_000, 100;
    /// Catch clauses of one `try_table`.
    catches Catches "catch clauses" = 10_000, 100;
    /// Bytes of a name.
    name_size NameSize "bytes" = 100_000, 1_000;
    /// Components, instances and types nested in one another.
    nesting_depth NestingDepth "levels" = 100, 16;
    /// Definitions of one sort in a component.
    definitions Definitions "definitions" = 1_000_000, 1_000;
    /// Nodes of one component-level type, shared parts counted where they stand.
    type_size TypeSize "nodes" = 1_000_000, 10_000;
    /// Nodes of component-level types that instantiations, imports and exports go through, added
    /// up over a whole input.
    type_work TypeWork "nodes" = 2_000_000, 20_000;

    /// Value slots (8 bytes each) of one machine.
    stack_slots StackSlots "slots" = 1 << 20, 1 << 10;
    /// Frames of one machine.
    call_depth CallDepth "frames" = 100_000, 100;
    /// Calls from the host into the store while a host function runs.
    host_depth HostDepth "calls" = 64, 4;
    /// Bytes of all linear memories of a store, in units of 64 KiB.
    memory_pages MemoryPages "pages of 64 KiB" = 1 << 16, 4;
    /// Elements of all tables of a store.
    table_elements TableElements "elements" = 10_000_000, 1_000;
    /// Bytes of the garbage-collected heap of a store.
    gc_heap GcHeap "bytes" = 1 << 30, 16 << 10;
    /// Core instances of a store.
    instances Instances "instances" = 100_000, 16;
    /// Definitions that instances of a store are made of, as often as they were instantiated:
    /// functions of core modules, everything else that instantiation goes through.
    store_definitions StoreDefinitions "definitions" = 10_000_000, 20_000;
    /// Handles of one component instance.
    handles Handles "handles" = 1 << 28, 1 << 10;
    /// Fuel units that one call of `realloc` may use.
    realloc_fuel ReallocFuel "units of fuel" = 1 << 30, 1 << 20;
    /// Nodes of one lifted value: bounds what a small guest can make the host build.
    value_nodes ValueNodes "values" = 100_000_000, 1_000;
}

impl Default for Limits {
    fn default() -> Self {
        Self::HOST
    }
}
