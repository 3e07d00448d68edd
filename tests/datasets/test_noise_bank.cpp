#include "datasets/noise_bank.h"

#include <set>

#include "catch.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

/// Samples that no other file and place has: a counter.
std::vector<std::int16_t> counter(std::size_t samples, std::int16_t from) {
  std::vector<std::int16_t> audio(samples);
  for (std::size_t i = 0; i < samples; ++i) audio[i] = static_cast<std::int16_t>(from + static_cast<std::int16_t>(i));
  return audio;
}

/// All samples that a split can give, by its fixed and its random clips.
std::set<std::int16_t> material(const NoiseBank& bank, Split split) {
  std::set<std::int16_t> seen;
  for (std::int64_t i = 0; i < bank.capacity(split); ++i)
    for (const auto sample : bank.fixed(split, i)) seen.insert(sample);
  for (std::uint64_t i = 0; i < 300; ++i) {
    Random random(i, "test");
    for (const auto sample : bank.random(split, random)) seen.insert(sample);
  }
  return seen;
}

void check_disjoint(const NoiseBank& bank) {
  std::set<std::int16_t> all;
  std::size_t sum = 0;
  for (const auto split : {Split::train, Split::validation, Split::test}) {
    REQUIRE_FALSE(bank.empty(split));
    const auto seen = material(bank, split);
    CHECK_FALSE(seen.empty());
    sum += seen.size();
    all.insert(seen.begin(), seen.end());
  }
  CHECK(all.size() == sum);
}

}  // namespace

TEST_CASE("NoiseBank: long recordings are cut in time, short ones stay whole, splits never share a sample") {
  Folder folder("noise");
  SECTION("few long files") {
    write_bytes(folder.path() / "a.wav", wav_bytes(counter(1000, 0)));
    write_bytes(folder.path() / "b.wav", wav_bytes(counter(1000, 2000)));
    const NoiseBank bank(folder.path(), {}, 20, false);
    CHECK(bank.capacity(Split::train) == 80);
    CHECK(bank.capacity(Split::test) == 10);
    CHECK(bank.name(Split::test, 1) == "b.wav@900");
    check_disjoint(bank);
  }
  SECTION("many short files") {
    for (std::int16_t i = 0; i < 20; ++i)
      write_bytes(folder.path() / (std::to_string(i) + ".wav"),
                  wav_bytes(counter(20, static_cast<std::int16_t>(100 * i))));
    const NoiseBank bank(folder.path(), {}, 20, false);
    CHECK(bank.capacity(Split::train) == 12);
    CHECK(bank.capacity(Split::validation) == 4);
    CHECK(bank.capacity(Split::test) == 4);
    check_disjoint(bank);
  }
  SECTION("both, and one shorter than a clip") {
    write_bytes(folder.path() / "long.wav", wav_bytes(counter(400, 0)));
    for (std::int16_t i = 1; i < 4; ++i)
      write_bytes(folder.path() / (std::to_string(i) + ".wav"),
                  wav_bytes(counter(7, static_cast<std::int16_t>(1000 * i))));
    check_disjoint(NoiseBank(folder.path(), {}, 20, false));
  }
}

TEST_CASE("NoiseBank: too little material leaves validation and test empty; damage is refused or counted") {
  Folder folder("noise_little");
  write_bytes(folder.path() / "a.wav", wav_bytes(counter(30, 0)));
  write_bytes(folder.path() / "readme.txt", "no sound");
  const NoiseBank bank(folder.path(), {}, 20, false);
  CHECK(bank.files() == 1);
  CHECK_FALSE(bank.empty(Split::train));
  CHECK(bank.empty(Split::validation));
  CHECK(bank.empty(Split::test));
  write_bytes(folder.path() / "b.wav", "");
  CHECK_THROWS_AS(NoiseBank(folder.path(), {}, 20, false), Error);
  CHECK(NoiseBank(folder.path(), {}, 20, true).skipped() == 1);
}
