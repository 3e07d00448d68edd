#include "base/random.h"

#include <cmath>
#include <numeric>

namespace espalier {

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ull;
  for (unsigned char c : text) hash = (hash ^ c) * 1099511628211ull;
  return hash;
}

Random::Random(std::uint64_t seed, std::string_view purpose, std::uint64_t epoch, std::uint64_t sample) {
  const std::uint64_t key = seed * 0x9E3779B97F4A7C15ull ^ stable_hash(purpose);
  key_[0] = static_cast<std::uint32_t>(key);
  key_[1] = static_cast<std::uint32_t>(key >> 32);
  counter_[0] = 0;
  counter_[1] = static_cast<std::uint32_t>(epoch);
  counter_[2] = static_cast<std::uint32_t>(sample);
  counter_[3] = static_cast<std::uint32_t>(sample >> 32) ^ static_cast<std::uint32_t>(epoch >> 32) * 0x85EBCA6Bu;
}

void Random::refill() {
  std::uint32_t c[4] = {counter_[0], counter_[1], counter_[2], counter_[3]};
  std::uint32_t k0 = key_[0], k1 = key_[1];
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c[0], p1 = std::uint64_t{0xCD9E8D57u} * c[2];
    const std::uint32_t next[4] = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(p1),
                                   static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p0)};
    for (int i = 0; i < 4; ++i) c[i] = next[i];
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  for (int i = 0; i < 4; ++i) block_[i] = c[i];
  ++counter_[0];
  used_ = 0;
}

namespace {
constexpr int lanes = 8;  // blocks that are made side by side, in vector registers
}

void Random::write_blocks(std::uint32_t* out) {
  std::uint32_t c[4][lanes];
  for (int i = 0; i < lanes; ++i) {
    c[0][i] = counter_[0] + static_cast<std::uint32_t>(i);
    for (int word = 1; word < 4; ++word) c[word][i] = counter_[word];
  }
  std::uint32_t k0 = key_[0], k1 = key_[1];
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < lanes; ++i) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c[0][i], p1 = std::uint64_t{0xCD9E8D57u} * c[2][i];
      c[0][i] = static_cast<std::uint32_t>(p1 >> 32) ^ c[1][i] ^ k0;
      c[1][i] = static_cast<std::uint32_t>(p1);
      c[2][i] = static_cast<std::uint32_t>(p0 >> 32) ^ c[3][i] ^ k1;
      c[3][i] = static_cast<std::uint32_t>(p0);
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  for (int i = 0; i < lanes; ++i)
    for (int word = 0; word < 4; ++word) out[4 * i + word] = c[word][i];
  counter_[0] += lanes;
}

void Random::fill(std::span<std::uint32_t> out) {
  std::size_t i = 0;
  while (i < out.size() && used_ < 4) out[i++] = bits();
  for (; i + 4 * lanes <= out.size(); i += 4 * lanes) write_blocks(&out[i]);
  while (i < out.size()) out[i++] = bits();
}

std::uint32_t Random::bits() {
  if (used_ == 4) refill();
  return block_[used_++];
}

double Random::uniform() { return static_cast<double>(bits() >> 8) * (1.0 / 16777216.0); }

double Random::normal() {
  const double u = (static_cast<double>(bits()) + 1.0) * (1.0 / 4294967296.0);
  return std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586 * uniform());
}

std::uint32_t Random::below(std::uint32_t n) {
  const std::uint32_t reject = (0u - n) % n;
  for (;;) {
    const std::uint64_t product = std::uint64_t{bits()} * n;
    if (static_cast<std::uint32_t>(product) >= reject) return static_cast<std::uint32_t>(product >> 32);
  }
}

std::vector<std::int64_t> Random::permutation(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t i = n - 1; i > 0; --i)
    std::swap(order[static_cast<std::size_t>(i)], order[below(static_cast<std::uint32_t>(i + 1))]);
  return order;
}

}  // namespace espalier
