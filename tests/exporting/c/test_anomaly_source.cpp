#include "exporting/c/anomaly_source.h"

#include "base/error.h"
#include "base/process.h"
#include "base/text.h"
#include "catch.h"
#include "exporting/c/exported_folder.h"

namespace espalier::exporting::c {
namespace {

/// 24 numbers in, 24 out.
integer::Program autoencoder() {
  random_programs::Builder net(5, "autoencoder");
  const auto code = net.dense(net.input({6, 4, 1}), 5, true, integer::Clamp::relu);
  net.dense(code, 24, true, integer::Clamp::none);
  return net.program;
}

Options judging(const integer::Program& program, std::uint64_t threshold) {
  auto options = options_of(program, 2);
  const auto& output = program.activations[static_cast<std::size_t>(program.output)];
  options.anomaly =
      AnomalySettings{{24, program.activations[0].zero_point, output.zero_point, 32768, 12345}, threshold};
  return options;
}

std::string array_of(const char* name, std::span<const std::int8_t> codes) {
  std::string text = concat("static const int8_t ", name, "[] = {");
  for (const auto code : codes) text += concat(static_cast<int>(code), ",");
  return text + "};\n";
}

}  // namespace

TEST_CASE("the compiled verdict is the measure's, of one window and of more") {
  const auto program = autoencoder();
  auto options = judging(program, 1);
  const auto x = std::span<const std::int8_t>(options.golden.x).first(24),
             y = std::span<const std::int8_t>(options.golden.y).first(24);
  const auto error = espalier_reconstruction_error(&options.anomaly->reconstruction, x.data(), y.data());
  REQUIRE(error > 1000);
  options.anomaly->threshold = error - 1;
  const ExportedFolder folder(program, options);
  write_atomically(folder.path() / "host/judge.c",
                   concat("#include <stdio.h>\n#include \"anomaly.h\"\n", array_of("x", x), array_of("y", y),
                          "int main(void) {\n  const uint64_t e = anomaly_error(x, y);\n"
                          "  printf(\"%llu %d %d %d %d\", (unsigned long long)e, anomaly_found(e, 1), "
                          "anomaly_found(e - 1, 1), anomaly_found(3 * e - 4, 3), anomaly_found(e, 0));\n"
                          "  return 0;\n}\n"));
  const auto said = run_process({folder.built("host/judge.c", "judge").string()});
  CHECK(said.output == concat(error, " 1 0 0 0"));
}

TEST_CASE("only a model that tells anomalies carries the measure, and it must fit") {
  const auto program = autoencoder();
  const auto with = judging(program, 77);
  CHECK(anomaly_source(program, options_of(program, 2)).header.empty());
  const auto made = anomaly_source(program, with);
  CHECK(made.source.find("threshold = UINT64_C(77)") != std::string::npos);
  CHECK(made.source.find(", 32768, 12345}") != std::string::npos);
  auto other = with;
  other.anomaly->reconstruction.elements = 23;
  CHECK_THROWS_AS(anomaly_source(program, other), Error);
  other = with;
  other.anomaly->threshold = UINT64_C(1) << 48;
  CHECK_THROWS_AS(anomaly_source(program, other), Error);
}

}  // namespace espalier::exporting::c
