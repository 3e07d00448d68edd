#include "exporting/tflite/writer.h"

#include <cstring>

#include "base/error.h"
#include "catch.h"
#include "exporting/random_programs.h"

namespace espalier::exporting::tflite {
namespace {

std::string as_text(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

TEST_CASE("the same program gives the same bytes", "[tflite]") {
  for (const auto& program : random_programs::every_kind(3)) CHECK(write(program) == write(program));
}

TEST_CASE("a file starts with the root offset and the format's identifier", "[tflite]") {
  const auto bytes = write(random_programs::mlp(1));
  REQUIRE(bytes.size() > 8);
  CHECK(std::memcmp(bytes.data() + 4, "TFL3", 4) == 0);
}

TEST_CASE("weights lie at multiples of 16 bytes", "[tflite]") {
  const auto program = random_programs::ds_cnn(2);
  const auto text = as_text(write(program));
  for (const auto& instruction : program.instructions) {
    const auto* conv = std::get_if<integer::Conv2d>(&instruction);
    if (conv == nullptr) continue;
    const auto at = text.find(std::string(conv->weights.begin(), conv->weights.end()));
    REQUIRE(at != std::string::npos);
    CHECK(at % 16 == 0);
  }
}

TEST_CASE("a pool whose padding TFLite cannot express is refused by name", "[tflite]") {
  random_programs::Builder net(1, "pool");
  net.pool<integer::MaxPool2d>(net.input({8, 8, 2}), 3, 2, random_programs::Margin::half);
  try {
    write(net.program);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("node1") != std::string::npos);
  }
}

TEST_CASE("a name that the exporter keeps for itself is refused", "[tflite]") {
  auto program = random_programs::mlp(1);
  program.activations[1].name = "mine::padded";
  CHECK_THROWS_AS(write(program), Error);
}

}  // namespace espalier::exporting::tflite
