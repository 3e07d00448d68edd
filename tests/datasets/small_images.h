// Pictures that the tests write themselves.
#pragma once
#include "datasets/image_file.h"
#include "small_corpus.h"

namespace espalier::testing {

/// Random colours, distinct for each seed.
inline datasets::Image noisy_image(std::int64_t width, std::int64_t height, std::int64_t channels, std::uint64_t seed) {
  datasets::Image image{width, height, channels, {}};
  image.pixels.resize(static_cast<std::size_t>(width * height * channels));
  Random random(seed, "image");
  for (auto& pixel : image.pixels) pixel = static_cast<std::uint8_t>(random.below(256));
  return image;
}

inline std::string file_bytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string big(std::uint32_t value, int bytes = 4) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> 8 * i & 0xFF);
  return text;
}

/// An IDX file of unsigned bytes.
inline std::string idx_bytes(const std::vector<std::uint32_t>& extents, const std::string& values) {
  std::string bytes = std::string("\0\0\x08", 3) + static_cast<char>(extents.size());
  for (const auto extent : extents) bytes += big(extent);
  return bytes + values;
}

/// A record of CIFAR-10's binary version, of one colour.
inline std::string cifar_record(int label, int red, int green, int blue) {
  std::string bytes(1, static_cast<char>(label));
  for (const int value : {red, green, blue}) bytes += std::string(1024, static_cast<char>(value));
  return bytes;
}

}  // namespace espalier::testing
