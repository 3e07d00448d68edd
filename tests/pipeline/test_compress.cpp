#include "pipeline/compress.h"

#include "base/error.h"
#include "catch.h"
#include "graph/builder.h"
#include "pipeline/small_data.h"

using namespace espalier;

namespace {

graph::Network small_network(std::int64_t channels = 8) {
  graph::Builder b({1, 6, 6}, "small");
  auto x = b.relu(b.batch_norm(b.conv2d(b.input(), {.out = channels, .kernel = {3, 3}}, "stem")));
  return b.finish(b.linear(b.global_average_pool(x), {.out = 4}, "head"));
}

std::string complaint(const std::string& recipe, const pipeline::CompressOptions& options = {}) {
  const pipeline::SmallData data({1, 6, 6}, 4);
  try {
    pipeline::compress(small_network(), data, recipe, options);
  } catch (const Error& error) {
    CHECK(error.code() == Exit::mistake);
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const char* all_techniques = R"(
training: {epochs: 6, batch_size: 20, workers: 0, optimizer: {type: adam, lr: 0.01}}
compression:
  - {type: distill, teacher: given, epochs: [0, 6]}
  - {type: prune, structure: channels, sparsity: 0.5, epochs: [1, 3]}
  - {type: quantize, epochs: [3, 6]}
)";

}  // namespace

TEST_CASE("a network in memory is taught, pruned and quantized") {
  const pipeline::SmallData data({1, 6, 6}, 4);
  const auto teacher = pipeline::compress(small_network(16), data, "{training: {epochs: 4, batch_size: 20}}").network;
  int epochs = 0;
  pipeline::CompressOptions options;
  options.teacher = &teacher;
  options.listeners.epoch = [&](std::int64_t, std::int64_t, const training::Measured& measured) {
    ++epochs;
    CHECK(measured.count("loss.distill") == 1);
    CHECK(measured.count("validation.accuracy") == 1);
  };
  const auto student = pipeline::compress(small_network(), data, all_techniques, options);
  CHECK(epochs == 6);
  CHECK(student.network.weights.at("stem.weight").shape[0] == 4);
  REQUIRE(student.program);
  CHECK(student.program->labels == data.classes());
  const auto measured = pipeline::measure(student, data, datasets::Split::test);
  CHECK(measured.integer->answers.accuracy() >= measured.floating.accuracy() - 0.1);
}

TEST_CASE("the same recipe gives the same bits") {
  const pipeline::SmallData data({1, 6, 6}, 4);
  const std::string recipe = "{seed: 3, training: {epochs: 2, batch_size: 20}, calibrate: {calibration_samples: 40}}";
  const auto once = pipeline::compress(small_network(), data, recipe).network,
             again = pipeline::compress(small_network(), data, recipe).network;
  CHECK((once.weights == again.weights));
  CHECK((once.encodings == again.encodings));
}

TEST_CASE("mistakes are found before training and named by line") {
  CHECK(has(complaint("training:\n  epochs: 3\n  batch: 5\n"), "recipe:3:"));
  CHECK(has(complaint("data: {type: small}\n"), "data"));
  CHECK(has(complaint("{training: {batch_size: 20}, compression: [{type: prun}]}"), "prune"));
  CHECK(has(complaint(all_techniques), "teacher"));
  CHECK(has(complaint("{training: {batch_size: 1000}}"), "1000"));
  pipeline::CompressOptions options;
  const auto teacher = small_network();
  options.teacher = &teacher;
  CHECK(
      has(complaint("{training: {batch_size: 20}, compression: [{type: distill, teacher: {checkpoint: no}}]}", options),
          "given"));
}

TEST_CASE("a network that does not fit the data is refused") {
  const pipeline::SmallData data({1, 6, 6}, 9);
  CHECK_THROWS_AS(pipeline::compress(small_network(), data, ""), Error);
}
