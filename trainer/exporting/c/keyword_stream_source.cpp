#include "exporting/c/keyword_stream_source.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "device_runtime/keyword_detector.h"
#include "exporting/c/c_text.h"
#include "exporting/c/runtime_files.h"
#include "integer/constants.h"

namespace espalier::exporting::c {
namespace {

constexpr std::int64_t certain = 255;  // of one answer

/// The detector itself says what it takes.
void check(const KeywordSettings& settings, const integer::Program& program) {
  const auto outputs = integer::elements(program.activations[static_cast<std::size_t>(program.output)].shape);
  const auto classes = static_cast<std::int64_t>(settings.keyword.size());
  if (classes != outputs || program.labels.size() != settings.keyword.size())
    fail(fmt::format("the stream's settings are for {} classes, the network has {} outputs and {} labels", classes,
                     outputs, program.labels.size()));
  std::vector<std::uint8_t> ring(static_cast<std::size_t>(classes * std::max<std::int64_t>(settings.smoothing, 0)) + 1);
  std::vector<std::int32_t> sums(settings.keyword.size() + 1);
  const espalier_keyword_spec spec = {static_cast<std::int32_t>(classes), static_cast<std::int32_t>(settings.smoothing),
                                      static_cast<std::int32_t>(settings.refractory), settings.threshold,
                                      settings.keyword.data()};
  espalier_keyword_state state = {ring.data(), sums.data(), 0, 0};
  if (settings.stride < 1 || espalier_keyword_start(&spec, &state) != ESPALIER_OK)
    fail(
        "the stream's settings are not the keyword detector's: stride at least 1, smoothing in [1, 1024] windows, "
        "threshold in [1, 255 * smoothing]");
}

/// Logits become probabilities in place.
std::string softmax_text(const integer::Program& program) {
  const auto fixed = integer::softmax_constants(1, program.activations[static_cast<std::size_t>(program.output)].scale);
  return fmt::format(
      "  if (espalier_softmax_s8(output, 1, MODEL_OUTPUT_BYTES, {}, {}, {}, output) != ESPALIER_OK)\n"
      "    return MODEL_KERNEL_REFUSED;\n",
      fixed.multiplier, fixed.left_shift, integer_text(fixed.diff_min));
}

}  // namespace

KeywordStreamSource keyword_stream_source(const integer::Program& program, const AudioFrontEnd& front_end,
                                          const KeywordSettings& settings, std::int64_t output_offset,
                                          const std::string& name) {
  check(settings, program);
  const bool gives_logits = !std::holds_alternative<integer::Softmax>(program.instructions.back());
  const double stride_ms = 1000.0 * static_cast<double>(settings.stride) * front_end.spec.hop_samples /
                           static_cast<double>(front_end.spec.sample_rate);
  const auto milliseconds = [&](std::int64_t windows) {
    return fmt::format("{:.0f}", static_cast<double>(windows) * stride_ms);
  };
  const std::vector<Replacement> values = {
      {"TITLE", comment_text(name)},
      {"LICENSE", std::string(generated_license)},
      {"STRIDE", std::to_string(settings.stride)},
      {"STRIDE_MS", milliseconds(1)},
      {"SMOOTHING", std::to_string(settings.smoothing)},
      {"SMOOTHING_MS", milliseconds(settings.smoothing)},
      {"REFRACTORY", std::to_string(settings.refractory)},
      {"REFRACTORY_MS", milliseconds(settings.refractory)},
      {"CERTAIN", std::to_string(certain * settings.smoothing)},
      {"THRESHOLD", std::to_string(settings.threshold)},
      {"PERCENT",
       fmt::format("{:.1f}", 100.0 * settings.threshold / static_cast<double>(certain * settings.smoothing))},
      {"KEYWORDS", array_text("keywords", settings.keyword)},
      {"OUTPUT_OFFSET", std::to_string(output_offset)},
      {"SOFTMAX_INCLUDE", gives_logits ? "#include \"device_runtime/kernels_s8.h\"\n" : ""},
      {"SOFTMAX", gives_logits ? softmax_text(program) : ""},
  };
  return {filled(template_text("keyword_stream.h"), values), filled(template_text("keyword_stream.c"), values)};
}

}  // namespace espalier::exporting::c
