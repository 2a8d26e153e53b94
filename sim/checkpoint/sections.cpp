// SPDX-License-Identifier: Apache-2.0
#include "sim/checkpoint/sections.h"

#include <fmt/format.h>

#include <cstring>

#include "arch/bytes.h"
#include "arch/hash.h"

namespace psmc::sim {
namespace {

constexpr char kMagic[] = {'P', 'S', 'M', 'K'};
constexpr size_t kHeaderBytes = 40, kHashed = 24;  ///< the header's checksum is of what follows it

using Bytes = std::span<const std::byte>;

void put_segments(arch::ByteWriter& out, const std::vector<arch::Segment>& segments) {
  for (const arch::Segment& s : segments) {
    out.put(s.address);
    out.put(s.size);
    out.put(arch::hash64(s.bytes));
  }
}

Diagnostic damaged(const std::string& file, std::string what) {
  return file_error(Code::bad_checkpoint, file, std::move(what));
}

}  // namespace

uint64_t image_hash(const arch::Image& image) {
  arch::ByteWriter out;
  out.text(image.machine.json());
  for (const arch::CodeBlob& b : image.blobs) {
    out.put(uint8_t{b.overlay});
    out.put(b.memory_address);
    out.put(arch::hash64(arch::encode_code(b.words)));
  }
  for (const arch::TileImage& t : image.tiles) {
    out.put(t.tile);
    out.put(t.code.index);
    put_segments(out, t.segments);
    for (const arch::StepRange& s : t.steps) out.put(s.address);
  }
  put_segments(out, image.memory);
  for (const arch::Entry& e : image.entries) {
    out.text(e.name);
    for (const arch::TileStart& s : e.tiles) out.put(uint64_t{s.tile} << 32 | s.word);
  }
  out.put(static_cast<uint64_t>(image.ops.size()));
  return arch::hash64(out.take());
}

std::string write_sections(uint64_t image, std::span<const std::string> sections) {
  arch::ByteWriter body, fields;
  for (uint32_t i = 0; i < sections.size(); ++i) {
    body.put(uint64_t{i});
    body.put(static_cast<uint64_t>(sections[i].size()));
    body.put(arch::hash64(sections[i]));
    body.raw(std::as_bytes(std::span(sections[i])));
  }
  fields.put(image);
  fields.put(static_cast<uint64_t>(sections.size()));
  const std::string hashed = fields.take(), rest = body.take();
  arch::ByteWriter out;
  out.raw(std::as_bytes(std::span(kMagic)));
  out.put(kCheckpointVersion);
  out.put(static_cast<uint64_t>(kHeaderBytes + rest.size()));
  out.put(arch::hash64(hashed));
  return out.take() + hashed + rest;
}

Result<std::vector<Bytes>> read_sections(const std::string& file, Bytes bytes, uint64_t image, uint32_t count) {
  if (bytes.size() < kHeaderBytes || std::memcmp(bytes.data(), kMagic, sizeof kMagic) != 0)
    return damaged(file, "this is not a checkpoint: it does not begin with \"PSMK\" and a header");
  arch::ByteReader in(bytes.subspan(sizeof kMagic));
  if (const uint32_t version = in.get<uint32_t>(); version != kCheckpointVersion)
    return damaged(
        file, fmt::format("the checkpoint has version {}; this psmc reads version {}", version, kCheckpointVersion));
  if (in.get<uint64_t>() != bytes.size())
    return damaged(file, "the checkpoint ends early, or does not end where it says");
  if (in.get<uint64_t>() != arch::hash64(bytes.subspan(kHashed, kHeaderBytes - kHashed)))
    return damaged(file, "the checkpoint's header does not match its checksum");
  if (in.get<uint64_t>() != image)
    return file_error(Code::checkpoint_differs, file, "the checkpoint is of another program image");
  if (in.get<uint64_t>() != count) return damaged(file, fmt::format("the checkpoint does not have {} sections", count));
  std::vector<Bytes> sections;
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t number = in.get<uint64_t>(), size = in.get<uint64_t>(), hash = in.get<uint64_t>();
    const Bytes section = in.take(size);
    if (!in.ok() || number != i) return damaged(file, fmt::format("section {} of the checkpoint is cut off", i));
    if (arch::hash64(section) != hash)
      return damaged(file, fmt::format("section {} of the checkpoint does not match its checksum", i));
    sections.push_back(section);
  }
  if (!in.finished()) return damaged(file, "bytes after the last section of the checkpoint");
  return sections;
}

}  // namespace psmc::sim
