#include "deployment/input_quantizer.h"

#include <cmath>
#include <vector>

#include "device_runtime/audio_frontend.h"
#include "device_runtime/audio_frontend_tables.h"

namespace espalier::deployment {

double step_of(const Json& front_end) { return front_end.at("lsb").is_number() ? front_end.at("lsb").number() : 0; }

void quantize_input(const integer::Program& program, double lsb, std::span<const float> features,
                    std::span<std::int8_t> out) {
  const auto& input = program.activations[static_cast<std::size_t>(program.input)];
  const auto quantizer = device_runtime::feature_quantizer(input.scale, input.zero_point);
  std::vector<std::int8_t> planar(features.size());
  if (lsb > 0) {
    std::vector<std::int32_t> fixed(features.size());
    for (std::size_t i = 0; i < features.size(); ++i)
      fixed[i] = static_cast<std::int32_t>(std::llround(features[i] / lsb));
    espalier_audio_quantize_fixed(&quantizer, fixed.data(), fixed.size(), planar.data());
  } else {
    espalier_audio_quantize_float(&quantizer, features.data(), features.size(), planar.data());
  }
  const auto channels = input.shape.size() == 3 ? static_cast<std::size_t>(input.shape[2]) : 1,
             pixels = features.size() / channels;
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t p = 0; p < pixels; ++p) out[p * channels + c] = planar[c * pixels + p];
}

}  // namespace espalier::deployment
