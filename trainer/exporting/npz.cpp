#include "exporting/npz.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "exporting/unicode.h"
#include "exporting/zip.h"

namespace espalier::exporting {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are stored as this machine holds them");

constexpr std::string_view magic("\x93NUMPY\x01\x00", 8);
constexpr std::size_t alignment = 64;

template <class T>
constexpr std::string_view type_of() {
  if constexpr (std::is_same_v<T, std::int8_t>) return "|i1";
  if constexpr (std::is_same_v<T, std::int32_t>) return "<i4";
  if constexpr (std::is_same_v<T, std::int64_t>) return "<i8";
  if constexpr (std::is_same_v<T, float>) return "<f4";
}

/// Product of the sizes; -1 for a negative size or more than 2^40 elements.
std::int64_t count_of(const std::vector<std::int64_t>& shape) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  std::int64_t all = 1;
  for (const auto size : shape) {
    if (size < 0 || size > most || (all > 0 && size > most / all)) return -1;
    all *= size;
  }
  return all;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return concat("(", join(shape, ", "), shape.size() == 1 ? ",)" : ")");
}

std::vector<std::uint8_t> with_header(std::string_view type, const Array& array, std::span<const std::uint8_t> data) {
  std::string text =
      concat("{'descr': '", type, "', 'fortran_order': False, 'shape': ", shape_text(array.shape), ", }");
  const auto fixed = magic.size() + 2;
  text.append(alignment - (fixed + text.size() + 1) % alignment, ' ');
  text += '\n';
  std::string header(magic);
  header += static_cast<char>(text.size() & 0xff);
  header += static_cast<char>(text.size() >> 8 & 0xff);
  header += text;
  std::vector<std::uint8_t> all(header.size() + data.size());
  std::copy(header.begin(), header.end(), all.begin());
  std::copy(data.begin(), data.end(), all.begin() + static_cast<std::ptrdiff_t>(header.size()));
  return all;
}

std::vector<std::uint8_t> npy(const Array& array, const std::vector<std::string>& texts) {
  std::vector<std::u32string> wide;
  std::size_t width = 1;
  for (const auto& text : texts) {
    wide.push_back(utf32(text));
    width = std::max(width, wide.back().size());
  }
  std::u32string all;
  for (auto& text : wide) {
    text.resize(width, U'\0');
    all += text;
  }
  return with_header(concat("<U", width), array, {reinterpret_cast<const std::uint8_t*>(all.data()), all.size() * 4});
}

template <class T>
std::vector<std::uint8_t> npy(const Array& array, const std::vector<T>& values) {
  return with_header(type_of<T>(), array,
                     {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(T)});
}

/// The parts of a member's header, as far as they matter.
struct Header {
  std::string type;
  std::vector<std::int64_t> shape;
  std::span<const std::uint8_t> data;
};

/// What follows `key` in NumPy's dictionary text, up to `end`.
std::string after(const std::string& text, const std::string& key, char end, const std::string& origin) {
  const auto start = text.find(key);
  const auto stop = start == std::string::npos ? start : text.find(end, start + key.size());
  if (stop == std::string::npos) mistake(origin, concat("has an array header without ", key));
  return text.substr(start + key.size(), stop - start - key.size());
}

std::vector<std::int64_t> parse_shape(const std::string& text, const std::string& origin) {
  std::vector<std::int64_t> shape;
  for (const auto& part : split(text, ',')) {
    const auto digits = trim(part);
    if (digits.empty()) continue;
    std::int64_t size = -1;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (error != std::errc() || stop != digits.data() + digits.size())
      mistake(origin, concat("has the array shape (", text, ")"));
    shape.push_back(size);
  }
  return shape;
}

