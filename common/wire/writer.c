// SPDX-License-Identifier: MIT
// Writes MessagePack by msgpack-c's packer into a fixed buffer: every form that writer.h does not write itself.
// Used by encode and json. Never allocates, never writes beyond the buffer.
#include "common/wire/writer.h"

#include <msgpack/pack.h>

static int write_bytes(void *data, const char *bytes, size_t size)
{
    uint8_t *at = wire_take_room(data, size);

    if (at == NULL)
        return -1;
    bytes_copy(at, (const uint8_t *)bytes, size);
    return 0;
}

static msgpack_packer packer_on(struct wire_writer *writer)
{
    return (msgpack_packer){.data = writer, .callback = write_bytes};
}

struct span wire_written(const struct wire_writer *writer)
{
    return writer->overflow ? span_of(NULL, 0) : span_of(writer->at, writer->used);
}

void wire_pack_uint(struct wire_writer *writer, uint64_t value)
{
    msgpack_packer packer = packer_on(writer);

    msgpack_pack_uint64(&packer, value);
}

void wire_pack_int(struct wire_writer *writer, int64_t value)
{
    msgpack_packer packer = packer_on(writer);

    msgpack_pack_int64(&packer, value);
}

void wire_pack_text(struct wire_writer *writer, struct span text)
{
    msgpack_packer packer = packer_on(writer);

    msgpack_pack_str(&packer, text.size);
    wire_put_raw(writer, text);
}

void wire_pack_bytes(struct wire_writer *writer, struct span bytes)
{
    msgpack_packer packer = packer_on(writer);

    msgpack_pack_bin(&packer, bytes.size);
    wire_put_raw(writer, bytes);
}

void wire_pack_map(struct wire_writer *writer, size_t n_pairs)
{
    msgpack_packer packer = packer_on(writer);

    msgpack_pack_map(&packer, n_pairs);
}

void wire_pack_array(struct wire_writer *writer, size_t n_items)
{
    msgpack_packer packer = packer_on(writer);

    msgpack_pack_array(&packer, n_items);
}
