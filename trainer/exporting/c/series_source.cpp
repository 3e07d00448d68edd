#include "exporting/c/series_source.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "device_runtime/audio_frontend_tables.h"
#include "device_runtime/series_frontend_tables.h"
#include "exporting/c/c_text.h"
#include "exporting/c/runtime_files.h"

namespace espalier::exporting::c {
namespace {

const integer::Activation& input_of(const integer::Program& program) {
  return program.activations[static_cast<std::size_t>(program.input)];
}

espalier_series_spec spec_of(const SeriesFrontEnd& front_end) {
  return {static_cast<std::int32_t>(front_end.channels.size()), static_cast<std::int32_t>(front_end.window),
          static_cast<std::int32_t>(front_end.hop), front_end.channels.data()};
}

espalier_series_spec checked_spec(const integer::Program& program, const SeriesFrontEnd& front_end) {
  const auto spec = spec_of(front_end);
  if (const auto status = espalier_series_check(&spec); status != ESPALIER_SERIES_OK)
    fail(fmt::format("the front end cannot be exported as C: {}", espalier_series_status_text(status)));
  const auto wanted = std::int64_t{spec.window} * spec.channels, elements = integer::elements(input_of(program).shape);
  if (wanted != elements) fail(fmt::format("the front end gives {} features, the network takes {}", wanted, elements));
  return spec;
}

std::string tables_text(const integer::Program& program, const SeriesFrontEnd& front_end) {
  std::string all = "static const espalier_series_channel channels[FRONT_END_CHANNELS] = {\n";
  for (const auto& c : front_end.channels)
    all += fmt::format("    {{{}, {}, {}, {}, {}}},\n", c.normalization, c.mean_q8, c.multiplier, c.shift,
                       c.least_deviation);
  const auto q = device_runtime::feature_quantizer(input_of(program).scale, input_of(program).zero_point);
  return all + "};\n" +
         "static const espalier_series_spec spec = {FRONT_END_CHANNELS, FRONT_END_WINDOW_ROWS, FRONT_END_HOP_ROWS, "
         "channels};\n" +
         fmt::format("static const espalier_feature_quantizer quantizer = {{{}, {}, {}, {}}};\n",
                     float_text(q.inverse_scale), q.multiplier, q.shift, q.zero_point);
}

std::string channels_text(const SeriesFrontEnd& front_end) {
  std::string all;
  for (std::size_t c = 0; c < front_end.channels.size(); ++c)
    all += fmt::format(
        " *   {} {}: steps of {}, normalised {}\n", c,
        comment_text(c < front_end.names.size() ? front_end.names[c] : ""),
        c < front_end.steps.size() ? number_text(front_end.steps[c]) : "1",
        front_end.channels[c].normalization == ESPALIER_SERIES_FIXED ? "by the training data" : "by the window itself");
  if (!all.empty()) all.pop_back();
  return all;
}

}  // namespace

FrontEndSource series_source(const integer::Program& program, const SeriesFrontEnd& front_end,
                             const std::string& name) {
  const auto spec = checked_spec(program, front_end);
  const std::vector<Replacement> values = {
      {"TITLE", comment_text(name)},
      {"LICENSE", std::string(generated_license)},
      {"CHANNELS_TEXT", channels_text(front_end)},
      {"CHANNELS", std::to_string(spec.channels)},
      {"WINDOW", std::to_string(spec.window)},
      {"HOP", std::to_string(spec.hop)},
      {"RATE", number_text(front_end.rate)},
      {"ANCHOR", front_end.anchor < 0
                     ? ""
                     : fmt::format("#define FRONT_END_ANCHOR_ROW {} /* where the event (a beat) lies in a window: give "
                                   "front_end_window the rows around it */\n",
                                   front_end.anchor)},
      {"TABLES", tables_text(program, front_end)},
  };
  return {filled(template_text("series/front_end.h"), values), filled(template_text("series/front_end.c"), values)};
}

std::int64_t series_ring_bytes(const SeriesFrontEnd& front_end) {
  return 2 * front_end.window * static_cast<std::int64_t>(front_end.channels.size());
}

std::vector<std::int8_t> series_test_input(const integer::Program& program, const SeriesFrontEnd& front_end) {
  const auto spec = checked_spec(program, front_end);
  const auto first = static_cast<std::uint32_t>(spec.window / 2 * spec.channels);
  std::vector<std::int16_t> samples(static_cast<std::size_t>(spec.window) * static_cast<std::size_t>(spec.channels));
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = test_signal(first + static_cast<std::uint32_t>(i));
  const auto features = device_runtime::series_features(spec, samples.data());
  const auto quantizer = device_runtime::feature_quantizer(input_of(program).scale, input_of(program).zero_point);
  std::vector<std::int8_t> input(features.size());
  espalier_audio_quantize_fixed(&quantizer, features.data(), features.size(), input.data());
  return input;
}

}  // namespace espalier::exporting::c
