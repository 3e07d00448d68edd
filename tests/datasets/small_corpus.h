// Tiny corpora that the tests write themselves.
#pragma once
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "datasets/dataset.h"
#include "schema/document.h"
#include "schema/registry.h"

namespace espalier::datasets {
void enlist(schema::Registry&);
}

namespace espalier::testing {

namespace fs = std::filesystem;

/// A folder of its own, removed at the end.
class Folder {
 public:
  explicit Folder(const std::string& name) : path_(fs::path(ESPALIER_BINARY_DIR) / "test_folders" / name) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

inline void write_bytes(const fs::path& file, const std::string& bytes) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

inline std::string little(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 0xFF);
  return text;
}

/// A PCM16 WAV, made by hand so that the tests can damage it; `samples` are interleaved.
inline std::string wav_bytes(const std::vector<std::int16_t>& samples, std::uint32_t rate = 16000,
                             std::uint32_t channels = 1) {
  const auto size = static_cast<std::uint32_t>(samples.size() * 2);
  std::string bytes = "RIFF" + little(36 + size, 4) + "WAVEfmt " + little(16, 4) + little(1, 2) + little(channels, 2) +
                      little(rate, 4) + little(rate * channels * 2, 4) + little(channels * 2, 2) + little(16, 2) +
                      "data" + little(size, 4);
  for (const auto sample : samples) bytes += little(static_cast<std::uint16_t>(sample), 2);
  return bytes;
}

/// A tone in noise, distinct for each seed.
inline std::vector<std::int16_t> tone(std::size_t samples, double hertz, std::uint64_t seed, double rate = 16000) {
  Random random(seed, "tone");
  std::vector<std::int16_t> audio(samples);
  for (std::size_t i = 0; i < samples; ++i)
    audio[i] = static_cast<std::int16_t>(8000 * std::sin(6.283185307179586 * hertz * static_cast<double>(i) / rate) +
                                         500 * random.uniform(-1, 1));
  return audio;
}

/// `per_split` clips of each word in each split, listed, and two long noise recordings.
inline void write_corpus(const fs::path& root, const std::vector<std::string>& words, int per_split) {
  std::string validation, testing;
  for (std::size_t w = 0; w < words.size(); ++w)
    for (int i = 0; i < 3 * per_split; ++i) {
      const auto id = words[w] + "/speaker" + std::to_string(i) + "_nohash_0.wav";
      write_bytes(root / id, wav_bytes(tone(16000, 300.0 + 200.0 * static_cast<double>(w),
                                            100 * w + static_cast<std::uint64_t>(i))));
      if (i % 3 == 1) validation += id + "\n";
      if (i % 3 == 2) testing += id + "\n";
    }
  write_bytes(root / "validation_list.txt", validation);
  write_bytes(root / "testing_list.txt", testing);
  write_bytes(root / "_background_noise_/hum.wav", wav_bytes(tone(16000 * 30, 50, 7001)));
  write_bytes(root / "_background_noise_/hiss.wav", wav_bytes(tone(16000 * 30, 3000, 7002)));
}

/// The data set that a recipe's `data:` describes, or its Problems.
inline std::shared_ptr<datasets::Dataset> make_data(const std::string& yaml, std::vector<Problem>& problems) {
  schema::Registry registry;
  datasets::enlist(registry);
  return registry.make<datasets::Dataset>("dataset", schema::parse(yaml, "recipe.yaml"), problems);
}

inline std::shared_ptr<datasets::Dataset> make_data(const std::string& yaml) {
  std::vector<Problem> problems;
  auto data = make_data(yaml, problems);
  refuse(problems);
  return data;
}

/// All problems as one text, "origin: text" a line.
inline std::string problems_of(const std::string& yaml) {
  std::vector<Problem> problems;
  make_data(yaml, problems);
  std::string text;
  for (const auto& problem : problems) text += problem.origin + ": " + problem.text + "\n";
  return text;
}

inline std::vector<float> features_of(const datasets::Dataset& data, datasets::Split split, std::int64_t index,
                                      datasets::View view = {}) {
  std::int64_t elements = 1;
  for (const auto extent : data.shape()) elements *= extent;
  std::vector<float> out(static_cast<std::size_t>(elements));
  data.features(split, index, view, out);
  return out;
}

}  // namespace espalier::testing
