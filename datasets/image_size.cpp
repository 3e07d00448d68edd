#include "datasets/image_size.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <optional>
#include <string_view>

namespace espalier::datasets {
namespace {

/// Bytes that answer 0 beyond their end, so that a cut-off header reads as one of no size.
class Bytes {
 public:
  explicit Bytes(std::span<const std::uint8_t> all) : all_(all) {}
  std::uint64_t size() const { return all_.size(); }
  std::uint32_t at(std::uint64_t place) const { return place < all_.size() ? all_[place] : 0; }
  std::uint32_t big16(std::uint64_t place) const { return at(place) << 8 | at(place + 1); }
  std::uint32_t big32(std::uint64_t place) const { return big16(place) << 16 | big16(place + 2); }
  std::uint32_t little16(std::uint64_t place) const { return at(place) | at(place + 1) << 8; }
  std::uint32_t little32(std::uint64_t place) const { return little16(place) | little16(place + 2) << 16; }
  bool has(std::uint64_t place, std::string_view text) const {
    return place + text.size() <= all_.size() && std::memcmp(all_.data() + place, text.data(), text.size()) == 0;
  }
  /// Does `text` stand anywhere from `place` on?
  bool contains(std::uint64_t place, std::string_view text) const {
    if (place >= all_.size()) return false;
    const auto rest = all_.subspan(place);
    return std::search(rest.begin(), rest.end(), text.begin(), text.end(),
                       [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }) != rest.end();
  }

