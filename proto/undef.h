// SPDX-License-Identifier: MIT
// Forgets the macros that rows of records.def are written with. No include guard: meant to be included often.
#undef RECORD
#undef BOOL
#undef UINT
#undef INT
#undef CODE_OF
#undef SET_OF
#undef NUMBERS
#undef TEXT
#undef BYTES
#undef DATE
#undef TIME
#undef NEST
#undef MANY
#undef ROWS
#undef RAW
#undef RECORD_END
#undef FIELD_NAME
