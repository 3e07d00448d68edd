#include "exporting/readback.h"

#include <algorithm>
#include <cmath>

#include "catch.h"
#include "exporting/random_programs.h"

namespace espalier::exporting {
namespace {

/// The one line that differs after `change`.
template <class Change>
std::string only_difference(const integer::Program& program, Change change) {
  auto other = program;
  change(other);
  const auto lines = compare(program, other);
  REQUIRE(lines.size() == 1);
  return lines.front();
}

integer::Conv2d& first_conv(integer::Program& program) {
  return std::get<integer::Conv2d>(program.instructions.front());
}

bool mentions(const std::string& line, const std::string& what) { return line.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("a program is like itself", "[readback]") {
  for (const auto& program : random_programs::every_kind(1)) CHECK(compare(program, program).empty());
}

TEST_CASE("each field of an activation counts", "[readback]") {
  const auto program = random_programs::ds_cnn(1);
  CHECK(mentions(
      only_difference(program, [](auto& p) { p.activations[1].scale = std::nextafter(p.activations[1].scale, 1.0F); }),
      "scale"));
  CHECK(mentions(only_difference(program, [](auto& p) { p.activations[1].zero_point ^= 1; }), "zero point"));
  CHECK(mentions(only_difference(program, [](auto& p) { p.activations[2].name = "other"; }), "other"));
  CHECK(mentions(only_difference(program, [](auto& p) { p.activations.back().shape = {13}; }), "shape is {13}"));
}

TEST_CASE("each field of a layer counts", "[readback]") {
  const auto program = random_programs::ds_cnn(1);
  CHECK(mentions(only_difference(program, [](auto& p) { first_conv(p).weights[7] ^= 1; }), "weights differs in 1 of"));
  CHECK(mentions(only_difference(program, [](auto& p) { first_conv(p).bias[2] += 1; }), "first at 2"));
  CHECK(mentions(only_difference(program, [](auto& p) { first_conv(p).weight_scale[0] *= 2; }), "weight scales"));
  CHECK(mentions(only_difference(program, [](auto& p) { first_conv(p).clamp = integer::Clamp::none; }), "clamp"));
  CHECK(mentions(only_difference(program, [](auto& p) { first_conv(p).window.pad_top += 1; }), "window"));
}

TEST_CASE("padding that no window reaches does not count", "[readback]") {
  auto program = random_programs::ds_cnn(1);
  auto& window = first_conv(program).window;
  const auto& input = program.activations[0].shape;
  const auto& output = program.activations[1].shape;
  auto other = program;
  const auto reached = (output[0] - 1) * window.stride_height + window.kernel_height - window.pad_top - input[0];
  first_conv(other).window.pad_bottom = static_cast<std::int32_t>(reached) + 1;
  CHECK(compare(program, other).empty());
}

TEST_CASE("structure and labels count", "[readback]") {
  const auto program = random_programs::ds_cnn(1);
  CHECK_FALSE(compare(program, random_programs::mlp(1)).empty());
  CHECK(mentions(only_difference(program, [](auto& p) { p.labels[3] = "other"; }), "labels"));
  CHECK(mentions(only_difference(program, [](auto& p) { p.output = 0; }), "output"));
  CHECK(mentions(only_difference(program, [](auto& p) { p.instructions.pop_back(); }), "number of instructions"));
}

TEST_CASE("numbering activations as they are written changes no byte", "[readback]") {
  for (const auto& program : random_programs::every_kind(4)) {
    auto shuffled = program;
    std::rotate(shuffled.activations.begin(), shuffled.activations.begin() + 1, shuffled.activations.end());
    const auto last = static_cast<integer::Id>(program.activations.size()) - 1;
    const auto to = [&](integer::Id id) { return id == 0 ? last : id - 1; };
    shuffled.input = to(program.input), shuffled.output = to(program.output);
    for (auto& instruction : shuffled.instructions)
      std::visit(
          [&](auto& one) {
            if constexpr (requires { one.input; }) one.input = to(one.input);
            if constexpr (
                requires { one.right; } && !requires { one.top; })
              one.left = to(one.left), one.right = to(one.right);
            if constexpr (requires { one.inputs; })
              for (auto& id : one.inputs) id = to(id);
            one.output = to(one.output);
          },
          instruction);
    CHECK_FALSE(compare(program, shuffled).empty());
    CHECK(compare(numbered_as_written(program), numbered_as_written(shuffled)).empty());
  }
}

}  // namespace espalier::exporting
