#include "pipeline/analysis.h"

#include "catch.h"
#include "graph/builder.h"
#include "integer/storage.h"
#include "integer/weight_encoding.h"
#include "pipeline/compress.h"
#include "pipeline/small_data.h"
#include "schema/document.h"

using namespace espalier;

namespace {

const char* quantized_recipe =
    "{training: {epochs: 2, batch_size: 20, workers: 0, optimizer: {type: sgd, lr: 1e-2}}, "
    "calibrate: {calibration_samples: 60}}";
const char* float_recipe = "{training: {epochs: 1, batch_size: 20, workers: 0, optimizer: {type: sgd, lr: 1e-2}}}";

graph::Network small_network() {
  graph::Builder b({3, 8, 6}, "small");
  auto x = b.conv2d(b.input(), {.out = 8, .kernel = {3, 3}, .padding = graph::Padding::same()}, "stem");
  x = b.relu(b.batch_norm(x));
  x = b.conv2d(x, {.out = 6, .kernel = {1, 1}}, "point");
  return b.finish(b.linear(b.flatten(x), {.out = 5}, "classifier"));
}

std::int64_t sum(const Json& counts) {
  std::int64_t all = 0;
  for (const auto& count : counts.items()) all += count.integer();
  return all;
}

}  // namespace

TEST_CASE("a quantized student's layers add up, and its integers keep to its floats") {
  const pipeline::SmallData data({3, 8, 6});
  const auto student = pipeline::compress(small_network(), data, quantized_recipe);
  REQUIRE(student.program);
  const auto layers = pipeline::layers_of(student, data, 16);
  REQUIRE(layers.items().size() == student.program->instructions.size());
  std::int64_t macs = 0, bytes = 0, compared = 0;
  for (const auto& layer : layers.items()) {
    INFO(layer.dump());
    macs += layer.at("macs").integer();
    bytes += layer.at("bytes").integer();
    std::int64_t elements = 16;
    for (const auto& extent : layer.at("output").items()) elements *= extent.integer();
    CHECK(sum(layer.at("activations").at("counts")) == elements);
    if (layer.has("weights")) CHECK(sum(layer.at("weights").at("counts")) == layer.at("weight_count").integer());
    if (!layer.has("sqnr_db")) continue;
    ++compared;
    CHECK(layer.at("sqnr_db").number() > 15);  // 8 bits; swapped channels or another layer's floats give about -3
  }
  CHECK(macs == graph::cost_of(student.network).macs);
  CHECK(bytes == integer::storage_of(*student.program).flash_bytes);
  CHECK(compared == 3);  // not the flattening, whose elements lie in another order
  CHECK(layers.items()[0].at("name").text() == "stem");
  CHECK(layers.items()[0].at("bits").integer() == 8);
  CHECK(layers.items()[0].at("output").dump() == "[8,6,8]");
}

TEST_CASE("a float student's layers have floats' bytes and no quantization noise") {
  const pipeline::SmallData data({3, 8, 6});
  const auto student = pipeline::compress(small_network(), data, float_recipe);
  REQUIRE_FALSE(student.program);
  const auto layers = pipeline::layers_of(student, data, 4);
  const auto& stem = layers.items().at(0);
  CHECK(stem.at("bytes").integer() == 4 * (3 * 8 * 9 + 8));
  CHECK(stem.at("bits").integer() == 32);
  CHECK(sum(stem.at("weights").at("counts")) == 3 * 8 * 9);
  CHECK(sum(stem.at("activations").at("counts")) == 4 * 8 * 8 * 6);
  for (const auto& layer : layers.items()) CHECK_FALSE(layer.has("sqnr_db"));
}

