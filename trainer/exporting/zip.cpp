#include "exporting/zip.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"

namespace espalier::exporting {
namespace {

constexpr std::uint32_t local_mark = 0x04034b50, central_mark = 0x02014b50, end_mark = 0x06054b50;
constexpr std::size_t local_size = 30, central_size = 46, end_size = 22;
constexpr std::uint16_t needs_version = 20, stored = 0, encrypted_flag = 1, first_of_1980 = 0x21;
constexpr std::uint64_t largest = 0xffffffff;

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0xedb88320u : 0u);
    table[i] = value;
  }
  return table;
}

class Output {
 public:
  void u16(std::uint32_t value) {
    bytes.push_back(static_cast<std::uint8_t>(value));
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  }
  void u32(std::uint64_t value) {
    u16(static_cast<std::uint32_t>(value & 0xffff));
    u16(static_cast<std::uint32_t>(value >> 16 & 0xffff));
  }
  void text(const std::string& text) { bytes.insert(bytes.end(), text.begin(), text.end()); }
  std::vector<std::uint8_t> bytes;
};

/// The fields that the local and the central header share, from the flags on.
void common_header(Output& out, const ZipMember& member, std::uint32_t sum) {
  out.u16(0);
  out.u16(stored);
  out.u16(0);
  out.u16(first_of_1980);
  out.u32(sum);
  out.u32(member.bytes.size());
  out.u32(member.bytes.size());
  out.u16(static_cast<std::uint32_t>(member.name.size()));
  out.u16(0);
}

void central_header(Output& out, const ZipMember& member, std::uint32_t sum, std::uint64_t offset) {
  out.u32(central_mark);
  out.u16(needs_version);
  out.u16(needs_version);
  common_header(out, member, sum);
  out.u16(0);  // comment
  out.u16(0);  // disk
  out.u16(0);  // internal attributes
  out.u32(0);  // external attributes
  out.u32(offset);
  out.text(member.name);
}

/// Bounds-checked little-endian reads.
class Input {
 public:
  Input(std::span<const std::uint8_t> bytes, const std::string& origin) : bytes_(bytes), origin_(origin) {}
  [[noreturn]] void damaged(const std::string& what) const {
    mistake(origin_, concat("is not a usable archive: ", what));
  }
  std::span<const std::uint8_t> slice(std::uint64_t position, std::uint64_t count) const {
    if (position > bytes_.size() || count > bytes_.size() - position) damaged("it ends too early");
    return bytes_.subspan(position, count);
  }
  std::uint32_t u16(std::uint64_t position) const {
    const auto raw = slice(position, 2);
    return raw[0] | static_cast<std::uint32_t>(raw[1]) << 8;
  }
  std::uint32_t u32(std::uint64_t position) const { return u16(position) | u16(position + 2) << 16; }
  std::uint64_t size() const { return bytes_.size(); }

 private:
  std::span<const std::uint8_t> bytes_;
  const std::string& origin_;
};

/// The end record stands last but for a comment of up to 64 KiB.
std::uint64_t find_end(const Input& in) {
  if (in.size() < end_size) in.damaged("it is too short");
  const auto last = in.size() - end_size;
  for (std::uint64_t back = 0; back <= std::min<std::uint64_t>(last, 65535); ++back)
    if (in.u32(last - back) == end_mark) return last - back;
  in.damaged("it has no table of contents");
}

ZipMember read_member(const Input& in, std::uint64_t entry, std::uint64_t& taken) {
  if (in.u32(entry) != central_mark) in.damaged("its table of contents is damaged");
  ZipMember member;
  const auto name = in.slice(entry + central_size, in.u16(entry + 28));
  member.name.assign(name.begin(), name.end());
  if ((in.u16(entry + 8) & encrypted_flag) != 0) in.damaged(concat("'", member.name, "' is encrypted"));
  const std::uint64_t size = in.u32(entry + 24), local = in.u32(entry + 42);
  if (in.u16(entry + 10) != stored || in.u32(entry + 20) != size)
    in.damaged(concat("'", member.name, "' is compressed; only stored members are supported"));
  if (in.u32(local) != local_mark) in.damaged(concat("'", member.name, "' has no header"));
  const auto content = in.slice(local + local_size + in.u16(local + 26) + in.u16(local + 28), size);
  taken += size;
  if (taken > in.size()) in.damaged("its members overlap");
  if (crc32(content) != in.u32(entry + 16)) in.damaged(concat("'", member.name, "' has another checksum than stated"));
  member.bytes.assign(content.begin(), content.end());
  return member;
}

}  // namespace

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  static constexpr auto table = crc_table();
  std::uint32_t sum = 0xffffffff;
  for (const auto byte : bytes) sum = table[(sum ^ byte) & 0xff] ^ (sum >> 8);
  return ~sum;
}

std::vector<std::uint8_t> pack_zip(const std::vector<ZipMember>& members) {
  if (members.size() > 65535) fail("an archive holds at most 65,535 members");
  Output out, contents;
  for (const auto& member : members) {
    const auto offset = out.bytes.size();
    if (offset + member.bytes.size() + local_size + member.name.size() > largest)
      fail(concat("'", member.name, "' does not fit into an archive of 4 GiB"));
    const auto sum = crc32(member.bytes);
    out.u32(local_mark);
    out.u16(needs_version);
    common_header(out, member, sum);
    out.text(member.name);
    out.bytes.insert(out.bytes.end(), member.bytes.begin(), member.bytes.end());
    central_header(contents, member, sum, offset);
  }
  const auto start = out.bytes.size();
  if (start + contents.bytes.size() + end_size > largest) fail("an archive holds at most 4 GiB");
  out.bytes.insert(out.bytes.end(), contents.bytes.begin(), contents.bytes.end());
  out.u32(end_mark);
  out.u32(0);  // this disk and the first
  out.u16(static_cast<std::uint32_t>(members.size()));
  out.u16(static_cast<std::uint32_t>(members.size()));
  out.u32(contents.bytes.size());
  out.u32(start);
  out.u16(0);  // comment
  return std::move(out.bytes);
}

std::vector<ZipMember> unpack_zip(std::span<const std::uint8_t> bytes, const std::string& origin) {
  const Input in(bytes, origin);
  const auto end = find_end(in);
  const auto count = in.u16(end + 10);
  std::uint64_t entry = in.u32(end + 16), taken = 0;
  std::vector<ZipMember> members;
  for (std::uint32_t i = 0; i < count; ++i) {
    members.push_back(read_member(in, entry, taken));
    entry += central_size + in.u16(entry + 28) + in.u16(entry + 30) + in.u16(entry + 32);
  }
  return members;
}

}  // namespace espalier::exporting
