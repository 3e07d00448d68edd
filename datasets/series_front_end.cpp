#include "datasets/series_front_end.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace espalier::datasets {
namespace {

constexpr float fixed_step = 1.0f / 65536.0f;  // of a feature in Q16

const char* name_of(std::int32_t normalization) { return normalization == ESPALIER_SERIES_FIXED ? "fixed" : "window"; }

SeriesChannel channel_of(const Json& json) {
  const auto whole = [&](const char* key) { return static_cast<std::int32_t>(json.at(key).integer()); };
  SeriesChannel channel;
  channel.name = json.at("name").text();
  channel.step = json.at("step").number();
  channel.kernel.normalization =
      json.at("normalization").text() == "fixed" ? ESPALIER_SERIES_FIXED : ESPALIER_SERIES_WINDOW;
  channel.kernel.mean_q8 = whole("mean_q8");
  channel.kernel.multiplier = whole("multiplier");
  channel.kernel.shift = whole("shift");
  channel.kernel.least_deviation = whole("least_deviation");
  return channel;
}

}  // namespace

SeriesFrontEnd::SeriesFrontEnd(std::vector<SeriesChannel> channels, const SeriesTiming& timing,
                               const std::string& origin)
    : state_(std::make_shared<State>()) {
  auto& state = *state_;
  state.channels = std::move(channels);
  for (const auto& channel : state.channels) state.kernels.push_back(channel.kernel);
  state.timing = timing;
  const auto bounded = [](std::int64_t rows) {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(rows, 0, ESPALIER_SERIES_MOST_WINDOW + 1));
  };
  state.spec = {bounded(static_cast<std::int64_t>(state.kernels.size())), bounded(timing.window), bounded(timing.hop),
                state.kernels.data()};
  check(origin);
  state.shape = {state.spec.channels, state.spec.window, 1};
}

SeriesFrontEnd::SeriesFrontEnd(const Json& json) {
  std::vector<SeriesChannel> channels;
  for (const auto& channel : json.at("channels").items()) channels.push_back(channel_of(channel));
  const SeriesTiming timing{json.at("rate").number(), json.at("window").integer(), json.at("hop").integer(),
                            json.at("anchor").integer()};
  *this = SeriesFrontEnd(std::move(channels), timing, "front_end");
}

void SeriesFrontEnd::check(const std::string& origin) {
  const auto status = espalier_series_check(&state_->spec);
  if (status != ESPALIER_SERIES_OK)
    mistake(origin, fmt::format("the front end of {} channels and windows of {} rows is refused: {}",
                                state_->spec.channels, state_->spec.window, espalier_series_status_text(status)));
  for (const auto& channel : state_->channels)
    if (!(channel.step > 0) || !std::isfinite(channel.step))
      mistake(origin, fmt::format("the step of channel '{}' must be above 0", channel.name));
}

std::int16_t SeriesFrontEnd::sample(std::size_t channel, double value) const {
  const double steps = std::round(value / state_->channels[channel].step);
  return static_cast<std::int16_t>(std::clamp(std::isnan(steps) ? 0.0 : steps, -32768.0, 32767.0));
}

void SeriesFrontEnd::compute(std::span<const std::int16_t> rows, std::span<float> out, std::int64_t first) const {
  const auto& spec = state_->spec;
  if (static_cast<std::int64_t>(rows.size()) != elements() || rows.size() != out.size())
    fail(fmt::format("series front end: {} samples into {} features, where {} are due", rows.size(), out.size(),
                     elements()));
  const auto channels = static_cast<std::size_t>(spec.channels), window = static_cast<std::size_t>(spec.window);
  thread_local std::vector<espalier_series_scale> scales;
  thread_local std::vector<std::int32_t> features;
  scales.resize(channels);
  features.resize(channels);
  espalier_series_scales(&spec, rows.data(), scales.data());
  for (std::size_t i = 0; i < window; ++i) {
    const auto row = (static_cast<std::size_t>(first) + i) % window;
    espalier_series_row(&spec, scales.data(), rows.data() + row * channels, features.data());
    for (std::size_t c = 0; c < channels; ++c) out[c * window + i] = static_cast<float>(features[c]) * fixed_step;
  }
}

Json SeriesFrontEnd::json() const {
  auto channels = Json::list();
  for (const auto& channel : state_->channels) {
    auto one = Json::map();
    one.set("name", channel.name).set("step", channel.step).set("normalization", name_of(channel.kernel.normalization));
    one.set("mean_q8", std::int64_t{channel.kernel.mean_q8}).set("multiplier", std::int64_t{channel.kernel.multiplier});
    one.set("shift", std::int64_t{channel.kernel.shift});
    one.set("least_deviation", std::int64_t{channel.kernel.least_deviation});
    channels.push(std::move(one));
  }
  auto json = Json::map();
  json.set("type", "series").set("arithmetic", "integer").set("rate", state_->timing.rate);
  json.set("window", state_->timing.window).set("hop", state_->timing.hop).set("anchor", state_->timing.anchor);
  json.set("channels", std::move(channels)).set("shape", Json::list_of(state_->shape));
  return json.set("lsb", static_cast<double>(fixed_step));
}

bool is_series(const Json& front_end) {
  return front_end.at("type").is_text() && front_end.at("type").text() == "series";
}

}  // namespace espalier::datasets