TEST_CASE("large networks are compared on fewer samples") {
  CHECK(pipeline::comparable_samples(small_network()) == 64);
  graph::Builder large({3, 1024, 1024}, "large");
  const auto x = large.conv2d(large.input(), {.out = 4, .kernel = {1, 1}}, "stem");
  CHECK(pipeline::comparable_samples(large.finish(x)) == 2);
  graph::Builder huge({3, 4096, 4096}, "huge");
  const auto y = huge.conv2d(huge.input(), {.out = 4, .kernel = {1, 1}}, "stem");
  CHECK(pipeline::comparable_samples(huge.finish(y)) == 1);
}

TEST_CASE("every test sample is in the confusion matrix, every example is a mistake of its cell") {
  const pipeline::SmallData data({3, 8, 6});
  const auto student = pipeline::compress(small_network(), data, quantized_recipe);
  auto measured = pipeline::measure(student, data, datasets::Split::test);
  auto& answers = measured.integer->answers;
  for (std::size_t i = 0; i < answers.targets.size(); i += 3)
    answers.targets[i].label = (answers.targets[i].label + 1) % 5;
  const auto confusion = pipeline::confusion_of(measured, data);
  CHECK(confusion.at("on").text() == "integer");
  std::int64_t all = 0, wrong = 0;
  for (const auto& row : confusion.at("counts").items()) all += sum(row);
  CHECK(all == 60);
  const auto predictions = answers.predictions();
  for (std::size_t i = 0; i < predictions.size(); ++i) wrong += predictions[i] != answers.targets[i].label;
  REQUIRE(wrong > 0);
  REQUIRE_FALSE(confusion.at("examples").items().empty());
  double before = 1;
  for (const auto& example : confusion.at("examples").items()) {
    const auto index = static_cast<std::size_t>(std::stoll(example.at("id").text().substr(5)));
    CHECK(predictions[index] == example.at("predicted").integer());
    CHECK(answers.targets[index].label == example.at("truth").integer());
    CHECK(example.at("picture").at("bytes").text().size() == 2 * 3 * 8 * 6);
    CHECK(example.at("probability").number() <= before);
    before = example.at("probability").number();
  }
}

TEST_CASE("the arena's buffers lie inside it, and no two that live together overlap") {
  const pipeline::SmallData data({3, 8, 6});
  const auto student = pipeline::compress(small_network(), data, quantized_recipe);
  const auto arena = pipeline::arena_of(*student.program);
  const auto plan = integer::plan_arena(*student.program, integer::weight_encodings(*student.program));
  CHECK(arena.at("bytes").integer() == plan.bytes);
  CHECK(arena.at("instructions").items().size() == student.program->instructions.size());
  const auto& buffers = arena.at("buffers").items();
  REQUIRE(buffers.size() == plan.placed.buffers.size());
  for (const auto& a : buffers) {
    CHECK(a.at("offset").integer() + a.at("bytes").integer() <= arena.at("bytes").integer());
    for (const auto& b : buffers) {
      if (&a == &b) continue;
      const bool together =
          a.at("first").integer() <= b.at("last").integer() && b.at("first").integer() <= a.at("last").integer();
      const bool apart = a.at("offset").integer() + a.at("bytes").integer() <= b.at("offset").integer() ||
                         b.at("offset").integer() + b.at("bytes").integer() <= a.at("offset").integer();
      CHECK((!together || apart));
    }
  }
}

TEST_CASE("a recipe's keys are written as --set addresses them") {
  const auto recipe = schema::parse(
      "training: {epochs: 3, optimizer: {type: adam}}\n"
      "compression:\n  - {type: distill, weight: 0.5}\n  - {type: distill, name: late, epochs: [1, 2]}\n"
      "export: [tflite]\nbudget: null\n",
      "recipe.yaml");
  const auto keys = pipeline::keys_of(recipe);
  CHECK(keys.at("training.epochs").text() == "3");
  CHECK(keys.at("training.optimizer.type").text() == "adam");
  CHECK(keys.at("compression.distill.weight").text() == "0.5");
  CHECK(keys.at("compression.late.epochs").text() == "[1, 2]");
  CHECK(keys.at("export").text() == "[\"tflite\"]");
}
