// SPDX-License-Identifier: MIT
// Every record of proto/*.def: any bytes are decoded safely; what is taken is written and read again to the same.
// The first byte chooses the record, the rest is the message.
#include "tests/fuzz/fuzz.h"

static unsigned count_records(void)
{
    unsigned n = 0;

    while (proto_records[n] != NULL)
        n++;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of(data, size);
    const struct record_desc *desc = proto_records[fuzz_take_byte(&bytes) % count_records()];
    void *record = fuzz_record(desc);
    struct faults faults = {0}, unchecked = {0};

    if (decode_message(desc, bytes, record, &faults)) {
        require(faults.n == 0);
        fuzz_check_round_trip(desc, record);
    } else {
        require(faults.n > 0);
    }
    fuzz_check_faults(&faults);
    if (decode_unchecked(desc, bytes, "", record, &unchecked) == DECODED_CHECKED && desc != &record_event) // which has a RAW value
        require(wire_check(bytes, &unchecked));
    fuzz_check_faults(&unchecked);
    free(record);
    return 0;
}
