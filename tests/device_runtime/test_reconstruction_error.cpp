#include "device_runtime/reconstruction_error.h"

#include <vector>

#include "base/random.h"
#include "catch.h"

TEST_CASE("the error is the mean of squared steps, rounded down") {
  const espalier_reconstruction same = {4, 3, 3, 32768, 32768};
  const std::int8_t input[] = {3, 10, -128, 127}, output[] = {3, 12, -127, 127};
  CHECK(espalier_reconstruction_error(&same, input, input) == 0);
  // Differences of 0, 2, 1 and 0 codes: (4 + 1) / 4 of 2^30.
  CHECK(espalier_reconstruction_error(&same, input, output) == (UINT64_C(5) << 30) / 4);
  // Half the scale: 14 codes of the output are worth 7 of the input.
  const espalier_reconstruction finer = {1, 0, -4, 32768, 16384};
  const std::int8_t seven = 7, ten = 10;
  CHECK(espalier_reconstruction_error(&finer, &seven, &ten) == 0);
}

TEST_CASE("the largest differences of the most elements do not overflow") {
  const espalier_reconstruction most = {65536, 127, -128, 32768, 32768};
  const std::vector<std::int8_t> input(65536, -128), output(65536, 127);
  const auto difference = UINT64_C(510) * 32768;
  CHECK(espalier_reconstruction_error(&most, input.data(), output.data()) == difference * difference);
  CHECK(difference * difference < UINT64_C(1) << 48);
}

TEST_CASE("random codes have the error that doubles compute") {
  espalier::Random random(4, "reconstruction");
  for (int round = 0; round < 200; ++round) {
    const auto draw = [&](std::uint32_t n) { return static_cast<std::int32_t>(random.below(n)); };
    const espalier_reconstruction r = {1 + draw(300), draw(256) - 128, draw(256) - 128, draw(32769), draw(32769)};
    std::vector<std::int8_t> input(static_cast<std::size_t>(r.elements)), output(input.size());
    double sum = 0;
    for (std::size_t i = 0; i < input.size(); ++i) {
      input[i] = static_cast<std::int8_t>(draw(256) - 128);
      output[i] = static_cast<std::int8_t>(draw(256) - 128);
      const double difference = static_cast<double>(output[i] - r.output_zero_point) * r.output_multiplier -
                                static_cast<double>(input[i] - r.input_zero_point) * r.input_multiplier;
      sum += difference * difference;
    }
    const auto found = static_cast<double>(espalier_reconstruction_error(&r, input.data(), output.data()));
    CHECK(found == Approx(sum / r.elements).epsilon(1e-12).margin(1));
  }
}

TEST_CASE("arguments out of range are refused") {
  const std::int8_t code = 0;
  const espalier_reconstruction sound = {1, 0, 0, 1, 1};
  CHECK(espalier_reconstruction_error(nullptr, &code, &code) == UINT64_MAX);
  CHECK(espalier_reconstruction_error(&sound, nullptr, &code) == UINT64_MAX);
  CHECK(espalier_reconstruction_error(&sound, &code, nullptr) == UINT64_MAX);
  for (const espalier_reconstruction& wrong : {espalier_reconstruction{0, 0, 0, 1, 1},
                                               {65537, 0, 0, 1, 1},
                                               {1, 128, 0, 1, 1},
                                               {1, 0, -129, 1, 1},
                                               {1, 0, 0, -1, 1},
                                               {1, 0, 0, 1, 32769}})
    CHECK(espalier_reconstruction_error(&wrong, &code, &code) == UINT64_MAX);
}
