#include "exporting/golden.h"

#include <unistd.h>

#include "base/error.h"
#include "catch.h"
#include "exporting/npz.h"
#include "exporting/random_programs.h"

namespace espalier::exporting {
namespace {

const auto golden_path =
    std::filesystem::temp_directory_path() / ("espalier_test_golden" + std::to_string(::getpid())) / "golden.npz";

Golden small_golden() { return {2, {1, 2, 1}, {3}, {1, 2, 3, 4}, {5, 6, 7, 8, 9, 10}, {0, 2}, 0.25F, -7}; }

}  // namespace

TEST_CASE("golden samples come back", "[golden]") {
  const auto given = small_golden();
  write_golden(golden_path, given);
  const auto found = read_golden(golden_path);
  CHECK(found.samples == 2);
  CHECK(found.input_shape == given.input_shape);
  CHECK(found.output_shape == given.output_shape);
  CHECK(found.x == given.x);
  CHECK(found.y == given.y);
  CHECK(found.labels == given.labels);
  CHECK(found.input_scale == given.input_scale);
  CHECK(found.input_zero_point == given.input_zero_point);
}

TEST_CASE("golden samples take shapes and encoding from the program", "[golden]") {
  const auto program = random_programs::ds_cnn(4);
  const auto golden = golden_of(program);
  CHECK(golden.input_shape == program.activations.front().shape);
  CHECK(golden.output_shape == integer::Shape{12});
  CHECK(golden.input_scale == program.activations.front().scale);
}

TEST_CASE("samples that disagree are refused", "[golden]") {
  auto golden = small_golden();
  golden.y.pop_back();
  CHECK_THROWS_AS(write_golden(golden_path, golden), Error);
  write_npz(golden_path, {{"x", {1}, std::vector<std::int8_t>{1}}});
  CHECK_THROWS_AS(read_golden(golden_path), Error);
  write_npz(golden_path, {{"x", {1}, std::vector<float>{1}}});
  CHECK_THROWS_AS(read_golden(golden_path), Error);
}

}  // namespace espalier::exporting
