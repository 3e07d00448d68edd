#include "exporting/server/writer.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/process.h"
#include "catch.h"
#include "exporting/c/host_build.h"
#include "exporting/server/served_programs.h"
#include "graph/builder.h"

namespace espalier::exporting::server {
namespace {

const std::string& text_of(const std::vector<File>& files, const std::string& path) {
  const auto found = std::find_if(files.begin(), files.end(), [&](const File& file) { return file.path == path; });
  INFO(path);
  REQUIRE(found != files.end());
  return found->text;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a quantized model's folder has what serving it takes, and the same bytes every time", "[server]") {
  const auto options = options_of(random_programs::ds_cnn(4));
  const auto files = write(options);
  CHECK(std::is_sorted(files.begin(), files.end(), [](const File& a, const File& b) { return a.path < b.path; }));
  CHECK(text_of(files, "model.onnx") == options.model);
  CHECK(text_of(files, "triton/a_run/1/model.onnx") == options.model);
  CHECK(has(text_of(files, "model.json"), R"("session.x64quantprecision": "1")"));
  CHECK(has(text_of(files, "model.json"), R"("arithmetic": "ort_f32_even")"));
  CHECK(!has(text_of(files, "model.json"), "\"sound\""));
  CHECK(has(text_of(files, "client.py"), "SAMPLE_RATE = 0 "));
  CHECK(has(text_of(files, "triton/README.md"), "x64quantprecision"));
  for (const auto& file : files) {
    INFO(file.path);
    CHECK(!file.text.empty());
    CHECK(file.path.find("front_end/") == std::string::npos);
  }
  const auto again = write(options);
  REQUIRE(again.size() == files.size());
  for (std::size_t i = 0; i < files.size(); ++i) CHECK(again[i].text == files[i].text);
}

TEST_CASE("the front end that travels along compiles without a warning, for codes and for floats", "[server]") {
  const auto compiler = c::find_compiler();
  REQUIRE(compiler);
  for (const bool quantized : {true, false})
    for (const bool integer : {true, false}) {
      auto options = hearing_options();
      options.sound->front_end.integer = integer;
      if (!quantized) {
        options.ends.input_encoding.reset(), options.ends.output_encoding.reset();
        options.sound->known_features.resize(4 * 240);
      }
      const ServedFolder folder(options);
      const auto object = folder.scratch / "front_end.o";
      std::vector<std::string> command = {compiler->command};
      const auto flags = c::strict_flags();
      command.insert(command.end(), flags.begin(), flags.end());
      command.insert(command.end(), {"-O1", "-c", "-I" + (folder.path() / "front_end").string(),
                                     (folder.path() / "front_end" / "front_end.c").string(), "-o", object.string()});
      INFO("quantized " << quantized << ", integer " << integer);
      CHECK(run_process(command).exit_code == 0);
    }
}

TEST_CASE("a float network's ends are those of the folded file", "[server]") {
  graph::Builder net({1, 8, 6});
  const auto stem = net.relu(net.batch_norm(net.conv2d(net.input(), {.out = 4, .kernel = {3, 3}})));
  net.linear(net.global_average_pool(stem), {.out = 3}, "logits");
  const auto ends = interface_of(net.finish("logits"));
  CHECK(ends.input == "input");
  CHECK(ends.output == "logits");
  CHECK(ends.input_shape == std::vector<std::int64_t>{1, 8, 6});
  CHECK(ends.output_shape == std::vector<std::int64_t>{3});
  CHECK(!ends.input_encoding);
}

TEST_CASE("where outputs are no classes, nothing names them", "[server]") {
  auto options = options_of(random_programs::ds_cnn(4));
  options.labels.clear();
  options.decoding = R"({"type": "values"})";
  const auto files = write(options);
  CHECK(has(text_of(files, "model.json"), R"("type": "values")"));
  CHECK(!has(text_of(files, "triton/a_run/config.pbtxt"), "label_filename"));
  CHECK(std::none_of(files.begin(), files.end(), [](const File& file) { return has(file.path, "labels.txt"); }));
}

TEST_CASE("foreign front ends are refused", "[server]") {
  auto options = hearing_options();
  options.sound->known_features.pop_back();
  CHECK_THROWS_AS(write(options), Error);
  options = hearing_options();
  options.sound->front_end.clip_samples = 8000;
  CHECK_THROWS_AS(write(options), Error);
}

TEST_CASE("a model that tells anomalies says when, and how its codes are compared", "[server]") {
  random_programs::Builder net(3, "autoencoder");
  net.dense(net.input({24, 10, 1}), 240, true, integer::Clamp::none);
  auto options = hearing_options();
  options.ends = interface_of(net.program);
  options.labels.clear();
  options.sound->stride = 160;
  options.anomaly = Anomaly{12.5, espalier_reconstruction{240, 3, -4, 32768, 1234}, 0.25};
  const auto files = write(options);
  const auto model = Json::parse(text_of(files, "model.json"), "model.json");
  CHECK(model.at("anomaly").dump() ==
        R"({"threshold":12.5,"input_multiplier":32768,"output_multiplier":1234,"unit":0.25})");
  CHECK(model.at("sound").at("stride").integer() == 160);
  CHECK(has(text_of(files, "README.md"), "squared difference of output and input is more than 12.5"));
  CHECK(has(text_of(files, "README.md"), "recordings, at least 4000 samples"));
  options.anomaly->reconstruction.reset();
  CHECK_THROWS_AS(write(options), Error);  // an int8 model compares codes
  options = hearing_options();
  options.anomaly = Anomaly{12.5, espalier_reconstruction{240, 3, -4, 32768, 1234}, 0.25};
  CHECK_THROWS_AS(write(options), Error);  // four outputs cannot give back 240 numbers
}

TEST_CASE("names become such as Triton takes, and what labels hold stays inside of its quotes", "[server]") {
  CHECK(model_name("kws distill/v2") == "kws_distill_v2");
  CHECK(model_name("") == "model");
  auto options = options_of(random_programs::ds_cnn(4));
  options.ends.input = "in\"} ] #";
  const auto files = write(options);
  CHECK(has(text_of(files, "triton/a_run/config.pbtxt"), R"(name: "in\"} ] #")"));
}

}  // namespace espalier::exporting::server
