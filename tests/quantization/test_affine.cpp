#include "quantization/affine.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/random.h"
#include "catch.h"
#include "compression/gradient.h"

using namespace espalier;
using compression::Encoding, compression::Range;
using quantization::activation_encoding, quantization::weight_encoding, quantization::ScaleFloor;

/// The values that the grid gives back, [..] double; `encoding` per tensor or along axis 0.
static at::Tensor on_grid(const at::Tensor& values, const Encoding& encoding) {
  auto scale = encoding.scale.to(at::kDouble), zero = encoding.zero_point.to(at::kDouble);
  if (encoding.axis == 0) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(values.dim()), 1);
    shape[0] = values.size(0);
    scale = scale.reshape(shape), zero = zero.reshape(shape);
  }
  return ((values.to(at::kDouble) / scale).round() + zero).clamp(encoding.low, encoding.high).sub(zero).mul(scale);
}

TEST_CASE("a reduced range ends at 63 and still holds every weight") {
  Random random(8, "reduced");
  auto weight = at::empty({5, 7});
  for (std::int64_t i = 0; i < weight.numel(); ++i)
    weight.mutable_data_ptr<float>()[i] = static_cast<float>(random.normal());
  const auto whole = weight_encoding(weight, 0, {}), reduced = weight_encoding(weight, 0, {}, 63);
  CHECK(reduced.low == -63);
  CHECK(reduced.high == 63);
  CHECK(at::allclose(reduced.scale * 63, whole.scale * 127));
  CHECK((on_grid(weight, reduced) - weight).abs().max().item<double>() <= 0.501 * reduced.scale.max().item<double>());
}

TEST_CASE("an activation's grid holds zero exactly and its range to half a step") {
  Random random(3, "affine");
  for (int trial = 0; trial < 500; ++trial) {
    const double a = std::exp(6 * random.normal()) * (random.uniform() - 0.5), b = a + std::exp(3 * random.normal());
    const auto encoding = activation_encoding({a, b}, false, "x");
    const double scale = encoding.scale.item<double>(), zero = encoding.zero_point.item<int>();
    REQUIRE(scale > 0);
    REQUIRE((zero >= -128 && zero <= 127));
    REQUIRE(scale * (-128 - zero) <= std::min(a, 0.0) + 0.501 * scale);
    REQUIRE(scale * (127 - zero) >= std::max(b, 0.0) - 0.501 * scale);
    const auto values = at::linspace(a, b, 37, at::kDouble), once = on_grid(values, encoding);
    REQUIRE((once - values).abs().max().item<double>() <= 1.001 * scale);
    REQUIRE(at::allclose(on_grid(once, encoding), once, 0, 1e-9 * scale));
    REQUIRE(on_grid(at::zeros({1}), encoding).item<double>() == 0);
  }
}

TEST_CASE("what is never negative uses the whole grid, from -128") {
  const auto encoding = activation_encoding({0.0, 6.0}, false, "relu6");
  CHECK(encoding.zero_point.item<int>() == -128);
  CHECK(encoding.scale.item<double>() == Approx(6.0 / 255));
  CHECK(activation_encoding({1.0, 6.0}, false, "x").zero_point.item<int>() == -128);
  CHECK(activation_encoding({-3.0, -1.0}, false, "x").zero_point.item<int>() == 127);
}

TEST_CASE("symmetric activations have zero point 0 and hold both ends") {
  const auto encoding = activation_encoding({-1.0, 3.0}, true, "x");
  CHECK(encoding.zero_point.item<int>() == 0);
  CHECK(encoding.low == -127);
  CHECK(encoding.scale.item<double>() == Approx(3.0 / 127));
}

TEST_CASE("ranges without width are guarded, ranges without numbers refused") {
  for (const auto& range : {Range{0, 0}, Range{-1e-9, 1e-9}}) {
    const auto encoding = activation_encoding(range, false, "dead");
    CHECK(encoding.scale.item<double>() == Approx(1.0 / 255));
    CHECK(encoding.zero_point.item<int>() == -128);
  }
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
  CHECK_THROWS_AS(activation_encoding({infinity, -infinity}, false, "x"), Error);
  CHECK_THROWS_AS(activation_encoding({nan, 1}, false, "x"), Error);
}

TEST_CASE("a weight's scale is its largest magnitude over 127, a channel at a time") {
  const auto weight = testing::fixed_values({4, 3, 2, 2}).to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
  const auto encoding = weight_encoding(weight, 0, {});
  CHECK((encoding.low == -127 && encoding.high == 127 && encoding.axis == 0));
  for (std::int64_t c = 0; c < 4; ++c)
    CHECK(encoding.scale[c].item<float>() == Approx(weight[c].abs().max().item<float>() / 127));
  CHECK(encoding.zero_point.sum().item<int>() == 0);
  const auto once = on_grid(weight, encoding);
  CHECK((once - weight).abs().amax({1, 2, 3}).le(encoding.scale.to(at::kDouble) * 0.5001).all().item<bool>());
  CHECK(at::allclose(on_grid(once, encoding), once));
}

TEST_CASE("per-channel scales commute with the folding of batch norm") {
  const auto weight = testing::fixed_values({16, 5, 3, 3}).to(at::kFloat),
             factor = testing::fixed_values({16}, 2, 1).to(at::kFloat);
  const auto folded = weight * factor.reshape({16, 1, 1, 1});
  const auto plain = weight_encoding(weight, 0, {}), after = weight_encoding(folded, 0, {});
  const auto codes = (weight.to(at::kDouble) / plain.scale.to(at::kDouble).reshape({16, 1, 1, 1})).round() *
                     factor.sign().reshape({16, 1, 1, 1});
  const auto codes_after = (folded.to(at::kDouble) / after.scale.to(at::kDouble).reshape({16, 1, 1, 1})).round();
  CHECK((codes - codes_after).abs().max().item<double>() == 0);
}

TEST_CASE("the floor keeps bias and multiplier in range where weights vanish") {
  auto weight = testing::fixed_values({5, 8}).to(at::kFloat);
  weight.select(0, 1).zero_();
  weight.select(0, 2).mul_(1e-20);
  weight.select(0, 3).zero_();
  ScaleFloor floor;
  floor.factor = at::tensor({0.5, -1e-12, 2.0, 0.0, 1e-30}, at::kDouble);
  floor.bias = at::tensor({0.1, 3.0, -50.0, 7.0, 0.0}, at::kDouble);
  floor.input_scale = 0.02;
  floor.output_scale = 0.05;
  const auto scale = weight_encoding(weight, 0, floor).scale.to(at::kDouble);
  CHECK(scale.isfinite().all().item<bool>());
  CHECK(scale[0].item<double>() == Approx(weight[0].abs().max().item<double>() / 127));
  for (std::int64_t c = 0; c < 5; ++c) {
    const double f = floor.factor[c].item<double>(), folded = scale[c].item<double>() * (f == 0 ? 1 : std::abs(f));
    INFO(c);
    CHECK(std::abs(floor.bias[c].item<double>()) / (floor.input_scale * folded) <= (1 << 30) * 1.000001);
    CHECK(floor.input_scale * folded / floor.output_scale >= 0.999999 / (1 << 30));
  }
}
