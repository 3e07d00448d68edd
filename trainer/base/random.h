// Counter-based random numbers: a value is a function of what it is for, never of what was drawn before, so that worker
// threads, resumed runs and skipped samples all see the same bits.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace espalier {

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
class Random {
 public:
  /// A stream of its own for each (seed, purpose, epoch, sample).
  Random(std::uint64_t seed, std::string_view purpose, std::uint64_t epoch = 0, std::uint64_t sample = 0);

  std::uint32_t bits();
  /// The same numbers as calling bits() for each, many times faster.
  void fill(std::span<std::uint32_t> out);
  /// In [0, 1), 24 bits.
  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Standard normal (Box-Muller).
  double normal();
  /// An integer in [0, n); n > 0. Without modulo bias.
  std::uint32_t below(std::uint32_t n);
  /// Fisher-Yates: 0..n-1 in random order.
  std::vector<std::int64_t> permutation(std::int64_t n);

 private:
  void refill();
  void write_blocks(std::uint32_t* out);
  std::uint32_t key_[2];
  std::uint32_t counter_[4];
  std::uint32_t block_[4];
  int used_ = 4;
};

/// FNV-1a of the text, 64 bits: stable over versions and machines.
std::uint64_t stable_hash(std::string_view text);

}  // namespace espalier
