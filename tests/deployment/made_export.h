// A run's export folder without a training: a small network of random weights that hears, in every format that needs no
// LibTorch, with golden samples, manifest and a recording.
#pragma once
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/random.h"
#include "datasets/front_end.h"
#include "deployment/c_export.h"
#include "deployment/run_folder.h"
#include "deployment/student.h"
#include "exporting/golden.h"
#include "exporting/manifest.h"
#include "exporting/onnx/quantized_writer.h"
#include "exporting/random_programs.h"
#include "exporting/tflite/writer.h"

namespace espalier::deployment {

inline datasets::FrontEnd default_front_end(const std::string& arithmetic = "integer") {
  std::vector<Problem> problems;
  datasets::FeatureOptions options;
  options.arithmetic = arithmetic;
  datasets::FrontEnd front_end(options, "here", problems);
  refuse(problems);
  return front_end;
}

/// 49 x 10 features -> four words, "_silence_" the last.
inline integer::Program listener(std::uint64_t seed) {
  using exporting::random_programs::Margin;
  exporting::random_programs::Builder net(seed, "listener");
  auto at = net.input({49, 10, 1});
  at = net.conv(at, 8, 5, 3, 2, Margin::same, integer::Clamp::relu);
  at = net.depthwise(at, 3, 1, Margin::same, integer::Clamp::relu);
  net.dense(net.mean(at, true), 4, true, integer::Clamp::none);
  net.program.labels = {"low", "high", "rising", "_silence_"};
  return net.program;
}

inline exporting::Golden golden_of(const integer::Program& program, integer::Arithmetic arithmetic,
                                   std::int64_t samples) {
  auto golden = exporting::golden_of(program);
  golden.samples = samples;
  golden.x = exporting::random_programs::random_inputs(program, samples, 3);
  golden.y.resize(static_cast<std::size_t>(samples * integer::elements(golden.output_shape)));
  integer::Twin(program, arithmetic, 1).run(golden.x, samples, golden.y);
  return golden;
}

inline void write_manifest(const RunFolder& folder) {
  exporting::Manifest manifest;
  manifest.name = "made";
  for (const auto& [format, file] :
       {std::pair{"tflite", folder.tflite()}, std::pair{"onnx", folder.onnx()}, std::pair{"c", folder.c()},
        std::pair{"golden", folder.golden()}, std::pair{"golden", folder.golden_ort()}})
    for (auto& artifact : exporting::artifacts_of(folder.exports(), file.filename().string(), format))
      manifest.artifacts.push_back(std::move(artifact));
  exporting::write_manifest(folder.manifest(), manifest);
}

inline void write_export(const RunFolder& folder, const integer::Program& program, const Json& front_end,
                         std::int64_t samples = 20) {
  exporting::write_golden(folder.golden(), golden_of(program, integer::Arithmetic::tflm, samples));
  exporting::write_golden(folder.golden_ort(), golden_of(program, integer::Arithmetic::ort_f32_even, samples));
  exporting::tflite::Metadata metadata;
  metadata.front_end = front_end.dump();
  write_atomically(folder.tflite(), exporting::tflite::write(program, metadata));
  write_atomically(folder.onnx(), exporting::onnx::write_quantized(program, {}));
  write_c_folder(program, "made", front_end, {}, folder);
  write_manifest(folder);
}

/// Tones that rise and fall in noise.
inline std::vector<std::int16_t> sound(std::size_t samples, std::uint64_t seed) {
  Random random(seed, "sound");
  std::vector<std::int16_t> made(samples);
  double phase = 0;
  for (std::size_t i = 0; i < samples; ++i) {
    phase += 0.1 + 0.3 * static_cast<double>(i % 16000) / 16000;
    made[i] = static_cast<std::int16_t>(9000 * std::sin(phase) + 800 * random.normal());
  }
  return made;
}

inline std::string little_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 0xFF);
  return text;
}

/// 16-bit PCM of one channel at 16 kHz.
inline void write_wav(const std::filesystem::path& file, const std::vector<std::int16_t>& samples) {
  const auto size = static_cast<std::uint32_t>(2 * samples.size());
  std::string bytes = "RIFF" + little_endian(36 + size, 4) + "WAVEfmt " + little_endian(16, 4) + little_endian(1, 2) +
                      little_endian(1, 2) + little_endian(16000, 4) + little_endian(32000, 4) + little_endian(2, 2) +
                      little_endian(16, 2) + "data" + little_endian(size, 4);
  for (const auto sample : samples) bytes += little_endian(static_cast<std::uint16_t>(sample), 2);
  write_atomically(file, bytes);
}

}  // namespace espalier::deployment
