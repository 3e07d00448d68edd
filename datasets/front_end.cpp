#include "datasets/front_end.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "datasets/audio_file.h"
#include "device_runtime/audio_frontend_tables.h"

namespace espalier::datasets {
namespace {

constexpr float fixed_step = 1.0f / 65536.0f;  // of a feature in Q16

std::int32_t samples_of(schema::Milliseconds duration, std::int64_t rate) {
  return static_cast<std::int32_t>(std::lround(duration.value * static_cast<double>(rate) / 1000.0));
}

std::int32_t power_of_two_from(std::int32_t least) {
  std::int32_t size = 16;
  while (size < least && size < ESPALIER_AUDIO_MOST_FFT) size *= 2;
  return size;
}

espalier_audio_spec spec_of(const FeatureOptions& options) {
  espalier_audio_spec spec = espalier_audio_default_spec();
  spec.sample_rate = static_cast<std::int32_t>(options.sample_rate);
  spec.window_samples = samples_of(options.window, options.sample_rate);
  spec.hop_samples = samples_of(options.hop, options.sample_rate);
  spec.fft_size = power_of_two_from(spec.window_samples);
  spec.mel_bands = static_cast<std::int32_t>(options.mel_bands);
  spec.low_hz = static_cast<float>(options.low_hz);
  spec.high_hz = static_cast<float>(options.high_hz);
  spec.coefficients = options.type == "mfcc" ? static_cast<std::int32_t>(options.coefficients) : 0;
  spec.log_floor = static_cast<float>(options.log_floor);
  spec.mel_scale = options.mel_scale == "htk" ? ESPALIER_MEL_HTK : ESPALIER_MEL_SLANEY;
  spec.filter_norm = options.filter_norm == "none" ? ESPALIER_FILTER_NORM_NONE : ESPALIER_FILTER_NORM_SLANEY;
  spec.spectrum = options.spectrum == "power" ? ESPALIER_SPECTRUM_POWER : ESPALIER_SPECTRUM_MAGNITUDE;
  return spec;
}

espalier_audio_spec spec_of(const Json& json) {
  const auto whole = [&](const char* key) { return static_cast<std::int32_t>(json.at(key).integer()); };
  espalier_audio_spec spec{};
  spec.sample_rate = whole("sample_rate");
  spec.window_samples = whole("window_samples");
  spec.hop_samples = whole("hop_samples");
  spec.fft_size = whole("fft_size");
  spec.mel_bands = whole("mel_bands");
  spec.low_hz = static_cast<float>(json.at("low_hz").number());
  spec.high_hz = static_cast<float>(json.at("high_hz").number());
  spec.coefficients = json.at("type").text() == "mfcc" ? whole("coefficients") : 0;
  spec.log_floor = static_cast<float>(json.at("log_floor").number());
  spec.mel_scale = json.at("mel_scale").text() == "htk" ? ESPALIER_MEL_HTK : ESPALIER_MEL_SLANEY;
  spec.filter_norm = json.at("filter_norm").text() == "none" ? ESPALIER_FILTER_NORM_NONE : ESPALIER_FILTER_NORM_SLANEY;
  spec.spectrum = json.at("spectrum").text() == "power" ? ESPALIER_SPECTRUM_POWER : ESPALIER_SPECTRUM_MAGNITUDE;
  return spec;
}

}  // namespace

void FeatureOptions::describe(schema::Describe<FeatureOptions>& d) {
  d.about("spectral features, computed by the device's own code", "Zhang et al. 2017, arXiv:1711.07128");
  d.key("type", &FeatureOptions::type, "what each frame becomes").one_of({"mfcc", "log_mel"});
  d.key("arithmetic", &FeatureOptions::arithmetic, "integer: equal on every processor").one_of({"integer", "float32"});
  d.key("sample_rate", &FeatureOptions::sample_rate, "of the microphone").range(1000, 192000).in("Hz");
  d.key("clip", &FeatureOptions::clip, "what the network hears at once").range(1, 60000);
  d.key("window", &FeatureOptions::window, "length of a frame").range(0.1, 1000);
  d.key("hop", &FeatureOptions::hop, "from frame to frame").range(0.1, 1000);
  d.key("mel_bands", &FeatureOptions::mel_bands, "triangular filters").range(1, ESPALIER_AUDIO_MOST_BANDS);
  d.key("coefficients", &FeatureOptions::coefficients, "kept of the cosine transform (mfcc)")
      .range(1, ESPALIER_AUDIO_MOST_BANDS);
  d.key("low_hz", &FeatureOptions::low_hz, "lower edge of the first filter").range(0, 96000).in("Hz");
  d.key("high_hz", &FeatureOptions::high_hz, "upper edge of the last filter").range(1, 96000).in("Hz");
  d.key("log_floor", &FeatureOptions::log_floor, "energies below it count as it").range(1e-30, 1);
  d.key("mel_scale", &FeatureOptions::mel_scale, "from hertz to mel").one_of({"htk", "slaney"});
  d.key("filter_norm", &FeatureOptions::filter_norm, "height 1, or equal areas").one_of({"none", "slaney"});
  d.key("spectrum", &FeatureOptions::spectrum, "what the filters sum").one_of({"power", "magnitude"});
}

struct FrontEnd::State {
  /// Throws std::invalid_argument where the front end refuses.
  State(const espalier_audio_spec& wanted, bool integer_arithmetic, std::int64_t clip_samples)
      : spec(wanted),
        integer(integer_arithmetic),
        samples(clip_samples),
        tables(device_runtime::build_audio_tables(wanted)) {
    const auto frames = static_cast<std::int64_t>(espalier_audio_frames(&spec, static_cast<std::size_t>(samples)));
    if (frames < 1) throw std::invalid_argument(espalier_audio_status_text(ESPALIER_AUDIO_SHORT_CLIP));
    shape = {1, frames, espalier_audio_features(&spec)};
    work = ESPALIER_AUDIO_BLOCK * espalier_audio_work_elements(&spec);
  }

