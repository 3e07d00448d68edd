#include "deployment/streaming_model.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "deployment/input_quantizer.h"
#include "device_runtime/kernels_s8.h"
#include "exporting/c/writer.h"
#include "integer/constants.h"
#include "reporting/summary.h"

namespace espalier::deployment {
namespace {

std::int64_t frames_of(const datasets::FrontEnd& front_end, double milliseconds) {
  const double hop = 1000.0 * front_end.spec().hop_samples / front_end.spec().sample_rate;
  return std::max<std::int64_t>(1, std::llround(milliseconds / hop));
}

double milliseconds_of(const datasets::FrontEnd& front_end, std::int64_t frames) {
  return 1000.0 * static_cast<double>(frames) * front_end.spec().hop_samples / front_end.spec().sample_rate;
}

std::int64_t windows_of(double milliseconds, double stride) { return std::llround(milliseconds / stride); }

/// Logits become probabilities in place, unless the network gives them itself.
void to_probabilities(const integer::Program& program, std::span<std::int8_t> answer) {
  if (std::holds_alternative<integer::Softmax>(program.instructions.back())) return;
  const auto constants =
      integer::softmax_constants(1, program.activations[static_cast<std::size_t>(program.output)].scale);
  const auto status =
      espalier_softmax_s8(answer.data(), 1, static_cast<std::int32_t>(answer.size()), constants.multiplier,
                          constants.left_shift, constants.diff_min, answer.data());
  if (status != ESPALIER_OK) fail("the network's outputs cannot become probabilities");
}

}  // namespace

StreamingModel::StreamingModel(const integer::Program& program, const Json& front_end, double stride)
    : front_end_(front_end),
      lsb_(step_of(front_end)),
      frames_(frames_of(front_end_, stride)),
      stream_(front_end_, frames_),
      twin_(program, integer::Arithmetic::tflm, 1),
      input_(static_cast<std::size_t>(front_end_.elements())),
      output_(static_cast<std::size_t>(
          integer::elements(program.activations[static_cast<std::size_t>(program.output)].shape))) {}

double StreamingModel::stride() const { return milliseconds_of(front_end_, frames_); }

void StreamingModel::push(std::span<const std::int16_t> samples,
                          const std::function<void(std::span<const std::int8_t>, std::int64_t end)>& answer) {
  stream_.push(samples, [&](std::span<const float> features, std::int64_t end) {
    quantize_input(twin_.program(), lsb_, features, input_);
    twin_.run(input_, 1, output_);
    to_probabilities(twin_.program(), output_);
    answer(output_, end);
  });
}

tasks::StreamSettings stream_settings(const Listening& listening, double stride,
                                      const std::vector<std::string>& classes) {
  tasks::StreamSettings settings;
  settings.smoothing = std::max<std::int64_t>(1, windows_of(listening.smoothing_ms, stride));
  settings.refractory = windows_of(listening.refractory_ms, stride);
  for (const auto& name : classes) settings.keyword.push_back(!starts_with(name, "_"));
  return settings;
}

Listening listening_of(const reporting::Streaming& measured) {
  return {measured.stride_ms, measured.smoothing_ms, measured.refractory_ms, measured.threshold};
}

exporting::c::KeywordSettings device_settings(const reporting::Streaming& measured, const Json& front_end,
                                              const std::vector<std::string>& classes) {
  const datasets::FrontEnd hears(front_end);
  exporting::c::KeywordSettings device;
  device.stride = frames_of(hears, measured.stride_ms);
  auto settings = stream_settings(listening_of(measured), milliseconds_of(hears, device.stride), classes);
  device.smoothing = settings.smoothing;
  device.refractory = settings.refractory;
  device.threshold = tasks::detector_threshold(measured.threshold, settings.smoothing);
  device.keyword = std::move(settings.keyword);
  return device;
}

}  // namespace espalier::deployment
