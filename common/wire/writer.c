// SPDX-License-Identifier: MIT
// Writes MessagePack by msgpack-c's packer into a fixed buffer.
// Used by encode and json. Never allocates, never writes beyond the buffer.
#include "common/wire/writer.h"

#include <msgpack/pack.h>

static int write_bytes(void *data, const char *bytes, size_t size)
{
    struct wire_writer *writer = data;

    if (writer->overflow || size > writer->size - writer->used) {
        writer->overflow = true;
        return -1;
    }
    if (size > 0)
        memcpy(writer->at + writer->used, bytes, size);
    writer->used += size;
    return 0;
}

static msgpack_packer packer_on(struct wire_writer *writer)
{
    return (msgpack_packer){.data = writer, .callback = write_bytes};
}

struct wire_writer wire_writer_on(void *buffer, size_t size)
{
    return (struct wire_writer){.at = buffer, .size = size};
}

struct span wire_written(const struct wire_writer *writer)
{
    return writer->overflow ? span_of(NULL, 0) : span_of(writer->at, writer->used);
}

void wire_put_nil(struct wire_writer *writer)
{
    msgpack_packer packer = packer_on(writer);

    msgpack_pack_nil(&packer);
}

void wire_put_bool(struct wire_writer *writer, bool value)
{
    msgpack_packer packer = packer_on(writer);

    if (value)
        msgpack_pack_true(&packer);
    else
        msgpack_pack_false(&packer);
}

void wire_put_uint(struct wire_writer *writer, uint64_t value)
{
    msgpack_packer packer = packer_on(writer);

    msgpack_pack_uint64(&packer, value);
}

void wire_put_int(struct wire_writer *writer, int64_t value)
{
    msgpack_packer packer = packer_on(writer);

    msgpack_pack_int64(&packer, value);
}

void wire_put_text(struct wire_writer *writer, struct span text)
{
    msgpack_packer packer = packer_on(writer);

    msgpack_pack_str(&packer, text.size);
    write_bytes(writer, (const char *)text.at, text.size);
}

void wire_put_bytes(struct wire_writer *writer, struct span bytes)
{
    msgpack_packer packer = packer_on(writer);

    msgpack_pack_bin(&packer, bytes.size);
    write_bytes(writer, (const char *)bytes.at, bytes.size);
}

void wire_put_map(struct wire_writer *writer, size_t n_pairs)
{
    msgpack_packer packer = packer_on(writer);

    msgpack_pack_map(&packer, n_pairs);
}

void wire_put_array(struct wire_writer *writer, size_t n_items)
{
    msgpack_packer packer = packer_on(writer);

    msgpack_pack_array(&packer, n_items);
}

void wire_put_raw(struct wire_writer *writer, struct span value)
{
    write_bytes(writer, (const char *)value.at, value.size);
}
