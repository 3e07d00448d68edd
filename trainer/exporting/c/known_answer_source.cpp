#include "exporting/c/known_answer_source.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "exporting/c/c_text.h"
#include "exporting/c/front_end_source.h"
#include "exporting/c/image_source.h"
#include "exporting/c/runtime_files.h"
#include "exporting/c/series_source.h"

namespace espalier::exporting::c {
namespace {

constexpr std::int64_t most_samples = 8, most_input_bytes = 16384;

std::vector<std::int8_t> one_of(const std::vector<std::int8_t>& all, std::int64_t index, std::int64_t size) {
  return {all.begin() + index * size, all.begin() + (index + 1) * size};
}

std::string table(const char* name, const char* size, const std::vector<std::int8_t>& values, std::int64_t samples,
                  std::int64_t each) {
  std::string all = fmt::format("static const int8_t {}[KNOWN_ANSWER_SAMPLES][{}] = {{\n", name, size);
  for (std::int64_t i = 0; i < samples; ++i) all += values_text(one_of(values, i, each)) + ",\n";
  return all + "};\n";
}

}  // namespace

KnownAnswerSource known_answer_source(const integer::Program& program, const Options& options) {
  const auto& golden = options.golden;
  const auto size = [&](integer::Id id) {
    return integer::elements(program.activations[static_cast<std::size_t>(id)].shape);
  };
  const auto in = size(program.input), out = size(program.output);
  if (static_cast<std::int64_t>(golden.x.size()) != golden.samples * in ||
      static_cast<std::int64_t>(golden.y.size()) != golden.samples * out)
    fail("the golden samples are not of the program that is exported");
  if (golden.samples == 0) fail("the C export needs a golden sample for its known-answer test");
  const auto samples = std::clamp<std::int64_t>(most_input_bytes / in, 1, std::min(most_samples, golden.samples));
  const bool senses = options.front_end || options.series || options.image;
  std::vector<Replacement> values = {
      {"TITLE", comment_text(options.name)},
      {"LICENSE", std::string(generated_license)},
      {"SAMPLES_TEXT", fmt::format("Of the test data, the first of export/golden.npz; answers by the integer twin.")},
      {"SAMPLES", std::to_string(samples)},
      {"SAMPLES_SOURCE", table("inputs", "MODEL_INPUT_BYTES", golden.x, samples, in) +
                             table("outputs", "MODEL_OUTPUT_BYTES", golden.y, samples, out)},
      {"FRONT_END_DECLARATION",
       senses
           ? fmt::format("\n/* The front end on a signal that the test makes itself. work: {} on a multiple of 4. */\n"
                         "model_status known_answer_front_end(void* work, size_t work_bytes, int32_t* differing);\n",
                         options.series || options.image ? "MODEL_ARENA_BYTES" : "FRONT_END_WORK_BYTES")
           : ""}};
  std::string front_end;
  if (options.front_end)
    front_end = filled(template_text("known_answer_front_end.c"),
                       {{"FEATURES_SOURCE", array_text("features", test_features(program, *options.front_end))}});
  if (options.series)
    front_end = filled(template_text("series/known_answer_front_end.c"),
                       {{"FEATURES_SOURCE", array_text("features", series_test_input(program, *options.series))}});
  if (options.image)
    front_end = filled(template_text("image/known_answer_front_end.c"),
                       {{"FEATURES_SOURCE", array_text("features", image_test_input(program, *options.image))},
                        {"FRAME_WIDTH", std::to_string(image_test_width)},
                        {"FRAME_HEIGHT", std::to_string(image_test_height)}});
  values.push_back({"FRONT_END_SOURCE", front_end});
  return {filled(template_text("known_answer.h"), values), filled(template_text("known_answer.c"), values)};
}

}  // namespace espalier::exporting::c
