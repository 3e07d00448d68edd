// Features of one sound by every variant of the front end, for frontend_judges.py.
//   frontend_dump PCM OUT [key=value ...]
// PCM: raw int16, little endian, any length. Keys: the fields of espalier_audio_spec, and scale and zero_point of an
// int8 model input. Writes OUT.float (float32), OUT.fixed (int32, Q16) and, with a scale, OUT.float8 and OUT.fixed8
// (int8), each [frames][features]; prints frames and features.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "device_runtime/audio_frontend_tables.h"

namespace {

using namespace espalier::device_runtime;

using Settings = std::map<std::string, double>;

Settings read_settings(int argc, char** argv) {
  Settings settings;
  for (int i = 3; i < argc; ++i) {
    const std::string text = argv[i];
    const auto equals = text.find('=');
    if (equals == std::string::npos) throw std::invalid_argument("not key=value: " + text);
    settings[text.substr(0, equals)] = std::stod(text.substr(equals + 1));
  }
  return settings;
}

espalier_audio_spec read_spec(const Settings& settings) {
  espalier_audio_spec spec = espalier_audio_default_spec();
  const std::map<std::string, std::int32_t*> whole = {
      {"sample_rate", &spec.sample_rate}, {"window_samples", &spec.window_samples},
      {"hop_samples", &spec.hop_samples}, {"fft_size", &spec.fft_size},
      {"mel_bands", &spec.mel_bands},     {"coefficients", &spec.coefficients},
      {"mel_scale", &spec.mel_scale},     {"filter_norm", &spec.filter_norm},
      {"spectrum", &spec.spectrum}};
  const std::map<std::string, float*> real = {
      {"low_hz", &spec.low_hz}, {"high_hz", &spec.high_hz}, {"log_floor", &spec.log_floor}};
  for (const auto& [key, value] : settings) {
    if (key == "scale" || key == "zero_point") continue;
    if (const auto found = whole.find(key); found != whole.end())
      *found->second = static_cast<std::int32_t>(value);
    else
      *real.at(key) = static_cast<float>(value);
  }
  return spec;
}

std::vector<std::int16_t> read_pcm(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(std::string("cannot read ") + path);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::int16_t> samples(bytes.size() / 2);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<std::int16_t>(static_cast<unsigned char>(bytes[2 * i]) |
                                           static_cast<unsigned char>(bytes[2 * i + 1]) << 8);
  return samples;
}

template <typename Number>
void write(const std::string& path, const std::vector<Number>& numbers) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(numbers.data()),
             static_cast<std::streamsize>(numbers.size() * sizeof(Number)));
  if (!file) throw std::runtime_error("cannot write " + path);
}

void expect(espalier_audio_status status) {
  if (status != ESPALIER_AUDIO_OK) throw std::runtime_error(espalier_audio_status_text(status));
}

void dump(const std::vector<std::int16_t>& pcm, const Settings& settings, const std::string& out) {
  const AudioFrontendTables tables = build_audio_tables(read_spec(settings));
  const auto floating = tables.float_tables();
  const auto fixed = tables.fixed_tables();
  const std::size_t frames = espalier_audio_frames(&tables.spec, pcm.size());
  const std::size_t width = static_cast<std::size_t>(espalier_audio_features(&tables.spec)), total = frames * width;
  const std::size_t elements = ESPALIER_AUDIO_BLOCK * espalier_audio_work_elements(&tables.spec);
  std::vector<float> samples(pcm.size()), float_work(elements), float_features(total);
  std::vector<std::int32_t> fixed_work(elements), fixed_features(total);
  std::transform(pcm.begin(), pcm.end(), samples.begin(),
                 [](std::int16_t value) { return static_cast<float>(value) / 32768.0f; });
  expect(espalier_audio_float_clip_blocks(&floating, samples.data(), samples.size(), float_work.data(), elements,
                                          float_features.data(), total));
  expect(espalier_audio_fixed_clip_blocks(&fixed, pcm.data(), pcm.size(), fixed_work.data(), elements,
                                          fixed_features.data(), total));
  write(out + ".float", float_features);
  write(out + ".fixed", fixed_features);
  if (settings.count("scale")) {
    const auto quantizer =
        feature_quantizer(settings.at("scale"), static_cast<std::int32_t>(settings.at("zero_point")));
    std::vector<std::int8_t> codes(total);
    espalier_audio_quantize_float(&quantizer, float_features.data(), total, codes.data());
    write(out + ".float8", codes);
    espalier_audio_quantize_fixed(&quantizer, fixed_features.data(), total, codes.data());
    write(out + ".fixed8", codes);
  }
  std::printf("%zu %zu\n", frames, width);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 3) throw std::invalid_argument("usage: frontend_dump PCM OUT [key=value ...]");
    dump(read_pcm(argv[1]), read_settings(argc, argv), argv[2]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "frontend_dump: %s\n", error.what());
    return 1;
  }
}
