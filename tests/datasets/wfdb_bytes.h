// WFDB files that the tests pack themselves.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace espalier::testing {

/// Samples in format 16 or 212; the last of an odd number takes two bytes.
inline std::string wfdb_bytes(const std::vector<std::int16_t>& values, int format) {
  std::string bytes;
  const auto put = [&](int value) { bytes += static_cast<char>(value & 0xFF); };
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (format == 16) {
      put(values[i]), put(values[i] >> 8);
    } else if (i % 2 == 0) {
      const int second = i + 1 < values.size() ? values[i + 1] : 0;
      put(values[i]), put((values[i] >> 8 & 0x0F) | (second >> 4 & 0xF0));
      if (i + 1 < values.size()) put(second);
    }
  }
  return bytes;
}

inline std::string wfdb_word(int code, int amount) {
  const int word = code << 10 | amount;
  return {static_cast<char>(word & 0xFF), static_cast<char>(word >> 8 & 0xFF)};
}

/// One annotation `distance` samples behind the one before.
inline std::string wfdb_annotation(int code, std::int64_t distance) {
  if (distance >= 0 && distance < 1024) return wfdb_word(code, static_cast<int>(distance));
  const auto low = static_cast<int>(distance & 0xFFFF), high = static_cast<int>(distance >> 16 & 0xFFFF);
  return wfdb_word(59, 0) +
         std::string{static_cast<char>(high & 0xFF), static_cast<char>(high >> 8), static_cast<char>(low & 0xFF),
                     static_cast<char>(low >> 8)} +
         wfdb_word(code, 0);
}

}  // namespace espalier::testing
