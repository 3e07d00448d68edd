#include "exporting/c/front_end_source.h"

#include <fmt/core.h>

#include <stdexcept>

#include "base/error.h"
#include "device_runtime/audio_frontend_tables.h"
#include "exporting/c/c_text.h"
#include "exporting/c/runtime_files.h"

namespace espalier::exporting::c {
namespace {

using device_runtime::AudioFrontendTables;

constexpr std::int64_t element = 4;  // bytes of a float or an int32

const integer::Activation& input_of(const integer::Program& program) {
  return program.activations[static_cast<std::size_t>(program.input)];
}

AudioFrontendTables tables_of(const AudioFrontEnd& front_end, std::int64_t elements) {
  try {
    auto tables = device_runtime::build_audio_tables(front_end.spec);
    const auto wanted = front_end_frames(front_end) * espalier_audio_features(&front_end.spec);
    if (wanted != elements)
      fail(fmt::format("the front end gives {} features, the network takes {}", wanted, elements));
    return tables;
  } catch (const std::invalid_argument& refusal) {
    fail(fmt::format("the front end cannot be exported as C: {}", refusal.what()));
  }
}

std::string spec_text(const espalier_audio_spec& s) {
  return fmt::format("{{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}}", s.sample_rate, s.window_samples,
                     s.hop_samples, s.fft_size, s.mel_bands, float_text(s.low_hz), float_text(s.high_hz),
                     s.coefficients, float_text(s.log_floor), s.mel_scale, s.filter_norm, s.spectrum);
}

/// "name" of an array that was written, or NULL for one that has no elements.
template <class T>
std::string table(std::string& all, const char* name, const std::vector<T>& values) {
  if (values.empty()) return "NULL";
  all += array_text(name, values);
  return name;
}

std::string tables_text(const AudioFrontendTables& t, bool integer) {
  std::string all;
  table(all, "bins_first", t.bins_first);
  table(all, "bins_count", t.bins_count);
  const auto window = integer ? table(all, "window_shape", t.fixed_window) : table(all, "window_shape", t.window);
  const auto twiddles = integer ? table(all, "twiddles", t.fixed_twiddles) : table(all, "twiddles", t.twiddles);
  const auto weights = integer ? table(all, "weights", t.fixed_weights) : table(all, "weights", t.weights);
  const auto dct = integer ? table(all, "dct", t.fixed_dct) : table(all, "dct", t.dct);
  if (integer) {
    table(all, "band_offset", t.fixed_band_offset);
    all += fmt::format(
        "static const espalier_audio_fixed tables = {{{},\n    {}, {}, {{bins_first, bins_count}}, {}, band_offset, "
        "{}, "
        "{}}};\n",
        spec_text(t.spec), window, twiddles, weights, dct, t.fixed_log_floor);
  } else {
    all += fmt::format(
        "static const espalier_audio_float tables = {{{},\n    {}, {}, {{bins_first, bins_count}}, {}, {}}};\n",
        spec_text(t.spec), window, twiddles, weights, dct);
  }
  return all;
}

std::string features_text(const AudioFrontEnd& front_end) {
  const auto& s = front_end.spec;
  return fmt::format("{} of {} mel bands from {} to {} Hz, {} frames of {} samples, in {}.",
                     s.coefficients > 0 ? fmt::format("{} MFCC", s.coefficients) : "The logarithms", s.mel_bands,
                     s.low_hz, s.high_hz, front_end_frames(front_end), s.window_samples,
                     front_end.integer ? "integers: the same bits on every processor" : "float32");
}

}  // namespace

std::int64_t front_end_frames(const AudioFrontEnd& front_end) {
  return static_cast<std::int64_t>(
      espalier_audio_frames(&front_end.spec, static_cast<std::size_t>(front_end.clip_samples)));
}

std::string front_end_tables(const AudioFrontEnd& front_end, std::int64_t elements) {
  return tables_text(tables_of(front_end, elements), front_end.integer);
}

std::string quantizer_source(float scale, std::int32_t zero_point) {
  const auto q = device_runtime::feature_quantizer(scale, zero_point);
  return fmt::format("static const espalier_feature_quantizer quantizer = {{{}, {}, {}, {}}};\n",
                     float_text(q.inverse_scale), q.multiplier, q.shift, q.zero_point);
}

std::int64_t front_end_work_bytes(const AudioFrontEnd& front_end) {
  return element * (static_cast<std::int64_t>(espalier_audio_work_elements(&front_end.spec)) +
                    espalier_audio_features(&front_end.spec));
}

FrontEndSource front_end_source(const integer::Program& program, const AudioFrontEnd& front_end,
                                std::int64_t work_offset, const std::string& name) {
  const auto& input = input_of(program);
  const auto& s = front_end.spec;
  const std::vector<Replacement> values = {
      {"TITLE", comment_text(name)},
      {"LICENSE", std::string(generated_license)},
      {"FEATURES_TEXT", features_text(front_end)},
      {"SAMPLE_RATE", std::to_string(s.sample_rate)},
      {"CLIP_SAMPLES", std::to_string(front_end.clip_samples)},
      {"WINDOW_SAMPLES", std::to_string(s.window_samples)},
      {"HOP_SAMPLES", std::to_string(s.hop_samples)},
      {"FRAMES", std::to_string(front_end_frames(front_end))},
      {"FEATURES", std::to_string(espalier_audio_features(&s))},
      {"WORK_BYTES", std::to_string(front_end_work_bytes(front_end))},
      {"TABLES",
       front_end_tables(front_end, integer::elements(input.shape)) + quantizer_source(input.scale, input.zero_point)},
      {"ELEMENT", front_end.integer ? "int32_t" : "float"},
      {"FRAME_KERNEL", front_end.integer ? "espalier_audio_fixed_frame" : "espalier_audio_float_frame_pcm"},
      {"QUANTIZE_KERNEL", front_end.integer ? "espalier_audio_quantize_fixed" : "espalier_audio_quantize_float"},
      {"WORK_OFFSET", std::to_string(work_offset)},
  };
  return {filled(template_text("front_end.h"), values), filled(template_text("front_end.c"), values)};
}

std::int16_t test_signal(std::uint32_t index) {
  const std::uint32_t phase = (index * (index / 4u + 900u)) & 0xffffu;
  const auto tone = static_cast<std::int32_t>(phase < 0x8000u ? phase : 0xffffu - phase) - 0x4000;
  const auto noise = static_cast<std::int32_t>((index * 1664525u + 1013904223u) >> 22) - 512;
  return static_cast<std::int16_t>(tone + noise);
}

std::vector<std::int8_t> test_features(const integer::Program& program, const AudioFrontEnd& front_end) {
  const auto owner = tables_of(front_end, integer::elements(input_of(program).shape));
  const auto frames = front_end_frames(front_end);
  const auto features = static_cast<std::size_t>(espalier_audio_features(&front_end.spec));
  const auto quantizer = device_runtime::feature_quantizer(input_of(program).scale, input_of(program).zero_point);
  const auto fixed = owner.fixed_tables();
  const auto floating = owner.float_tables();
  const auto work = espalier_audio_work_elements(&front_end.spec);
  std::vector<std::int16_t> window(static_cast<std::size_t>(front_end.spec.window_samples));
  std::vector<std::int32_t> fixed_work(work), fixed_row(features);
  std::vector<float> float_work(work), float_row(features);
  std::vector<std::int8_t> all(static_cast<std::size_t>(frames) * features);
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    for (std::size_t i = 0; i < window.size(); ++i)
      window[i] =
          test_signal(static_cast<std::uint32_t>(frame * front_end.spec.hop_samples) + static_cast<std::uint32_t>(i));
    std::int8_t* row = all.data() + static_cast<std::size_t>(frame) * features;
    if (front_end.integer) {
      espalier_audio_fixed_frame(&fixed, window.data(), fixed_work.data(), fixed_row.data());
      espalier_audio_quantize_fixed(&quantizer, fixed_row.data(), features, row);
    } else {
      espalier_audio_float_frame_pcm(&floating, window.data(), float_work.data(), float_row.data());
      espalier_audio_quantize_float(&quantizer, float_row.data(), features, row);
    }
  }
  return all;
}

}  // namespace espalier::exporting::c
