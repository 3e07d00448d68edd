#include "datasets/sha1.h"

#include <bit>
#include <string>

namespace espalier::datasets {
namespace {

using Words = std::array<std::uint32_t, 5>;

void add_block(Words& state, const unsigned char* block) {
  std::array<std::uint32_t, 80> w;
  for (std::size_t i = 0; i < 16; ++i)
    w[i] = static_cast<std::uint32_t>(block[4 * i]) << 24 | static_cast<std::uint32_t>(block[4 * i + 1]) << 16 |
           static_cast<std::uint32_t>(block[4 * i + 2]) << 8 | block[4 * i + 3];
  for (std::size_t i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  auto [a, b, c, d, e] = state;
  for (std::size_t i = 0; i < 80; ++i) {
    const std::uint32_t chosen = i < 20   ? ((b & c) | (~b & d)) + 0x5A827999u
                                 : i < 40 ? (b ^ c ^ d) + 0x6ED9EBA1u
                                 : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDCu
                                          : (b ^ c ^ d) + 0xCA62C1D6u;
    const std::uint32_t next = std::rotl(a, 5) + chosen + e + w[i];
    e = d, d = c, c = std::rotl(b, 30), b = a, a = next;
  }
  const Words last = {a, b, c, d, e};
  for (std::size_t i = 0; i < 5; ++i) state[i] += last[i];
}

}  // namespace

std::array<std::uint32_t, 5> sha1(std::string_view text) {
  Words state = {0x67452301u, 0xEFCDAB89u, 0x98BADCFEu, 0x10325476u, 0xC3D2E1F0u};
  std::string padded(text);
  padded += '\x80';
  while (padded.size() % 64 != 56) padded += '\0';
  const std::uint64_t bits = std::uint64_t{text.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8) padded += static_cast<char>(bits >> shift & 0xFF);
  for (std::size_t at = 0; at < padded.size(); at += 64)
    add_block(state, reinterpret_cast<const unsigned char*>(padded.data()) + at);
  return state;
}

}  // namespace espalier::datasets
