#include "exporting/server/reader.h"

#include "base/error.h"
#include "catch.h"
#include "exporting/server/served_programs.h"

namespace espalier::exporting::server {
namespace {

/// What reading the folder is refused with.
std::string refusal(const ServedFolder& folder) {
  try {
    read(folder.path());
  } catch (const Error& error) {
    CHECK(error.code() == Exit::mistake);
    return error.what();
  }
  return {};
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("what was written is read", "[server]") {
  auto options = hearing_options();
  options.labels[1] = "two\nlines \"quoted\"";
  const ServedFolder folder(options);
  const auto served = read(folder.path());
  CHECK(served.name == "a run");
  CHECK(served.quantized);
  CHECK(served.arithmetic == "ort_f32_even");
  CHECK(served.exact_option);
  CHECK(served.labels == options.labels);
  CHECK(served.input.shape == std::vector<std::int64_t>{1, 24, 10});
  CHECK(static_cast<float>(*served.input.scale) == options.ends.input_encoding->scale);
  CHECK(*served.output.zero_point == options.ends.output_encoding->zero_point);
  REQUIRE(served.sound);
  CHECK(served.sound->samples == 4000);
}

TEST_CASE("what tells anomalies is read, or refused where a part is missing", "[server]") {
  random_programs::Builder net(3, "autoencoder");
  net.dense(net.input({24, 10, 1}), 240, true, integer::Clamp::none);
  auto options = hearing_options();
  options.ends = interface_of(net.program);
  options.sound->stride = 160;
  options.anomaly = Anomaly{12.5, espalier_reconstruction{240, 3, -4, 32768, 1234}, 0.25};
  const ServedFolder folder(options);
  const auto served = read(folder.path());
  REQUIRE(served.anomaly);
  CHECK(served.anomaly->threshold == 12.5);
  CHECK(*served.anomaly->output_multiplier == 1234);
  CHECK(*served.anomaly->unit == 0.25);
  CHECK(served.sound->stride == 160);
  folder.damage("model.json", "\"unit\": 0.25", "\"unit\": null");
  CHECK(has(refusal(folder), "not how its outputs are compared"));
}

TEST_CASE("files of the folder that contradict each other are named", "[server]") {
  struct Damage {
    const char *file, *from, *to, *said;
  };
  const Damage damages[] = {
      {"model.json", "\"format\": 1", "\"format\": 9", "another version"},
      {"model.json", "{", "[", "model.json"},
      {"model.json", "\"quantized\": true", "\"quantized\": false", "no encoding"},
      {"model.json", "\"model\": \"model.onnx\"", "\"model\": \"../model.onnx\"", "not in its folder"},
      {"model.json", "      24", "      25", "shapes"},
      {"model.json", "      4\n", "      0\n", "output without elements"},
      {"labels.txt", "word 2\n", "", "3 labels"},
      {"labels.txt", "word 2", "word 7", "word 7"},
      {"front_end.json", "4000", "4001", "other sound"},
      {"front_end.json", "{", "", "front_end.json"},
      {"front_end/known_features.bin", "\3", "", "239 bytes"},
      {"requirements.txt", "mosec==", "mosec>", "mosec>"},
      {"triton/a_run/config.pbtxt", "dims: [ 4 ]", "dims: [ 5 ]", "other shapes"},
      {"triton/a_run/config.pbtxt", "a_run\"", "b_run\"", "another name"},
      {"triton/a_run/config.pbtxt", "dynamic_batching", "batching", "does not batch"},
      {"triton/a_run/1/model.onnx", "Espalier", "Espelier", "is not model.onnx"},
  };
  for (const auto& damage : damages) {
    const ServedFolder folder(hearing_options());
    REQUIRE(refusal(folder).empty());
    folder.damage(damage.file, damage.from, damage.to);
    const auto said = refusal(folder);
    INFO(damage.file << ": " << damage.from << " -> " << damage.to << ": " << said);
    CHECK(has(said, damage.said));
  }
}

TEST_CASE("files that are absent are named", "[server]") {
  for (const char* file : {"model.json", "model.onnx", "labels.txt", "front_end.json", "server.py", "client.py",
                           "requirements.txt", "triton", "front_end"}) {
    const ServedFolder folder(hearing_options());
    std::filesystem::remove_all(folder.path() / file);
    INFO(file);
    CHECK(has(refusal(folder), file));
  }
}

}  // namespace espalier::exporting::server