 private:
  std::span<const std::uint8_t> all_;
};

/// Chunks of length, name, content, checksum; the last is IEND (PNG, W3C 2003, section 5).
ImageSize png(const Bytes& bytes) {
  ImageSize size{"PNG"};
  if (!bytes.has(12, "IHDR")) return size;
  size.width = bytes.big32(16), size.height = bytes.big32(20);
  size.whole = false;
  for (std::uint64_t place = 8; place + 12 <= bytes.size(); place += 12 + std::uint64_t{bytes.big32(place)})
    if (bytes.has(place + 4, "IEND")) size.whole = true;
  return size;
}

/// Segments behind 0xFF markers until the scan, after which only the end-of-image marker is looked for (ITU T.81,
/// B.1.1).
ImageSize jpeg(const Bytes& bytes) {
  ImageSize size{"JPEG"};
  for (std::uint64_t place = 2; place + 4 <= bytes.size();) {
    if (bytes.at(place) != 0xFF) return size;
    const auto marker = bytes.at(place + 1);
    if (marker == 0xFF) {  // fill
      ++place;
      continue;
    }
    const bool is_frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (is_frame) size.height = bytes.big16(place + 5), size.width = bytes.big16(place + 7);
    if (marker == 0xDA) {
      size.whole = bytes.contains(place, "\xFF\xD9");
      return size;
    }
    const bool has_length = marker != 0x01 && !(marker >= 0xD0 && marker <= 0xD8);
    place += has_length ? 2 + std::max<std::uint64_t>(2, bytes.big16(place + 2)) : 2;
  }
  size.whole = false;
  return size;
}

ImageSize bmp(const Bytes& bytes) {
  ImageSize size{"BMP"};
  const auto header = bytes.little32(14);
  if (header == 12) {
    size.width = bytes.little16(18), size.height = bytes.little16(20);
    return size;
  }
  const auto height = static_cast<std::int32_t>(bytes.little32(22));  // negative: rows from the top
  size.width = std::max<std::int32_t>(0, static_cast<std::int32_t>(bytes.little32(18)));
  size.height = height < 0 ? -std::int64_t{height} : height;
  const bool packed = bytes.little32(30) == 1 || bytes.little32(30) == 2;  // run lengths
  const auto row = (static_cast<std::uint64_t>(size.width) * bytes.little16(28) + 31) / 32 * 4;
  // Rows times bytes a row may exceed 64 bits only where both are absurd; dividing keeps it exact.
  const auto room = bytes.size() - std::min(bytes.size(), std::uint64_t{bytes.little32(10)});
  size.whole = packed || row == 0 || static_cast<std::uint64_t>(size.height) <= room / row;
  return size;
}

/// A number of a portable pixmap's header, after spaces and comments; empty where there is none, or an absurd one.
std::optional<std::uint64_t> pnm_number(const Bytes& bytes, std::uint64_t& place) {
  constexpr std::uint64_t longest = 4096;  // of a header with its comments
  const auto end = std::min(bytes.size(), longest);
  while (place < end && (std::isspace(static_cast<int>(bytes.at(place))) || bytes.at(place) == '#')) {
    if (bytes.at(place) == '#')
      while (place < end && bytes.at(place) != '\n') ++place;
    else
      ++place;
  }
  std::optional<std::uint64_t> number;
  for (; place < end && std::isdigit(static_cast<int>(bytes.at(place))); ++place) {
    number = number.value_or(0) * 10 + (bytes.at(place) - '0');
    if (*number > 10'000'000'000) return {};
  }
  return number;
}

ImageSize pnm(const Bytes& bytes) {
  ImageSize size{"PNM"};
  const auto kind = bytes.at(1);  // '1' to '6': bits, gray, colour as text, then the same as bytes
  std::uint64_t place = 2;
  const auto width = pnm_number(bytes, place), height = pnm_number(bytes, place);
  if (!width || !height) return size;
  size.width = static_cast<std::int64_t>(*width), size.height = static_cast<std::int64_t>(*height);
  if (kind < '4') return size;
  std::uint64_t row = (*width + 7) / 8;
  if (kind != '4') {
    const auto most = pnm_number(bytes, place);
    row = *width * (kind == '6' ? 3 : 1) * (most.value_or(0) > 255 ? 2 : 1);
  }
  const auto room = bytes.size() - std::min(bytes.size(), place + 1);
  size.whole = row == 0 || *height <= room / row;
  return size;
}

/// RFC 9649: RIFF with a chunk VP8 , VP8L or VP8X.
ImageSize webp(const Bytes& bytes) {
  ImageSize size{"WebP"};
  if (bytes.has(12, "VP8X")) {
    size.width = 1 + (bytes.little32(24) & 0xFFFFFF), size.height = 1 + (bytes.little32(27) & 0xFFFFFF);
  } else if (bytes.has(12, "VP8L")) {
    const auto packed = bytes.little32(21);
    size.width = 1 + (packed & 0x3FFF), size.height = 1 + (packed >> 14 & 0x3FFF);
  } else if (bytes.has(12, "VP8 ") && bytes.has(23, "\x9D\x01\x2A")) {
    size.width = bytes.little16(26) & 0x3FFF, size.height = bytes.little16(28) & 0x3FFF;
  }
  size.whole = std::uint64_t{bytes.little32(4)} + 8 <= bytes.size();
  return size;
}

/// The first directory's tags 256 and 257 (TIFF 6.0); further pages are not decoded.
ImageSize tiff(const Bytes& bytes) {
  ImageSize size{"TIFF"};
  const bool little = bytes.has(0, "II");
  const auto read16 = [&](std::uint64_t place) { return little ? bytes.little16(place) : bytes.big16(place); };
  const auto read32 = [&](std::uint64_t place) { return little ? bytes.little32(place) : bytes.big32(place); };
  const std::uint64_t directory = read32(4);
  const auto entries = read16(directory);
  for (std::uint64_t i = 0; i < entries; ++i) {
    const auto entry = directory + 2 + 12 * i;
    const auto value = read16(entry + 2) == 3 ? read16(entry + 8) : read32(entry + 8);
    if (read16(entry) == 256) size.width = value;
    if (read16(entry) == 257) size.height = value;
  }
  size.whole = directory + 2 + 12 * std::uint64_t{entries} <= bytes.size();
  return size;
}

}  // namespace

ImageSize size_of_image(std::span<const std::uint8_t> all) {
  using namespace std::string_view_literals;
  const Bytes bytes(all);
  if (bytes.has(0, "\x89PNG\r\n\x1A\n")) return png(bytes);
  if (bytes.has(0, "\xFF\xD8\xFF")) return jpeg(bytes);
  if (bytes.has(0, "BM")) return bmp(bytes);
  if (bytes.at(0) == 'P' && bytes.at(1) >= '1' && bytes.at(1) <= '6' && std::isspace(static_cast<int>(bytes.at(2))))
    return pnm(bytes);
  if (bytes.has(0, "RIFF") && bytes.has(8, "WEBP")) return webp(bytes);
  if (bytes.has(0, "II*\0"sv) || bytes.has(0, "MM\0*"sv)) return tiff(bytes);
  if (bytes.has(0, "\0\0\0\x0CjP  "sv)) {
    ImageSize size{"JPEG 2000"};
    if (bytes.has(44, "ihdr")) size.height = bytes.big32(48), size.width = bytes.big32(52);
    return size;
  }
  if (bytes.has(0, "\x59\xA6\x6A\x95"))
    return {"Sun raster", bytes.big32(4), bytes.big32(8), bytes.size() >= 32 + std::uint64_t{bytes.big32(16)}};
  return {};
}

}  // namespace espalier::datasets