Header parse_header(std::span<const std::uint8_t> bytes, const std::string& origin) {
  const auto fixed = magic.size() + 2;
  if (bytes.size() < fixed || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0)
    mistake(origin, "holds a member that is no NumPy array of format version 1");
  const std::size_t length = bytes[magic.size()] | static_cast<std::size_t>(bytes[magic.size() + 1]) << 8;
  if (length > bytes.size() - fixed) mistake(origin, "has an array header that ends too early");
  const std::string text(reinterpret_cast<const char*>(bytes.data()) + fixed, length);
  if (text.find("'fortran_order': False") == std::string::npos)
    mistake(origin, "holds an array in column order; row order is needed");
  return {after(text, "'descr': '", '\'', origin), parse_shape(after(text, "'shape': (", ')', origin), origin),
          bytes.subspan(fixed + length)};
}

template <class T>
std::vector<T> parse_values(const Header& header, std::int64_t count, const std::string& origin) {
  if (static_cast<std::int64_t>(header.data.size()) != count * static_cast<std::int64_t>(sizeof(T)))
    mistake(origin, "holds an array that is shorter or longer than its shape");
  std::vector<T> values(static_cast<std::size_t>(count));
  if (count > 0) std::memcpy(values.data(), header.data.data(), header.data.size());
  return values;
}

std::vector<std::string> parse_texts(const Header& header, std::int64_t count, const std::string& origin) {
  std::int64_t width = 0;
  std::from_chars(header.type.data() + 2, header.type.data() + header.type.size(), width);
  const auto letters = static_cast<std::int64_t>(header.data.size()) / 4;
  if (width < 1 || width > letters || count > letters / width)
    mistake(origin, "holds texts that are longer than their data");
  const auto all = parse_values<char32_t>(header, count * width, origin);
  std::vector<std::string> texts;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::u32string_view one(all.data() + i * width, static_cast<std::size_t>(width));
    texts.push_back(utf8(one.substr(0, one.find_last_not_of(U'\0') + 1)));
  }
  return texts;
}

Array parse_array(const ZipMember& member, const std::string& origin) {
  const auto header = parse_header(member.bytes, origin);
  const auto count = count_of(header.shape);
  if (count < 0) mistake(origin, "holds an array of an impossible shape");
  Array array;
  array.name = ends_with(member.name, ".npy") ? member.name.substr(0, member.name.size() - 4) : member.name;
  array.shape = header.shape;
  if (header.type == "|i1")
    array.values = parse_values<std::int8_t>(header, count, origin);
  else if (header.type == "<i4")
    array.values = parse_values<std::int32_t>(header, count, origin);
  else if (header.type == "<i8")
    array.values = parse_values<std::int64_t>(header, count, origin);
  else if (header.type == "<f4")
    array.values = parse_values<float>(header, count, origin);
  else if (starts_with(header.type, "<U"))
    array.values = parse_texts(header, count, origin);
  else
    mistake(origin, concat("holds '", array.name, "' of the type '", header.type, "', which is not supported"));
  return array;
}

}  // namespace

std::vector<std::uint8_t> pack_npz(const std::vector<Array>& arrays) {
  std::vector<ZipMember> members;
  for (const auto& array : arrays) {
    const auto values = std::visit([](const auto& all) { return static_cast<std::int64_t>(all.size()); }, array.values);
    if (count_of(array.shape) != values)
      fail(concat("array '", array.name, "' has ", values, " values for the shape ", shape_text(array.shape)));
    members.push_back(
        {array.name + ".npy", std::visit([&](const auto& all) { return npy(array, all); }, array.values)});
  }
  return pack_zip(members);
}

std::vector<Array> unpack_npz(std::span<const std::uint8_t> bytes, const std::string& origin) {
  std::vector<Array> arrays;
  for (const auto& member : unpack_zip(bytes, origin)) arrays.push_back(parse_array(member, origin));
  return arrays;
}

void write_npz(const std::filesystem::path& path, const std::vector<Array>& arrays) {
  write_atomically(path, pack_npz(arrays));
}
std::vector<Array> read_npz(const std::filesystem::path& path) { return unpack_npz(read_bytes(path), path.string()); }

}  // namespace espalier::exporting
