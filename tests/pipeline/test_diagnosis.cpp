#include "pipeline/diagnosis.h"

#include "base/error.h"
#include "catch.h"
#include "graph/builder.h"
#include "pipeline/compress.h"
#include "pipeline/small_data.h"

using namespace espalier;

namespace {

const char* calibrated =
    "{training: {epochs: 2, batch_size: 20, workers: 0, optimizer: {type: sgd, lr: 1e-2}}, "
    "calibrate: {calibration_samples: 60}}";
const char* plain = "{training: {epochs: 1, batch_size: 20, workers: 0, optimizer: {type: sgd, lr: 1e-2}}}";

graph::Network small_network() {
  graph::Builder b({3, 8, 6}, "small");
  auto x = b.conv2d(b.input(), {.out = 8, .kernel = {3, 3}, .padding = graph::Padding::same()}, "stem");
  x = b.relu(b.batch_norm(x));
  x = b.relu(b.conv2d(x, {.out = 6, .kernel = {1, 1}, .bias = true}, "point"));
  return b.finish(b.linear(b.flatten(x), {.out = 5}, "classifier"));
}

const pipeline::LayerDiagnosis& layer(const pipeline::Diagnosis& diagnosis, const std::string& name) {
  for (const auto& each : diagnosis.layers)
    if (each.name == name) return each;
  throw std::runtime_error(name);
}

/// The change that is proposed for a layer whose finding contains `what`.
std::string change_for(const pipeline::Diagnosis& diagnosis, const std::string& name, const std::string& what) {
  for (const auto& finding : diagnosis.findings)
    if (finding.layer == name && finding.what.find(what) != std::string::npos) return finding.change;
  return "none";
}

}  // namespace

TEST_CASE("a sound network has every layer measured and little to change") {
  const pipeline::SmallData data({3, 8, 6});
  const auto student = pipeline::compress(small_network(), data, calibrated);
  const auto found = pipeline::diagnose(student, data, 40);
  CHECK(found.quantized);
  CHECK(found.samples == 40);
  REQUIRE(found.layers.size() == 3);
  CHECK(layer(found, "stem").macs == 48 * 8 * 27);
  CHECK(layer(found, "stem").bytes == 8 * 27 + 4 * 8);
  for (const auto& each : found.layers) {
    INFO(each.name);
    REQUIRE(each.sqnr_db);
    CHECK(*each.sqnr_db > 25);
    CHECK(each.saturated < 0.05);
  }
  CHECK(pipeline::to_json(found).at("layers").items().size() == 3);
  CHECK(pipeline::text_of(found).find("classifier") != std::string::npos);
}

TEST_CASE("a dead channel, an outlier and a range that is too narrow are found with what treats them") {
  const pipeline::SmallData data({3, 8, 6});
  auto student = pipeline::compress(small_network(), data, calibrated);
  const auto sound = pipeline::diagnose(student, data, 40);
  auto damaged = student;
  for (const std::size_t channel : {std::size_t{1}, std::size_t{4}})
    damaged.network.weights.at("point.bias").floats()[channel] = -1000;
  CHECK(layer(pipeline::diagnose(damaged, data, 40), "point").dead == layer(sound, "point").dead + 2);
  CHECK(change_for(pipeline::diagnose(damaged, data, 40), "point", "never change").find("structure: channels") !=
        std::string::npos);

  damaged = student;
  damaged.network.weights.at("classifier.weight").floats()[7] = 40;
  const auto outlier = pipeline::diagnose(damaged, data, 40);
  CHECK(layer(outlier, "classifier").weight_peak > 12);
  CHECK(change_for(outlier, "classifier", "largest weight").find("weight_decay") != std::string::npos);

  damaged = student;
  for (auto& scale : damaged.network.encodings.at(layer(sound, "stem").output).scale) scale /= 4;
  const auto narrow = pipeline::diagnose(damaged, data, 40);
  CHECK(layer(narrow, "stem").saturated > 0.01);
  CHECK(*layer(narrow, "stem").sqnr_db < *layer(sound, "stem").sqnr_db - 6);
  CHECK(change_for(narrow, "stem", "beyond the range").find("calibration_samples") != std::string::npos);
}

TEST_CASE("a float run is told what quantization would cost it; recurrent layers are left out") {
  const pipeline::SmallData data({3, 8, 6});
  const auto found = pipeline::diagnose(pipeline::compress(small_network(), data, plain), data, 20);
  CHECK_FALSE(found.quantized);
  CHECK(found.layers.size() == 3);
  CHECK(found.layers[0].saturated == 0);
  CHECK(pipeline::text_of(found).find("does not quantize") != std::string::npos);
  graph::Builder b({3, 8, 6}, "recurrent");
  const auto network = b.finish(b.linear(b.gru(b.input(), {.hidden = 4}, "cell"), {.out = 5}, "head"));
  const auto mixed = pipeline::diagnose(pipeline::compress(network, data, plain), data, 20);
  REQUIRE(mixed.layers.size() == 1);
  CHECK(mixed.layers[0].name == "head");
  graph::Builder only({3, 8, 6}, "only");
  const auto alone = only.finish(only.gru(only.input(), {.hidden = 5}, "cell"));
  CHECK_THROWS_WITH(pipeline::diagnose(pipeline::compress(alone, data, plain), data, 20),
                    Catch::Contains("no layer with an int8 form"));
}

TEST_CASE("findings come with the costliest layer first, and one for a loss that no layer explains") {
  pipeline::Diagnosis diagnosis;
  diagnosis.quantized = true;
  diagnosis.float_accuracy = 0.9, diagnosis.quantized_accuracy = 0.88;
  CHECK(pipeline::findings_of(diagnosis).size() == 1);
  CHECK(pipeline::findings_of(diagnosis)[0].layer.empty());
  pipeline::LayerDiagnosis mild, severe;
  mild.name = "mild", mild.sqnr_db = 15, mild.channels = 4;
  severe.name = "severe", severe.accuracy_drop = 3, severe.sqnr_db = 18, severe.channels = 4;
  diagnosis.layers = {mild, severe};
  const auto findings = pipeline::findings_of(diagnosis);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].layer == "severe");
  CHECK(findings[0].change.find("ignore: [severe]") != std::string::npos);
}
