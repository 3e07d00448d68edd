#include "exporting/c/writer.h"

#include <algorithm>

#include "base/error.h"
#include "base/process.h"
#include "base/text.h"
#include "catch.h"
#include "exporting/c/exported_folder.h"

namespace espalier::exporting::c {
namespace {

std::vector<std::string> paths_of(const std::vector<File>& files) {
  std::vector<std::string> paths;
  for (const auto& file : files) paths.push_back(file.path);
  return paths;
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

const std::string& text_of(const std::vector<File>& files, const std::string& path) {
  return std::find_if(files.begin(), files.end(), [&](const File& file) { return file.path == path; })->text;
}

/// Every activation that the twin writes, in the order of the steps.
std::vector<std::int8_t> layers_of(const integer::Program& program, const std::vector<std::int8_t>& x,
                                   std::int64_t samples) {
  const integer::Twin twin(program, integer::Arithmetic::tflm, 1);
  const auto each = x.size() / static_cast<std::size_t>(samples);
  std::vector<std::int8_t> all;
  for (std::int64_t i = 0; i < samples; ++i) {
    const auto trace = twin.trace(std::span(x).subspan(static_cast<std::size_t>(i) * each, each));
    for (const auto& instruction : program.instructions) {
      const auto& values = trace[static_cast<std::size_t>(integer::output_of(instruction))];
      all.insert(all.end(), values.begin(), values.end());
    }
  }
  return all;
}

}  // namespace

TEST_CASE("exported C computes the twin's bytes in every layer, without a warning or an error of the sanitizers",
          "[c]") {
  for (const auto& program : random_programs::every_kind(7)) {
    INFO(program.name);
    const auto options = options_of(program);
    const ExportedFolder folder(program, options);
    const auto plain = folder.built("host/run_samples.c", "plain");
    CHECK(run_samples(plain, options.golden.x) == options.golden.y);
    CHECK(run_samples(plain, options.golden.x, true) == layers_of(program, options.golden.x, options.golden.samples));
    const auto careful =
        folder.built("host/run_samples.c", "careful", {"-O1", "-fsanitize=undefined,address", "-fno-sanitize-recover"});
    CHECK(run_samples(careful, options.golden.x) == options.golden.y);
  }
}

TEST_CASE("clang finds nothing to warn about either, where it is installed", "[c]") {
  const auto answer = run_process({"clang", "--version"});
  if (!answer.started || answer.exit_code != 0) {
    WARN("clang is not installed: not run");
    return;
  }
  for (const auto& program : random_programs::every_kind(7)) {
    const auto options = options_of(program);
    const ExportedFolder folder(program, options);
    const auto refused =
        compile({"clang", ""}, folder.path(), "host/run_samples.c", folder.scratch / "run", strict_flags());
    INFO(refused.value_or(""));
    REQUIRE(!refused);
    CHECK(run_samples(folder.scratch / "run", options.golden.x) == options.golden.y);
  }
}

TEST_CASE("the bench passes its known answers, and fails with a wrong one", "[c]") {
  const auto program = random_programs::ds_cnn(4);
  auto options = options_of(program);
  const ExportedFolder right(program, options);
  const auto well = run_process({right.built("bench/bench.c", "bench", {"-O2", "-DBENCH_STDIO"}).string()});
  CHECK(well.exit_code == 0);
  CHECK(well.output.find("known_answer: passed\n") != std::string::npos);
  CHECK(well.output.find("stack_bytes: ") != std::string::npos);
  options.golden.y[3] = static_cast<std::int8_t>(options.golden.y[3] ^ 1);
  const ExportedFolder wrong(program, options);
  const auto ill = run_process({wrong.built("bench/bench.c", "bench", {"-O2", "-DBENCH_STDIO"}).string()});
  CHECK(ill.exit_code == 1);
  CHECK(ill.output.find("known_answer: FAILED, differing bytes 1\n") != std::string::npos);
}

TEST_CASE("the same program gives the same files, with the kernels that it needs and no others", "[c]") {
  const auto program = random_programs::ds_cnn(2);  // ends in its logits
  const auto options = options_of(program);
  const auto files = write(program, options), again = write(program, options);
  REQUIRE(paths_of(files) == paths_of(again));
  for (std::size_t i = 0; i < files.size(); ++i) CHECK(files[i].text == again[i].text);
  const auto paths = paths_of(files);
  CHECK(has(paths, "conv2d_s8.c"));
  CHECK(has(paths, "depthwise_conv2d_s8.c"));
  CHECK(has(paths, "device_runtime/kernels_s8.h"));
  for (const char* absent : {"softmax_s8.c", "add_s8.c", "pool_s8.c", "audio_spec.c", "front_end.c"})
    CHECK(!has(paths, absent));
  for (const auto& file : files) {
    INFO(file.path);
    const bool licensed = file.text.find("SPDX-License-Identifier: 0BSD") != std::string::npos;
    const bool kernel = text_of(files, "NOTICE").find(file.path) != std::string::npos;
    if (ends_with(file.path, ".c") || ends_with(file.path, ".h")) CHECK(licensed != kernel);
  }
}

TEST_CASE("names that are no C do no harm", "[c]") {
  auto program = random_programs::mlp(3);
  for (auto& activation : program.activations) activation.name = "a*/ b\\\n\"?\?/";
  const auto classes = program.activations[static_cast<std::size_t>(program.output)].shape.back();
  for (std::int64_t i = 0; i < classes; ++i) program.labels.push_back("\"\\?\?/ gr\xC3\xBC\xC3\x9F\n*/");
  auto options = options_of(program, 1);
  options.name = "*/ #error \"x\\ \xE2\x82\xAC";
  const ExportedFolder folder(program, options);
  CHECK(run_samples(folder.built("host/run_samples.c", "run"), options.golden.x) == options.golden.y);
}

TEST_CASE("golden samples of another program are refused", "[c]") {
  const auto program = random_programs::mlp(3);
  auto options = options_of(program);
  options.golden.x.pop_back();
  CHECK_THROWS_AS(write(program, options), Error);
  options.golden = golden_of(program);
  CHECK_THROWS_AS(write(program, options), Error);
}

}  // namespace espalier::exporting::c
