#include "exporting/c/writer.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "exporting/c/anomaly_source.h"
#include "exporting/c/c_text.h"
#include "exporting/c/found_source.h"
#include "exporting/c/front_end_source.h"
#include "exporting/c/image_source.h"
#include "exporting/c/keyword_stream_source.h"
#include "exporting/c/known_answer_source.h"
#include "exporting/c/model_source.h"
#include "exporting/c/runtime_files.h"
#include "exporting/c/series_source.h"
#include "integer/storage.h"

namespace espalier::exporting::c {
namespace {

constexpr std::string_view options_header = "device_runtime/build_options.h";

std::int64_t aligned(std::int64_t bytes) {
  return (bytes + integer::arena_alignment - 1) / integer::arena_alignment * integer::arena_alignment;
}

/// "espalier_kws_distill": an identifier of C and CMake, and an Arduino library's name.
std::string project_of(const std::string& name) {
  std::string project = "espalier_";
  for (const char c : name) project += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return project;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

/// The front end works before or behind the input, which it writes; the arena grows where neither is large enough.
Layout layout_of(const integer::Program& program, const Options& options) {
  Layout layout;
  layout.encodings = integer::weight_encodings(program);
  layout.plan = integer::plan_arena(program, layout.encodings);
  layout.arena_bytes = layout.plan.bytes;
  if (!options.front_end) return layout;
  const auto& input = program.activations[static_cast<std::size_t>(program.input)];
  const auto begin = layout.plan.offsets[static_cast<std::size_t>(program.input)];
  const auto work = aligned(front_end_work_bytes(*options.front_end));
  layout.front_end_offset = begin >= work ? 0 : aligned(begin + integer::elements(input.shape));
  layout.arena_bytes = std::max(layout.arena_bytes, layout.front_end_offset + work);
  return layout;
}

/// "sparse int8 (3 layers, 8,000 weights in 5,012 bytes), int8 (…)".
std::string encodings_text(const std::vector<integer::WeightEncoding>& encodings) {
  struct Sum {
    std::int64_t layers = 0, weights = 0, bytes = 0;
  };
  std::map<std::string, Sum> sums;
  for (const auto& encoding : encodings) {
    if (encoding.count == 0) continue;
    auto& sum = sums[encoding.name()];
    ++sum.layers, sum.weights += encoding.count, sum.bytes += encoding.bytes();
  }
  std::vector<std::string> parts;
  for (const auto& [name, sum] : sums)
    parts.push_back(fmt::format("{} ({} layer{}, {} weights in {} bytes)", name, sum.layers, sum.layers == 1 ? "" : "s",
                                grouped_text(sum.weights), grouped_text(sum.bytes)));
  return parts.empty() ? "there are none" : join(parts, ", ");
}

/// Gathers the folder's files.
class Folder {
 public:
  Folder(const integer::Program& program, const Options& options)
      : program_(program), options_(options), layout_(layout_of(program, options)) {}

  std::vector<File> write() {
    add_model();
    add_kernels();
    add_project();
    std::sort(files_.begin(), files_.end(), [](const File& a, const File& b) { return a.path < b.path; });
    return std::move(files_);
  }

 private:
  void add(std::string path, std::string text) {
    if (!text.empty()) files_.push_back({std::move(path), std::move(text)});
  }

  void add_model() {
    const auto model = model_source(program_, layout_, options_.name);
    add("model.h", model.header);
    add("model.c", model.source);
    add("labels.c", model.labels);
    const auto known = known_answer_source(program_, options_);
    add("known_answer.h", known.header);
    add("known_answer.c", known.source);
    const auto found = found_source(program_, options_);
    add("found.h", found.header);
    add("found.c", found.source);
    const auto anomaly = anomaly_source(program_, options_);
    add("anomaly.h", anomaly.header);
    add("anomaly.c", anomaly.source);
    if (options_.keywords && !options_.front_end) fail("keywords in a stream want a front end that hears");
    if (!options_.front_end && !options_.series && !options_.image) return;
    const auto front_end =
        options_.series  ? series_source(program_, *options_.series, options_.name)
        : options_.image ? image_source(program_, *options_.image, options_.name)
                         : front_end_source(program_, *options_.front_end, layout_.front_end_offset, options_.name);
    add("front_end.h", front_end.header);
    add("front_end.c", front_end.source);
    if (!options_.keywords) return;
    const auto output_offset = layout_.plan.offsets[static_cast<std::size_t>(program_.output)];
    const auto stream =
        keyword_stream_source(program_, *options_.front_end, *options_.keywords, output_offset, options_.name);
    add("keyword_stream.h", stream.header);
    add("keyword_stream.c", stream.source);
  }

  void add_kernels() {
    std::vector<std::string> sources;
    for (const auto& file : files_) sources.push_back(file.text);
    std::string names;
    for (const auto& file : needed_files(sources, runtime_texts())) {
      const bool is_source = ends_with(file.path, ".c");
      const auto path = is_source ? std::string(file.path.substr(file.path.rfind('/') + 1)) : std::string(file.path);
      if (file.path == options_header) {
        add(path, filled(template_text("build_options.h"), {{"LICENSE", std::string(generated_license)}}));
      } else {
        add(path, std::string(file.text));
        names += concat("    ", path, "\n");
      }
    }
    add("NOTICE", filled(template_text("NOTICE"), {{"KERNELS", names}}));
    add("LICENSE-APACHE", std::string(license_texts().front().text));
  }

  void add_project() {
    const auto values = project_values();
    for (const auto& file : template_texts()) {
      const auto path = std::string(file.path.substr(0, file.path.size() - 3));
      const bool is_folder_file = path.find('/') != path.npos || path == "CMakeLists.txt" || path == "README.md" ||
                                  path == "library.properties" || path == "LICENSE-0BSD";
      if (path == "bench/front_end_bench.c" || starts_with(path, "series/") || starts_with(path, "image/")) continue;
      if (path == "host/listen.c" && !options_.keywords) continue;
      if (is_folder_file) add(path, filled(file.text, values));
    }
  }

  std::vector<Replacement> stream_values(const std::string& project) const {
    if (!options_.keywords) return {{"LISTEN_TARGET", ""}, {"LISTENING", ""}};
    const auto rate = std::to_string(options_.front_end->spec.sample_rate);
    return {{"SAMPLE_RATE", rate},
            {"LISTEN_TARGET",
             concat("  add_executable(listen host/listen.c)\n  target_link_libraries(listen PRIVATE ", project, ")\n")},
            {"LISTENING", filled(template_text("listening.md"), {{"SAMPLE_RATE", rate}})}};
  }

  std::vector<Replacement> project_values() const {
    const auto project = project_of(options_.name);
    const bool hears = options_.front_end.has_value(),
               senses = hears || options_.series.has_value() || options_.image.has_value();
    std::string sources, zephyr_sources;
    for (const auto& file : files_)
      if (ends_with(file.path, ".c")) {
        sources += concat("  ", file.path, "\n");
        zephyr_sources += concat("    ${CMAKE_CURRENT_LIST_DIR}/../", file.path, "\n");
      }
    if (!sources.empty()) sources.pop_back();
    const auto activation = [&](integer::Id id) {
      return describe(program_.activations[static_cast<std::size_t>(id)]);
    };
    std::vector<Replacement> values = {
        {"TITLE", comment_text(options_.name)},
        {"LICENSE", std::string(generated_license)},
        {"PROJECT", project},
        {"KCONFIG", upper(project)},
        {"SOURCES", sources},
        {"ZEPHYR_SOURCES", zephyr_sources},
        {"NAME_LITERAL", string_literal(options_.name)},
        {"INPUT", activation(program_.input)},
        {"OUTPUT", activation(program_.output)},
        {"CONSTANT_BYTES", std::to_string(integer::storage_of(program_).flash_bytes)},
        {"ENCODINGS", encodings_text(layout_.encodings)},
        {"ARENA_BYTES", std::to_string(layout_.arena_bytes)},
        {"STEPS", std::to_string(program_.instructions.size())},
        {"FRONT_END_INCLUDE", senses ? "#include \"front_end.h\"\n" : ""},
        {"FRONT_END_BENCH", hears             ? std::string(template_text("bench/front_end_bench.c"))
                            : options_.series ? std::string(template_text("series/front_end_bench.c"))
                            : options_.image  ? std::string(template_text("image/front_end_bench.c"))
                                              : ""},
        {"FRONT_END_CALL", senses ? "  if (!bench_front_end()) well = 0;\n" : ""},
        {"FRONT_END_ROW", front_end_row()},
        {"USE_INPUT", use_input()},
        {"FILES",
         concat(program_.labels.empty() ? "" : "| `labels.c` | the outputs' names |\n",
                options_.boxes || options_.points ? "| `found.h`, `found.c` | what the outputs found in a picture |\n"
                                                  : "",
                options_.anomaly ? "| `anomaly.h`, `anomaly.c` | whether the input was normal |\n" : "",
                hears            ? "| `front_end.h`, `front_end.c` | sound to the network's input |\n"
                : options_.image ? "| `front_end.h`, `front_end.c` | a camera's frame to the network's input |\n"
                : senses         ? "| `front_end.h`, `front_end.c` | rows of samples to the network's input |\n"
                                 : "",
                options_.keywords ? "| `keyword_stream.h`, `keyword_stream.c` | blocks of sound to keywords |\n"
                                    "| `host/listen.c` | keywords in raw sound on standard input |\n"
                                  : "")},
    };
    for (auto& value : stream_values(project)) values.push_back(std::move(value));
    return values;
  }

  std::string front_end_row() const {
    if (options_.front_end)
      return fmt::format("| front end | {} samples of {} Hz, {} bytes of work inside the arena |\n",
                         options_.front_end->clip_samples, options_.front_end->spec.sample_rate,
                         front_end_work_bytes(*options_.front_end));
    if (options_.series)
      return fmt::format("| front end | {} rows of {} channels, {} a second; its ring takes {} bytes of RAM more |\n",
                         options_.series->window, options_.series->channels.size(), number_text(options_.series->rate),
                         series_ring_bytes(*options_.series));
    if (options_.image)
      return fmt::format("| front end | frames of any size in RGB888, BGR888, RGB565 or gray to {} x {} x {} |\n",
                         options_.image->spec.width, options_.image->spec.height, options_.image->spec.channels);
    return "";
  }

  std::string use_input() const {
    if (options_.front_end) return "    if (front_end_clip(&network, clip, FRONT_END_CLIP_SAMPLES) != MODEL_OK) …;\n";
    if (options_.series)
      return "    static front_end sensors;  /* front_end_start(&sensors) once, front_end_push(&sensors, row) for "
             "every row */\n"
             "    if (front_end_take(&sensors, &network) != MODEL_OK) …;\n";
    if (options_.image)
      return "    espalier_frame frame = {pixels, 320, 240, 640, ESPALIER_PIXELS_RGB565};\n"
             "    if (front_end_image(&network, &frame) != MODEL_OK) …;\n";
    return "    memcpy(model_input(&network), quantized, MODEL_INPUT_BYTES);\n";
  }

  const integer::Program& program_;
  const Options& options_;
  Layout layout_;
  std::vector<File> files_;
};

}  // namespace

std::vector<File> write(const integer::Program& program, const Options& options) {
  integer::check(program);
  return Folder(program, options).write();
}

std::int64_t arena_bytes(const integer::Program& program, const Options& options) {
  return layout_of(program, options).arena_bytes;
}

}  // namespace espalier::exporting::c