  espalier_audio_spec spec;
  bool integer;
  std::int64_t samples;
  device_runtime::AudioFrontendTables tables;
  std::vector<std::int64_t> shape;
  std::size_t work = 0;
};

FrontEnd::FrontEnd(const FeatureOptions& options, const std::string& origin, std::vector<Problem>& problems) {
  try {
    state_ = std::make_shared<const State>(spec_of(options), options.arithmetic == "integer",
                                           samples_of(options.clip, options.sample_rate));
  } catch (const std::invalid_argument& refusal) {
    problems.push_back({origin, fmt::format("features: the front end refuses these settings: {}", refusal.what())});
  }
}

FrontEnd::FrontEnd(const Json& json) {
  try {
    state_ = std::make_shared<const State>(spec_of(json), json.at("arithmetic").text() == "integer",
                                           json.at("clip_samples").integer());
  } catch (const std::invalid_argument& refusal) {
    mistake("front_end", refusal.what());
  }
}

FrontEnd::~FrontEnd() = default;
FrontEnd::FrontEnd(FrontEnd&&) noexcept = default;
FrontEnd& FrontEnd::operator=(FrontEnd&&) noexcept = default;

std::int64_t FrontEnd::rate() const { return state_->spec.sample_rate; }
std::int64_t FrontEnd::samples() const { return state_->samples; }
const std::vector<std::int64_t>& FrontEnd::shape() const { return state_->shape; }
std::int64_t FrontEnd::elements() const { return state_->shape[1] * state_->shape[2]; }
const espalier_audio_spec& FrontEnd::spec() const { return state_->spec; }
bool FrontEnd::is_integer() const { return state_->integer; }

void FrontEnd::compute(std::span<const std::int16_t> clip, std::span<float> out) const {
  const auto& state = *state_;
  if (static_cast<std::int64_t>(clip.size()) != samples() || static_cast<std::int64_t>(out.size()) != elements())
    fail(fmt::format("front end: {} samples into {} features, where {} and {} are due", clip.size(), out.size(),
                     samples(), elements()));
  espalier_audio_status status;
  if (state.integer) {
    thread_local std::vector<std::int32_t> work, rows;
    work.resize(std::max(work.size(), state.work));
    rows.resize(std::max(rows.size(), out.size()));
    const auto tables = state.tables.fixed_tables();
    status = espalier_audio_fixed_clip_blocks(&tables, clip.data(), clip.size(), work.data(), work.size(), rows.data(),
                                              out.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(rows[i]) * fixed_step;
  } else {
    thread_local std::vector<float> work, audio;
    work.resize(std::max(work.size(), state.work));
    audio.resize(clip.size());
    for (std::size_t i = 0; i < clip.size(); ++i) audio[i] = static_cast<float>(clip[i]) * (1.0f / 32768.0f);
    const auto tables = state.tables.float_tables();
    status = espalier_audio_float_clip_blocks(&tables, audio.data(), audio.size(), work.data(), work.size(), out.data(),
                                              out.size());
  }
  if (status != ESPALIER_AUDIO_OK) fail(fmt::format("front end: {}", espalier_audio_status_text(status)));
}

void FrontEnd::compute_frame(std::span<const std::int16_t> frame, std::span<float> row) const {
  const auto& state = *state_;
  if (frame.size() != static_cast<std::size_t>(state.spec.window_samples) ||
      static_cast<std::int64_t>(row.size()) != state.shape[2])
    fail(fmt::format("front end: a frame of {} samples into {} features, where {} and {} are due", frame.size(),
                     row.size(), state.spec.window_samples, state.shape[2]));
  if (!state.integer) {
    thread_local std::vector<float> work;
    work.resize(std::max(work.size(), state.work));
    const auto tables = state.tables.float_tables();
    return espalier_audio_float_frame_pcm(&tables, frame.data(), work.data(), row.data());
  }
  thread_local std::vector<std::int32_t> work, fixed;
  work.resize(std::max(work.size(), state.work));
  fixed.resize(std::max(fixed.size(), row.size()));
  const auto tables = state.tables.fixed_tables();
  espalier_audio_fixed_frame(&tables, frame.data(), work.data(), fixed.data());
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = static_cast<float>(fixed[i]) * fixed_step;
}

Json FrontEnd::json() const {
  const auto& spec = state_->spec;
  Json json = Json::map();
  json.set("type", spec.coefficients > 0 ? "mfcc" : "log_mel");
  json.set("arithmetic", state_->integer ? "integer" : "float32");
  json.set("sample_rate", std::int64_t{spec.sample_rate});
  json.set("clip_samples", state_->samples);
  json.set("window_samples", std::int64_t{spec.window_samples});
  json.set("hop_samples", std::int64_t{spec.hop_samples});
  json.set("fft_size", std::int64_t{spec.fft_size});
  json.set("mel_bands", std::int64_t{spec.mel_bands});
  json.set("low_hz", static_cast<double>(spec.low_hz));
  json.set("high_hz", static_cast<double>(spec.high_hz));
  json.set("coefficients", std::int64_t{spec.coefficients});
  json.set("log_floor", static_cast<double>(spec.log_floor));
  json.set("mel_scale", spec.mel_scale == ESPALIER_MEL_HTK ? "htk" : "slaney");
  json.set("filter_norm", spec.filter_norm == ESPALIER_FILTER_NORM_NONE ? "none" : "slaney");
  json.set("spectrum", spec.spectrum == ESPALIER_SPECTRUM_POWER ? "power" : "magnitude");
  json.set("shape", Json::list_of(state_->shape));
  json.set("lsb", state_->integer ? static_cast<double>(fixed_step) : 0.0);
  return json;
}

std::vector<float> features_of_audio_file(const FrontEnd& front_end, const std::string& path) {
  const AudioWanted anything{front_end.rate(), true, true};
  const auto clip = fit_clip(read_audio(path, anything), front_end.samples(), false);
  std::vector<float> features(static_cast<std::size_t>(front_end.elements()));
  front_end.compute(clip, features);
  return features;
}

}  // namespace espalier::datasets
