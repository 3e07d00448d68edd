#include "tasks/reconstruction.h"

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "catch.h"

using namespace espalier;

TEST_CASE("a flat output gives the input back with channels last, a map in its own order") {
  const std::vector<float> input = {1, 2, 3, 10, 20, 30};  // two channels of three rows
  CHECK(tasks::reconstruction_error({2, 3, 1}, input, {6}, std::vector<float>{1, 10, 2, 20, 3, 30}) == 0);
  CHECK(tasks::reconstruction_error({2, 3, 1}, input, {2, 3, 1}, input) == 0);
  CHECK(tasks::reconstruction_error({2, 3, 1}, input, {2, 3, 1}, std::vector<float>{1, 2, 3, 10, 20, 33}) ==
        Approx(1.5));
  CHECK(tasks::reconstruction_error({1, 2, 3}, input, {6}, input) == 0);
  CHECK_THROWS_AS(tasks::reconstruction_error({2, 3, 1}, input, {2}, std::vector<float>{1, 2}), Error);
}

TEST_CASE("the device measures what real numbers measure, whatever the encodings") {
  Random random(5, "reconstruction");
  for (int round = 0; round < 100; ++round) {
    const auto code = [&] { return static_cast<std::int8_t>(static_cast<int>(random.below(256)) - 128); };
    const tasks::Codes in{static_cast<float>(std::exp(random.uniform(-8, 2))), code()},
        out{static_cast<float>(in.scale * std::exp(random.uniform(-1, 1))), code()};
    std::vector<std::int8_t> input(160), output(160);
    std::vector<float> given(160), got(160);
    for (std::size_t i = 0; i < input.size(); ++i) {
      input[i] = code(), output[i] = code();
      given[i] = in.scale * static_cast<float>(input[i] - in.zero_point);
      got[i] = out.scale * static_cast<float>(output[i] - out.zero_point);
    }
    const tasks::DeviceReconstruction device(in, out, 160);
    CHECK(device.error(input, output) ==
          Approx(tasks::reconstruction_error({160, 1, 1}, given, {160}, got)).epsilon(1e-3));
  }
}

TEST_CASE("what no device compares is refused") {
  CHECK_THROWS_AS(tasks::DeviceReconstruction({0, 0}, {1, 0}, 4), Error);
  CHECK_THROWS_AS(tasks::DeviceReconstruction({1, 0}, {1, 0}, 0), Error);
  CHECK_THROWS_AS(tasks::DeviceReconstruction({1, 0}, {1, 0}, 65537), Error);
  CHECK_THROWS_AS(
      tasks::DeviceReconstruction({1, 300}, {1, 0}, 1).error(std::vector<std::int8_t>(1), std::vector<std::int8_t>(1)),
      Error);
  CHECK_THROWS_AS(
      tasks::DeviceReconstruction({1, 0}, {1, 0}, 2).error(std::vector<std::int8_t>(1), std::vector<std::int8_t>(2)),
      Error);
}
