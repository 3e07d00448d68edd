#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "catch.h"
#include "device_runtime/series_frontend_tables.h"

using namespace espalier;
using namespace espalier::device_runtime;

namespace {

std::vector<std::int16_t> samples_of(std::size_t count, double mean, double deviation, std::uint64_t seed) {
  Random random(seed, "series");
  std::vector<std::int16_t> samples(count);
  for (auto& sample : samples)
    sample = static_cast<std::int16_t>(std::clamp(std::round(mean + deviation * random.normal()), -32768.0, 32767.0));
  return samples;
}

espalier_series_spec spec_of(const std::vector<espalier_series_channel>& channels, std::int32_t window,
                             std::int32_t hop = 1) {
  return {static_cast<std::int32_t>(channels.size()), window, hop, channels.data()};
}

/// The definition in double precision: [window][channels].
std::vector<double> reference(const std::vector<std::int16_t>& samples, std::size_t channels, std::size_t channel,
                              double least) {
  const auto window = samples.size() / channels;
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < window; ++i) sum += samples[i * channels + channel];
  const double mean = sum / static_cast<double>(window);
  for (std::size_t i = 0; i < window; ++i) squares += std::pow(samples[i * channels + channel] - mean, 2);
  const double deviation = std::max(least, std::sqrt(squares / static_cast<double>(window)));
  std::vector<double> features;
  for (std::size_t i = 0; i < window; ++i) features.push_back((samples[i * channels + channel] - mean) / deviation);
  return features;
}

}  // namespace

TEST_CASE("fixed normalisation is the formula within its tolerance") {
  for (const double mean : {0.0, 1024.3, -31000.7})
    for (const double deviation : {0.01, 0.5, 3.7, 200.0, 20000.0}) {
      const std::vector<espalier_series_channel> channels = {fixed_channel(mean, deviation)};
      const auto samples = samples_of(200, mean, deviation, 11);
      const auto features = series_features(spec_of(channels, 200), samples.data());
      for (std::size_t i = 0; i < samples.size(); ++i) {
        const double wanted = std::clamp((samples[i] - mean) / deviation, -128.0, 128.0);
        CHECK(std::abs(features[i] / 65536.0 - wanted) <= 1.0 / 65536 + 1.0 / 512 / deviation);
      }
    }
}

TEST_CASE("a window's own normalisation is the formula within 2^-16, from the quietest to the loudest") {
  for (const std::int32_t window : {2, 3, 100, 256, 65536})
    for (const double deviation : {0.6, 5.0, 300.0, 30000.0})
      for (const double mean : {0.0, 900.0, -32000.0}) {
        const std::vector<espalier_series_channel> channels = {window_channel(1), window_channel(40)};
        const auto samples = samples_of(static_cast<std::size_t>(2 * window), mean, deviation, 12);
        const auto features = series_features(spec_of(channels, window), samples.data());
        double worst = 0;
        for (std::size_t c = 0; c < 2; ++c) {
          const auto wanted = reference(samples, 2, c, c == 0 ? 1 : 40);
          for (std::size_t i = 0; i < wanted.size(); ++i)
            worst = std::max(worst, std::abs(features[2 * i + c] / 65536.0 - wanted[i]));
        }
        CHECK(worst <= 1.0 / 65536);
      }
}

TEST_CASE("extremes do not overflow: a step of the whole range, a single spike, silence") {
  const std::vector<espalier_series_channel> channels = {window_channel(1)};
  const auto spec = spec_of(channels, 65536);
  std::vector<std::int16_t> samples(65536, -32768);
  CHECK(series_features(spec, samples.data()) == std::vector<std::int32_t>(65536, 0));
  samples[7] = 32767;
  const auto spike = series_features(spec, samples.data());
  CHECK(spike[7] == std::lround(std::sqrt(65535.0) * 65536));
  for (std::size_t i = 0; i < 32768; ++i) samples[i] = 32767;
  samples[7] = -32768;
  const auto step = reference(samples, 1, 0, 1);
  const auto features = series_features(spec, samples.data());
  CHECK(features[0] == std::lround(step[0] * 65536));
  const std::vector<espalier_series_channel> fixed = {fixed_channel(-32768, std::ldexp(1.0, -14))};
  CHECK(series_features(spec_of(fixed, 65536), samples.data())[0] == ESPALIER_SERIES_MOST_FEATURE);
}

TEST_CASE("the ring gives windows at every hop, and order does not matter to their scale") {
  const std::vector<espalier_series_channel> channels = {window_channel(1), fixed_channel(10, 5)};
  const auto series = samples_of(2 * 50, 20, 9, 13);
  for (const std::int32_t hop : {1, 3, 8, 20}) {
    const auto spec = spec_of(channels, 8, hop);
    std::vector<std::int16_t> memory(16);
    espalier_series_ring ring{};
    REQUIRE(espalier_series_start(&ring, &spec, memory.data(), memory.size()) == ESPALIER_SERIES_OK);
    std::vector<std::int32_t> ends;
    for (std::int32_t row = 0; row < 50; ++row) {
      if (!espalier_series_push(&ring, series.data() + 2 * row)) continue;
      ends.push_back(row + 1);
      const auto whole = series_features(spec, series.data() + 2 * (row - 7));
      CHECK(series_features(spec, memory.data(), ring.next) == whole);
    }
    std::vector<std::int32_t> due;
    for (std::int32_t end = 8; end <= 50; end += hop) due.push_back(end);
    CHECK(ends == due);
  }
}

TEST_CASE("a specification out of range is refused with a reason") {
  std::vector<espalier_series_channel> channels = {window_channel(1), fixed_channel(0, 1)};
  const auto status = [&](std::int32_t window, std::int32_t hop) {
    const auto spec = spec_of(channels, window, hop);
    return espalier_series_check(&spec);
  };
  CHECK(status(100, 1) == ESPALIER_SERIES_OK);
  CHECK(status(1, 1) == ESPALIER_SERIES_BAD_WINDOW);
  CHECK(status(65537, 1) == ESPALIER_SERIES_BAD_WINDOW);
  CHECK(status(100, 0) == ESPALIER_SERIES_BAD_WINDOW);
  channels[0].least_deviation = 0;
  CHECK(status(100, 1) == ESPALIER_SERIES_BAD_DEVIATION);
  channels[0].normalization = 2;
  CHECK(status(100, 1) == ESPALIER_SERIES_BAD_NORMALIZATION);
  channels[0] = fixed_channel(0, 1);
  channels[0].shift = 63;
  CHECK(status(100, 1) == ESPALIER_SERIES_BAD_SCALE);
  channels.resize(65, fixed_channel(0, 1));
  CHECK(status(100, 1) == ESPALIER_SERIES_BAD_CHANNELS);
  const std::vector<espalier_series_channel> one = {fixed_channel(0, 1)};
  const auto spec = spec_of(one, 8);
  std::vector<std::int16_t> memory(7);
  espalier_series_ring ring{};
  CHECK(espalier_series_start(&ring, &spec, memory.data(), memory.size()) == ESPALIER_SERIES_SMALL_MEMORY);
  for (int i = 0; i <= 6; ++i)
    CHECK(std::string(espalier_series_status_text(static_cast<espalier_series_status>(i))) != "unknown error");
}
