#include "integer/weight_codes.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace espalier::integer {
namespace {

constexpr double off_grid = 1e-2;
constexpr double least_factor = 0x1p-32, factor_bound = 0x1p8;
constexpr double most_bias = std::numeric_limits<std::int32_t>::max();

class Coder {
 public:
  Coder(const graph::Network& network, const std::string& layer, float input_scale, float output_scale)
      : weight_name_(layer + ".weight"),
        bias_name_(layer + ".bias"),
        network_(network),
        input_scale_(input_scale),
        output_scale_(output_scale) {}

  WeightCodes code(bool each_channel) {
    const auto& weight = tensor(weight_name_);
    const auto channels = static_cast<std::size_t>(weight.shape[0]);
    const auto& encoding = weight_encoding(channels);
    WeightCodes codes;
    codes.scale = encoding.scale;
    if (each_channel) codes.scale.resize(channels, codes.scale[0]);
    const auto values = weight.floats();
    const auto run = values.size() / channels;
    for (std::size_t i = 0; i < values.size(); ++i)
      codes.weights.push_back(
          code_of(values[i], encoding.scale[encoding.scale.size() == 1 ? 0 : i / run], encoding, i, i / run));
    const auto biases = bias(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      if (codes.scale.size() == channels && all_zero(codes.weights, c, run))
        codes.scale[c] = scale_of_silent(codes.scale[c], biases[c]);
      const float scale = codes.scale[codes.scale.size() == 1 ? 0 : c];
      check_factor(scale, c);
      codes.bias.push_back(bias_code(biases[c], scale, c));
    }
    return codes;
  }

 private:
  const graph::Tensor& tensor(const std::string& name) const {
    const auto found = network_.weights.find(name);
    if (found == network_.weights.end()) fail(concat("weight '", name, "' is missing"));
    return found->second;
  }

  const graph::Encoding& weight_encoding(std::size_t channels) const {
    const auto found = network_.encodings.find(weight_name_);
    if (found == network_.encodings.end())
      fail(concat("weight '", weight_name_,
                  "' has no encoding; the recipe quantizes nothing or the network was not frozen"));
    const auto& encoding = found->second;
    if (encoding.scale.size() != 1 && (encoding.scale.size() != channels || encoding.axis != 0))
      fail(concat("the encoding of '", weight_name_, "' is neither per tensor nor per output channel"));
    if (encoding.low < -128 || encoding.high > 127) fail(concat("the encoding of '", weight_name_, "' is not int8"));
    if (std::any_of(encoding.zero_point.begin(), encoding.zero_point.end(),
                    [](std::int32_t zero) { return zero != 0; }))
      fail(concat("the encoding of '", weight_name_, "' is not symmetric"));
    for (const float scale : encoding.scale)
      if (!(scale > 0) || !std::isfinite(scale))
        fail(concat("the encoding of '", weight_name_, "' has a scale that is not positive and finite"));
    return encoding;
  }

  static bool in_codebook(std::int32_t code, const graph::Encoding& encoding, std::size_t channel) {
    const auto sign = encoding.signs.empty() ? 1 : encoding.signs[channel];
    return std::binary_search(encoding.codes.begin(), encoding.codes.end(), sign * code);
  }

  std::int8_t code_of(float value, float scale, const graph::Encoding& encoding, std::size_t place,
                      std::size_t channel) const {
    const double steps = static_cast<double>(value) / scale, code = std::round(steps);
    if (!(std::abs(steps - code) < off_grid))
      fail(concat("weight '", weight_name_, "' does not lie on its grid: element ", place, " is ", steps, " steps of ",
                  scale));
    if (code < std::max(encoding.low, -127) || code > encoding.high)
      fail(concat("weight '", weight_name_, "' leaves its range: element ", place, " is ", code, " steps of ", scale));
    if (!encoding.codes.empty() && !in_codebook(static_cast<std::int32_t>(code), encoding, channel))
      fail(concat("weight '", weight_name_, "' leaves its codebook: element ", place, " is ", code));
    return static_cast<std::int8_t>(code);
  }

  std::vector<float> bias(std::size_t channels) const {
    const auto found = network_.weights.find(bias_name_);
    if (found == network_.weights.end()) return std::vector<float>(channels, 0.0f);
    const auto values = found->second.floats();
    return {values.begin(), values.end()};
  }

  static bool all_zero(const std::vector<std::int8_t>& codes, std::size_t channel, std::size_t run) {
    const auto begin = codes.begin() + static_cast<std::ptrdiff_t>(channel * run);
    return std::all_of(begin, begin + static_cast<std::ptrdiff_t>(run), [](std::int8_t code) { return code == 0; });
  }

  double factor_of(float scale) const { return static_cast<double>(input_scale_) * scale / output_scale_; }
  double bias_steps(float bias, float scale) const {
    return std::round(bias / (static_cast<double>(input_scale_) * scale));
  }

  float scale_of_silent(float scale, float bias) const {
    const bool holds = factor_of(scale) >= least_factor && factor_of(scale) < factor_bound &&
                       std::abs(bias_steps(bias, scale)) < most_bias / 2;
    if (holds) return scale;
    const double fine = 0x1p-16 * output_scale_ / input_scale_,
                 wide = std::abs(static_cast<double>(bias)) / (input_scale_ * 0x1p29);
    return static_cast<float>(std::max(fine, wide));
  }

  void check_factor(float scale, std::size_t channel) const {
    const double factor = factor_of(scale);
    if (!(factor >= least_factor && factor < factor_bound))
      fail(concat("channel ", channel, " of '", weight_name_, "' is rescaled by ", factor,
                  ", outside of what runtimes can do (2^-32 to 2^8)"));
  }

  std::int32_t bias_code(float value, float scale, std::size_t channel) const {
    const double steps = bias_steps(value, scale);
    if (!(std::abs(steps) <= most_bias))
      fail(concat("'", bias_name_, "' of channel ", channel, " (", value, ") does not fit int32 in units of ",
                  static_cast<double>(input_scale_) * scale));
    return static_cast<std::int32_t>(steps);
  }

  std::string weight_name_, bias_name_;
  const graph::Network& network_;
  float input_scale_, output_scale_;
};

}  // namespace

WeightCodes weight_codes(const graph::Network& network, const std::string& layer, float input_scale, float output_scale,
                         bool each_channel) {
  return Coder(network, layer, input_scale, output_scale).code(each_channel);
}

}  // namespace espalier::integer
