#include "deployment/c_export.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "datasets/front_end.h"
#include "datasets/image_front_end.h"
#include "datasets/series_front_end.h"
#include "deployment/anomaly_detector.h"
#include "deployment/artifact_folder.h"
#include "deployment/streaming_model.h"
#include "exporting/c/host_build.h"
#include "exporting/c/object_sizes.h"
#include "exporting/c/writer.h"
#include "exporting/golden.h"
#include "integer/twin.h"
#include "tasks/box_decoding.h"
#include "tasks/centroid_detection.h"

namespace espalier::deployment {
namespace {

namespace fs = std::filesystem;
using reporting::Status;
using reporting::Verification;

constexpr std::int64_t most_traced = 8;  // samples that are compared layer by layer

/// A new folder for compiled files, removed with its content.
class BuildFolder {
 public:
  BuildFolder() {
    std::string pattern = (fs::temp_directory_path() / "espalier_c_XXXXXX").string();
    if (!::mkdtemp(pattern.data())) fail(concat(pattern, ": cannot be made"));
    path_ = pattern;
  }
  BuildFolder(const BuildFolder&) = delete;
  BuildFolder& operator=(const BuildFolder&) = delete;
  ~BuildFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::optional<exporting::c::SeriesFrontEnd> series_of(const Json& json) {
  if (!datasets::is_series(json)) return std::nullopt;
  const datasets::SeriesFrontEnd given(json);
  exporting::c::SeriesFrontEnd front_end;
  for (const auto& channel : given.channels()) {
    front_end.channels.push_back(channel.kernel);
    front_end.names.push_back(channel.name);
    front_end.steps.push_back(channel.step);
  }
  front_end.rate = given.timing().rate;
  front_end.window = given.timing().window;
  front_end.hop = given.timing().hop;
  front_end.anchor = given.timing().anchor;
  return front_end;
}

std::optional<exporting::c::ImageFrontEnd> image_of(const Json& json) {
  if (!datasets::is_image(json)) return std::nullopt;
  const datasets::ImageFrontEnd front_end(json);
  return exporting::c::ImageFrontEnd{front_end.spec(), front_end.levels()};
}

bool decodes(const Json& front_end, const char* type) {
  const auto& decoding = front_end.at("decoding");
  return decoding.is_map() && decoding.at("type").is_text() && decoding.at("type").text() == type;
}

/// Null for a model that finds no boxes.
std::unique_ptr<tasks::DeviceBoxDecoder> box_decoder_of(const integer::Program& program, const Json& front_end) {
  if (!decodes(front_end, "boxes")) return nullptr;
  tasks::BoxGrid grid;
  tasks::SuppressionOptions options;
  tasks::from_json(front_end.at("decoding"), program.name, grid, options);
  const auto& output = program.activations[static_cast<std::size_t>(program.output)];
  return std::make_unique<tasks::DeviceBoxDecoder>(grid, options, output.scale, output.zero_point);
}

std::optional<espalier_centroid_decoder> point_decoder_of(const integer::Program& program, const Json& front_end) {
  if (!decodes(front_end, "centroids")) return std::nullopt;
  double least_score = 0.5;
  const auto grid = tasks::centroid_grid_of(front_end.at("decoding"), program.name, least_score);
  return tasks::device_decoder(grid, least_score, program.activations[static_cast<std::size_t>(program.output)].scale);
}

/// The first output that the compiled layers write otherwise than the twin, in words; empty: none.
std::string differing_layer(const integer::Program& program, const exporting::Golden& golden,
                            const fs::path& compiled) {
  const auto samples = std::min(golden.samples, most_traced);
  const auto each = golden.x.size() / static_cast<std::size_t>(golden.samples);
  const auto inputs = std::span(golden.x).first(static_cast<std::size_t>(samples) * each);
  const auto found = exporting::c::run_samples(compiled, inputs, true);
  const integer::Twin twin(program, integer::Arithmetic::tflm, 1);
  std::size_t at = 0;
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    const auto trace = twin.trace(inputs.subspan(static_cast<std::size_t>(sample) * each, each));
    for (std::size_t step = 0; step < program.instructions.size(); ++step) {
      const auto id = integer::output_of(program.instructions[step]);
      const auto& expected = trace[static_cast<std::size_t>(id)];
      if (found.size() < at + expected.size()) return "the compiled C wrote too little";
      if (!std::equal(expected.begin(), expected.end(), found.begin() + static_cast<std::ptrdiff_t>(at)))
        return concat("layer ", step, " (", program.activations[static_cast<std::size_t>(id)].name,
                      ") writes other bytes than the twin, in sample ", sample);
      at += expected.size();
    }
  }
  return {};
}

/// MODEL_ARENA_BYTES: scratch memory of kernels and front end included.
std::int64_t arena_of(const fs::path& folder) {
  constexpr std::string_view definition = "#define MODEL_ARENA_BYTES ";
  const auto text = read_text(folder / "model.h");
  const auto at = text.find(definition);
  if (at == std::string::npos) fail("model.h defines no MODEL_ARENA_BYTES");
  return std::strtoll(text.c_str() + at + definition.size(), nullptr, 10);
}

void take_cost(const Student& student, const fs::path& folder, const fs::path& scratch, reporting::Artifact& artifact) {
  reporting::RuntimeCost cost;
  const auto sizes = exporting::c::measure_on_cortex_m4(folder, scratch);
  cost.runtime = sizes ? concat("C (", sizes->target, ")") : "C";
  if (sizes) cost.code = sizes->code, cost.constants = sizes->constants;
  if (student.program) {
    const std::vector<std::int64_t> no_scratch;
    cost.plan = integer::plan_arena(*student.program, no_scratch).bytes;
    cost.kernel_scratch = arena_of(folder) - *cost.plan;
  }
  artifact.runtimes.push_back(std::move(cost));
}

Verification compiled_and_run(Verification v, const Student& student, const RunFolder& folder,
                              const exporting::c::Compiler& compiler, reporting::Artifact& artifact) {
  const auto refused = [&](std::string reason) {
    v.status = Status::failed;
    v.reason = std::move(reason);
    return v;
  };
  const BuildFolder build;
  const auto source = folder.path / artifact.path, program = build.path() / "run_samples";
  auto flags = exporting::c::strict_flags();
  flags.emplace_back("-O2");
  if (const auto said = exporting::c::compile(compiler, source, "host/run_samples.c", program, flags))
    return refused(*said);
  const auto golden = exporting::read_golden(folder.golden());
  const auto y = exporting::c::run_samples(program, golden.x);
  if (y.size() != golden.y.size())
    return refused(concat("the compiled C wrote ", y.size(), " bytes, not ", golden.y.size()));
  int largest = 0;
  for (std::size_t i = 0; i < y.size(); ++i) largest = std::max(largest, std::abs(y[i] - golden.y[i]));
  v.samples = golden.samples;
  v.max_lsb = largest;
  const auto layer = student.program ? differing_layer(*student.program, golden, program) : std::string();
  if (!layer.empty()) return refused(layer);
  if (largest > 0) return refused(concat("the C computes other bytes than golden.npz, by up to ", largest));
  take_cost(student, source, build.path(), artifact);
  v.status = Status::passed;
  return v;
}

}  // namespace

std::optional<exporting::c::AudioFrontEnd> audio_front_end(const Json& json) {
  const bool hears =
      json.at("type").is_text() && (json.at("type").text() == "mfcc" || json.at("type").text() == "log_mel");
  if (!hears) return std::nullopt;
  const datasets::FrontEnd front_end(json);
  return exporting::c::AudioFrontEnd{front_end.spec(), front_end.is_integer(), front_end.samples()};
}

reporting::Artifact write_c_folder(const integer::Program& program, const std::string& name, const Json& front_end,
                                   const std::optional<reporting::Streaming>& streaming, const RunFolder& folder) {
  exporting::c::Options options;
  options.name = name;
  options.front_end = audio_front_end(front_end);
  options.image = image_of(front_end);
  if (options.front_end && streaming) options.keywords = device_settings(*streaming, front_end, program.labels);
  options.series = series_of(front_end);
  const auto boxes = box_decoder_of(program, front_end);
  if (boxes) options.boxes = boxes->decoder();
  options.points = point_decoder_of(program, front_end);
  options.anomaly = anomaly_settings(program, front_end);
  options.golden = exporting::read_golden(folder.golden());
  return write_artifact_folder("c", exporting::c::write(program, options), folder.c(), folder);
}

Verification read_back_c(const Student& student, const RunFolder& folder, reporting::Artifact& artifact) {
  Verification v;
  v.artifact = artifact.path;
  v.level = reporting::Level::readback;
  v.judge = "C compiler and twin";
  const auto compiler = exporting::c::find_compiler();
  if (!compiler) {
    v.reason = "no C compiler was found (cc, gcc, clang or $CC)";
    return v;
  }
  v.version = compiler->version;
  try {
    return compiled_and_run(v, student, folder, *compiler, artifact);
  } catch (const Error& e) {
    v.status = Status::failed;
    v.reason = e.what();
    return v;
  }
}

}  // namespace espalier::deployment
