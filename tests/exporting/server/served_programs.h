// Options of a server export for tests.
#pragma once
#include <string>
#include <vector>

#include "base/files.h"
#include "exporting/onnx/quantized_writer.h"
#include "exporting/random_programs.h"
#include "exporting/server/writer.h"
#include "reporting/scratch_folder.h"

namespace espalier::exporting::server {

inline std::vector<std::string> some_labels(std::int64_t count) {
  std::vector<std::string> labels;
  for (std::int64_t i = 0; i < count; ++i) labels.push_back("word " + std::to_string(i));
  return labels;
}

/// A quantized model without a front end.
inline Options options_of(const integer::Program& program) {
  Options options;
  options.name = "a run";
  options.ends = interface_of(program);
  options.labels = some_labels(options.ends.output_shape[0]);
  const auto bytes = onnx::write_quantized(program, {"", options.labels, ""});
  options.model.assign(bytes.begin(), bytes.end());
  options.exact_option = true;
  options.front_end = "{}";
  return options;
}

/// A network that hears 25 frames of 10 MFCC, and features that are none: nothing here compares them.
inline Options hearing_options() {
  random_programs::Builder net(3, "listener");
  net.dense(net.mean(net.input({24, 10, 1}), true), 4, true, integer::Clamp::none);
  auto options = options_of(net.program);
  c::AudioFrontEnd front_end;
  front_end.spec = {8000, 320, 160, 512, 20, 50.0f, 3600.0f, 10, 1e-6f, 1, 0, 0};
  front_end.clip_samples = 4000;
  options.sound = Sound{front_end, 0, std::string(240, '\3')};
  options.front_end = R"({"type": "mfcc", "sample_rate": 8000, "clip_samples": 4000})";
  return options;
}

struct ServedFolder {
  explicit ServedFolder(const Options& options) {
    for (const auto& file : write(options)) write_atomically(path() / file.path, file.text);
  }
  std::filesystem::path path() const { return scratch / "server"; }
  /// Replaces the first occurrence in a file.
  void damage(const std::string& file, const std::string& from, const std::string& to) const {
    auto text = read_text(path() / file);
    const auto at = text.find(from);
    if (at == std::string::npos) throw std::logic_error(file + " lacks " + from);
    write_atomically(path() / file, text.replace(at, from.size(), to));
  }

  ScratchFolder scratch;
};

}  // namespace espalier::exporting::server
